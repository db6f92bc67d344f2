"""The sensor of corrections: the letter box is opened once for what lies there, each approved correction gets one run."""

import os
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import select

from assets.clock import today
from pipelines import running
from pipelines.build import build
from pipelines.sensors import LETTER_BOX
from register.corrections import bulk
from register.errors import RefusedError
from register.home import Home
from register.store.tables import contacts, memberships, observations
from tests.builders import table
from tests.pipelines.test_running import LIST, correction, home  # noqa: F401

pytestmark = [pytest.mark.deep, pytest.mark.parametrize("lived", ["sqlite"], indirect=True)]


def requests(home: Home) -> list[dg.RunRequest]:  # noqa: F811
    return tick(home, None)[0]


def tick(home: Home, cursor: str | None) -> tuple[list[dg.RunRequest], str | None]:  # noqa: F811
    """What one look asks for, and what the next is told."""
    definitions = build(str(home.path), None)
    with dg.DagsterInstance.get() as instance, dg.build_sensor_context(
            instance, cursor=cursor, definitions=definitions) as context:
        found = definitions.resolve_sensor_def("corrections").evaluate_tick(context)
        return list(found.run_requests or []), found.cursor


def test_dropped_proposed_approved_and_carried_out_once(home: Home) -> None:  # noqa: F811
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    assert requests(home) == []
    with home.database.reading() as store:
        query = select(contacts.c.contact_id, contacts.c.phone).join(
            memberships, memberships.c.contact_id == contacts.c.contact_id)
        query = query.join(observations, observations.c.record_key == memberships.c.record_key)
        one = store.connection.execute(query.where(observations.c.feed == "provider_x", contacts.c.phone.is_not(None))).first()
    assert one is not None
    box = home.inbox / "corrections"
    Path(box / "korjaus.csv").write_text(f"Yhteyshenkilön tunnus;Puhelin\n{one.contact_id};040 123 4999\n", encoding="utf-8")
    [asked] = requests(home)
    assert asked.job_name == LETTER_BOX
    definitions = build(str(home.path), None)
    with dg.DagsterInstance.get() as instance:
        assert definitions.resolve_job_def(LETTER_BOX).execute_in_process(instance=instance).success
    assert requests(home) == [] and (home.outbox / "correction-1.xlsx").exists()
    with pytest.raises(RefusedError):
        running.corrected(home, 1, None, "liisa")
    with home.database.writing("approve", today().isoformat()) as store:
        bulk.approve(store, 1, "Liisa Kaski", "liisa")
    [run] = requests(home)
    assert run.tags["correction"] == "1" and run.asset_selection is not None
    selected = [key.to_user_string() for key in run.asset_selection]
    assert "observations/provider_x" in selected and "observations/ytj" not in selected
    assert selected[-5:] == ["organisations", "contacts", "verdicts", "removals", "morning"]
    running.corrected(home, 1, None, "liisa")
    assert requests(home) == []
    shown = table(home, contacts).set_index("contact_id")["phone"]
    assert shown[one.contact_id] == "+358401234999"


def test_corrected_files_are_proposed_once_nobody_reads_them(home: Home) -> None:  # noqa: F811
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    asked, seen = tick(home, None)
    folder, (name, text) = home.path / LIST, correction()
    folder.mkdir(parents=True)
    (folder / name).write_text(text, encoding="utf-8")
    (folder / "more.csv").write_text(text + "\n", encoding="utf-8")
    asked, seen = tick(home, seen)
    assert asked == [], "not seen before"
    (folder / "more.csv").unlink()
    asked, seen = tick(home, seen)
    assert asked == [], "somebody reads them"
    with dg.DagsterInstance.get() as instance:
        run = instance.create_run_for_job(dg.job(name="at_work")(lambda: None))
        assert tick(home, seen)[0] == [], "a run is under way"
        instance.report_run_failed(run)
    [of_the_rest], seen = tick(home, seen)
    assert of_the_rest.job_name == LETTER_BOX
    definitions = build(str(home.path), None)
    with dg.DagsterInstance.get() as instance:
        assert definitions.resolve_job_def(LETTER_BOX).execute_in_process(instance=instance).success
    assert tick(home, seen)[0] == [], "proposed"

"""Runs of the command: seen in the UI's history, refused where they must be, and a bulk correction that ends as it should."""

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from pipelines import place, running
from register.errors import RefusedError
from register.home import Home
from register.store.tables import contacts, deliveries, engagements, observations, organisations, quarantine, verdicts
from tests.builders import table
from tests.pipelines.conftest import DAYS, SAMPLES, Lived, open_samples

pytestmark = pytest.mark.parametrize("lived", ["sqlite"], indirect=True)  # a copy of a home is a copy of its database

RANDOM = ["contact_id", "person_id", "organisation_id", "changed_in", "touched_in", "run", "read_at", "provenance",
          "record_key", "value_hash", "content_hash", "archive_file", "judged_on", "reported_since_on", "policy_no"]
"""Ids, runs, instants and keyed hashes: not contents."""

TABLES = (deliveries, observations, engagements, quarantine, organisations, contacts)


def contents(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """What the register says, ids and instants aside, in an order that does not depend on them."""
    def rows(frame: pd.DataFrame) -> list[tuple[object, ...]]:
        kept = frame.drop(columns=[name for name in RANDOM if name in frame]).astype(object).fillna("").astype(str)
        return sorted(kept.itertuples(index=False, name=None))

    return {of.name: rows(table(home, of)) for of in TABLES}


@pytest.fixture
def home(lived: Lived, tmp_path: Path) -> Iterator[Home]:
    """A copy of the home that lived through the three days, on its embedded database."""
    lived.home.database.engine.dispose()
    shutil.copytree(lived.home.path, tmp_path / "home")
    os.environ[place.HOME_VARIABLE] = str(tmp_path / "home")
    os.environ.pop(place.DATABASE_VARIABLE, None)
    home = place.open_home()
    yield home
    home.database.engine.dispose()


def test_every_run_of_the_command_is_seen_in_the_ui(lived: Lived) -> None:
    os.environ["DAGSTER_HOME"] = str(lived.home.dagster)
    with dg.DagsterInstance.get() as instance:
        runs = instance.get_runs()
        assert [(run.job_name, run.status) for run in runs] == [("daily_refresh", dg.DagsterRunStatus.SUCCESS)] * 3
        assert [run.tags["register/day"] for run in reversed(runs)] == [day.isoformat() for day in DAYS]
        done = instance.get_materialized_partitions(dg.AssetKey(["observations", "quotation_requests"]))
    assert done == {day.date().isoformat() for day in pd.date_range("2026-11-01", "2026-11-23")}


def test_a_second_refresh_changes_nothing(home: Home) -> None:
    before = contents(home)
    figures = running.refreshed(home, DAYS[-1]).figures
    assert contents(home) == before
    assert (figures["merged"], figures["removed"], figures["due"]) == (0, 0, 1)  # whom the provider lists no more, in notice


def test_a_refresh_of_an_older_day_removes_nobody_and_keeps_the_newest_verdicts(home: Home) -> None:
    judged = table(home, verdicts)
    assert running.refreshed(home, DAYS[0]).figures["removed"] == 0
    assert table(home, verdicts)["last_day"].tolist() == judged["last_day"].tolist()


def test_a_day_after_today_is_refused(home: Home) -> None:
    with pytest.raises(RefusedError, match=r"^1\.1\.2999 on tämän päivän .* jälkeen\. Sallittuja ovat päivät"):
        running.refreshed(home, date(2999, 1, 1))


def test_an_unknown_feed_is_refused_with_those_allowed(home: Home) -> None:
    with pytest.raises(RefusedError, match=r"Tällaista lähdettä ei ole: provider_y\. Sallittuja ovat: .*provider_x"):
        running.refreshed(home, DAYS[-1], ["provider_y"])


def corrected(text: str) -> str:
    """The inquiry list with one person's name put right, one row taken out and one added."""
    lines = [line.replace("Eero Niemi", "Eeri Nieminen") for line in text.splitlines() if "Olli Paana" not in line]
    added = next(line for line in lines if "Eeri" in line).split(";")
    added[2], added[5], added[6] = "Uusi Ihminen", "uusi.ihminen@" + added[5].partition("@")[2], "050 555 0199"
    return "\n".join([*lines, ";".join(added)]) + "\n"


LIST = Path("inbox", "inquiry_list", "2026-11-05")


def correction() -> tuple[str, str]:
    source = next((SAMPLES / LIST).iterdir())
    return source.name, corrected(source.read_text(encoding="utf-8-sig"))


def right_from_the_start(path: Path, text: str) -> dict[str, list[tuple[object, ...]]]:
    """What the three days make of the samples with the corrected list in them."""
    home = open_samples(path, None)
    for delivered in (home.path / LIST).iterdir():
        delivered.write_text(text, encoding="utf-8")
    for day in DAYS:
        running.refreshed(home, day)
    found = contents(home)
    home.database.engine.dispose()
    return found


@pytest.mark.deep
def test_a_bulk_correction_ends_in_the_register_that_got_the_right_data_from_the_start(home: Home, tmp_path: Path) -> None:
    name, text = correction()
    (home.path / LIST).mkdir(parents=True)
    (home.path / LIST / name).write_text(text, encoding="utf-8")
    assert running.refreshed(home, DAYS[-1]).figures["feeds"].get("inquiry_list", {}).get("state") == "absent"
    figures = running.backfilled(home, DAYS[0], DAYS[0], ["inquiry_list"]).figures
    assert figures["feeds"]["inquiry_list"]["read"] == len(text.splitlines()) - 1

    corrected_home, right_home = contents(home), right_from_the_start(tmp_path / "right", text)
    del corrected_home["deliveries"], right_home["deliveries"]  # one row more is suppressed by now, and counted so
    assert corrected_home == right_home

    before = contents(home)
    running.backfilled(home, DAYS[0], DAYS[0], ["inquiry_list"])
    assert contents(home) == before


def test_a_backfill_reads_exactly_its_days_and_feeds_and_contacts_once(home: Home) -> None:
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    running.backfilled(home, DAYS[0], DAYS[1], ["provider_x", "inquiry_list"])
    with dg.DagsterInstance.get() as instance:
        run = instance.get_runs(limit=1)[0]
        events = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    seen = [(event.dagster_event.asset_key.path[-1], event.dagster_event.partition) for event in events if event.dagster_event]
    days = [day.date().isoformat() for day in pd.date_range(DAYS[0], DAYS[1])]
    expected = sorted((feed, day) for feed in ("inquiry_list", "provider_x") for day in days)
    assert sorted(key for key in seen if key[1]) == expected
    assert [name for name, day in seen if not day] == ["organisations", "contacts", "verdicts", "removals", "morning"]


@pytest.mark.deep
def test_replaying_every_day_from_the_archive_changes_nothing(home: Home) -> None:
    before = contents(home)
    running.backfilled(home, date(2026, 11, 1), DAYS[-1])
    assert contents(home) == before

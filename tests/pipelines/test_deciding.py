"""Jobs that decide what names nobody: the links fill their config in, what comes of it is what the command does."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import dagster as dg
import pytest
from sqlalchemy import insert

from pipelines.build import build
from pipelines.names import MADE_OF_FEEDS
from register.home import Home
from register.morning.links import STEPS, launch
from register.retention import decided
from register.retention.decided import Signed
from register.store import tables
from tests.builders import deliver, read, table

ROW = {"Nimi": "Åsa Åkerberg", "Sähköposti": "asa@virta.example", "Yritys": "Virta Oy", "Y-tunnus": "9900020-2"}
WEB = "inquiry_list"


@pytest.fixture
def repository(own_home: Home) -> Any:
    own_home.prepare()
    return build(str(own_home.path), None).get_repository_def()


def config_of(link: str) -> tuple[str, dict[str, Any]]:
    """The job that a link opens, and the config that its launchpad holds."""
    parts = urlsplit(link)
    return parts.path.split("/")[4], json.loads(parse_qs(parts.query)["config"][0])


def run(repository: Any, link: str) -> dg.ExecuteInProcessResult:
    name, config = config_of(link)
    with dg.DagsterInstance.ephemeral() as instance:
        result: dg.ExecuteInProcessResult = repository.get_job(name).execute_in_process(
            run_config=config, instance=instance, raise_on_error=False)
    return result


def said(result: dg.ExecuteInProcessResult) -> str:
    [failure] = [event for event in result.all_events if event.is_step_failure]
    return str(failure.step_failure_data.user_failure_data.description)  # type: ignore[union-attr]


@pytest.mark.parametrize(("job", "config"), [
    ("accept_delivery", {"feed": "provider_x", "day": "2026-11-24", "name": "Liisa Käski"}),
    ("approve_list", {"number": 7, "name": "Timo Aro"}), ("lift", {"number": 7, "name": "Timo Aro"})])
def test_a_link_fills_in_what_the_job_takes(repository: Any, job: str, config: dict[str, object]) -> None:
    name, filled = config_of(launch(job, config))
    assert name == job and dg.validate_run_config(repository.get_job(name), filled)
    assert filled["ops"][STEPS[job]]["config"] == config


def test_fields_are_told_in_the_policys_language(repository: Any) -> None:
    schema = repository.get_job("lift").run_config_schema.config_type
    described = schema.fields["ops"].config_type.fields["take_back"].config_type.fields["config"].config_type.fields
    assert described["name"].description == "Kuka päättää: joku käytännön (policy.toml) henkilöistä."
    assert described["number"].description.startswith("Numero: ")


def test_what_cannot_be_read_is_given_up_by_name(repository: Any, own_home: Home) -> None:
    for day, rows in (("2026-11-03", [ROW]), ("2026-11-04", "nothing of a table")):
        deliver(own_home, WEB, day, rows)
        read(own_home, WEB, day)
    assert table(own_home, tables.deliveries)["state"].tolist()[-1] == "set aside"
    link = launch("accept_delivery", {"feed": WEB, "day": "2026-11-04", "name": "Joku Muu"})
    assert "Liisa Kaski, Timo Aro" in said(run(repository, link)), "a stranger's word counts for nothing"
    assert run(repository, link.replace("Joku%20Muu", "Timo%20Aro")).success
    assert table(own_home, tables.deliveries)["state"].tolist()[-1] == "given up"


def test_a_list_and_a_decision_that_are_none_are_refused_in_words(repository: Any) -> None:
    assert "Poistolistaa numero 99 ei ole" in said(run(repository, launch("approve_list", {"number": 99, "name": "Timo Aro"})))
    assert "Päätöstä 99 ei ole" in said(run(repository, launch("lift", {"number": 99, "name": "Timo Aro"})))


def test_a_list_is_approved_by_an_approver_alone(repository: Any, own_home: Home) -> None:
    """The link of a steward who is none has no name in it: launched as it is, it is refused."""
    with own_home.database.writing("send", "2026-11-27") as store:
        store.execute(insert(tables.exports).values(
            export_no=1, what="due", file="due-2026-11.xlsx", columns="[]", rows=1, purpose="review", exported_by="x",
            exported_at="2026-11-27T05:00:00+00:00", ends_on="2026-12-27", asked=json.dumps([["2026-12-31", "key"]])))
    link = launch("approve_list", {"number": 1, "name": ""})
    assert "joku käytännön hyväksyjistä" in said(run(repository, link)) and table(own_home, tables.decisions).empty
    name = quote('"name":""', safe=""), quote('"name":"Timo Aro"', safe="")
    assert run(repository, link.replace(*name)).success
    assert table(own_home, tables.decisions)[["kind", "decided_by"]].to_numpy().tolist() == [["approve", "Timo Aro"]]


def test_a_decision_is_lifted_by_its_link(repository: Any, own_home: Home) -> None:
    with own_home.database.writing("decide", "2026-11-27") as store:
        number = decided.decide(store, "keep", {"2027-12-31": ["key"]}, Signed("Timo Aro", "timo", date(2026, 11, 27)))
    assert run(repository, launch("lift", {"number": number, "name": "Liisa Kaski"})).success
    assert table(own_home, tables.decisions)["lifted_at"].notna().tolist() == [True]


def test_what_follows_is_computed_in_a_run_of_its_own(repository: Any) -> None:
    sensor = repository.get_sensor_def("after_decision")
    with dg.DagsterInstance.ephemeral() as instance:
        job = dg.job(name="lift")(lambda: None)
        done = instance.create_run_for_job(job, status=dg.DagsterRunStatus.SUCCESS)
        event = dg.DagsterEvent("PIPELINE_SUCCESS", "lift")
        request = sensor(dg.build_run_status_sensor_context("after_decision", event, instance, done))
    assert [key.path[-1] for key in request.asset_selection] == list(MADE_OF_FEEDS)
    assert "register/sweep" not in request.tags


def test_no_link_is_longer_than_a_page_may_hold(tmp_path: Path) -> None:
    assert len(launch("accept_delivery", {"feed": "a" * 40, "day": "2026-11-24", "name": "Etunimi Sukunimi-Sukunimi"})) < 300

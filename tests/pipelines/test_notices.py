"""One message a day of what waits, to whom it concerns, in counts and links; a server that is down breaks nothing."""

import json
import smtplib
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email import message_from_string
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.runs.schema import RunsTable
from sqlalchemy import update

from assets.clock import midnight
from assets.morning import failed_runs, morning_asset
from assets.resource import Register
from pipelines import notices as sending
from pipelines.build import JOB, build
from pipelines.names import MORNING
from register.home import Home
from register.texts import Texts
from tests.story import deliver, wait

DAY = date(2026, 11, 27)


class Smtp(socketserver.StreamRequestHandler):
    """As much of a mail server as takes one message."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline().strip().upper():
            if line == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.taken.append(b"".join(lines).decode())  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if line == b"QUIT" else b"250 ok\r\n")
            if line == b"QUIT":
                return


class Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append(json.loads(body))  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def served(server: Any) -> Iterator[tuple[int, list[Any]]]:
    """The port of a server of this test, and what it has taken."""
    server.taken = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], server.taken
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def mail() -> Iterator[tuple[int, list[str]]]:
    with served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp)) as found:
        yield found


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "today", lambda: DAY)
    monkeypatch.setattr(sending, "LATEST", sending.time(0))


def prepared(home: Home, notices: str, away: str = "") -> Any:
    """The sensor of a home whose policy tells by these channels."""
    path = home.path / "policy.toml"
    text = path.read_text(encoding="utf-8")
    start = text.index("away = ")
    text = text[:start] + away + text[text.index("\n", start):]
    path.write_text(text[:text.index("\n[notices]\n")] + f"\n[notices]\n{notices}\n", encoding="utf-8")
    home.prepare()
    for feed in ("web_inquiries", "provider_x"):
        deliver(home.database, {feed: DAY.isoformat()})
    return build(str(home.path), None).get_repository_def().get_sensor_def("notices")


def tick(sensor: Any, instance: dg.DagsterInstance, cursor: str | None) -> tuple[str, str]:
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        result = sensor.evaluate_tick(context)
    return result.skip_message, result.cursor


def smtp(port: int) -> str:
    return f'smtp = {{ host = "127.0.0.1", port = {port}, sender = "register@oma.example" }}'


def test_what_waits_is_told_once_a_day_with_counts_and_links(own_home: Home, mail: tuple[int, list[str]]) -> None:
    port, taken = mail
    sensor = prepared(own_home, smtp(port) + '\nui = "https://register.oma.example"')
    for number in range(40):
        wait(own_home.database, record_key=f"r{number}", asked_on=DAY.isoformat(), email="asa@virta.example")
    with dg.DagsterInstance.ephemeral() as instance:
        said, cursor = tick(sensor, instance, None)
        assert said == "Ilmoitettu." and len(taken) == 1
        again, _ = tick(sensor, instance, cursor)
    assert "on jo ilmoitettu" in again and len(taken) == 1, "never one per row, nor one per tick"
    message = message_from_string(taken[0])
    text = message.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert message["To"] == "liisa.kaski@oma.example"
    assert "40 kohtaa karanteenissa" in text and "https://register.oma.example/assets/morning" in text
    assert "virta.example" not in taken[0] and "**" not in text


def test_who_is_away_is_not_told_but_the_deputy(own_home: Home, mail: tuple[int, list[str]]) -> None:
    port, taken = mail
    sensor = prepared(own_home, smtp(port), 'away = [{ name = "Liisa Kaski", from = 2026-11-20, until = 2026-12-01 }]')
    wait(own_home.database, asked_on=DAY.isoformat())
    with dg.DagsterInstance.ephemeral() as instance:
        tick(sensor, instance, None)
    assert message_from_string(taken[0])["To"] == "timo.aro@oma.example"


def test_half_time_is_told_to_the_deputy_too_and_once(
    own_home: Home, mail: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, taken = mail
    sensor = prepared(own_home, smtp(port))
    wait(own_home.database, asked_on=(DAY - timedelta(days=15)).isoformat())
    before = json.dumps({"mail": (DAY - timedelta(days=1)).isoformat()})
    with dg.DagsterInstance.ephemeral() as instance:
        _, cursor = tick(sensor, instance, before)
        monkeypatch.setattr(sending, "today", lambda: DAY + timedelta(days=1))
        tick(sensor, instance, cursor)
    first, second = (message_from_string(one) for one in taken)
    assert first["To"] == "liisa.kaski@oma.example, timo.aro@oma.example" and second["To"] == "liisa.kaski@oma.example"
    assert "puolet kulunut" in first.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "puolet kulunut" not in second.get_payload(decode=True).decode()  # type: ignore[union-attr]


def test_a_deputy_without_an_address_leaves_it_to_the_steward(own_home: Home, mail: tuple[int, list[str]]) -> None:
    port, taken = mail
    sensor = prepared(own_home, smtp(port), 'away = [{ name = "Liisa Kaski", from = 2026-11-20, until = 2026-12-01 }]')
    path = own_home.path / "policy.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(', "Timo Aro" = "timo.aro@oma.example"', ""), encoding="utf-8")
    wait(own_home.database, asked_on=DAY.isoformat())
    with dg.DagsterInstance.ephemeral() as instance:
        tick(sensor, instance, None)
    assert message_from_string(taken[0])["To"] == "liisa.kaski@oma.example"


def test_nothing_waits_nothing_is_sent(own_home: Home, mail: tuple[int, list[str]]) -> None:
    port, taken = mail
    sensor = prepared(own_home, smtp(port))
    with dg.DagsterInstance.ephemeral() as instance:
        said, cursor = tick(sensor, instance, None)
    assert said == "Mikään ei odota sinua." and not taken and json.loads(cursor) == {"mail": DAY.isoformat()}


def test_a_webhook_gets_the_same_and_a_mail_server_that_is_down_is_tried_again(own_home: Home) -> None:
    with served(HTTPServer(("127.0.0.1", 0), Hook)) as (port, taken):
        sensor = prepared(own_home, f'{smtp(9)}\nwebhook = "http://127.0.0.1:{port}/hook"')
        wait(own_home.database, asked_on=DAY.isoformat())
        with dg.DagsterInstance.ephemeral() as instance:
            said, cursor = tick(sensor, instance, None)
            second, _ = tick(sensor, instance, cursor)
    assert "mail: lähetys ei onnistunut (ConnectionRefusedError)" in said and "mail: lähetys" in second
    assert json.loads(cursor) == {"webhook": DAY.isoformat()} and len(taken) == 1
    assert "1 kohta karanteenissa" in taken[0]["text"]


def test_whatever_a_channel_raises_the_others_are_told_once(own_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("an answer that nobody thought of")

    with served(HTTPServer(("127.0.0.1", 0), Hook)) as (port, taken):
        sensor = prepared(own_home, f'{smtp(9)}\nwebhook = "http://127.0.0.1:{port}/hook"')
        monkeypatch.setattr(sending, "_mail", broken)
        wait(own_home.database, asked_on=DAY.isoformat())
        with dg.DagsterInstance.ephemeral() as instance:
            said, cursor = tick(sensor, instance, None)
            tick(sensor, instance, cursor)
    assert "mail: lähetys ei onnistunut (ValueError)" in said and len(taken) == 1
    assert "nobody thought" not in said, "an answer may name the address"


def test_a_channel_that_the_policy_gave_up_reminds_no_more(own_home: Home, mail: tuple[int, list[str]]) -> None:
    port, taken = mail
    sensor = prepared(own_home, smtp(port))
    wait(own_home.database, asked_on=(DAY - timedelta(days=16)).isoformat())
    before = json.dumps({"webhook": "2026-11-01", "mail": (DAY - timedelta(days=1)).isoformat()})
    wait(own_home.database, record_key="r", asked_on=DAY.isoformat())
    with dg.DagsterInstance.ephemeral() as instance:
        tick(sensor, instance, before)
    assert "puolet kulunut" not in message_from_string(taken[0]).get_payload(decode=True).decode()  # type: ignore[union-attr]


def test_without_a_channel_nobody_is_told(own_home: Home) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert "Kenellekään" in tick(prepared(own_home, ""), instance, None)[0]


def failed_run(instance: dg.DagsterInstance, tags: dict[str, str] | None = None) -> dg.DagsterRun:
    run = instance.create_run_for_job(dg.job(name=JOB)(lambda: None), tags=tags)
    instance.report_run_failed(run)
    return run


def test_a_failed_run_is_told(own_home: Home, mail: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    port, taken = mail
    sensor = prepared(own_home, smtp(port))
    with dg.DagsterInstance.ephemeral() as instance:
        run = failed_run(instance)
        [record] = instance.get_run_records()
        of_run = record.create_timestamp.astimezone(sending.HELSINKI).date()
        monkeypatch.setattr(sending, "today", lambda: of_run)
        tick(sensor, instance, None)
    text = message_from_string(taken[0]).get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "1 ajo epäonnistui, viimeksi" in text and f"/runs/{run.run_id}" in text


def test_a_run_that_fails_after_the_days_notice_is_told_the_next_day_and_no_more(
    own_home: Home, mail: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, taken = mail
    sensor = prepared(own_home, smtp(port))
    wait(own_home.database, asked_on=DAY.isoformat())
    told_on = datetime.now(sending.HELSINKI).date()
    with dg.DagsterInstance.ephemeral() as instance:
        cursor = None
        for days in range(3):
            monkeypatch.setattr(sending, "today", lambda days=days: told_on + timedelta(days=days))
            _, cursor = tick(sensor, instance, cursor)
            if days == 0:
                failed_run(instance)
    texts = [message_from_string(one).get_payload(decode=True).decode() for one in taken]  # type: ignore[union-attr]
    assert ["epäonnistui" in text for text in texts] == [False, True, False]


def test_a_run_that_failed_in_the_first_hours_of_the_day_is_of_that_day() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        failed_run(instance)
        at_one = (midnight(DAY) + timedelta(hours=1)).astimezone(UTC)
        assert at_one.date() < DAY
        with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]
            connection.execute(update(RunsTable).values(update_timestamp=at_one.replace(tzinfo=None)))
        [matter], none = failed_runs(instance, DAY), failed_runs(instance, DAY + timedelta(days=1))
    assert (matter.n, matter.last, none) == (1, DAY.isoformat(), [])


def test_a_failed_run_is_on_the_page(own_home: Home) -> None:
    own_home.prepare()
    page = morning_asset([], Texts("fi"))
    with dg.DagsterInstance.ephemeral() as instance:
        run = failed_run(instance)
        done = dg.materialize([page], instance=instance, resources={"register": Register(home_path=str(own_home.path))})
    [read] = done.asset_materializations_for_node(MORNING)
    assert f"/runs/{run.run_id}" in str(read.metadata["Odottaa"].value)


def test_after_a_failed_run_the_page_is_computed_anew_but_not_for_its_own_failure(own_home: Home) -> None:
    prepared(own_home, "")
    sensor = build(str(own_home.path), None).get_repository_def().get_sensor_def("after_failure")
    with dg.DagsterInstance.ephemeral() as instance:
        run = failed_run(instance)
        answer = sensor(_failure(instance, run))
        assert isinstance(answer, dg.RunRequest)
        assert [key.path for key in answer.asset_selection or ()] == [[MORNING]]
        assert isinstance(sensor(_failure(instance, failed_run(instance, answer.tags))), dg.SkipReason)


def _failure(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Any:
    events = [entry.dagster_event for entry in instance.all_logs(run.run_id) if entry.dagster_event]
    return dg.build_run_status_sensor_context("after_failure", events[-1], instance, run).for_run_failure()


def test_a_server_that_asks_for_a_password_gets_it_from_the_environment_only(own_home: Home) -> None:
    sensor = prepared(own_home, smtp(9).replace(" }", ', user = "register" }'))
    wait(own_home.database, asked_on=DAY.isoformat())
    with dg.DagsterInstance.ephemeral() as instance, pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtplib, "SMTP", Greeting)
        said, _ = tick(sensor, instance, None)
    assert "mail: lähetys ei onnistunut (HomeError)" in said


class Greeting:
    """A mail server that was reached and is asked to log in."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Reached."""

    def __enter__(self) -> "Greeting":
        return self

    def __exit__(self, *_: Any) -> None:
        """Left."""

    def login(self, user: str, password: str) -> None:
        raise AssertionError("no password is set")

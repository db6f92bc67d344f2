"""`register outbox`: every file that lies there has a number and a state, and what has none is named."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from register.corrections import approving
from register.home import Home
from register.removal import housekeeping, requests
from register.requests import form
from register.texts import Texts
from register.workbooks import due, exports, review, taken, waiting
from register.workbooks.exports import Order, What
from tests.builders import desk
from tests.pipelines.conftest import empty, owned
from tests.rows import compute, observation, put
from tests.workbooks.test_review import DAY, DOUBTS, KOPARE, doubt, filled

LAST = DAY + timedelta(days=30)


@owned
def home(path: Path, database_url: str | None) -> Home:
    """An export, a reply to send, the form of requests, and a workbook that came back."""
    home = empty(path, database_url)
    policy = home.policy()
    put(home.database, *(observation(key, name=name, email=f"{key}@kopare.example", **KOPARE) for key, name in (
        ("asa", "Åsa Åkerberg"), ("asa_b", "Asa Akerberg"))))
    compute(home.database)
    exports.export(home, policy, Order("contacts", "lista.csv", "invoicing", "Tilitoimisto", "liisa"), DAY)
    with home.database.writing("letter", DAY.isoformat()) as store:
        requests.write_letter(store, home, policy, "erase.all", "Timo Aro", DAY, DAY)
    form.publish(home, policy, DAY, "liisa")
    doubt(home, DOUBTS[0])
    sent = review.publish(home, policy, DAY, "liisa")
    assert sent is not None
    filled(home, sent.path, {(1, 1, 16): "eri"})
    assert taken.take_in(desk(home), DAY, "liisa", lambda _: True).applied == 1
    return home


def told(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["outbox", *arguments])
    assert result.exit_code == 0, result.exception
    return result.output


def files(*arguments: str) -> list[tuple[int, str, str, str | None]]:
    listed = json.loads(told("--json", *arguments))["files"]
    return [(one["number"], one["what"], one["state"], one["gone_on"]) for one in listed]


OPEN = [(3, "requests", "open", None), (2, "letter", "open", None), (1, "contacts", "open", None)]


def test_what_lies_there_is_listed_with_its_number_and_all_that_ever_did(home: Home) -> None:
    assert files() == OPEN
    assert files("--all") == [(4, "matches", "returned", DAY.isoformat()), *OPEN]
    shown = told("--all").splitlines()
    for words in ("lista-1.csv", "vienti: yhteyshenkilöt", "24.12.2026", "avoin", "palautunut 24.11.2026"):
        assert any(words in line for line in shown), words
    [first] = [one for one in json.loads(told("--json"))["files"] if one["number"] == 1]
    assert (first["file"], first["made_by"], first["recipient"], first["ends_on"], first["is_there"]) == (
        "lista-1.csv", "liisa", "Tilitoimisto", LAST.isoformat(), True)


def test_what_has_had_its_time_is_destroyed(home: Home) -> None:
    after = LAST + timedelta(days=1)
    housekeeping.keep(home, home.policy(), after, None)
    assert files() == [] and "ei ole numeroituja" in told()
    assert {(what, state, day) for _, what, state, day in files("--all")} == {
        ("matches", "returned", DAY.isoformat()), *((what, "destroyed", after.isoformat()) for _, what, _, _ in OPEN)}


def test_every_file_there_has_a_number_or_is_named_as_a_stranger(home: Home) -> None:
    assert json.loads(told("--json"))["strangers"] == []
    lying = {path.name for path in home.outbox.iterdir()}
    assert lying == {one["file"] for one in json.loads(told("--json"))["files"]}
    (home.outbox / "oma.xlsx").write_text("x")
    (home.outbox / "kansio").mkdir()
    (home.outbox / "kansio" / "muu.txt").write_text("x")
    (home.outbox / "lista-1.csv").unlink()
    assert json.loads(told("--json"))["strangers"] == ["kansio/muu.txt", "oma.xlsx"]
    shown = told()
    assert "oma.xlsx" in shown and "kansio/muu.txt" in shown and "viety pois" in shown


def test_what_lay_there_under_a_name_that_is_used_no_more_is_a_stranger(home: Home) -> None:
    housekeeping.keep(home, home.policy(), LAST + timedelta(days=1), None)
    (home.outbox / "lista-1.csv").write_text("a copy put back")
    assert json.loads(told("--json"))["strangers"] == ["lista-1.csv"]


@pytest.mark.parametrize("language", ["fi", "en"])
def test_every_kind_has_its_words(home: Home, language: str) -> None:
    at = desk(home)
    kinds = {*get_args(What), *form.FORMS, review.MATCHES.what, due.DUE.what, waiting.WHAT, "letter",
             approving.form(home, at.policy).what}
    assert all(Texts(language).say(f"outbox.what.{kind}") for kind in kinds)


def test_an_empty_outbox_says_so(own_home: Home) -> None:
    own_home.prepare()
    assert date(2026, 11, 24) == DAY and "ei ole numeroituja" in told()

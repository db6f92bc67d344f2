"""Who is who at the command line: ids and numbers only, by name of the policy, said what will happen, taken back by number."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli.app import app
from register.errors import RefusedError
from register.home import Home
from register.store import tables
from register.workbooks import review
from tests.pipelines.conftest import empty, owned
from tests.rows import compute, ids, observation, put, table
from tests.workbooks.test_review import ANSWER, DAY, filled

SAMPLES = Path(__file__).parents[2] / "samples"
FIRM = {"company": "Köpare Oy", "business_id": "9900001-8"}


@owned
def home(path: Path, database_url: str | None) -> Home:
    home = empty(path, database_url)
    put(home.database,
        observation("asa", "inquiry_list", **FIRM, name="Åsa Åkerberg", email="asa@kopare.example"),
        observation("asa_2", "provider_x", **FIRM, name="Åsa Åkerberg", email="asa@kopare.example", on="2026-11-02"),
        observation("matti", "inquiry_list", **FIRM, name="Matti Virtanen", email="matti@kopare.example"),
        observation("elsewhere", "inquiry_list", name="Ossi Kolmas", email="ossi@varuboden.example",
                    company="Varuboden Ab", business_id="9900002-6"))
    compute(home.database)
    return home


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def output(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.exception
    return result.output


def test_merge_says_what_will_happen_and_how_to_take_it_back(home: Home) -> None:
    held = ids(home.database)
    said = output("merge", held["asa"], held["matti"], "--name", "Liisa Kaski")
    assert "Päätös 1" in said and "Seuraava päivän ajo" in said and "register undo 1" in said
    listed = output("decisions")
    for words in ("yksi yhteyshenkilö", "Liisa Kaski", held["asa"], held["matti"]):
        assert words in listed
    assert "berg" not in said + listed and "Virtanen" not in said + listed, "ids, not people"


def test_split_takes_the_numbers_that_explain_shows(home: Home) -> None:
    asa = ids(home.database)["asa"]
    shown = [line for line in output("explain", asa).splitlines() if "inquiry_list" in line or "provider_x" in line]
    assert any("│ 2 " in line and "provider_x" in line for line in shown), "records are numbered"
    assert "erottaa" in output("split", asa, "--rows", "2", "--name", "Timo Aro")
    assert table(home.database, tables.decisions)["content"].tolist() == ['{"left": ["asa_2"], "right": ["asa"]}']


def test_undo_takes_it_out_of_the_list_and_only_once(home: Home) -> None:
    output("split", ids(home.database)["asa"], "--rows", "1", "--name", "Liisa Kaski")
    assert "peruttu" in output("undo", "1", "--name", "Timo Aro")
    assert "ei ole voimassa" in output("decisions")
    assert isinstance(run("undo", "1", "--name", "Timo Aro").exception, RefusedError)


def test_rematch_carries_out_what_was_said_and_what_was_taken_back(home: Home) -> None:
    before = ids(home.database)
    output("rematch")
    assert ids(home.database) == before, "nothing has changed"
    output("split", before["asa"], "--rows", "1", "--name", "Liisa Kaski")
    output("rematch")
    assert len(set(ids(home.database).values())) == len(set(before.values())) + 1
    output("undo", "1", "--name", "Timo Aro")
    output("rematch")
    assert ids(home.database) == before


def test_two_firms_need_the_word_same_person(home: Home) -> None:
    held = ids(home.database)
    refused = run("merge", held["asa"], held["elsewhere"], "--name", "Liisa Kaski").exception
    assert isinstance(refused, RefusedError) and "--same-person" in str(refused)
    assert "kahdessa yrityksessä" in output("merge", held["asa"], held["elsewhere"], "--same-person", "--name", "Liisa Kaski")


@pytest.mark.parametrize("arguments", [
    ("merge", "asa", "matti", "--name", "Vieras"), ("split", "asa", "--rows", "1", "--name", "Vieras"),
    ("split", "asa", "--rows", "1,x", "--name", "Liisa Kaski"), ("split", "asa", "--rows", "", "--name", "Liisa Kaski"),
    ("merge", "asa", "0000", "--name", "Liisa Kaski"), ("undo", "7", "--name", "Liisa Kaski"),
])
def test_what_is_refused_changes_nothing(home: Home, arguments: tuple[str, ...]) -> None:
    held = ids(home.database)
    assert isinstance(run(*(held.get(word, word) for word in arguments)).exception, RefusedError)
    assert table(home.database, tables.decisions).empty


def test_decisions_take_reads_the_letter_box(home: Home) -> None:
    doubts = pd.DataFrame([{"left_key": "asa", "right_key": "matti", "is_elsewhere": False, "probability": .5, "model": "m",
                            "since_on": DAY.isoformat()}])
    with home.database.writing("doubts", DAY.isoformat()) as store:
        store.insert(tables.doubts, doubts)
    sent = review.publish(home, home.policy(), DAY, "liisa")
    assert sent is not None
    filled(home, sent.path, {ANSWER: "kyllä"})
    wrong = run("decisions", "--take")
    assert wrong.exit_code == 1 and "rivi 2, sarake Q" in wrong.output and "-again.xlsx" in wrong.output
    [again] = home.outbox.glob("*-again.xlsx")
    filled(home, again, {ANSWER: "eri"})
    said = output("decisions", "--take")
    assert "Vastauksia vietiin rekisteriin: 1" in said and "eri ihmisiä" in said

"""The commands about people and files as the steward types them: nobody's value in the arguments, the catalogue's words."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli.app import app
from register.errors import ConfigurationError, RefusedError
from register.home import Home
from register.store import tables
from tests.rows import compute, engagement, ids, observation, put

SAMPLES = Path(__file__).parents[2] / "samples"
STEWARD = "Liisa Kaski"


@pytest.fixture
def home(own_home: Home) -> Home:
    home = own_home
    firm = {"company": "Köpare Oy", "business_id": "9900001-8"}
    put(home.database,
        observation("asa", "inquiry_list", **firm, name="Åsa [red]Åkerberg", email="asa@kopare.example",
                    phone="040 123 4567", marketing_ban=True),
        observation("asa_elsewhere", "inquiry_list", name="Åsa [red]Åkerberg", email="asa@kopare.example",
                    company="Varuboden Ab", business_id="9900002-6"))
    put(home.database, engagement("asa", "inquiry_list", kind="inquiry", **firm), table=tables.engagements)
    compute(home.database)
    return home


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def output(*arguments: str, stdin: str = "") -> str:
    result = run(*arguments, stdin=stdin)
    assert result.exit_code == 0, result.exception
    return result.output


def judged(home: Home, record_key: str) -> str:
    """The contact's id; from now on it has a verdict and stands on the due list."""
    contact_id = ids(home.database)[record_key]
    facts = json.dumps({"company": "Köpare Oy", "fact_on": "2026-11-01"})
    verdict = {"contact_id": contact_id, "outcome": "keep", "last_day": "2028-11-01", "rule": "after_last_contact",
               "facts": facts, "policy_no": 1, "judged_on": "2026-11-24"}
    due = {"contact_id": contact_id, "rule": "after_last_contact", "last_day": "2028-11-01", "published_on": "2028-09-03"}
    with home.database.writing("verdicts", "2026-11-24") as store:
        store.insert(tables.verdicts, pd.DataFrame([verdict]))
        store.insert(tables.due, pd.DataFrame([due]))
    return contact_id


def test_find_reads_one_line_and_shows_whom_it_means(home: Home) -> None:
    shown = output("find", stdin="åkerberg ÅSA\nsecond line\n")
    assert "Åsa [red]Åkerberg" in shown  # a value is never markup
    assert "2 yrityksessä" in shown
    assert ids(home.database)["asa"] in shown


def test_find_says_nobody_and_what_waits(home: Home) -> None:
    waiting = {"feed": "inquiry_list", "record_key": "w", "column": "company", "code": "company_missing",
               "value_hash": "0" * 32, "scope": "row", "content": '{"full_name": "Kalle Kolmas"}',
               "first_seen_on": "2026-11-20", "last_seen_on": "2026-11-20"}
    with home.database.writing("waits", "2026-11-24") as store:
        store.insert(tables.quarantine, pd.DataFrame([waiting]))
    assert output("find", stdin="Kolmas Kalle").splitlines() == [
        "Rekisteristä ei löytynyt ketään.", "Karanteenissa odottaa 1 sopiva rivi lähteestä inquiry_list."]


def test_find_takes_no_person_from_the_arguments_and_nothing_for_nothing(home: Home) -> None:
    assert run("find", "Åsa").exit_code == 2  # noqa: PLR2004
    assert isinstance(run("find", stdin="\n").exception, RefusedError)


def test_explain_tells_the_verdict_the_sources_and_the_due_day(home: Home) -> None:
    said = output("explain", judged(home, "asa"))
    assert said.startswith("Rekisterissä, koska")
    for words in ("1.11.2028", "Poistolistalla 3.9.2028 alkaen", "Markkinointi on kielletty", "ainoa arvo", "Varuboden Ab",
                  "inquiry_list", "Nähty ensimmäisen kerran 1.11.2026"):
        assert words in said


def test_explain_as_json_says_the_same(home: Home) -> None:
    contact_id = judged(home, "asa")
    told = json.loads(output("explain", contact_id, "--json"))
    assert (told["contact_id"], told["due"]["published_on"], told["marketing_ban"]) == (contact_id, "2028-09-03", True)
    assert told["verdict"]["facts"]["company"] == "Köpare Oy"
    assert told["verdict"]["sentence"].startswith("Rekisterissä, koska")
    assert {value["column"] for value in told["values"]} >= {"full_name", "email", "phone"}


def test_explain_without_a_verdict_and_of_nobody(home: Home) -> None:
    assert "ei ole vielä arvioitu" in output("explain", ids(home.database)["asa"])
    assert "null" in output("explain", ids(home.database)["asa"], "--json")
    unknown = run("explain", "matti@kopare.example").exception
    assert isinstance(unknown, RefusedError)
    assert "matti" not in str(unknown)


def test_export_prints_the_path(home: Home) -> None:
    result = run("export", "contacts", "--out", "lista.csv", "--purpose", "assignment", "--to", "Tilitoimisto")
    assert result.stdout.strip() == str(home.outbox / "lista-1.csv")
    assert "2 riviä viety" in result.stderr
    assert isinstance(run("export", "contacts", "--out", "a.csv", "--purpose", "curiosity").exception, RefusedError)
    assert run("export", "people", "--out", "a.csv", "--purpose", "assignment").exit_code == 2  # noqa: PLR2004


def test_feeds_try_tells_columns_and_rows_and_hides_people(home: Home) -> None:
    path = str(SAMPLES / "inbox/provider_x/2026-11-20/yhteyshenkilot.csv")
    said = output("feeds", "try", "provider_x", path)
    for words in ("Mitään ei tallennettu", "Matkapuhelin, Puhelin", "Sähköposti (email)", "tietueen avain", "ei oteta",
                  "Xxxxxxxx, Xxx → Xxx Xxxxxxxx", "Ei pidetä"):
        assert words in said
    assert "kerberg" not in said
    assert "Åkerberg, Åsa → Åsa Åkerberg" in output("feeds", "try", "provider_x", path, "--show")


def test_feeds_try_refuses_in_words(home: Home, tmp_path: Path) -> None:
    empty = tmp_path / "matti.csv"
    empty.write_bytes(b"")
    refused = run("feeds", "try", "provider_x", str(empty)).exception
    assert isinstance(refused, RefusedError)
    assert "tiedosto on tyhjä" in str(refused) and "matti" not in str(refused)
    unknown = run("feeds", "try", "nobody", str(empty)).exception
    assert isinstance(unknown, RefusedError) and "provider_x" in str(unknown)
    feeds = home.path / "feeds.toml"
    feeds.write_text(feeds.read_text(encoding="utf-8") + '\n[half]\nkind = "provider"\n', encoding="utf-8")
    assert isinstance(run("feeds", "try", "half", str(empty)).exception, ConfigurationError)


def test_somebody_objects_by_e_mail_and_is_restricted_and_freed_by_id(home: Home) -> None:
    by = ("--name", STEWARD)
    said = output("object", *by, stdin="asa@kopare.example\n1\npuhelimessa\n")  # at two firms, one person
    assert "markkinointikielto 2 yhteyshenkilöllä" in said and "answer-1.txt" in said
    contact = ids(home.database)["asa"]
    assert "2 yhteyshenkilön tiedot rajoitettu" in output("restrict", contact, *by, stdin="*\nkirjeellä\n")
    assert output("find", stdin="asa@kopare.example\n").count("kyllä") == 2  # noqa: PLR2004
    assert "purettu 1 yhteyshenkilöltä" in output("restrict", contact, "--lift", *by, stdin="1\n")
    assert "markkinointikielto" in output("requests")


def test_an_objection_to_nothing_and_one_of_nobody_change_nothing(home: Home) -> None:
    contact, by = ids(home.database)["asa"], ("--name", STEWARD)
    for command in (run("object", contact, *by, stdin="\n"), run("object", *by, stdin="ei.ole@kopare.example\n")):
        assert isinstance(command.exception, RefusedError)
    assert output("requests").strip() == "Pyyntöjä ei ole."

"""The commands about people and files as the steward types them: nobody's value in the arguments, the catalogue's words."""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli.app import app
from register.errors import ConfigurationError, RefusedError
from register.home import Home
from register.retention import judging
from register.store import tables
from tests.pipelines.conftest import empty, owned
from tests.rows import compute, engagement, ids, observation, put, table

SAMPLES = Path(__file__).parents[2] / "samples"
STEWARD = "Liisa Kaski"


@owned
def home(path: Path, database_url: str | None) -> Home:
    home = empty(path, database_url)
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
    assert said.startswith("Rekisterissä ")
    for words in ("1.11.2028", "Poistolistalla 3.9.2028 alkaen", "Markkinointi on kielletty", "ainoa arvo", "Varuboden Ab",
                  "inquiry_list", "Nähty ensimmäisen kerran 1.11.2026"):
        assert words in said


def test_explain_as_json_says_the_same(home: Home) -> None:
    contact_id = judged(home, "asa")
    told = json.loads(output("explain", contact_id, "--json"))
    assert (told["contact_id"], told["due"]["published_on"], told["marketing_ban"]) == (contact_id, "2028-09-03", True)
    assert told["verdict"]["facts"]["company"] == "Köpare Oy"
    assert told["verdict"]["sentence"].startswith("Rekisterissä ")
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


def test_somebody_is_erased_by_e_mail_at_both_firms_with_the_proof_and_the_reply(home: Home) -> None:
    said = output("erase", "--name", STEWARD, "--received-on", "2026-11-20", stdin="asa@kopare.example\n\n1\npuhelimessa\n")
    for words in ("Köpare Oy", "Varuboden Ab", "0 löydöstä", "answer-1.txt", "21.12.2026"):  # 20.12. is a Sunday
        assert words in said
    assert table(home.database, tables.contacts).empty
    assert "Åkerberg" not in (home.outbox / "answer-1.txt").read_text(encoding="utf-8")
    assert STEWARD in output("requests")
    assert "ei löytynyt ketään" in output("find", stdin="asa@kopare.example\n")


def test_who_only_waits_in_quarantine_is_erased_by_the_words_that_fit(home: Home) -> None:
    content = json.dumps({"full_name": "Odottava Odotta", "email": "odottava@pihlaja.example"})
    waits = {"feed": "inquiry_list", "record_key": "odottaja", "column": "company", "code": "company_missing",
             "value_hash": "x", "scope": "row", "content": content, "file_no": 1, "row_no": 2, "first_seen_on": "2026-11-24",
             "last_seen_on": "2026-11-24", "asked_on": "2026-11-24", "email": "odottava@pihlaja.example"}
    with home.database.writing("wait", "2026-11-24") as store:
        store.insert(tables.quarantine, pd.DataFrame([waits]))
    typed = "odottava@pihlaja.example\n{}\n1\npuhelimessa\n"
    assert isinstance(run("erase", "--name", STEWARD, stdin=typed.format("")).exception, RefusedError), "nobody is sure of it"
    said = output("erase", "--name", STEWARD, stdin=typed.format("1"))
    assert "odottaa karanteenissa" in said and "0 löydöstä" in said and "answer-1.txt" in said
    assert table(home.database, tables.quarantine).empty and len(table(home.database, tables.contacts)) == 2  # noqa: PLR2004


def test_erasing_with_something_left_ends_in_red_without_a_reply_until_it_is_destroyed(home: Home) -> None:
    left = home.inbox / "liite.txt"
    left.write_text("asa@kopare.example", encoding="utf-8")
    result = run("erase", ids(home.database)["asa"], "--name", STEWARD, stdin="\n1\npuhelimessa\n")
    assert result.exit_code == 1 and "Vielä löytyy" in result.output and "--answer 1" in result.output
    assert not (home.outbox / "answer-1.txt").exists()
    left.unlink()
    assert "answer-1.txt" in output("requests", "--answer", "1", "--name", STEWARD)
    assert isinstance(run("requests", "--answer", "1", "--name", STEWARD).exception, RefusedError)


@pytest.mark.parametrize("stdin", ["\n7\npuhelimessa\n", "9\n1\npuhelimessa\n", "\n1\n\n"],
                         ids=["no such choice", "no such line", "nobody identified"])
def test_an_erasure_that_is_not_chosen_in_full_changes_nothing(home: Home, stdin: str) -> None:
    refused = run("erase", ids(home.database)["asa"], "--name", STEWARD, stdin=stdin).exception
    stranger = run("erase", ids(home.database)["asa"], "--name", "Joku Muu", stdin="\n1\npuhelimessa\n").exception
    assert isinstance(refused, RefusedError) and isinstance(stranger, RefusedError)
    assert len(table(home.database, tables.contacts)) == 2 and output("requests").strip() == "Pyyntöjä ei ole."  # noqa: PLR2004


def test_a_hold_is_put_listed_and_lifted(home: Home) -> None:
    contact, by = ids(home.database)["asa"], ("--name", STEWARD)
    assert "Estoja ei ole" in output("hold", "list")
    assert "31.3.2027" in output("hold", "add", contact, "--review-on", "2027-03-31", *by, stdin="oikeudenkäynti\n")
    listed = output("hold", "list")
    for words in (contact, "oikeudenkäynti", STEWARD, "31.3.2027"):
        assert words in listed
    assert isinstance(run("erase", contact, *by, stdin="\n1\npuhelimessa\n").exception, RefusedError)
    several = run("hold", "add", "--review-on", "2027-03-31", *by, stdin="asa@kopare.example\nriita\n").exception
    assert isinstance(several, RefusedError), "at two firms: by the id then"
    output("hold", "lift", "1", *by)
    assert "Estoja ei ole" in output("hold", "list")
    assert isinstance(run("hold", "lift", "1", *by).exception, RefusedError)


@pytest.fixture
def kept(home: Home) -> Home:
    """Judged on the day of the tests, by the policy of the samples."""
    with home.database.writing("verdicts", "2026-11-24") as store:
        judging.update(store, home.policy(), home.feeds(home.policy()), date(2026, 11, 24), "liisa")
    return home


def test_a_changed_policy_is_tried_before_it_is_used(kept: Home, tmp_path: Path) -> None:
    changed = tmp_path / "policy.toml"
    text = (kept.path / "policy.toml").read_text(encoding="utf-8")
    changed.write_text(text.replace("calendar_years = 10", "calendar_years = 5", 1), encoding="utf-8")
    said = output("policy", "check", str(changed))
    assert "Säilytetään" in said and ids(kept.database)["asa"] in said
    assert "31.12.2036 -> 31.12.2031" in said and len(table(kept.database, tables.policies)) == 1, "nothing is written"


def test_what_a_policy_leaves_open_and_which_were_used(kept: Home) -> None:
    assert "retention.after_last_confirmed" in output("policy", "gaps")
    listed = output("policy", "list")
    assert "v1" in listed and "24.11.2026" in listed and "liisa" in listed


def test_explain_as_of_a_day_tells_what_it_cannot_know(kept: Home) -> None:
    contact = ids(kept.database)["asa"]
    coming, past = (output("explain", contact, "--as-of", day) for day in ("2037-01-01", "2026-11-10"))
    assert "1.1.2037" in coming and "Säilytysaika päättyi" in coming and "ettei mitään uutta tule" in coming
    assert "10.11.2026" in past and "Ei voida tietää" in past
    told = json.loads(output("explain", contact, "--as-of", "2020-01-01", "--json"))
    assert (told["verdict"], told["day"]) == (None, "2020-01-01")

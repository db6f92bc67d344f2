"""One day of one feed into the register: what was read, what came of each row, and that no fault stops another feed."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select

from expectations import runner
from register.home import Home
from register.intake import ingest, observations, refresh
from register.intake.archive import Archive
from register.store.tables import deliveries, engagements, files, metadata, objections, quarantine, runs, withheld
from register.store.tables import observations as observed
from tests.builders import POLICY, counts, deliver, desk, make_home, quick_judge, read, table

DAY = "2026-11-05"
VIRTA = {"Yritys": "Virta Oy", "Y-tunnus": "9900020-2"}
ASA = {"Nimi": "Åsa Åkerberg", "Sähköposti": "asa@virta.example", "Puhelin": "040 555 0101"}
OLLI = {"Nimi": "Olli Oja", "Sähköposti": "olli@virta.example", "Puhelin": "040 555 0102"}


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Home:
    return make_home(tmp_path / "home", database_url=database_url)


def test_every_row_has_one_fate_and_the_counts_are_kept_with_their_reasons(home: Home) -> None:
    path = deliver(home, "assignments", DAY, [
        {**ASA, **VIRTA}, {**OLLI, **VIRTA, "Puhelin": "040 55"}, {**OLLI, "Yritys": "-", "Sähköposti": "olli@luukku.com"},
        {**ASA, **VIRTA, "Y-tunnus": "9900011-4"}, {"Yritys": "Yksityishenkilö", **OLLI}])
    read(home, "assignments", DAY)
    assert counts(home, "assignments", DAY) == {
        "state": "read", "code": None, "read": 5, "accepted": 2, "quarantined": 1, "withheld": 2, "values_waiting": 1,
        "reasons": {"company_missing": 1, "own_people": 1, "phone_invalid": 1, "private_person": 1}}
    assert table(home, withheld)[["file_no", "row_no", "code"]].values.tolist() == [
        [1, 5, "own_people"], [1, 6, "private_person"]]
    assert sorted(table(home, quarantine)["code"]) == ["company_missing", "phone_invalid"]
    assert not path.exists() and not path.parent.exists()


def test_the_suite_and_the_structure_are_kept_for_the_checks(home: Home) -> None:
    deliver(home, "assignments", DAY, [{**ASA, **VIRTA, "Tehtävänimike": "johtaja", "Salainen sarake": "x"}])
    read(home, "assignments", DAY, judge=runner.judge)
    row = table(home, deliveries).iloc[0]
    assert {line["code"] for line in json.loads(row.suite)} >= {"email_invalid", "company_missing"}
    structure = json.loads(row.structure)
    assert {"full_name", "email", "phone", "company", "business_id"} <= set(structure["columns"])
    assert len(structure["dropped"]) == 2 and "Salainen" not in row.structure


def test_a_row_whose_person_waits_is_a_fact_of_its_firm_all_the_same(home: Home) -> None:
    deliver(home, "assignments", DAY, [{**VIRTA, "Nimi": "Åsa Åkerberg"}])
    read(home, "assignments", DAY)
    assert table(home, observed).empty
    assert table(home, engagements)[["business_id", "event_on", "is_dated"]].values.tolist() == [["9900020-2", DAY, False]]
    assert table(home, quarantine)["code"].tolist() == ["channel_missing"]


def test_a_provider_gives_no_engagements(home: Home) -> None:
    deliver(home, "assignments", DAY, [{**ASA, **VIRTA}])
    deliver(home, "provider_x", DAY, [{**OLLI, **VIRTA, "Asiakasnro": "1"}])
    for feed in ("assignments", "provider_x"):
        read(home, feed, DAY)
    assert table(home, engagements)["feed"].tolist() == ["assignments"]
    assert sorted(table(home, observed)["feed"]) == ["assignments", "provider_x"]


def test_what_waits_keeps_its_first_day_and_closes_when_it_is_mended(home: Home) -> None:
    firm = {**VIRTA, "Asiakasnro": "1"}
    deliver(home, "assignments", "2026-11-02", [{**OLLI, **VIRTA}])
    read(home, "assignments", "2026-11-02")
    for day, phone, days in (("2026-11-03", "040 55", ("2026-11-03", "2026-11-03")),
                             ("2026-11-04", "040 55", ("2026-11-03", "2026-11-04")),
                             ("2026-11-05", "040 66", ("2026-11-05", "2026-11-05")),
                             ("2026-11-06", "040 555 0101", None)):
        deliver(home, "provider_x", day, [{**ASA, **firm, "Puhelin": phone}])
        read(home, "provider_x", day)
        found = table(home, quarantine)[["first_seen_on", "last_seen_on"]].values.tolist()
        assert found == ([list(days)] if days else []), day


def test_a_ban_is_taken_from_every_row_whatever_becomes_of_it(home: Home) -> None:
    deliver(home, "assignments", DAY, [
        {**ASA, **VIRTA, "Markkinointikielto": "x"}, {**OLLI, **VIRTA, "Markkinointikielto": "ehkä"},
        {**ASA, "Yritys": "-", "Sähköposti": "a@luukku.com", "Markkinointikielto": "K"},
        {**ASA, "Yritys": "yksityishenkilö", "Markkinointikielto": "1"}, {**ASA, **VIRTA, "Markkinointikielto": "ei"}])
    read(home, "assignments", DAY)
    found = counts(home, "assignments", DAY)
    assert (found["accepted"], found["quarantined"], found["withheld"]) == (3, 1, 1)
    assert table(home, objections)[["kind", "objected_on"]].values.tolist() == [["marketing", DAY]] * 5, (
        "each row that says so, and the same person's that does not")


def test_a_ban_is_noted_once_since_the_earliest_day_that_said_so(home: Home) -> None:
    for day in ("2026-11-05", "2026-11-06", "2026-11-04"):
        deliver(home, "inquiries", day, [{**ASA, **VIRTA, "Markkinointikielto": "x", "Pvm": "3.11.2026"}])
        read(home, "inquiries", day)
    assert table(home, objections)["objected_on"].tolist() == ["2026-11-04"]


def test_identity_numbers_are_in_no_table_and_no_archive_file(home: Home) -> None:
    hetu = "131052-308T"
    deliver(home, "assignments", DAY, [
        {**ASA, **VIRTA, "Asianumero": hetu}, {**OLLI, **VIRTA, "Puhelin": f"040 55 {hetu}"},
        {**OLLI, "Yritys": "Koski Oy", "Y-tunnus": hetu}, {"Nimi": "Matti Virtanen", "Yritys": "", "Y-tunnus": hetu},
        {**ASA, "Yritys": "-", "Viesti": hetu, "Sähköposti": "a@luukku.com"}], name=f"{hetu}.csv")
    read(home, "assignments", DAY)
    assert counts(home, "assignments", DAY)["reasons"]["identity_number"] == 5
    for of in metadata.sorted_tables:
        assert "308T" not in table(home, of).to_string(), of.name
    for path in home.archive.rglob("*.parquet"):
        assert "308T" not in pd.read_parquet(path).to_string()


@pytest.mark.parametrize(("may", "fates"), [
    ("update", {"accepted": 1, "withheld": 3}), ("add_people_of_known_organisations", {"accepted": 2, "withheld": 2}),
    ("add_anyone", {"accepted": 4, "withheld": 0}),
])
def test_what_third_parties_may_do_is_the_policys_word(
    tmp_path: Path, database_url: str, may: str, fates: dict[str, int]
) -> None:
    home = make_home(tmp_path / "home", policy=f'{POLICY}[admission]\nthird_party_may = "{may}"\n', database_url=database_url)
    deliver(home, "assignments", DAY, [{**ASA, **VIRTA}])
    deliver(home, "provider_x", DAY, [
        {**ASA, **VIRTA, "Asiakasnro": "1"}, {**OLLI, **VIRTA, "Asiakasnro": "2"},
        {**OLLI, "Yritys": "Vieras Oy", "Asiakasnro": "3", "Sähköposti": "olli@vieras.example"},
        {"Yritys": "Toinen Vieras Oy", "Asiakasnro": "4"}])
    for feed in ("assignments", "provider_x"):
        read(home, feed, DAY)
    found = counts(home, "provider_x", DAY)
    assert {fate: found[fate] for fate in fates} == fates


def test_what_cannot_be_read_is_set_aside_of_events_the_file_of_the_others_all(home: Home) -> None:
    for feed in ("assignments", "provider_x"):
        deliver(home, feed, DAY, [{**ASA, **VIRTA, "Asiakasnro": "1"}], name="a.csv")
        deliver(home, feed, DAY, "asa@virta.example;040 5550101;x\n", name="b.csv")
        read(home, feed, DAY)
    assert counts(home, "assignments", DAY) | {"reasons": {}} == {
        "state": "set aside", "code": "no_header_row", "read": 1, "accepted": 1, "quarantined": 0, "withheld": 0,
        "values_waiting": 0, "reasons": {}}
    assert counts(home, "provider_x", DAY)["state"] == "set aside" and counts(home, "provider_x", DAY)["read"] == 0
    lying = sorted(f"{path.parent.parent.name}/{path.name}" for path in home.inbox.rglob("*.csv"))
    assert lying == ["assignments/b.csv", "provider_x/a.csv", "provider_x/b.csv"]
    assert table(home, observed)["feed"].tolist() == ["assignments"]


def raising(*_: Any, **__: Any) -> Any:
    raise ValueError("Åsa Åkerberg")


def test_a_suite_that_fails_sets_the_delivery_aside_and_the_next_reading_tries_again(home: Home) -> None:
    deliver(home, "assignments", DAY, [{**ASA, **VIRTA}])
    read(home, "assignments", DAY, judge=raising)
    assert counts(home, "assignments", DAY)["code"] == "suite_failed"
    assert table(home, observed).empty and not list(home.archive.rglob("*.parquet"))
    read(home, "assignments", DAY)
    assert counts(home, "assignments", DAY) | {"reasons": {}} == {
        "state": "read", "code": None, "read": 1, "accepted": 1, "quarantined": 0, "withheld": 0, "values_waiting": 0,
        "reasons": {}}


def test_a_suite_that_fails_on_a_replay_takes_nothing_away_and_shows(home: Home) -> None:
    deliver(home, "assignments", DAY, [{**ASA, **VIRTA}])
    read(home, "assignments", DAY)
    read(home, "assignments", DAY, "backfill", judge=raising)
    found = counts(home, "assignments", DAY)
    assert (found["state"], found["code"], found["accepted"], len(table(home, observed))) == ("set aside", "suite_failed", 1, 1)
    read(home, "assignments", DAY, "backfill")
    assert counts(home, "assignments", DAY)["state"] == "read"


@pytest.mark.parametrize("broken", ["strip", "normalise.rows", "sources.read"])
def test_a_reader_that_fails_sets_the_file_aside(home: Home, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    deliver(home, "assignments", DAY, [{**ASA, **VIRTA}])
    monkeypatch.setattr(f"register.intake.batch.{broken}", raising)
    read(home, "assignments", DAY)
    assert counts(home, "assignments", DAY)["code"] == "reader_failed"
    assert "kerberg" not in table(home, deliveries).to_string() + table(home, runs).to_string()


def test_rows_that_do_not_add_up_are_kept_nowhere(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def losing(*args: Any) -> Any:
        found = admit(*args)
        found.fate = found.fate.iloc[1:]
        return found

    admit = ingest.admit
    monkeypatch.setattr(ingest, "admit", losing)
    deliver(home, "assignments", DAY, [{**ASA, **VIRTA}, {**OLLI, **VIRTA}])
    read(home, "assignments", DAY)
    assert counts(home, "assignments", DAY)["code"] == "suite_failed"
    assert table(home, observed).empty


def test_a_crash_before_the_commit_leaves_nothing_and_the_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = deliver(home, "assignments", DAY, [{**ASA, **VIRTA}])
    with monkeypatch.context() as patch, pytest.raises(ValueError, match="kerberg"):
        patch.setattr(observations, "settle", raising)
        read(home, "assignments", DAY)
    assert path.exists() and table(home, observed).empty and table(home, files).empty
    assert len(list(home.archive.rglob("*.parquet"))) == 1, "written before the transaction that would have named it"
    read(home, "inquiries", DAY)
    assert not list(home.archive.rglob("*.parquet")), "deleted at the next start"
    read(home, "assignments", DAY)
    assert len(table(home, observed)) == 1 and not path.exists()


def test_a_crash_between_commit_and_deletion_leaves_nothing_read_twice(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = deliver(home, "assignments", DAY, [{**ASA, **VIRTA}])
    with monkeypatch.context() as patch, pytest.raises(ValueError, match="kerberg"):
        patch.setattr(ingest.inbox, "clear", lambda letters: list(letters) and raising())
        read(home, "assignments", DAY)
    assert path.exists() and len(table(home, engagements)) == 1
    before = counts(home, "assignments", DAY)
    read(home, "assignments", DAY)
    assert not path.exists() and counts(home, "assignments", DAY) == before


def test_a_file_that_lies_there_twice_is_read_once(home: Home) -> None:
    for name in ("toimitus.csv", "toimitus (1).csv"):
        deliver(home, "assignments", DAY, [{**ASA, **VIRTA}], name)
    read(home, "assignments", DAY)
    assert counts(home, "assignments", DAY)["read"] == 1
    assert not list(home.inbox.rglob("*.csv"))


def test_the_archive_holds_what_was_let_in_as_delivered(home: Home) -> None:
    deliver(home, "assignments", DAY, [{**ASA, **VIRTA, "Tehtävänimike": "johtaja"}, {"Yritys": "yksityishenkilö", **OLLI}])
    read(home, "assignments", DAY)
    [held] = Archive(home.archive).read(table(home, deliveries)["archive_file"][0]).to_dict("records")
    said = {"full_name": ASA["Nimi"], "email": ASA["Sähköposti"], "phone": ASA["Puhelin"], "company": "Virta Oy",
            "business_id": "9900020-2", "file_no": 1, "row_no": 2}
    assert {name: value for name, value in held.items() if isinstance(value, str | int) and name != "record_key"} == said


def test_a_big_day_is_read_in_sets(home: Home) -> None:
    rows = [{**VIRTA, "Nimi": f"Olli Oja{'aeiou'[n % 5]}", "Sähköposti": f"olli{n}@virta.example"} for n in range(2000)]
    deliver(home, "assignments", DAY, rows)
    asked: list[int] = []

    def counted(frame: pd.DataFrame, feed: Any) -> Any:
        asked.append(len(frame))
        return quick_judge(frame, feed)

    read(home, "assignments", DAY, judge=counted)
    assert asked == [2000] and len(table(home, observed)) == 2000


def test_nothing_is_noted_only_where_nothing_is_known(home: Home) -> None:
    deliver(home, "assignments", DAY, [{**ASA, **VIRTA}])
    read(home, "assignments", DAY)
    at = desk(home)
    for _ in range(2):
        refresh.note_nothing(at, at.feeds.named("assignments"), [DAY, "2026-11-06"])
    with home.database.reading() as store:
        assert store.read(select(deliveries.c.day, deliveries.c.state).order_by(deliveries.c.day)).values.tolist() == [
            [DAY, "read"], ["2026-11-06", "absent"]]
        assert store.read(select(runs.c.step).where(runs.c.step == "note assignments")).shape[0] == 1

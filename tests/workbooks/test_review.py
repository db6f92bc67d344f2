"""Doubtful pairs out and back: what is asked first and what never, each wrong cell, nothing of a person in a message."""

import json
import os
import shutil
import zipfile
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import update

from register.contacts import decisions, doubtful
from register.home import Home
from register.intake.ingest import Desk
from register.removal import housekeeping, lying
from register.store import tables
from register.texts import Texts
from register.workbooks import outgoing, returned, review, taken
from register.workbooks.taken import TakenIn
from tests.builders import make_home, quick_judge
from tests.conftest import Make
from tests.rows import FEEDS, POLICY, compute, ids, observation, put, table
from tests.workbooks.looks import looks

DAY = date(2026, 11, 24)
STEWARD = "Liisa Kaski"
KOPARE = {"company": "Köpare Oy", "business_id": "9900001-8"}
VARUBODEN = {"company": "Varuboden Ab", "business_id": "9900002-6"}
PEOPLE = {
    "asa": ("Åsa Åkerberg", KOPARE, "asa@kopare.example"), "asa_b": ("=Asa Akerberg", KOPARE, "aakerberg@kopare.example"),
    "matti": ("Matti Virtanen", KOPARE, "matti@kopare.example"), "masa": ("Masa Virtanen", KOPARE, "masa@kopare.example"),
    "ossi": ("Ossi Kolmas", KOPARE, "ossi@kopare.example"), "ossi_b": ("Ossi Kolmas", VARUBODEN, "ossi@varuboden.example"),
}
DOUBTS = [("asa", "asa_b", False, .6), ("masa", "matti", False, .9), ("ossi", "ossi_b", True, .3)]
VALUES = ("berg", "Matti", "Masa", "Virtanen", "Ossi", "Kolmas", "kopare", "varuboden", "Köpare", "Varuboden")
ANSWER, KEY, NAME, NUMBER = (1, 1, 16), (1, 1, 0), (0, 5, 1), (0, 1, 1)
"""Sheet, row and column from 0: the first pair's answer and key; who answers; the workbook's number."""


@pytest.fixture
def home(copied: Make, tmp_path: Path) -> Home:
    return copied(in_doubt, "sqlite", tmp_path / "home")


def in_doubt(path: Path, database_url: str | None) -> Home:
    home = make_home(path, database_url=database_url)
    put(home.database, *(observation(key, name=name, email=email, **firm) for key, (name, firm, email) in PEOPLE.items()))
    compute(home.database)
    doubt(home, *DOUBTS)
    return home


def doubt(home: Home, *pairs: tuple[str, str, bool, float]) -> None:
    columns = ["left_key", "right_key", "is_elsewhere", "probability"]
    with home.database.writing("doubts", DAY.isoformat()) as store:
        store.replace(tables.doubts, pd.DataFrame(pairs, columns=columns).assign(model="m 1", since_on=DAY.isoformat()))


def judged(home: Home, **last_days: str | None) -> None:
    """Verdicts: kept until the day, None while the relationship is open."""
    held = ids(home.database)
    rows = [{"contact_id": held[key], "outcome": "keep", "last_day": day, "rule": "partner", "facts": "{}", "policy_no": 1,
             "judged_on": DAY.isoformat()} for key, day in last_days.items()]
    with home.database.writing("verdicts", DAY.isoformat()) as store:
        store.replace(tables.verdicts, pd.DataFrame(rows))


def publish(home: Home, day: date = DAY, per_day: int = 20) -> Path | None:
    policy = POLICY.model_copy(update={"matching": POLICY.matching.model_copy(update={"review_per_day": per_day})})
    sent = review.publish(home, policy, day, "liisa")
    return sent.path if sent else None


def sent(home: Home, **said: Any) -> Path:
    path = publish(home, **said)
    assert path is not None
    return path


def cells(path: Path) -> list[list[list[Any]]]:
    workbook = CalamineWorkbook.from_path(path)
    return [workbook.get_sheet_by_index(no).to_python(skip_empty_area=False) for no in range(len(workbook.sheet_names))]


Edits = Mapping[tuple[int, int, int], Any]


def filled(home: Home, path: Path, edits: Edits, name: str = "Åsan parit.xlsx", who: str = STEWARD) -> Path:
    """The workbook as an office program saves it again, with the edits in it, dropped into the letter box."""
    box = home.inbox / "decisions"
    box.mkdir(exist_ok=True)
    target = box / name
    with xlsxwriter.Workbook(target) as workbook:
        for no, rows in enumerate(cells(path)):
            sheet = workbook.add_worksheet(CalamineWorkbook.from_path(path).sheet_names[no])
            written = {(row, column): value for row, line in enumerate(rows) for column, value in enumerate(line)}
            written |= {(row, column): value for (of, row, column), value in {NAME: who, **edits}.items() if of == no}
            for (row, column), value in written.items():
                (sheet.write_string if isinstance(value, str) else sheet.write_number)(row, column, value)
    return target


def take_in(home: Home, day: date = DAY, *, is_settled: bool = True) -> TakenIn:
    return taken.take_in(Desk(home, POLICY, FEEDS, quick_judge), day, "liisa", lambda _: is_settled)


def decided(home: Home) -> list[tuple[str, list[str], list[str]]]:
    with home.database.reading() as store:
        found = decisions.in_force(store)
    return list(zip(found["kind"], found["left"], found["right"], strict=True))


def keys(path: Path) -> list[str]:
    return [row[0] for row in cells(path)[1][1:]]


def test_a_workbook_shows_both_sides_why_and_what_follows(home: Home) -> None:
    judged(home, asa="2031-12-31", asa_b="2035-12-31")
    path = sent(home)
    guide, pairs = cells(path)[:2]
    assert path.name == "matches-to-review-2026-11-24.xlsx" and path.stat().st_mode & 0o777 == 0o600
    assert (guide[1][1], guide[2][1], guide[5][1]) == ("1", "matches", ""), "number, kind, and a cell for the name"
    said = dict(zip(pairs[0], pairs[1], strict=True))
    assert (said["Nimi A"], said["Nimi B"], said["Yritys A"]) == ("Åsa Åkerberg", "=Asa Akerberg", "Köpare Oy")
    assert said["Lähde A"] == "web" and said["Vastaus"] == ""
    assert said["Miksi kysytään"] == "eri sähköposti samassa yrityksessä, sama sukunimi, sama etunimi"
    assert said["Mitä seuraa, jos sama"] == "A säilytetään 31.12.2031 → 31.12.2035"
    assert list(home.outbox.iterdir()) == [path], "nothing unfinished is left beside it"


def test_it_is_recorded_as_exports_are_with_its_end_day(home: Home) -> None:
    path = sent(home)
    row = table(home.database, tables.exports).iloc[0]
    assert (row["export_no"], row["what"], row["file"], row["rows"], row["exported_by"], row["ends_on"]) == (
        1, "matches", path.name, 3, "liisa", "2026-12-24")
    assert json.loads(row["asked"]) == [["masa", "matti"], ["asa", "asa_b"], ["ossi", "ossi_b"]]


def test_what_matters_most_comes_first_then_what_is_nearest_to_a_merge(home: Home) -> None:
    assert keys(sent(home, per_day=2)) == ["masa|matti", "asa|asa_b"], "by probability"
    doubt(home, *DOUBTS)
    judged(home, asa="2031-12-31", asa_b=None)
    with home.database.reading() as store:
        questions = doubtful.open_questions(store)
    assert questions["left_key"].tolist() == ["asa", "masa", "ossi"], "a last day would change: kept for as long as it is open"


def test_a_ban_on_one_side_only_matters_also_across_firms(home: Home) -> None:
    contact = ids(home.database)["ossi"]
    with home.database.writing("ban", DAY.isoformat()) as store:
        store.execute(update(tables.contacts).where(tables.contacts.c.contact_id == contact).values(marketing_ban=True))
    said = cells(sent(home))[1]
    assert said[1][0] == "ossi|ossi_b" and said[1][15] == (
        "sen yrityksen yhteystiedot, josta hän ei enää ota yhteyttä, vanhenevat; markkinointikielto molemmille")


def test_restricted_contacts_are_not_shown(home: Home) -> None:
    contact = ids(home.database)["masa"]
    with home.database.writing("restrict", DAY.isoformat()) as store:
        store.execute(update(tables.contacts).where(tables.contacts.c.contact_id == contact).values(restricted=True))
    assert keys(sent(home)) == ["asa|asa_b", "ossi|ossi_b"]


def test_a_drop_down_offers_what_makes_sense_and_nothing_else_may_be_edited(home: Home) -> None:
    lists = cells(sent(home))[2]
    columns = [[value for value in column if value] for column in zip(*lists, strict=True)]
    assert columns == [[STEWARD], ["sama", "eri", "en tiedä"], ["sama ihminen, eri yritys", "eri", "en tiedä"]]
    with zipfile.ZipFile(home.outbox / "matches-to-review-2026-11-24.xlsx") as archive:
        sheets = [archive.read(f"xl/worksheets/sheet{no}.xml").decode() for no in (1, 2)]
    assert all("<sheetProtection" in sheet and "<dataValidation " in sheet for sheet in sheets)
    assert not any("<f>" in sheet for sheet in sheets), "no text became a formula"
    editable = {no: {place for place, (_, is_locked) in looks(home.outbox / "matches-to-review-2026-11-24.xlsx", no).items()
                     if not is_locked} for no in (1, 2)}
    assert editable == {1: {NAME[1:]}, 2: {(row, 16) for row in (1, 2, 3)}}


def test_answers_become_decisions_on_all_records_of_both_contacts(home: Home) -> None:
    target = filled(home, sent(home), {(1, 1, 16): "sama", (1, 2, 16): "eri", (1, 3, 16): "sama ihminen, eri yritys"})
    came = take_in(home)
    assert (came.applied, came.wrong, came.again) == (3, [], [])
    assert decided(home) == [
        ("same", ["masa"], ["matti"]), ("different", ["asa"], ["asa_b"]), ("other_firm", ["ossi"], ["ossi_b"])]
    assert set(table(home.database, tables.decisions)["decided_by"]) == {STEWARD}
    assert not target.exists() and list(home.outbox.iterdir()) == [], "what was answered leaves no copy behind"
    assert publish(home) is None, "what was answered is not asked again"


def test_an_empty_answer_is_asked_again_in_a_new_workbook(home: Home) -> None:
    filled(home, sent(home), {(1, 1, 16): "eri"})
    assert take_in(home).applied == 1
    again = sent(home, day=DAY + timedelta(days=1))
    assert keys(again) == ["asa|asa_b", "ossi|ossi_b"] and cells(again)[0][1][1] == "2"


def test_english_answers_are_taken_though_the_policy_is_finnish(home: Home) -> None:
    filled(home, sent(home), {ANSWER: "different"})
    assert take_in(home).applied == 1


def test_nothing_new_is_asked_while_a_workbook_with_it_is_out(home: Home) -> None:
    sent(home)
    assert publish(home, DAY + timedelta(days=1)) is None
    put(home.database, observation("asa_c", name="Aasa Åkerberg", email="aasa@kopare.example", **KOPARE))
    compute(home.database)
    doubt(home, *DOUBTS, ("asa", "asa_c", False, .7))
    assert keys(sent(home, day=DAY + timedelta(days=1))) == ["asa|asa_c"], "only what is new"
    assert publish(home, DAY + timedelta(days=40)) is not None, "a workbook whose days are over asks nothing any more"


def test_a_second_refresh_of_the_day_asks_no_more_than_the_day_allows(home: Home) -> None:
    assert len(keys(sent(home, per_day=len(DOUBTS)))) == len(DOUBTS)
    put(home.database, observation("asa_c", name="Aasa Åkerberg", email="aasa@kopare.example", **KOPARE))
    compute(home.database)
    doubt(home, ("asa", "asa_c", False, .94), *DOUBTS)
    assert publish(home, per_day=len(DOUBTS)) is None
    assert keys(sent(home, day=DAY + timedelta(days=1), per_day=len(DOUBTS))) == ["asa|asa_c"]


def test_unsure_rests_until_there_is_new_evidence(home: Home) -> None:
    doubt(home, DOUBTS[0])
    filled(home, sent(home), {ANSWER: "en tiedä"})
    assert take_in(home).applied == 1 and publish(home) is None
    put(home.database, observation("matti", name="Matti Virtanen", phone="040 1234567", **KOPARE))
    assert publish(home) is None, "evidence on somebody else"
    put(home.database, observation("asa", name="Åsa Åkerberg", phone="040 1234567", **KOPARE))
    assert keys(sent(home)) == ["asa|asa_b"]


def test_an_undone_answer_is_asked_again(home: Home) -> None:
    doubt(home, DOUBTS[0])
    filled(home, sent(home), {ANSWER: "eri"})
    take_in(home)
    with home.database.writing("undo", DAY.isoformat()) as store:
        decisions.undo(store, POLICY, 1, STEWARD, "liisa")
    assert keys(sent(home)) == ["asa|asa_b"]


WRONG: dict[str, tuple[dict[tuple[int, int, int], Any], str, str]] = {
    "not a choice": ({ANSWER: "ehkä Matti"}, "taulukko Parit, rivi 2, sarake Q", "sama, eri, en tiedä"),
    "a choice of the other kind": ({ANSWER: "sama ihminen, eri yritys"}, "rivi 2, sarake Q", "sama, eri, en tiedä"),
    "a number": ({ANSWER: 7}, "rivi 2, sarake Q", "sama, eri, en tiedä"),
    "a key from elsewhere": ({ANSWER: "sama", KEY: "asa|matti"}, "rivi 2, sarake A", "piilotettu tunniste"),
    "no name": ({ANSWER: "sama", NAME: ""}, "taulukko Ohje, rivi 6, sarake B", STEWARD),
    "a stranger": ({ANSWER: "sama", NAME: "Masa Virtanen"}, "taulukko Ohje, rivi 6, sarake B", STEWARD),
    "a row twice": ({ANSWER: "sama", (1, 2, 0): "masa|matti", (1, 2, 16): "eri"}, "rivi 3, sarake A", "kahdesti"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_cell_is_named_by_its_place_and_what_is_allowed(home: Home, case: str) -> None:
    edits, place, allowed = WRONG[case]
    target = filled(home, sent(home), edits)
    came = take_in(home)
    [sentence] = came.wrong
    assert place in sentence and allowed in sentence
    assert not [value for value in VALUES if value in sentence], "no value of a person in a message"
    assert came.applied == (case == "a row twice") and not target.exists()


def test_wrong_rows_come_back_with_the_reason_and_what_was_right_stays(home: Home) -> None:
    first = sent(home)
    filled(home, first, {(1, 1, 16): "sama", (1, 2, 16): "kyllä", (1, 3, 16): "eri"})
    came = take_in(home)
    [again] = came.again
    assert again.name == "matches-to-review-2026-11-24-again.xlsx" and came.applied == 2
    assert keys(again) == ["asa|asa_b"] and "rivi 3, sarake Q" in cells(again)[1][1][17]
    filled(home, again, {ANSWER: "eri"})
    assert take_in(home).applied == 1
    assert decided(home)[-1] == ("different", ["asa"], ["asa_b"])


def test_a_forgotten_name_costs_no_answer(home: Home) -> None:
    filled(home, sent(home), {(1, 1, 16): "sama", (1, 2, 16): "eri"}, who="")
    came = take_in(home)
    assert came.applied == 0 and decided(home) == []
    again = cells(came.again[0])
    assert [row[16] for row in again[1][1:]] == ["sama", "eri"], "the answers are filled in already"
    filled(home, came.again[0], {})
    assert take_in(home).applied == 2


def test_a_workbook_comes_back_once(home: Home) -> None:
    first = sent(home)
    kept = home.path / "kept.xlsx"
    shutil.copy(first, kept)
    filled(home, kept, {ANSWER: "sama"})
    take_in(home)
    target = filled(home, kept, {ANSWER: "eri"})
    came = take_in(home)
    assert "jo palautettu" in came.wrong[0] and came.applied == 0 and target.exists(), "its answers are lost in silence"
    assert [kind for kind, _, _ in decided(home)] == ["same"], "the second word of a copy counts for nothing"


def test_sheets_that_were_moved_are_known_by_their_titles(home: Home) -> None:
    target = filled(home, sent(home), {ANSWER: "sama"})
    sheets = cells(target)
    names = CalamineWorkbook.from_path(target).sheet_names
    with xlsxwriter.Workbook(target) as workbook:
        for name, rows in sorted(zip(names, sheets, strict=True), key=lambda one: one[0] == "Ohje"):
            sheet = workbook.add_worksheet(name)
            for row, line in enumerate(rows):
                sheet.write_row(row, 0, line)
    assert CalamineWorkbook.from_path(target).sheet_names[0] != "Ohje" and take_in(home).applied == 1


def test_a_workbook_without_an_answer_is_still_out(home: Home) -> None:
    first = sent(home)
    target = filled(home, first, {})
    came = take_in(home)
    assert "ei ole yhtään vastausta" in came.wrong[0] and not target.exists()
    filled(home, first, {ANSWER: "sama"})
    assert first.exists() and take_in(home).applied == 1


def test_two_copies_at_once_are_read_one_after_the_other(home: Home) -> None:
    path = sent(home)
    filled(home, path, {ANSWER: "sama"}, "a.xlsx")
    filled(home, path, {ANSWER: "eri"}, "b.xlsx")
    came = take_in(home)
    assert came.applied == 1 and came.wrong[0].startswith("Tiedosto 2, ")


@pytest.mark.parametrize("number", ["99", "", "1; drop", 0])
def test_a_number_that_nobody_knows_stays_and_is_named(home: Home, number: Any) -> None:
    target = filled(home, sent(home), {NUMBER: number, ANSWER: "sama"})
    came = take_in(home)
    assert "taulukko Ohje, rivi 2, sarake B" in came.wrong[0] and came.applied == 0 and target.exists()
    os.utime(target, (0, 0))
    met = DAY + timedelta(days=60)
    take_in(home, met)
    assert target.exists(), "it may have been saved long before it came"
    lying.keep(home, POLICY, FEEDS, met)
    for days, is_there in ((POLICY.periods.set_aside_days, True), (POLICY.periods.set_aside_days + 1, False)):
        take_in(home, met + timedelta(days=days))
        assert target.exists() is is_there, "nothing lies in the letter box for ever"


def test_a_workbook_that_is_saved_again_while_it_is_taken_in_is_not_lost(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sent(home)
    kept = home.path / "kept.xlsx"
    shutil.copy(path, kept)
    filled(home, kept, {ANSWER: "sama"})
    take = returned.take

    def meanwhile(*arguments: Any) -> Any:
        done = take(*arguments)
        filled(home, kept, {ANSWER: "eri"})
        return done

    monkeypatch.setattr(returned, "take", meanwhile)
    assert take_in(home).applied == 1
    monkeypatch.undo()
    assert "jo palautettu" in take_in(home).wrong[0]


def test_another_kind_of_export_with_this_number_is_not_taken(home: Home) -> None:
    path = sent(home)
    with home.database.writing("another", DAY.isoformat()) as store:
        store.execute(update(tables.exports).values(what="contacts"))
    filled(home, path, {ANSWER: "sama"})
    assert "ei ole lähetetty" in take_in(home).wrong[0]


@pytest.mark.parametrize("content", [b"", b"PK Kaino Virtanen", b"Matti Virtanen;eri\n"])
def test_what_is_no_workbook_is_told_without_its_name_or_content(home: Home, content: bytes) -> None:
    box = home.inbox / "decisions"
    (box / "Matti Virtanen.xlsx").write_bytes(content)
    [sentence] = take_in(home).wrong
    assert "tiedosto 1" in sentence and "xlsx" in sentence and "Virtanen" not in sentence


def test_half_written_files_and_links_wait(home: Home) -> None:
    target = filled(home, sent(home), {ANSWER: "sama"}, "a.xlsx")
    (target.parent / "b.xlsx.part").write_bytes(b"x")
    (target.parent / "~$a.xlsx").write_bytes(b"x")
    (target.parent / "c.xlsx").symlink_to(target)
    assert take_in(home, is_settled=False) == TakenIn()
    assert take_in(home).applied == 1
    assert sorted(path.name for path in target.parent.iterdir()) == ["b.xlsx.part", "c.xlsx", "~$a.xlsx"]


def test_a_pair_that_is_no_longer_two_contacts_is_told_and_not_asked(home: Home) -> None:
    path = sent(home)
    with home.database.writing("merged", DAY.isoformat()) as store:
        held = ids(home.database)
        store.execute(update(tables.memberships).where(tables.memberships.c.contact_id == held["masa"]).values(
            contact_id=held["matti"]))
    filled(home, path, {ANSWER: "sama"})
    came = take_in(home)
    assert "ei enää kysytä" in came.wrong[0] and came.again == []


def test_an_answer_follows_the_records_a_contact_has_when_it_comes_back(home: Home) -> None:
    path = sent(home)
    put(home.database, observation("masa_2", "provider_x", name="Masa Virtanen", email="masa@kopare.example", **KOPARE))
    compute(home.database)
    filled(home, path, {ANSWER: "eri"})
    take_in(home)
    assert decided(home) == [("different", ["masa", "masa_2"], ["matti"])]


def test_nothing_is_applied_where_the_transaction_fails(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    target = filled(home, sent(home), {ANSWER: "kyllä", (1, 2, 16): "eri"})

    def full(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(outgoing, "record", full)
    with pytest.raises(OSError, match="disk full"):
        take_in(home)
    assert decided(home) == [] and target.exists(), "the file is read again by the next run"
    monkeypatch.undo()
    assert take_in(home).applied == 1


def test_files_whose_end_day_has_passed_leave_the_outbox(home: Home) -> None:
    path = sent(home)
    own = home.outbox / "own notes.txt"
    own.write_text("x")
    housekeeping.keep(home, POLICY, DAY + timedelta(days=30), None)
    assert path.exists(), "the end day included"
    housekeeping.keep(home, POLICY, DAY + timedelta(days=31), None)
    assert list(home.outbox.iterdir()) == [own], "nothing that no row names is deleted"
    assert table(home.database, tables.exports)["deleted_on"].tolist() == ["2026-12-25"]


def test_none_is_asked_where_the_policy_says_so(home: Home) -> None:
    assert publish(home, per_day=0) is None and list(home.outbox.iterdir()) == []


@pytest.mark.parametrize("language", ["fi", "en"])
def test_every_code_has_its_words(language: str) -> None:
    texts = Texts(language)
    for code in ("unknown_number", "came_before", "unknown_person", "changed_key", "repeated", "gone", "bad_answer"):
        mistake = returned.Mistake(code, review.MATCHES.what, 2, "Q", ("x",))
        assert returned.said(mistake, texts)
    for kind in decisions.KINDS:
        assert texts.say(f"review.answer.{kind}") and texts.say(f"decision.kind.{kind}")
    headings = [f"{texts.say(column.heading)} {column.side}" for column in review.MATCHES.columns]
    assert len(headings) == len(set(headings))

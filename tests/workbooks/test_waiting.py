"""Quarantine out and back, the whole flow: each reason corrected, accepted, discarded; every row accounted for throughout."""

import json
import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select

from register import standing
from register.errors import RefusedError
from register.home import Home
from register.intake import answers, deciding, feed_state
from register.intake.archive import Archive
from register.removal import copies, housekeeping
from register.store import tables
from register.store.tables import deliveries, observations, quarantine
from register.texts import Texts
from register.workbooks import taken, waiting
from tests.builders import FEEDS, contents, counts, deliver, desk, make_home, read, table
from tests.conftest import prepared
from tests.registers import assert_accounted
from tests.workbooks.looks import looks
from tests.workbooks.test_review import STEWARD, cells, filled

INVOICES = '[invoices]\nkind = "invoice"\nformat = "csv"\nkey = ["Laskunumero"]\n'
DAY, NEXT = "2026-11-20", date(2026, 11, 20)
KOPARE = {"Yritys": "Köpare Oy", "Y-tunnus": "9900001-8"}
GOOD = KOPARE | {
    "Nimi": "Åsa Åkerberg", "Sähköposti": "asa@kopare.example", "Puhelin": "", "Postinumero": "", "Pvm": "3.11.2026"}
INQUIRIES: dict[str, dict[str, str]] = {
    "name_unreadable": {"Nimi": "Matti 5", "Sähköposti": "info@kopare.example"},
    "email_invalid": {"Nimi": "Masa Virta", "Sähköposti": "masa@@kopare,example", "Puhelin": "040 1234567"},
    "phone_invalid": {"Nimi": "Olli Oja", "Sähköposti": "olli@kopare.example", "Puhelin": "12"},
    "phone_damaged": {"Nimi": "Outi Oja", "Sähköposti": "outi@kopare.example", "Puhelin": "4,5E+09"},
    "business_id_invalid": {"Nimi": "Onni Oja", "Sähköposti": "onni@kopare.example", "Y-tunnus": "9900001-9"},
    "postcode_invalid": {"Nimi": "Oona Oja", "Sähköposti": "oona@kopare.example", "Postinumero": "x1"},
    "event_on_unreadable": {"Nimi": "Otto Oja", "Sähköposti": "otto@kopare.example", "Pvm": "99.99.2026"},
    "company_missing": {"Nimi": "Kaisa Koski", "Sähköposti": "kaisa@gmail.com", "Yritys": "", "Y-tunnus": ""},
    "name_missing": {"Nimi": "", "Sähköposti": "oy@kopare.example"},
    "channel_missing": {"Nimi": "Kai Koski", "Sähköposti": ""},
    "event_on_implausible": {"Nimi": "Kati Koski", "Sähköposti": "kati@kopare.example", "Pvm": "3.12.2026"},
}
CORRECTED = {
    "name_unreadable": "Matti Virtanen", "email_invalid": "", "phone_invalid": "040 7654321", "phone_damaged": "040 7654322",
    "business_id_invalid": "", "postcode_invalid": "00100", "event_on_unreadable": "4.11.2026", "company_missing": "Köpare Oy",
    "name_missing": "Kalle Koski", "channel_missing": "040 7654323", "event_on_implausible": "5.11.2026",
    "invoice_date_missing": "4.11.2026", "invoice_party_unknown": "asiakas",
}
"""What the steward types; where nothing, the proposal is taken."""

BILL = {"Laskunumero": "1", "Laskun pvm": "3.11.2026", "Osapuoli": "asiakas", "Nimi": "Åke Öst",
        "Sähköposti": "ake@kopare.example"}
INVOICED = {"invoice_date_missing": {"Laskunumero": "2", "Laskun pvm": ""},
            "invoice_party_unknown": {"Laskunumero": "3", "Osapuoli": "neither"}}


@prepared
def home(path: Path, database_url: str | None) -> Home:
    home = make_home(path, FEEDS + INVOICES, database_url=database_url)
    give(home, DAY)
    return home


def give(home: Home, day: str, step: int = 1) -> None:
    """The delivery with one row of each fault beside a good one; backwards (step -1) it is another file of the same rows."""
    rows = [GOOD, *(GOOD | row for row in INQUIRIES.values())]
    bills = [BILL | KOPARE, *(BILL | KOPARE | row for row in INVOICED.values())]
    for feed, lines in (("inquiries", rows), ("invoices", bills)):
        deliver(home, feed, day, lines[::step])
        read(home, feed, day, "backfill", today=date.fromisoformat(day))


def publish(home: Home, day: date = NEXT) -> Path:
    sent = waiting.publish(desk(home), day, "liisa")
    assert sent is not None
    return sent.path


def take_in(home: Home, day: date = NEXT) -> taken.TakenIn:
    return taken.take_in(desk(home), day, "liisa", lambda _: True)


def lines(path: Path) -> list[dict[str, Any]]:
    """The rows of the second sheet by heading, with their number."""
    head, *rows = cells(path)[1]
    return [dict(zip(head, row, strict=True)) | {"at": number} for number, row in enumerate(rows, start=1)]


def answered(home: Home, path: Path, said: Mapping[int, tuple[str, str]]) -> Path:
    """Returned with answers: the row's number -> corrected, decision."""
    head = cells(path)[1][0]
    typed, decided = head.index("Korjattu"), head.index("Päätös")
    edits = {(1, at, column): text for at, pair in said.items() for column, text in zip((typed, decided), pair, strict=True)}
    return filled(home, path, edits)


def codes(home: Home) -> list[str]:
    return sorted(table(home, quarantine)["code"])


def entry(path: Path, code: str) -> dict[str, Any]:
    [line] = [line for line in lines(path) if line["Mitä vikaa"] == Texts("fi").say(f"reason.{code}")]
    return line


def answer(home: Home, code: str, corrected: str, decision: str) -> taken.TakenIn:
    path = publish(home)
    answered(home, path, {entry(path, code)["at"]: (corrected, decision)})
    return take_in(home)


def totals(home: Home) -> dict[str, dict[str, int]]:
    """The counts of both deliveries, reasons aside."""
    return {feed: {name: counts(home, feed, DAY)[name] for name in ("read", "accepted", "quarantined", "withheld",
                                                                     "values_waiting")} for feed in ("inquiries", "invoices")}


def suites_say_what_waits(home: Home) -> None:
    """The deliveries' suites, as the runner's table would hold them."""
    with home.database.writing("suites", DAY) as store:
        for feed in ("inquiries", "invoices"):
            said = [{"code": code, "rows": n, "share": 0.1, "severity": "warning"}
                    for code, n in counts(home, feed, DAY)["reasons"].items()]
            store.execute(deliveries.update().where(deliveries.c.feed == feed).values(suite=json.dumps(said)))


def faults_left(home: Home) -> list[str]:
    """The faults that the checks of values still tell."""
    held = table(home, deliveries).groupby("feed")
    return sorted(line["code"] for _, of_feed in held for line in feed_state.faults_left(of_feed))


def given_again(home: Home) -> None:
    """The same rows for the same day, in another file: they change nothing."""
    before, numbers = contents(home), totals(home)
    give(home, DAY, -1)
    assert contents(home) == before and totals(home) == numbers


@pytest.mark.parametrize("code", CORRECTED)
def test_a_correction_lets_in_what_waited_and_holds_when_it_is_delivered_again(home: Home, code: str) -> None:
    before, faults = totals(home), codes(home)
    suites_say_what_waits(home)
    assert code in faults_left(home)
    came = answer(home, code, CORRECTED[code], "korjaa")
    assert (came.applied, came.wrong) == (1, [])
    faults.remove(code)
    assert codes(home) == faults
    assert code not in faults_left(home) and set(faults_left(home)) == set(faults), "the check of values asks for it no more"
    feed = "invoices" if code in INVOICED else "inquiries"
    after = totals(home)[feed]
    moved = after["accepted"] - before[feed]["accepted"] + before[feed]["values_waiting"] - after["values_waiting"]
    assert moved == 1 and after["withheld"] == before[feed]["withheld"]
    assert_accounted(home)
    given_again(home)
    with home.database.writing("undo", DAY) as store:
        deciding.undo(store, desk(home), 1, STEWARD, "liisa", DAY)
    assert code in codes(home) and totals(home) == before, "as if it had never been said"


@pytest.mark.parametrize("code", CORRECTED)
def test_what_is_discarded_does_not_ask_again_and_is_accounted_for(home: Home, code: str) -> None:
    before = totals(home)
    came = answer(home, code, "", "hylkää rivi" if entry(publish_only(home), code)["Päätös"] is None else decision_of(code))
    assert (came.applied, came.wrong) == (1, [])
    assert code not in codes(home)
    assert_accounted(home)
    assert totals(home) != before
    given_again(home)
    assert waiting.publish(desk(home), NEXT + timedelta(days=1), "liisa") is not None or codes(home) == []


def publish_only(home: Home) -> Path:
    """A look at the workbook that leaves nothing behind."""
    path = publish(home)
    kept = home.path / "kept.xlsx"
    shutil.copy(path, kept)
    with home.database.writing("forget", DAY) as store:
        store.execute(tables.exports.delete())
    path.unlink()
    return kept


def decision_of(code: str) -> str:
    from register.reasons import REASONS

    return "hylkää rivi" if REASONS[code].scope == "row" else "jätä arvo pois"


def test_accept_is_offered_only_where_the_gate_can_take_it(home: Home) -> None:
    came = answer(home, "event_on_implausible", "", "hyväksy sellaisenaan")
    assert (came.applied, came.wrong) == (1, [])
    assert "2026-12-03" in set(table(home, observations)["event_on"])
    given_again(home)
    refused = answer_again(home, "company_missing", "", "hyväksy sellaisenaan")
    assert refused.applied == 0 and "Sallitut: korjaa, hylkää rivi" in refused.wrong[0]


def answer_again(home: Home, code: str, corrected: str, decision: str) -> taken.TakenIn:
    path = publish(home, NEXT + timedelta(days=1))
    answered(home, path, {entry(path, code)["at"]: (corrected, decision)})
    return take_in(home)


def test_a_correction_that_fails_still_comes_back_with_the_reason_and_the_good_rows_are_taken(home: Home) -> None:
    path = publish(home)
    said = {entry(path, "event_on_implausible")["at"]: ("1.1.2027", "korjaa"),
            entry(path, "channel_missing")["at"]: ("040 7654323", ""),
            entry(path, "name_missing")["at"]: ("Kalle Koski", "hylkää rivi"),
            entry(path, "company_missing")["at"]: ("", "korjaa"),
            entry(path, "phone_damaged")["at"]: ("ei tietoa", "korjaa")}
    answered(home, path, said)
    came = take_in(home)
    assert came.applied == 1 and len(came.wrong) == 4, "\n".join(came.wrong)
    assert len(table(home, tables.decisions)) == 1, "what was refused was not decided"
    [again] = came.again
    reasons = {line["Miksi kysytään uudelleen" if "Miksi kysytään uudelleen" in line else "Miksi tämä kysytään uudelleen"]
               for line in lines(again)}
    for words in ("ei kelpaa korjattunakaan", "muu päätös kuin korjaa", "eikä ehdotusta ole", "ei voi lukea"):
        assert any(words in reason for reason in reasons), words
    assert "2027" not in " ".join(came.wrong), "nothing of what was typed"
    assert_accounted(home)
    given_again(home)


def test_one_answer_serves_all_with_the_same_fault(home: Home) -> None:
    rows = [GOOD | {"Nimi": f"{first} Niemi", "Sähköposti": f"{first}@niemi.example", "Yritys": "", "Y-tunnus": ""}
            for first in ("Aino", "Eino", "Toivo")]
    deliver(home, "inquiries", "2026-11-21", rows)
    read(home, "inquiries", "2026-11-21")
    path = publish(home, date(2026, 11, 21))
    [heading] = [line for line in lines(path) if "Sama vika 4 rivillä" in line["Mitä vikaa"]]
    answered(home, path, {heading["at"]: ("Niemi Oy", "korjaa"), heading["at"] + 1: ("", "hylkää rivi")})
    came = take_in(home, date(2026, 11, 21))
    assert (came.applied, came.wrong) == (4, []) and "company_missing" not in codes(home)
    assert (table(home, observations)["company"] == "Niemi Oy").sum() == 3, "a row's own answer comes before its group's"
    assert_accounted(home)
    assert len(table(home, tables.decisions)) == 2, "one decision a line"
    with home.database.reading() as store:
        told = [standing.about(one, Texts("fi")) for one in standing.listed(store)]
    assert told == [f"inquiries: Yritys, 1 kohta, {path.name}", f"inquiries: Yritys, 3 kohtaa, {path.name}"]


def test_values_are_typed_one_by_one_where_they_are_a_persons(home: Home) -> None:
    deliver(home, "inquiries", "2026-11-21", [GOOD | {"Nimi": "", "Sähköposti": "x@kopare.example"}])
    read(home, "inquiries", "2026-11-21")
    path = publish(home, date(2026, 11, 21))
    [heading] = [line for line in lines(path) if "Sama vika 2 rivillä" in line["Mitä vikaa"]]
    answered(home, path, {heading["at"]: ("Kalle Koski", "")})
    came = take_in(home, date(2026, 11, 21))
    assert came.applied == 0 and "yksitellen" in came.wrong[0]
    assert sum("Sama vika" in line["Mitä vikaa"] for line in lines(came.again[0])) == 1
    assert len(lines(came.again[0])) == 3, "the group comes back with its rows"


def test_a_forgotten_name_costs_no_answer(home: Home) -> None:
    path = publish(home)
    at = entry(path, "channel_missing")["at"]
    head = cells(path)[1][0]
    filled(home, path, {(1, at, head.index("Korjattu")): "040 7654323"}, who="")
    came = take_in(home)
    assert came.applied == 0 and [line["Korjattu"] for line in lines(came.again[0])] == ["040 7654323"]
    filled(home, came.again[0], {})
    assert take_in(home).applied == 1


def test_proposals_are_sure_ones_and_cells_at_fault_are_coloured(home: Home) -> None:
    path = publish(home)
    assert entry(path, "email_invalid")["Ehdotus"] == "masa@kopare.example"
    assert entry(path, "business_id_invalid")["Ehdotus"] == "9900001-8"
    assert "Pyydä lähteeltä sarake tekstinä" in entry(path, "phone_damaged")["Ehdotus"]
    assert entry(path, "company_missing")["Häviää itsestään"] == "20.12.2026"
    heads, shown = cells(path)[1][0], looks(path, 2)
    marked = {(heads[column], place) for (place, column), (colour, _) in shown.items() if colour == "F8CBAD"}
    assert ("Sähköposti", entry(path, "email_invalid")["at"]) in marked
    assert ("Puhelin", entry(path, "phone_damaged")["at"]) in marked
    assert ("Puhelin", entry(path, "email_invalid")["at"]) not in marked, "what is right is not coloured"
    assert {heads[column] for (place, column), (_, is_locked) in shown.items() if place and not is_locked} == {
        "Korjattu", "Päätös"}, "only answers may be edited"


def test_only_one_workbook_is_open_and_an_older_one_may_still_come_back(home: Home) -> None:
    first = publish(home)
    kept = home.path / "kept.xlsx"
    shutil.copy(first, kept)
    assert waiting.publish(desk(home), NEXT, "liisa") is None
    assert waiting.publish(desk(home), NEXT + timedelta(days=1), "liisa") is None, "nothing new"
    deliver(home, "inquiries", "2026-11-21", [GOOD | {"Nimi": "Uusi Rivi", "Sähköposti": ""}])
    read(home, "inquiries", "2026-11-21")
    second = publish(home, date(2026, 11, 21))
    assert list(home.outbox.iterdir()) == [second]
    answered(home, kept, {entry(kept, "company_missing")["at"]: ("Köpare Oy", "")})
    assert take_in(home).applied == 1


def test_what_nobody_answers_goes_with_its_day_counted_and_is_not_asked_again(home: Home) -> None:
    policy, before = home.policy(), totals(home)
    waits = len(codes(home))
    with home.database.reading() as store:
        when = answers.expiring(store, policy)
    assert set(when["expires_on"]) == {"2026-12-20"} and when["entries"].sum() == waits
    housekeeping.keep(home, policy, date(2026, 12, 20), None)
    assert len(codes(home)) == waits, "the last day included"
    housekeeping.keep(home, policy, date(2026, 12, 21), None)
    with home.database.reading() as store:
        assert codes(home) == [] and sum(answers.expired_since(store, 0).values()) == waits
    assert totals(home) == before, "expiry changes no counts"
    give(home, DAY, -1)
    assert codes(home) == []
    assert counts(home, "inquiries", DAY)["reasons"]["expired"] == before["inquiries"]["quarantined"]
    assert_accounted(home)


def test_whom_a_fact_named_goes_from_the_archive_with_its_question_and_the_fact_stays(home: Home) -> None:
    facts = sorted(table(home, tables.engagements)["content_hash"])
    assert "Kai Koski" in archived(home)
    housekeeping.keep(home, home.policy(), date(2026, 12, 21), None)
    for again in (lambda: None, lambda: read(home, "inquiries", DAY, "backfill", today=NEXT),
                  lambda: give(home, DAY, -1)):
        again()
        assert "Kai Koski" not in archived(home) and "asa@kopare.example" in archived(home)
        assert sorted(table(home, tables.engagements)["content_hash"]) == facts


def archived(home: Home) -> str:
    """All that the archive's files say."""
    return "".join(pq.read_table(path).to_pandas().to_string() for path in home.archive.rglob("*.parquet"))


def test_a_day_that_is_read_late_has_its_whole_time(home: Home) -> None:
    """Of a delivery of five weeks ago nothing is gone before it was asked for; read again, it does not begin anew."""
    policy, late, kept = home.policy(), date(2026, 12, 28), len(codes(home))
    deliver(home, "inquiries", "2026-11-21", [GOOD | {"Nimi": "Uusi Rivi", "Sähköposti": ""}])
    for today in (late, late + timedelta(days=9)):
        read(home, "inquiries", "2026-11-21", "backfill", today=today)
        assert len(codes(home)) == 1, f"the new row alone waits, of {kept} that were in time"
    housekeeping.keep(home, policy, late + timedelta(days=30), None)
    assert len(codes(home)) == 1
    housekeeping.keep(home, policy, late + timedelta(days=31), None)
    assert codes(home) == []


def test_a_killed_step_takes_nothing_and_the_next_takes_it_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = publish(home)
    target = answered(home, path, {entry(path, "company_missing")["at"]: ("Köpare Oy", "korjaa")})
    before = contents(home)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(deciding, "_close", die)
    with pytest.raises(KeyboardInterrupt):
        take_in(home)
    assert contents(home) == before and target.exists() and table(home, tables.answers).empty
    monkeypatch.undo()
    assert take_in(home).applied == 1 and take_in(home).applied == 0
    with home.database.reading() as store:
        assert store.scalar(select(func.count()).select_from(tables.decisions)) == 1


def test_undo_says_why_it_cannot(home: Home) -> None:
    answer(home, "company_missing", "Köpare Oy", "korjaa")
    with home.database.writing("age", DAY) as store:
        store.execute(deliveries.update().values(archive_file=None))
    with pytest.raises(RefusedError, match="arkistossa"), home.database.writing("undo", DAY) as store:
        deciding.undo(store, desk(home), 1, STEWARD, "liisa", DAY)


def test_a_row_beside_one_that_was_removed_can_be_answered_still(home: Home) -> None:
    """The day has no row left in the archive; that is no archive that has had its time."""
    archive = Archive(home.archive)
    keys = archive.keys(table(home, deliveries).set_index("feed").loc["inquiries", "archive_file"])
    with home.database.writing("erase", DAY) as store:
        copies.erase(store, archive, copies.Subject.of(store, keys, keys.head(0)))
    assert answer(home, "company_missing", "Köpare Oy", "korjaa").applied == 1
    assert table(home, observations).query("feed == 'inquiries'")["full_name"].tolist() == ["Kaisa Koski"]
    assert_accounted(home)


def test_a_discarded_row_comes_back_only_when_it_is_delivered_again(home: Home) -> None:
    answer(home, "company_missing", "", "hylkää rivi")
    with home.database.writing("undo", DAY) as store:
        undone = deciding.undo(store, desk(home), 1, STEWARD, "liisa", DAY)
    assert (undone.waiting, undone.gone) == (0, 1) and "company_missing" not in codes(home)
    give(home, DAY, -1)
    assert "company_missing" in codes(home)

"""Corrected values and re-delivered days end in the register that got the right data from the start, on both databases."""

import re
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from register.corrections import approving, bulk, newer_words, proposing
from register.corrections.proposing import Proposed
from register.home import Home
from register.morning.links import launch
from register.normalise.day import of_instants
from register.store import tables
from register.texts import Texts
from register.workbooks import taken
from tests.builders import POLICY, as_csv, deliver, desk, errand, links, make_home, read, table
from tests.conftest import prepared
from tests.registers import IN_TURN, NewHome, assert_all_same, bring_up_to_date, everything, homes
from tests.workbooks.test_review import filled

FEEDS = """
[list]
kind = "inquiry"
format = "csv"
key = ["Tunnus"]
[changes]
kind = "provider"
format = "csv"
gives = "changes"
key = ["Tunnus"]
"""
ANYONE = POLICY + '[admission]\nthird_party_may = "add_anyone"\nmax_shrink = 1.0\n'
TODAY = date(2026, 11, 30)
DAYS = ("2026-11-02", "2026-11-03", "2026-11-04")
FIRMS = (("Virta Oy", "9900020-2"), ("Köpare Oy", "9900001-8"))
HEADINGS = {"email": "Sähköposti", "phone": "Puhelin", "city": "Postitoimipaikka", "full_name": "Nimi"}
VALUES = {
    "email": ("asa@virta.example", "bo@virta.example", "cia@kopare.example", "dan@kopare.example"),
    "phone": ("+358401234561", "+358401234562", "+358401234563"), "city": ("Turku", "Vaasa", "Lahti"),
    "full_name": ("Åsa Åkerberg", "Bo Blom", "Cia Ceder"),
}
FIXED = settings(max_examples=5, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))

Right = dict[tuple[int, str], str]
"""Number of a record and column -> the right value."""


@pytest.fixture
def homes_in_turn(request: pytest.FixtureRequest, tmp_path: Path) -> NewHome:
    return homes(request, tmp_path, FEEDS, ANYONE, kinds=IN_TURN)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[tuple[str, dict[str, str]]], Right]:
    """Rows with their day, as delivered, and what of them was wrong.

    What is right of one person is the same in all their rows: a correction beats what another row says (design, rule 13).
    """
    people = [{column: draw(st.sampled_from(values)) for column, values in VALUES.items()} | {"full_name": full_name}
              for full_name in draw(st.permutations(VALUES["full_name"]))]
    firms = [draw(st.sampled_from(FIRMS)) for _ in people]
    rows, right = [], {}
    for number in range(draw(st.integers(2, 5))):
        who = draw(st.integers(0, len(people) - 1))
        wrong = draw(st.dictionaries(st.sampled_from(sorted(VALUES)), st.integers(0, 2), max_size=2))
        said = people[who] | {column: VALUES[column][place] for column, place in wrong.items()}
        firm, business_id = firms[who]
        rows.append((draw(st.sampled_from(DAYS)), {"Tunnus": f"t{number}", "Yritys": firm, "Y-tunnus": business_id}
                     | {HEADINGS[column]: value for column, value in said.items()}))
        right |= {(number, column): people[who][column] for column in wrong}
    return rows, right or {(0, "city"): rows[0][1][HEADINGS["city"]]}


def delivered(home: Home, rows: list[tuple[str, dict[str, str]]]) -> Home:
    for day in DAYS:
        if of_day := [row for on, row in rows if on == day]:
            deliver(home, "changes", day, of_day)
            read(home, "changes", day, "backfill", today=TODAY)
    bring_up_to_date(home, TODAY.isoformat())
    return home


def righted(rows: list[tuple[str, dict[str, str]]], right: Right) -> list[tuple[str, dict[str, str]]]:
    said = [(day, dict(row)) for day, row in rows]
    for (number, column), value in right.items():
        said[number][1][HEADINGS[column]] = value
    return said


def dropped(home: Home, rows: list[dict[str, str]]) -> Path:
    path = home.inbox / "corrections" / "Åsan korjaukset.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text(as_csv(rows), encoding="utf-8")
    return path


def proposed(home: Home) -> Proposed:
    taken = proposing.take_in(desk(home), errand(TODAY.isoformat()), "liisa")
    assert not taken.wrong
    return taken.proposed[0]


def carried_out(home: Home, number: int) -> list[bulk.Correction]:
    """The days and feeds of the correction, then contacts, as its run does it."""
    with home.database.reading() as store:
        known = bulk.find(store, number)
    assert known is not None
    for feed, days in known.scope.items():
        read(home, feed, list(days), "backfill", today=TODAY)
    bring_up_to_date(home, TODAY.isoformat())
    with home.database.writing("finish", TODAY.isoformat()) as store:
        return bulk.finish(store, 0)


def approved(home: Home, number: int) -> None:
    with home.database.writing("approve", TODAY.isoformat()) as store:
        assert bulk.approve(store, number, "Liisa Kaski", "liisa")


def said(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    """All that the register says, but why."""
    found = everything(home, TODAY)
    hidden = {"content_hash"}
    found["contacts"] = [tuple(cell for cell in line if not str(cell).startswith("{")) for line in found["contacts"]]
    return {name: lines for name, lines in found.items() if name not in hidden}


def by_key(rows: list[tuple[str, dict[str, str]]], right: Right) -> list[dict[str, str]]:
    """A row of the file for each wrong record, by the source's own key."""
    return [{"Lähde": "changes", "Tietueen tunnus": rows[number][1]["Tunnus"], HEADINGS[column]: value}
            for (number, column), value in right.items()]


@pytest.mark.deep
@FIXED
@given(world=worlds())
def test_corrected_values_end_as_if_they_had_been_right_and_are_lifted_without_a_trace(
    homes_in_turn: NewHome, world: Any
) -> None:
    rows, right = world
    home = delivered(homes_in_turn(), rows)
    before = said(home)
    dropped(home, by_key(rows, right))
    number = proposed(home).number
    assert_all_same(said(home), before)
    approved(home, number)
    assert [one.state for one in carried_out(home, number)] == ["done"]
    expected = said(delivered(homes_in_turn(), righted(rows, right)))
    corrected = said(home)
    assert_all_same(corrected, expected)
    assert carried_out(home, number) == [] and said(home) == corrected, "a second start changes nothing"
    with home.database.writing("lift", TODAY.isoformat()) as store:
        bulk.lift(store, number, "Liisa Kaski", "liisa", None)  # type: ignore[arg-type]
    assert [one.state for one in carried_out(home, number)] == ["lifted"]
    assert_all_same(said(home), before)


@pytest.mark.deep
@FIXED
@given(world=worlds())
def test_redelivered_days_are_shown_before_and_end_as_if_they_had_been_right(homes_in_turn: NewHome, world: Any) -> None:
    rows, right = world
    home = delivered(homes_in_turn(), rows)
    before = said(home)
    mended = righted(rows, right)
    for day in {rows[number][0] for number, _ in right}:
        deliver(home, "changes", day, [row for on, row in mended if on == day], name="uusi.csv")
    if not proposing.waiting_letters(desk(home), errand(TODAY.isoformat())):
        return  # the right values are those that were delivered
    one = proposed(home)
    assert_all_same(said(home), before)
    approved(home, one.number)
    assert [ended.state for ended in carried_out(home, one.number)] == ["done"]
    assert_all_same(said(home), said(delivered(homes_in_turn(), mended)))


ROWS = [(DAYS[0], {"Tunnus": "t0", "Yritys": "Virta Oy", "Y-tunnus": "9900020-2", "Nimi": "Åsa Åkerberg",
                   "Sähköposti": "asa@virta.example", "Puhelin": "+358401234561"}),
        (DAYS[1], {"Tunnus": "t1", "Yritys": "Virta Oy", "Y-tunnus": "9900020-2", "Nimi": "Bo Blom",
                   "Sähköposti": "bo@virta.example", "Puhelin": "+358401234562"})]


@prepared
def home(path: Path, database_url: str | None) -> Home:
    return delivered(make_home(path, FEEDS, ANYONE, database_url), ROWS)


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    workbook = CalamineWorkbook.from_path(path)
    return {name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names}


def test_the_workbook_tells_changes_merges_and_what_cannot_be_taken(home: Home) -> None:
    dropped(home, [
        {"Nykyinen sähköposti": "bo@virta.example", "Sähköposti": "asa@virta.example", "Nimi": "Åsa Åkerberg"},
        {"Nykyinen sähköposti": "asa@virta.example", "Puhelin": "12"},
        {"Nykyinen sähköposti": "nobody@virta.example", "Puhelin": "040 123 4569"}])
    one = proposed(home)
    found = sheets(one.path)
    assert list(found)[1:6] == ["Muuttuu", "Yhdistyisi", "Irtoaisi", "Ei löytynyt", "Ohittaisi henkilön oman tiedon"]
    assert len(found["Yhdistyisi"]) == 2 and len(found["Irtoaisi"]) == 1
    assert [row[0] for row in found["Ei löytynyt"][1:]] == ["4", "3"]
    assert [line.split(":")[0] for line in one.wrong] == ["Tiedosto 1, taulukko 1, rivi 3, sarake Puhelin"]
    assert "virta" not in " ".join(one.wrong)
    assert not list((home.inbox / "corrections").iterdir()), "what was taken is deleted"


def test_who_is_not_in_the_corrected_file_is_named_before_it_is_approved(home: Home) -> None:
    """The contact that stays by another day's row too; a row that would wait is told apart; nothing where nobody is missing."""
    people = ((0, "Åsa Åkerberg"), (5, "Cia Ceder"), (6, "Dan Dahl"))
    deliver(home, "changes", DAYS[0], [
        ROWS[0][1] | {"Tunnus": f"t{number}", "Nimi": name, "Sähköposti": f"{name[:3].lower()}@virta.example"}
        for number, name in people], name="a.csv")
    deliver(home, "changes", DAYS[2], [ROWS[0][1] | {"Tunnus": "t5", "Nimi": "Cia Ceder", "Sähköposti": "cia@virta.example"}])
    first = proposed(home)
    approved(home, first.number)
    carried_out(home, first.number)
    assert first.figures["missing"] == 0
    deliver(home, "changes", DAYS[0], [ROWS[0][1], ROWS[0][1] | {"Tunnus": "t6", "Nimi": "5", "Sähköposti": "", "Puhelin": ""}],
            name="b.csv")
    one = proposed(home)
    head, *rows = sheets(one.path)["Ei löytynyt"]
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(row["Lähde"], row["Nimi"], row["Yritys"]) for row in told] == [
        ("changes", "Cia Ceder", "Virta Oy"), ("changes", "Dan Dahl", "Virta Oy")]
    assert ["odottamaan" in row["Miksi, ja mitä sallitaan"] for row in told] == [False, True]
    assert one.figures["missing"] == 1
    approved(home, one.number)
    [ended] = carried_out(home, one.number)
    assert ended.figures["missing"] == 1


def test_a_file_that_is_saved_again_while_it_is_proposed_is_proposed_next(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped(home, [{"Nykyinen sähköposti": "asa@virta.example", "Puhelin": "040 123 4569"}])
    rehearse = proposing.rehearsal.rehearse

    def meanwhile(*arguments: Any) -> Any:
        dropped(home, [{"Nykyinen sähköposti": f"{who}@virta.example", "Puhelin": "040 123 4569"} for who in ("asa", "bo")])
        return rehearse(*arguments)

    monkeypatch.setattr(proposing.rehearsal, "rehearse", meanwhile)
    first = proposed(home)
    monkeypatch.undo()
    assert [one.figures["values"] for one in (first, proposed(home))] == [1, 2]
    assert not list((home.inbox / "corrections").iterdir())


@pytest.mark.parametrize("ui", ["http://127.0.0.1:3000", "https://rekisteri.example"])
def test_the_workbook_opens_the_page_that_starts_it_and_the_one_that_takes_it_back(home: Home, ui: str) -> None:
    """At the policy's address, behind a proxy its own; the days are told as Dagster reads them."""
    with (home.path / "policy.toml").open("a", encoding="utf-8") as policy:
        policy.write(f'[notices]\nui = "{ui}"\n')
    dropped(home, [{"Nykyinen sähköposti": f"{who}@virta.example", "Puhelin": f"040 123 450{place}"}
                   for place, who in enumerate(("asa", "bo"))])
    one = proposed(home)
    start, lift = links(one.path)
    assert lift == ui + launch("lift", {"number": one.number, "name": "Liisa Kaski"})
    assert unquote(start) == f'{ui}/asset-groups~key:"observations/changes"+?default_range=[{DAYS[0]}...{DAYS[1]}]'
    assert {start, lift} <= {row[0] for row in next(iter(sheets(one.path).values()))}, "the address can be read and copied too"


def test_a_workbook_of_corrections_tells_who_would_split_how_many_days_and_how_long(home: Home) -> None:
    """Two rows of one person, of which the second turns out to be another's: an export with changed cells as a list."""
    deliver(home, "changes", DAYS[2], [ROWS[0][1] | {"Tunnus": "t2"}])
    read(home, "changes", DAYS[2], "backfill", today=TODAY)
    bring_up_to_date(home, TODAY.isoformat())
    box = home.inbox / "corrections"
    other = {"Lähde": "changes", "Tietueen tunnus": "t2", "Nimi": "Cia Ceder", "Sähköposti": "cia@virta.example",
             "Puhelin": "+358401234563"}
    with xlsxwriter.Workbook(box / "korjaukset.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        for column, (heading, value) in enumerate(other.items()):
            sheet.write_string(0, column, heading)
            sheet.write_string(1, column, value)
    found = sheets(proposed(home).path)
    [(headings, row)] = [found["Irtoaisi"]]
    split = dict(zip(headings, row, strict=True))
    assert {split["Nimi"], split["Toisen nimi"]} == {"Åsa Åkerberg", "Cia Ceder"}
    takes = re.compile(r"Luettavia päiviä 1, lähteet: changes\. Kesto noin \d+ min\.")
    assert any(takes.fullmatch(row[0]) for row in next(iter(found.values())))


def test_of_many_values_it_is_asked_whether_a_corrected_delivery_was_meant(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain yes is no answer then."""
    assert approving.MANY == 100
    monkeypatch.setattr(approving, "MANY", 1)
    dropped(home, [{"Nykyinen sähköposti": f"{who}@virta.example", "Puhelin": f"040 123 450{place}"}
                   for place, who in enumerate(("asa", "bo"))])
    one = proposed(home)
    assert any(row[0].startswith("Korjattavia arvoja on 2. Tarkoititko korjattua toimitusta?")
               for row in next(iter(sheets(one.path).values())))
    for answer, applied in (("kyllä", 0), ("kyllä, korjaa nämä arvot", 1)):
        filled(home, one.path, {(0, 6, 1): answer})
        assert taken.take_in(desk(home), TODAY, "liisa", lambda _: True).applied == applied


def test_approved_by_the_workbook_it_waits_for_its_run_and_ends_in_one_line(home: Home) -> None:
    dropped(home, [{"Sähköposti": "bo@virta.example", "Puhelin": "040 123 4569"}])
    one = proposed(home)
    answers = {(0, 6, 1): "kyllä"}
    filled(home, one.path, answers, who="Joku Muu")
    assert taken.take_in(desk(home), TODAY, "liisa", lambda _: True).applied == 0 and one.path.exists()
    filled(home, one.path, answers)
    assert taken.take_in(desk(home), TODAY, "liisa", lambda _: True).applied == 1
    with home.database.reading() as store:
        assert [known.scope for known in bulk.with_state(store, "approved")] == [{"changes": [DAYS[1]]}]
    assert [known.figures["changed"] for known in carried_out(home, one.number)] == [1]
    assert "+358401234569" in table(home, tables.contacts)["phone"].tolist()


def test_no_drops_the_proposal_with_its_values(home: Home) -> None:
    dropped(home, [{"Sähköposti": "bo@virta.example", "Puhelin": "poista"}])
    filled(home, proposed(home).path, {(0, 6, 1): "ei"})
    assert taken.take_in(desk(home), TODAY, "liisa", lambda _: True).applied == 1
    assert table(home, tables.corrections).empty


@pytest.mark.deep
def test_of_two_values_the_one_is_corrected_away_and_the_other_stays(home: Home) -> None:
    """Then the other, which stands in the second place; a source that sends them again under another key brings none back."""
    both = ROWS[1][1] | {"Tunnus": "t2", "Nimi": "Cia Ceder", "Sähköposti": "cia@virta.example, cia2@virta.example",
                         "Puhelin": "+358401234563, +358401234564"}
    deliver(home, "changes", DAYS[2], [both])
    read(home, "changes", DAYS[2], "backfill", today=TODAY)
    bring_up_to_date(home, TODAY.isoformat())
    numbers, seen = [], []
    for wrong in ({"Nykyinen sähköposti": "cia@virta.example", "Sähköposti": "poista"},
                  {"Nykyinen sähköposti": "cia2@virta.example", "Puhelin": "poista"},
                  {"Nykyinen sähköposti": "cia2@virta.example", "Puhelin": "poista"}):
        dropped(home, [wrong])
        numbers.append(proposed(home).number)
        approved(home, numbers[-1])
        carried_out(home, numbers[-1])
        seen.append(cia(home))
    assert seen == [("cia2@virta.example", None, "+358401234563", "+358401234564"),
                    ("cia2@virta.example", None, "+358401234564", None), ("cia2@virta.example", None, None, None)]
    deliver(home, "list", DAYS[2], [both | {"Tunnus": "muu"}])
    read(home, "list", DAYS[2], "backfill", today=TODAY)
    bring_up_to_date(home, TODAY.isoformat())
    assert cia(home) == seen[-1]
    for number in reversed(numbers):
        with home.database.writing("lift", TODAY.isoformat()) as store:
            bulk.lift(store, number, "Liisa Kaski", "liisa", Texts("en"))
        carried_out(home, number)
    assert cia(home) == ("cia@virta.example", "cia2@virta.example", "+358401234563", "+358401234564")


def cia(home: Home) -> tuple[Any, ...]:
    held = table(home, tables.contacts)
    [line] = held[held["full_name"] == "Cia Ceder"][["email", "email_2", "phone", "phone_2"]].astype(object).to_numpy()
    return tuple(None if value != value else value for value in line)


def test_the_overriding_sheet_names_whose_word_it_is(home: Home) -> None:
    """By name, and a mailbox, which has none, by its firm; the id is the last column, under its own heading."""
    mailbox = ROWS[1][1] | {"Tunnus": "t3", "Nimi": "", "Sähköposti": "info@virta.example", "Puhelin": "+358401234568"}
    deliver(home, "list", DAYS[2], [ROWS[1][1] | {"Tunnus": "t2"}, mailbox])
    read(home, "list", DAYS[2], "backfill", today=TODAY)
    bring_up_to_date(home, TODAY.isoformat())
    dropped(home, [{"Nykyinen sähköposti": email, "Puhelin": f"040 123 459{place}"}
                   for place, email in enumerate(("bo@virta.example", "info@virta.example"))])
    headings, *found = sheets(proposed(home).path)["Ohittaisi henkilön oman tiedon"]
    assert [*headings[:2], headings[-1]] == ["Nimi", "Yritys", "Yhteyshenkilön tunnus"]
    assert [row[:2] for row in found] == [["Bo Blom", "Virta Oy"], ["", "Virta Oy"]]
    assert {row[-1] for row in found} <= set(table(home, tables.contacts)["contact_id"])


def test_a_source_that_sends_the_wrong_value_still_is_known_after_the_value_is_gone(home: Home) -> None:
    dropped(home, [{"Sähköposti": "bo@virta.example", "Puhelin": "040 123 4569"}])
    number = proposed(home).number
    approved(home, number)
    carried_out(home, number)
    with home.database.writing("time passes", TODAY.isoformat()) as store:
        store.execute(tables.corrections.update().values(decided_at="2026-11-01T08:00:00+00:00"))
        assert bulk.has_expired(store, "2026-11-01", "2026-11-20") and bulk.expire(store, "2026-11-01", "2026-11-20") == 1
        assert not bulk.has_expired(store, "2026-11-01", "2026-11-20")
    assert table(home, tables.corrections)["overruled"].isna().all()
    deliver(home, "changes", DAYS[2], [ROWS[1][1]])
    read(home, "changes", DAYS[2], "backfill", today=TODAY)
    assert table(home, tables.corrections)["still_sent_on"].tolist() == [DAYS[2]]
    assert "+358401234569" in table(home, tables.observations)["phone"].tolist()


def test_of_two_corrections_the_later_one_counts_though_the_clock_was_set_back(home: Home, monkeypatch: Any) -> None:
    for value in ("040 123 4569", "040 123 4568"):
        dropped(home, [{"Sähköposti": "bo@virta.example", "Puhelin": value}])
        approved(home, number := proposed(home).number)
        carried_out(home, number)
        monkeypatch.setattr(bulk, "now", lambda: "2020-01-01T00:00:00+00:00")
    phones = table(home, tables.contacts)["phone"].tolist()
    assert "+358401234568" in phones and "+358401234569" not in phones
    assert "+358401234568" in table(home, tables.observations)["phone"].tolist(), "nor is the older one kept in the observation"


def test_the_day_of_a_decision_is_that_of_helsinki() -> None:
    instants = pd.Series(["2026-11-05T22:30:00+00:00", "2026-07-05T20:59:59+00:00", None], dtype="str")
    assert of_instants(instants).fillna("-").tolist() == ["2026-11-06", "2026-07-05", "-"]


def test_a_newer_word_of_the_person_is_told_and_does_not_lose_silently(home: Home) -> None:
    dropped(home, [{"Sähköposti": "bo@virta.example", "Puhelin": "040 123 4569"}])
    number = proposed(home).number
    approved(home, number)
    carried_out(home, number)
    with home.database.writing("time passes", TODAY.isoformat()) as store:
        store.execute(tables.corrections.update().values(decided_at="2026-11-01T08:00:00+00:00"))
    deliver(home, "list", DAYS[2], [ROWS[1][1] | {"Puhelin": "040 123 4568"}])
    read(home, "list", DAYS[2], "backfill", today=TODAY)
    bring_up_to_date(home, TODAY.isoformat())
    with home.database.reading() as store:
        check = newer_words.judge(store, home.feeds(home.policy()), Texts("en"))
    assert not check.passed and f"corrections {number})" in check.sentence and "Of 1 corrected value" in check.sentence
    assert table(home, tables.contacts)["phone"].tolist().count("+358401234569") == 1

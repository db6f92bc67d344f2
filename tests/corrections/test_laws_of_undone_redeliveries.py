"""A re-delivery that is undone leaves the register as if it had never been taken, on both databases."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from register.corrections import bulk
from register.errors import RefusedError
from register.home import Home
from register.intake import refresh
from register.intake.archive import Archive
from register.intake.inbox import content_hash
from register.removal import copies, erasure, housekeeping
from register.removal.copies import Subject
from register.removal.requests import Request
from register.store import tables
from register.texts import Texts
from tests.builders import contents, counts, deliver, desk, errand, make_home, read, records_of, table
from tests.corrections.test_laws_of_corrections import ANYONE, DAYS, FEEDS, FIXED, HEADINGS, ROWS, TODAY, VALUES, worlds
from tests.registers import IN_TURN, NewHome, assert_all_same, bring_up_to_date, golden, homes

SNAPSHOT = FEEDS.replace('gives = "changes"', 'gives = "snapshot"')
FEED = "changes"

Row = dict[str, str]


@pytest.fixture
def homes_in_turn(request: pytest.FixtureRequest, tmp_path: Path) -> NewHome:
    return homes(request, tmp_path, SNAPSHOT, ANYONE, kinds=IN_TURN)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = given_rows(make_home(tmp_path / "home", FEEDS, ANYONE), ROWS)
    yield home
    home.database.engine.dispose()


def given_rows(home: Home, rows: list[tuple[str, Row]]) -> Home:
    for day in DAYS:
        if of_day := [row for on, row in rows if on == day]:
            deliver(home, FEED, day, of_day)
            read(home, FEED, day, "backfill", today=TODAY)
    return home


def redelivered(home: Home, day: str, rows: list[Row], name: str = "uusi.csv") -> int:
    """The number of the correction by which a day was replaced."""
    number = approved(home, day, rows, name)
    assert carried_out(home, number) == ["done"]
    return number


def approved(home: Home, day: str, rows: list[Row], name: str = "uusi.csv") -> int:
    """The number of a correction that may be carried out; what would come of it is `proposing.py`'s."""
    path = deliver(home, FEED, day, rows, name=name)
    with home.database.writing("propose", TODAY.isoformat()) as store:
        number = bulk.propose(store, "delivery", {FEED: [day]}, [content_hash(path)], {}, "liisa", TODAY.isoformat())
        assert bulk.approve(store, number, "Liisa Kaski", "liisa")
    return number


def carried_out(home: Home, number: int) -> list[str]:
    """The state of the correction once its days are read, as its run reads them."""
    with home.database.reading() as store:
        known = bulk.find(store, number)
    assert known is not None
    for feed, days in known.scope.items():
        read(home, feed, list(days), "backfill", today=TODAY)
    with home.database.writing("finish", TODAY.isoformat()) as store:
        return [one.state for one in bulk.finish(store, 0)]


def begun(home: Home, number: int) -> None:
    with home.database.writing("lift", TODAY.isoformat()) as store:
        bulk.lift(store, number, "Liisa Kaski", "liisa", Texts("en"))


def lifted(home: Home, number: int) -> None:
    begun(home, number)
    assert carried_out(home, number) == ["lifted"]


def names(home: Home) -> list[str]:
    return sorted(table(home, tables.observations)["full_name"].dropna())


def recorded(home: Home) -> list[tuple[Any, ...]]:
    """What is recorded of every delivery, beside when it was."""
    rows = table(home, tables.deliveries).drop(columns=["run", "read_at", "archive_file", "structure"])
    files = table(home, tables.files).drop(columns=["code"])
    return sorted([*map(tuple, rows.fillna("").astype(str).values), *map(tuple, files.astype(str).values)])


@st.composite
def replacements(draw: st.DrawFn, rows: list[tuple[str, Row]]) -> list[tuple[str, list[Row]]]:
    """Other contents of one or two of the days held, some of them of the same day: rows gone, changed, nameless, new."""
    days = sorted({day for day, _ in rows})
    found = []
    for number in range(draw(st.integers(1, 2))):
        day = draw(st.sampled_from(days))
        of_day = [dict(row) for on, row in rows if on == day]
        kept = [row for row in of_day if draw(st.booleans())]
        for row in kept:
            if column := draw(st.sampled_from([*VALUES, ""])):
                row[HEADINGS[column]] = draw(st.sampled_from([*VALUES[column], ""]))
        other = of_day[0] | {"Tunnus": f"u{number}", HEADINGS["email"]: draw(st.sampled_from(VALUES["email"]))}
        found.append((day, [*kept, other]))
    return found


@pytest.mark.deep
@FIXED
@given(data=st.data())
def test_an_undone_redelivery_was_never_taken(homes_in_turn: NewHome, data: st.DataObject) -> None:
    rows, _ = data.draw(worlds())
    nameless = data.draw(st.sets(st.integers(0, len(rows) - 1)))
    rows = [(day, row | ({HEADINGS["full_name"]: ""} if place in nameless else {})) for place, (day, row) in enumerate(rows)]
    taken = data.draw(replacements(rows))
    undone = data.draw(st.sampled_from(range(len(taken))))
    home = given_rows(homes_in_turn(), rows)
    numbers = [redelivered(home, day, of_day, f"{place}.csv") for place, (day, of_day) in enumerate(taken)]
    lifted(home, numbers[undone])
    never = given_rows(homes_in_turn(), rows)
    for place, (day, of_day) in enumerate(taken):
        if place != undone:
            redelivered(never, day, of_day, f"{place}.csv")
    assert_all_same(contents(home), contents(never))
    assert recorded(home) == recorded(never)


def test_the_day_is_what_it_was_with_what_waited_and_what_was_recorded(home: Home) -> None:
    deliver(home, FEED, DAYS[2], [ROWS[0][1] | {"Tunnus": "t8", "Nimi": ""}, ROWS[1][1] | {"Tunnus": "t9"}])
    read(home, FEED, DAYS[2], "backfill", today=TODAY)
    before, told = contents(home), recorded(home)
    assert counts(home, FEED, DAYS[2])["quarantined"] == 1
    number = redelivered(home, DAYS[2], [ROWS[0][1] | {"Tunnus": "t8", "Postitoimipaikka": "Vaasa"}])
    assert contents(home) != before
    lifted(home, number)
    assert_all_same(contents(home), before)
    assert recorded(home) == told
    assert table(home, tables.former_deliveries).empty
    with pytest.raises(RefusedError, match="not in force"):
        begun(home, number)
    path = deliver(home, FEED, DAYS[2], [ROWS[0][1] | {"Tunnus": "t8", "Postitoimipaikka": "Vaasa"}], name="uusi.csv")
    at = desk(home)
    assert refresh.that_wait(at, at.feeds.named(FEED), errand(TODAY.isoformat())) and path.exists(), "the file is new again"


def test_a_day_of_which_nothing_was_left_is_put_back_without_a_row(home: Home) -> None:
    bring_up_to_date(home, TODAY.isoformat())
    of_bo = table(home, tables.contacts).query("full_name == 'Bo Blom'")["contact_id"].tolist()
    asked = Request(TODAY, "puhelimessa", "Liisa Kaski", "kone")
    erasure.erase(home, home.policy(), records_of(home, of_bo), "all", asked, TODAY)
    number = redelivered(home, DAYS[1], [ROWS[1][1] | {"Tunnus": "t9", "Nimi": "Cia Ceder", "Sähköposti": "cia@virta.example",
                                                       "Puhelin": ""}])
    assert names(home) == ["Cia Ceder", "Åsa Åkerberg"]
    lifted(home, number)
    assert names(home) == ["Åsa Åkerberg"]


def test_new_files_that_wait_are_not_taken_by_the_undoing(home: Home) -> None:
    before = contents(home)
    number = redelivered(home, DAYS[1], [ROWS[1][1] | {"Nimi": "Cia Ceder"}])
    path = deliver(home, FEED, DAYS[1], [ROWS[1][1] | {"Nimi": "Åsa Åkerberg"}], name="kolmas.csv")
    lifted(home, number)
    assert path.exists()
    assert_all_same(contents(home), before)


def test_undo_of_the_first_of_two_leaves_the_second_and_contacts_follow(home: Home) -> None:
    bring_up_to_date(home, TODAY.isoformat())
    before, people = contents(home), golden(home)
    first = redelivered(home, DAYS[1], [ROWS[1][1] | {"Nimi": "Cia Ceder"}], "1.csv")
    second = redelivered(home, DAYS[1], [ROWS[1][1] | {"Nimi": "Dan Dahl"}], "2.csv")
    lifted(home, first)
    assert names(home) == ["Dan Dahl", "Åsa Åkerberg"]
    bring_up_to_date(home, TODAY.isoformat())
    lifted(home, second)
    bring_up_to_date(home, TODAY.isoformat())
    assert_all_same(contents(home), before)
    assert golden(home) == people


def test_a_day_to_which_files_were_added_since_is_not_undone(home: Home) -> None:
    number = redelivered(home, DAYS[1], [ROWS[1][1] | {"Nimi": "Cia Ceder"}])
    deliver(home, FEED, None, [ROWS[1][1] | {"Tunnus": "t7"}], name="lisä.csv")
    read(home, FEED, DAYS[1], today=TODAY)
    with pytest.raises(RefusedError, match="files were added to it"):
        begun(home, number)


def test_after_undo_days_it_is_said_that_it_cannot_be_done(home: Home) -> None:
    number = redelivered(home, DAYS[1], [ROWS[1][1] | {"Nimi": "Cia Ceder"}])
    files = len(list(home.archive.rglob("*.parquet")))
    housekeeping.keep(home, home.policy(), date(2026, 12, 30), None)
    assert len(table(home, tables.former_deliveries)) == 1
    housekeeping.keep(home, home.policy(), date(2026, 12, 31), None)
    assert table(home, tables.former_deliveries).empty and len(list(home.archive.rglob("*.parquet"))) == files - 1
    with pytest.raises(RefusedError, match=rf"Correction {number} can be undone no more: .*changes 3 Nov"):
        begun(home, number)
    assert "Cia Ceder" in names(home)


def test_whoever_was_erased_since_is_in_no_copy_and_stays_out(home: Home) -> None:
    """Bo's record is another person's after the correction; under another key he asks to be erased."""
    number = redelivered(home, DAYS[1], [ROWS[1][1] | {"Nimi": "Cia Ceder", "Sähköposti": "cia@kopare.example",
                                                       "Puhelin": "+358401234563"}])
    deliver(home, "list", DAYS[2], [ROWS[1][1] | {"Tunnus": "omat"}])
    read(home, "list", DAYS[2], "backfill", today=TODAY)
    bring_up_to_date(home, TODAY.isoformat())
    people = table(home, tables.contacts).set_index("full_name")["contact_id"]
    asked = Request(TODAY, "puhelimessa", "Liisa Kaski", "liisa")
    done = erasure.erase(home, home.policy(), records_of(home, [people["Bo Blom"]]), "all", asked, TODAY)
    assert done.proof and done.proof.is_clean
    lifted(home, number)
    assert names(home) == ["Åsa Åkerberg"]


def test_a_sweep_takes_what_was_theirs_under_another_key(home: Home) -> None:
    number = redelivered(home, DAYS[1], [ROWS[1][1] | {"Tunnus": "t5", "Puhelin": ""}])
    bring_up_to_date(home, TODAY.isoformat())
    with home.database.writing("sweep", TODAY.isoformat()) as store:
        [key] = store.read(sa.select(tables.observations.c.record_key).where(
            tables.observations.c.full_name == "Bo Blom"))["record_key"]
        ids = store.read(sa.select(tables.memberships.c.contact_id).where(tables.memberships.c.record_key == key))["contact_id"]
        copies.erase(store, Archive(home.archive), Subject.of(store, pd.Series([key], dtype="str"), ids))
    lifted(home, number)
    assert names(home) == ["Åsa Åkerberg"]


def test_what_was_kept_out_before_is_kept_out_again(tmp_path: Path) -> None:
    """The correction's snapshot lacked a record that was kept out."""
    home = given_rows(make_home(tmp_path / "home", SNAPSHOT, ANYONE), ROWS[1:])
    [key] = table(home, tables.observations)["record_key"]
    with home.database.writing("suppress", DAYS[0]) as store:
        store.execute(tables.suppressions.insert().values(record_key=key, feed=FEED, removal_id="x", suppressed_on=DAYS[0]))
    number = redelivered(home, DAYS[1], [ROWS[0][1]])
    assert table(home, tables.suppressions)["ended_on"].notna().all(), "ended"
    lifted(home, number)
    assert table(home, tables.suppressions)["ended_on"].isna().tolist() == [True] and names(home) == []
    home.database.engine.dispose()


def test_a_suite_that_fails_leaves_it_for_the_next_try(home: Home) -> None:
    before = contents(home)
    number = redelivered(home, DAYS[1], [ROWS[1][1] | {"Nimi": "Cia Ceder"}])
    begun(home, number)

    def broken(*_: Any) -> Any:
        raise ValueError

    read(home, FEED, [DAYS[1]], "backfill", today=TODAY, judge=broken)
    with home.database.reading() as store:
        assert [one.remaining for one in bulk.with_state(store, "lifting")] == [{FEED: [DAYS[1]]}]
    assert carried_out(home, number) == ["lifted"]
    assert_all_same(contents(home), before)


def test_an_approved_one_that_was_not_read_yet_is_lifted_and_its_files_wait(home: Home) -> None:
    before = contents(home)
    number = approved(home, DAYS[1], [ROWS[1][1] | {"Nimi": "Cia Ceder"}])
    lifted(home, number)
    assert_all_same(contents(home), before)
    assert (home.inbox / FEED / DAYS[1] / "uusi.csv").exists()

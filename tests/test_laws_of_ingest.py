"""The laws of the way in (design, rules 1-5), on made-up deliveries of every kind: rows add up, and order decides nothing."""

from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from register.home import Home
from register.store.tables import deliveries
from tests.builders import POLICY, contents, deliver, read, table
from tests.registers import IN_TURN, NewHome, homes
from tests.strategies import examples

FEEDS = """
[assignments]
kind = "assignment"
format = "csv"
[keyed_events]
kind = "inquiry"
format = "csv"
key = ["Tunnus"]
[snapshot]
kind = "provider"
format = "csv"
key = ["Tunnus"]
[own_snapshot]
kind = "assignment"
format = "csv"
gives = "snapshot"
key = ["Tunnus"]
[changes]
kind = "provider"
format = "csv"
gives = "changes"
key = ["Tunnus"]
"""
NAMES = ("assignments", "keyed_events", "snapshot", "own_snapshot", "changes")
DAYS = ("2026-11-02", "2026-11-03", "2026-11-04")
LAX = POLICY + '[admission]\nthird_party_may = "add_anyone"\nmax_shrink = 1.0\n'

PERSON = {"Nimi": "Åsa Åkerberg", "Sähköposti": "asa@virta.example", "Puhelin": "040 555 0101"}
FIRM = {"Yritys": "Virta Oy", "Y-tunnus": "9900020-2"}
SAID: tuple[dict[str, str], ...] = (  # every fate a row can have, and several contents of each
    {**PERSON, **FIRM},
    {**PERSON, **FIRM, "Sähköposti": "asa.akerberg@virta.example"},
    {**PERSON, **FIRM, "Puhelin": "040 55"},                             # a value waits
    {**FIRM, "Sähköposti": "asa@virta.example"},                         # no name: the person waits, the fact is kept
    {**PERSON, "Sähköposti": "asa@luukku.com"},                          # no firm, nor a domain that tells it: waits whole
    {**PERSON, "Yritys": "yksityishenkilö"},                             # withheld
    {**PERSON, **FIRM, "Y-tunnus": "9900011-4"},                         # ours: withheld
    {**FIRM},                                                            # the firm only
    {**PERSON, **FIRM, "Poistettu": "x"},                                # deleted at its source
)



class Case(NamedTuple):
    """A feed's days, the order in which they come, the one that comes twice, and what is then delivered again for a day."""

    week: dict[str, list[dict[str, str]]]
    order: list[str]
    twice: str
    again: list[dict[str, str]]
    on: str


def case(chance: Random) -> Case:
    def day() -> list[dict[str, str]]:
        return [{"Tunnus": f"T-{chance.randint(1, 4)}", **chance.choice(SAID)} for _ in range(chance.randint(1, 6))]

    return Case({on: day() for on in DAYS}, chance.sample(DAYS, len(DAYS)), chance.choice(DAYS), day(), chance.choice(DAYS))


cases = st.builds(case, st.randoms(use_true_random=True))


def with_all_columns(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """A file has all its columns, whoever is in it."""
    columns = ("Tunnus", "Nimi", "Sähköposti", "Puhelin", "Yritys", "Y-tunnus", "Poistettu")
    return [{name: said.get(name, "") for name in columns} for said in rows]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.deep)])
def new_home(request: pytest.FixtureRequest, tmp_path: Path) -> NewHome:
    return homes(request, tmp_path, FEEDS, LAX)


@pytest.fixture
def homes_in_turn(request: pytest.FixtureRequest, tmp_path: Path) -> NewHome:
    return homes(request, tmp_path, FEEDS, LAX, kinds=IN_TURN)


def give(home: Home, feed: str, on: str, rows: list[dict[str, str]]) -> None:
    """Delivers a day and has it read, though it is held already."""
    deliver(home, feed, on, with_all_columns(rows))
    read(home, feed, on, "backfill")


def read_in_order(home: Home, feed: str, week: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
    for on in DAYS:
        if on in week:
            give(home, feed, on, week[on])
    found = contents(home)
    home.database.engine.dispose()
    return found


@pytest.mark.parametrize("feed", ["snapshot"])
@examples(1)
@given(case=cases)
def test_a_feeds_state_is_a_function_of_its_days(new_home: NewHome, feed: str, case: Case) -> None:
    law(new_home, feed, case)


@pytest.mark.deep
@pytest.mark.parametrize("feed", NAMES)
@examples(4)
@given(case=cases)
def test_it_is_so_for_many_weeks(homes_in_turn: NewHome, feed: str, case: Case) -> None:
    law(homes_in_turn, feed, case)


def law(new_home: NewHome, feed: str, case: Case) -> None:
    home, week = new_home(), case.week
    for name in (*case.order, case.twice):
        give(home, feed, name, week[name])
    in_order = read_in_order(new_home(), feed, week)
    assert contents(home) == in_order, "any order, and twice"
    assert_all_accounted_for(home, week)

    counted = counts_of(home)
    read(home, feed, list(DAYS), "backfill")
    assert contents(home) == in_order, "a replay changes nothing"
    assert counts_of(home).equals(counted), "nor a count, nor an archive file"

    give(home, feed, case.on, case.again)
    assert_as_if_from_the_start(contents(home), read_in_order(new_home(), feed, week | {case.on: case.again}))


def counts_of(home: Home) -> pd.DataFrame:
    return table(home, deliveries).drop(columns=["run", "read_at"]).sort_values("day", ignore_index=True)


def assert_all_accounted_for(home: Home, week: dict[str, Any]) -> None:
    held = table(home, deliveries).query("is_held")
    assert (held["read"] == held["accepted"] + held["quarantined"] + held["withheld"]).all()
    assert held.set_index("day")["read"].to_dict() == {on: len(rows) for on, rows in week.items()}


def assert_as_if_from_the_start(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """A row that only waited on an older day stands in no archive, so it cannot come back."""
    assert found["observations"] == expected["observations"]
    assert found["engagements"] == expected["engagements"]
    assert set(found["quarantine"]) <= set(expected["quarantine"])

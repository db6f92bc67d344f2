"""The laws of the way in (design, rules 1-5), on made-up deliveries of every kind: rows add up, and order decides nothing."""

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from register.home import Home
from register.store.tables import deliveries
from tests.builders import POLICY, contents, deliver, make_home, quick_judge, read, table

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

row = st.builds(lambda key, said: {"Tunnus": f"T-{key}", **SAID[said]}, st.integers(1, 3), st.integers(0, len(SAID) - 1))
day = st.lists(row, min_size=1, max_size=4)
weeks = st.fixed_dictionaries(dict.fromkeys(DAYS, day))

few = settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
               phases=[Phase.explicit, Phase.generate])
"""A delivery takes a quarter of a second, so few of them here, the same each time, and no shrinking."""


def with_all_columns(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """A file has all its columns, whoever is in it."""
    columns = ("Tunnus", "Nimi", "Sähköposti", "Puhelin", "Yritys", "Y-tunnus", "Poistettu")
    return [{name: said.get(name, "") for name in columns} for said in rows]


@cache
def template() -> Path:
    """A home that nothing was delivered to; its copies share its key, so that the same row has the same record key."""
    home = make_home(Path(tempfile.mkdtemp()) / "home", FEEDS, LAX)
    home.database.engine.dispose()
    return home.path


def new_home() -> Home:
    path = Path(tempfile.mkdtemp()) / "home"
    shutil.copytree(template(), path)
    return Home(path)


def give(home: Home, feed: str, on: str, rows: list[dict[str, str]]) -> None:
    """Delivers a day and has it read, though it is held already."""
    deliver(home, feed, on, with_all_columns(rows))
    read(home, feed, on, "backfill", judge=quick_judge)


def read_in_order(feed: str, week: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
    home = new_home()
    for on in DAYS:
        if on in week:
            give(home, feed, on, week[on])
    return contents(home)


@pytest.mark.parametrize("feed", NAMES)
@few
@given(week=weeks, order=st.permutations(DAYS), twice=st.sampled_from(DAYS), again=day, on=st.sampled_from(DAYS))
def test_a_feeds_state_is_a_function_of_its_days(
    feed: str, week: dict[str, Any], order: list[str], twice: str, again: list[dict[str, str]], on: str
) -> None:
    home = new_home()
    for name in (*order, twice):
        give(home, feed, name, week[name])
    in_order = read_in_order(feed, week)
    assert contents(home) == in_order, "any order, and twice"
    assert_all_accounted_for(home, week)

    counted = table(home, deliveries).drop(columns=["run", "read_at"])
    read(home, feed, list(DAYS), "backfill", judge=quick_judge)
    assert contents(home) == in_order, "a replay changes nothing"
    assert table(home, deliveries).drop(columns=["run", "read_at"]).equals(counted), "nor a count, nor an archive file"

    give(home, feed, on, again)
    assert_as_if_from_the_start(contents(home), read_in_order(feed, week | {on: again}))


def assert_all_accounted_for(home: Home, week: dict[str, Any]) -> None:
    held = table(home, deliveries).query("is_held")
    assert (held["read"] == held["accepted"] + held["quarantined"] + held["withheld"]).all()
    assert held.set_index("day")["read"].to_dict() == {on: len(rows) for on, rows in week.items()}


def assert_as_if_from_the_start(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """A row that only waited on an older day stands in no archive, so it cannot come back."""
    assert found["observations"] == expected["observations"]
    assert found["engagements"] == expected["engagements"]
    assert set(found["quarantine"]) <= set(expected["quarantine"])

"""Registers that a history happened to: fresh homes on either database, the acts carried out, and all they say."""

import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select

from register import retention
from register.contacts import contacts, organisations
from register.home import Home
from register.intake import lookup
from register.intake.ingest import Judge
from register.retention import judging
from register.store import tables
from register.store.store import Store
from register.store.tables import deliveries, memberships
from tests import rows as computed
from tests.builders import contents, deliver, desk, make_home, quick_judge, read, table
from tests.conftest import postgres_clone
from tests.intake.test_lookup import bulk
from tests.strategies import COLUMNS, FEEDS, KNOWN_FIRMS, POLICY, Act, History

NewHome = Callable[[], Home]
Kinds = tuple[str, ...]


IN_TURN = ("sqlite", "postgres", "postgres", "sqlite")
"""Of two registers that are compared each is on another database, and of two pairs each the other way round."""


def homes(request: pytest.FixtureRequest, path: Path, feeds: str = FEEDS, policy: str = POLICY, kinds: Kinds = ()) -> NewHome:
    """Makes fresh homes on the kinds of database in turn; all share one key, so that rows have the same keys.

    kinds: without them all are on the one that the fixture's param names.
    """
    path.joinpath("template").mkdir()
    shutil.copy(request.getfixturevalue("sqlite_template"), path / "template" / "register.db")
    make_home(path / "template", feeds, policy).database.engine.dispose()
    made: list[Home] = []
    turns = cycle(kinds or (request.param,))

    def new_home() -> Home:
        folder = path / f"home{len(made)}"
        shutil.copytree(path / "template", folder)
        made.append(Home(folder, postgres_clone(request) if next(turns) == "postgres" else None))
        return made[-1]

    return new_home


def csv_text(rows: Any) -> str:
    """Rows as CSV with all columns of the world, whoever is in them."""
    lines = [COLUMNS, *([row.get(name, "") for name in COLUMNS] for row in rows)]
    return "\n".join(map(";".join, lines)) + "\n"


def carry_out(home: Home, act: Act, today: date, judged_by: Judge = quick_judge) -> None:
    """Puts the files there and has them read; a refresh takes its own day for today: the clock goes to and fro."""
    for name, rows in act.files.items():
        if isinstance(rows, dict):
            bulk(home, act.day, rows, name)
        else:
            deliver(home, act.feed, None if act.how == "loose" else act.day,
                    rows if isinstance(rows, str) else csv_text(rows), f"{name}.csv")
    day = date.fromisoformat(act.day)
    if act.how in ("backfill", "add"):
        read(home, act.feed, act.day, "backfill", adds=act.how == "add", today=today, judge=judged_by)
    else:
        now = day + timedelta(weeks=3 if act.how == "late" else 0)
        read(home, act.feed, list(dict.fromkeys([act.day, now.isoformat()])), today=now, judge=judged_by)


def found_firms(home: Home, history: History) -> None:
    """The delivery that comes first in every order."""
    carry_out(home, Act("firms", history.eve, "refresh", {"a": KNOWN_FIRMS}), history.today)


def told_in_order(home: Home, history: History, judged_by: Judge = quick_judge) -> Home:
    """The register that got the truth, each day's deliveries on their day, contacts computed once."""
    found_firms(home, history)
    order = {feed.name: number for number, feed in enumerate(desk(home).feeds.living)}
    for feed, day in sorted(history.truth, key=lambda at: (at[1], order[at[0]])):
        carry_out(home, Act(feed, day, "refresh", {"a": history.truth[feed, day]}), history.today, judged_by)
    bring_up_to_date(home, history.today.isoformat())
    return home


def bring_up_to_date(home: Home, day: str) -> None:
    """Organisations, contacts and verdicts, as a run ends."""
    at = desk(home)
    with home.database.writing("organisations", day) as store:
        found = lookup.newest(at, store)
        organisations.update(store, at.policy, at.feeds, found, day)
    with home.database.writing("contacts", day) as store:
        contacts.update(store, at.policy, at.feeds, home.key, day)
        contacts.note_passed(store)
    with home.database.writing("verdicts", day) as store:
        judging.update(store, at.policy, at.feeds, date.fromisoformat(day))


def everything(home: Home, day: date) -> dict[str, list[tuple[Any, ...]]]:
    """All that a register says but its ids: the feeds' state, contacts and organisations, and the verdicts of the day."""
    return contents(home) | {"contacts": golden(home), "verdicts": judged(home, day)}


DAY_OF_A_VALUE = re.compile('"day": "[^"]*"')
LAST_SEEN = [name for name in tables.contacts.c.keys() if not name.endswith("_id")].index("last_seen_on")  # noqa: SIM118


def golden(home: Home) -> list[tuple[Any, ...]]:
    """Contacts and organisations, but on which day a value was said last: that is as of when the contact was last computed."""
    lines = computed.contents(home.database)
    people = len(table(home, tables.contacts))
    lines = [(*line[:LAST_SEEN], *line[LAST_SEEN + 1:]) for line in lines[:people]] + lines[people:]
    return [tuple(DAY_OF_A_VALUE.sub("", said) if isinstance(said, str) else said for said in line) for line in lines]


def judged(home: Home, day: date) -> list[tuple[Any, ...]]:
    """The verdict on each contact, named by its records; those that stand are those that judging all anew would give."""
    at = desk(home)
    with home.database.writing("verdicts", day.isoformat()) as store:
        judging.update(store, at.policy, at.feeds, day)
        decided = retention.judge(store, at.feeds, at.policy, day)
        assert_they_stand(store, decided)
    members = table(home, memberships).groupby("contact_id")["record_key"].agg(lambda keys: tuple(sorted(keys)))
    decided["contact_id"] = decided["contact_id"].map(members)
    return sorted(decided.fillna("").astype("str").itertuples(index=False, name=None))


def assert_they_stand(store: Store, decided: pd.DataFrame) -> None:
    """The verdicts in the table are the decided ones: who was not judged again needed not to be."""
    standing = store.read(select(*(tables.verdicts.c[name] for name in decided.columns)))
    pd.testing.assert_frame_equal(standing.sort_values("contact_id", ignore_index=True), decided, check_dtype=False)


def assert_all_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Names the table that differs, and only what differs in it."""
    for name, lines in expected.items():
        extra = [line for line in found[name] if line not in lines]
        lacking = [line for line in lines if line not in found[name]]
        assert not extra and not lacking and len(lines) == len(found[name]), f"{name}\ntoo much {extra}\nlacking {lacking}"


def assert_accounted(home: Home) -> None:
    """read = accepted + quarantined + withheld, for each delivery."""
    held = table(home, deliveries)
    assert (held["read"] == held["accepted"] + held["quarantined"] + held["withheld"]).all(), "every row accounted for"

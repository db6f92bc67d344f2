"""A watch over the ids that a register gives: what it promises of them (design, rule 12), held to it after each computation."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd
from sqlalchemy import select

from register.store import tables
from register.store.database import Database

Given = dict[str, str]
"""By record the id that it has."""


class Watch:
    """All ids that contacts, people and organisations were ever given, and those that ended with the last of their records."""

    def __init__(self) -> None:
        self.before: dict[str, Given] = {"contact": {}, "person": {}, "organisation": {}}
        self.ever: dict[str, set[str]] = {kind: set() for kind in self.before}
        self.ended: set[str] = set()

    def look(self, database: Database) -> None:
        """Holds the ids that are given now to those that were given before."""
        redirects = redirects_of(database)
        for kind, now in given(database).items():
            before = self.before[kind]
            assert_ids_stay(kind, before, now, redirects)
            moved_on = {id_ for record, id_ in before.items() if record in now}
            self.ended = (self.ended | set(before.values()) - moved_on) - set(now.values())
            self._assert_all_resolve(kind, now, redirects)
            self.before[kind] = now

    def _assert_all_resolve(self, kind: str, now: Given, redirects: dict[str, str]) -> None:
        in_use = set(now.values())
        self.ever[kind] |= in_use
        for id_ in self.ever[kind]:
            assert resolve(id_, in_use, redirects) in in_use | self.ended, f"{kind}: an id that was given leads to nobody"


def assert_ids_stay(kind: str, before: Given, now: Given, redirects: dict[str, str]) -> None:
    """What came of each group of records that is together now."""
    held = {record: id_ for record, id_ in before.items() if record in now}
    parts = Counter(id_ for id_, _ in {(id_, now[record]) for record, id_ in held.items()})
    for id_, had in _groups(now, held):
        if had and all(parts[old] == 1 for old in had):
            assert id_ in had, f"{kind}: an id changed though nothing was split"
            if kind == "contact":
                assert had[id_] == max(had.values()), "a merge keeps the id with the most members"
            for old in set(had) - {id_}:
                assert redirects.get(old) == id_, f"{kind}: a merged id leads to the one that took it in"


def _groups(now: Given, held: Given) -> Iterator[tuple[str, Counter[str]]]:
    """Each id that is given now, and how many of its records had which id before."""
    for id_ in set(now.values()):
        yield id_, Counter(held[record] for record in now if now[record] == id_ and record in held)


def resolve(id_: str, in_use: set[str], redirects: dict[str, str]) -> str:
    """Where an id leads; redirects may lead on, never in a circle."""
    passed = set()
    while id_ not in in_use and id_ in redirects:
        assert id_ not in passed, "redirects in a circle"
        passed.add(id_)
        id_ = redirects[id_]
    return id_


def given(database: Database) -> dict[str, Given]:
    """By record: the contact, the person and the organisation it has."""
    members = _table(database, tables.memberships).merge(_table(database, tables.contacts), on="contact_id")
    rows = [_table(database, of).assign(record=lambda rows, of=of: of.name + rows["record_key"])
            for of in (tables.observations, tables.engagements)]
    placed = pd.concat(rows).dropna(subset="organisation_id")
    return {"contact": dict(zip(members["record_key"], members["contact_id"], strict=True)),
            "person": dict(zip(members["record_key"], members["person_id"], strict=True)),
            "organisation": dict(zip(placed["record"], placed["organisation_id"], strict=True))}


def redirects_of(database: Database) -> dict[str, str]:
    """By id that nobody has any more, the id that took it in."""
    found = _table(database, tables.redirects)
    return dict(zip(found["old_id"], found["new_id"], strict=True))


def _table(database: Database, of: Any) -> pd.DataFrame:
    with database.reading() as store:
        return store.read(select(of))

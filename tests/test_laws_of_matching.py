"""Whoever arrives in whatever portions, whatever the steward says and takes back: who is one is what all at once gives.

Made-up people with slips of the pen, nicknames, relatives, shared mailboxes and job changes (`benchmarks/people.py`).
"""

import random
from itertools import combinations
from typing import Any

import pandas as pd
from sqlalchemy import select

from benchmarks import people
from register.contacts import contacts, decisions
from register.store import tables
from register.store.database import Database
from tests import rows
from tests.conftest import seeds
from tests.rows import DAY, FEEDS, KEY, POLICY, compute, partition

OF_NO_ROW = ("contact", "person", "organisation_id")


def made(count: int, seed: int) -> list[dict[str, Any]]:
    """Observations of a small, crowded world; a firm is told by its business id."""
    found = people.rows(count, seed)
    firm = pd.factorize(found["organisation_id"])[0]
    told = found.drop(columns=[name for name in OF_NO_ROW if name in found]).astype(object).where(found.notna(), None)
    return [rows.observation(line["record_key"], on="2026-11-01") | {
        name: value for name, value in line.items() if value is not None} | {
        "business_id": f"99{number:05}-0" if number >= 0 else None, "names_person": True}
        for line, number in zip(told.to_dict("records"), firm, strict=True)]


def said(database: Database) -> dict[str, Any]:
    """Who is one contact, who one person, and what is in doubt."""
    doubts = rows.table(database, tables.doubts).sort_values(["left_key", "right_key"])
    return {"contacts": partition(database), "people": partition(database, "person_id"),
            "doubts": doubts[["left_key", "right_key", "is_elsewhere", "probability"]].round(9).to_numpy().tolist()}


def anew(database: Database) -> dict[str, Any]:
    """The same, computed whole."""
    with database.writing("contacts", DAY) as store:
        contacts.update(store, POLICY, FEEDS, KEY, DAY, is_whole=True)
    return said(database)


@seeds(14, range(2, 7))
def test_portions_in_any_order_give_what_all_at_once_gives(database: Database, seed: int) -> None:
    chance, left = random.Random(seed), made(240 if seed == 14 else 600, seed)
    chance.shuffle(left)
    asked = 0
    while left:
        size = chance.randint(1, 120)
        some, left = left[:size], left[size:]
        rows.put(database, *some)
        compute(database)
        gone = chance.sample([row["record_key"] for row in some], k=min(2, len(some) - 1))
        asked += len(said(database)["doubts"])
        rows.remove(database, *gone)
        compute(database)
    assert asked and "likeness" in set(rows.table(database, tables.memberships)["rule"]), "a world too easy"
    assert said(database) == anew(database)


@seeds(1, range(2, 9))
def test_what_the_steward_says_holds_and_taking_it_back_leaves_nothing_of_it(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    rows.put(database, *made(200, seed))
    compute(database)
    never_said, numbers = said(database), []
    for _ in range(8):
        numbers.append(decide(database, chance))
        compute(database)
    spoken = said(database)
    assert spoken != never_said
    assert spoken == anew(database)
    for number in chance.sample(numbers, k=len(numbers)):
        with database.writing("undo", DAY) as store:
            decisions.lift(store, number, "Liisa Kaski", "liisa")
        compute(database)
    assert said(database) == never_said


def decide(database: Database, chance: random.Random) -> int:
    """Something that the steward could say: two contacts of a firm are one, a contact is two, two people are one."""
    members = rows.table(database, tables.memberships).groupby("contact_id")["record_key"].agg(sorted).sort_values()
    firm = rows.table(database, tables.contacts).set_index("contact_id")["organisation_id"]
    kind = chance.choice(["same", "different", "other_firm"])
    if kind == "different":
        keys = chance.choice([keys for keys in members if len(keys) > 1])
        sides = keys[:1], keys[1:]
    else:
        pairs = [(left, right) for (one, left), (other, right) in combinations(members.items(), 2)
                 if (firm[one] == firm[other]) == (kind == "same")]
        sides = chance.choice(pairs)
    with database.writing("decide", DAY) as store:
        return decisions.decide(store, kind, *sides, "Liisa Kaski", "liisa")


def test_a_decision_is_kept_against_the_model_and_named_in_the_ledger(database: Database) -> None:
    rows.put(database, rows.observation("a", company="Köpare Oy", name="Matti Virtanen", email="matti@kopare.example"),
             rows.observation("b", company="Köpare Oy", name="Åsa Åkerberg", email="asa@kopare.example"))
    compute(database)
    assert partition(database) == {frozenset("a"), frozenset("b")}
    with database.writing("decide", DAY) as store:
        decisions.decide(store, "same", ["a"], ["b"], "Liisa Kaski", "liisa")
    compute(database)
    assert partition(database) == {frozenset("ab")}
    with database.reading() as store:
        assert set(store.read(select(tables.memberships.c.rule))["rule"]) == {"decision"}

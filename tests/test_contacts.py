"""Contacts are a function of the observations: whatever the order, in one go or one at a time, on both databases."""

from typing import Any

import pytest

from register.store import tables
from register.store.database import Database
from tests.rows import compute, contents, firms, ids, observation, partition, put, remove, table


def firm(record_key: str, **said: Any) -> dict[str, Any]:
    """A row at Köpare Oy."""
    return observation(record_key, **{"company": "Köpare Oy", "business_id": "9900001-8"} | said)

CASES = {
    "the same e-mail and name": (
        [firm("a", name="Matti Virtanen", email="matti@kopare.example"), firm("b", name="Virtanen, Matti", email="matti@kopare.example")],
        [{"a", "b"}]),
}


@pytest.mark.parametrize(("rows", "expected"), CASES.values(), ids=CASES.keys())
def test_who_is_one_contact(database: Database, rows: list[dict[str, Any]], expected: list[set[str]]) -> None:
    put(database, *rows)
    compute(database)
    assert partition(database) == {frozenset(keys) for keys in expected}
    print(table(database, tables.contacts).T.to_string())
    print(table(database, tables.organisations).T.to_string())
    print(table(database, tables.runs).T.to_string())
    print(table(database, tables.memberships).T.to_string())
    print(compute(database))

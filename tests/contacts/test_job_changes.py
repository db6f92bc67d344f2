"""Job changes: whom the register asks about, and what the steward's answer outdates."""

from typing import Any

import pytest

from register.contacts import decisions, doubtful
from register.retention import fault_evidence
from register.store.database import Database
from tests.rows import FEEDS, compute, ids, observation, put

OLD = {"company": "Köpare Oy", "business_id": "9900001-8", "email": "asa@kopare.example"}
NEW = {"company": "Varuboden Ab", "business_id": "9900002-6", "email": "asa@varuboden.example"}
THIRD = {"company": "Ostaja Öljy Oy", "business_id": "9900003-4", "email": "asa@ostaja.example"}


def said(key: str, firm: dict[str, str], on: str, feed: str = "web") -> dict[str, Any]:
    """A word of the same person: her name and mobile, at one of the firms."""
    return observation(key, feed, name="Åsa Åkerberg", phone="040 555 1234", on=on, **firm)


def asked(database: Database) -> list[tuple[str, str]]:
    with database.reading() as store:
        found = doubtful.open_questions(store)
    assert found["is_elsewhere"].all()
    return list(zip(found["left_key"], found["right_key"], strict=True))


def outdated(database: Database) -> set[str]:
    with database.reading() as store:
        return set(fault_evidence.moved(store, FEEDS)["contact_id"])


def told(database: Database, kind: decisions.Kind) -> None:
    with database.writing("decide", "2026-11-24") as store:
        decisions.decide(store, kind, ["before"], ["since"], "Liisa Kaski", "liisa")
    compute(database)


def test_who_turns_to_us_from_another_firm_only_is_asked_about_and_the_answer_outdates_the_old_details(
    database: Database,
) -> None:
    put(database, said("since", NEW, "2026-11-02"), said("before", OLD, "2025-03-01"))
    compute(database)
    assert (asked(database), outdated(database)) == ([("before", "since")], set())
    told(database, "other_firm")
    assert (asked(database), outdated(database)) == ([], {ids(database)["before"]})


@pytest.mark.parametrize("more", [
    pytest.param([said("again", OLD, "2026-11-03")], id="still writes from the old firm"),
    pytest.param([said("third", THIRD, "2026-11-03")], id="works for several"),
    pytest.param([said("before", OLD, "2026-11-02")], id="wrote from both on one day"),
])
def test_nobody_is_asked_about_who_works_for_both(database: Database, more: list[dict[str, Any]]) -> None:
    put(database, said("since", NEW, "2026-11-02"), said("before", OLD, "2025-03-01"))
    put(database, *more)
    compute(database)
    assert asked(database) == []


def test_what_a_provider_says_is_no_word_of_the_persons(database: Database) -> None:
    put(database, said("since", NEW, "2026-11-02", "provider_x"), said("before", OLD, "2025-03-01"))
    compute(database)
    assert asked(database) == []


@pytest.mark.parametrize("kind", ["different", "unsure"])
def test_an_answer_rests(database: Database, kind: decisions.Kind) -> None:
    put(database, said("since", NEW, "2026-11-02"), said("before", OLD, "2025-03-01"))
    compute(database)
    told(database, kind)
    assert (asked(database), outdated(database)) == ([], set())


def test_a_new_word_from_the_new_firm_asks_again_what_was_unsure(database: Database) -> None:
    put(database, said("since", NEW, "2026-11-02"), said("before", OLD, "2025-03-01"))
    compute(database)
    told(database, "unsure")
    put(database, said("again", NEW, "2026-11-05"))
    compute(database)
    assert len(asked(database)) == 1

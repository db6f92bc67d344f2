"""The three checks of how sure the register is of who is who: each passing and yellow, on either side of its bound."""

import json
from collections.abc import Sequence

import pandas as pd
import pytest
from sqlalchemy import update

from register.contacts import sureness
from register.intake.feed_state import Check
from register.store import tables
from register.store.database import Database
from register.texts import Texts
from tests.rows import DAY, POLICY, compute, ids, observation, put

TEXTS = Texts("en")
MERGED_BEFORE = 20


def checks(database: Database, asked_a_day: int = 20) -> dict[str, Check]:
    """The checks as the next run of contacts sees them. asked_a_day: how many pairs the steward is asked at most."""
    matching = POLICY.matching.model_copy(update={"review_per_day": asked_a_day})
    with database.writing("contacts", DAY) as store:
        judged = sureness.judge(store, POLICY.model_copy(update={"matching": matching}), TEXTS)
    assert {check.severity for check in judged} == {"warn"}, "nothing stops for them"
    return {check.name: check for check in judged}


def put_people(database: Database, *names: str) -> None:
    put(database, *(observation(f"{number:02}", company="Köpare Oy", business_id="9900001-8", name=name, phone="040 123 4567")
                    for number, name in enumerate(names)))
    compute(database)


def doubt(database: Database, pairs: Sequence[tuple[str, str]]) -> None:
    found = pd.DataFrame(pairs, columns=["left_key", "right_key"])
    with database.writing("doubts", DAY) as store:
        store.replace(tables.doubts, found.assign(is_elsewhere=False, probability=0.5, model="of a test", since_on=DAY))


@pytest.mark.parametrize(("pairs", "passed", "contacts"), [
    ([], True, 0), ([("00", "01")], True, 2), ([("00", "01"), ("00", "02")], False, 3),
    ([("00", "01"), ("02", "03")], False, 4)])
def test_contacts_in_doubt_are_counted_once_and_many_are_yellow(
    database: Database, pairs: list[tuple[str, str]], passed: bool, contacts: int
) -> None:
    put_people(database, "Matti Virtanen", "Åsa Åkerberg", "Olli Oja", "Elina Vuori")
    doubt(database, pairs)
    found = checks(database, asked_a_day=1)["doubtful"]
    assert (found.passed, found.figures) == (passed, {"n": contacts, "of": 4, "allowed": 2})
    assert checks(database)["doubtful"].passed, "no more than what two workbooks ask"


@pytest.mark.parametrize(("records", "passed"), [(2, True), (3, False)])
def test_a_contact_of_very_many_records_is_yellow_and_named(
    database: Database, monkeypatch: pytest.MonkeyPatch, records: int, passed: bool
) -> None:
    monkeypatch.setattr(sureness, "LARGEST", 2)
    put_people(database, *["Matti Virtanen"] * records, "Åsa Åkerberg")
    found = checks(database)["largest"]
    assert (found.passed, found.figures) == (passed, {"n": records, "allowed": 2, "contact": ids(database)["00"]})
    assert (ids(database)["00"] in found.sentence) is not passed, "the steward is told where to look"


def test_an_empty_register_has_no_largest_contact_and_nobody_in_doubt(database: Database) -> None:
    assert all(check.passed for check in checks(database).values())


@pytest.mark.parametrize(("before", "now", "passed"), [
    (None, 5000, True), (0, 100, True), (0, 101, False), (MERGED_BEFORE, 200, True), (MERGED_BEFORE, 201, False)])
def test_many_more_merges_than_in_the_run_before_are_yellow(
    database: Database, before: int | None, now: int, passed: bool
) -> None:
    for merged in [now] if before is None else [before, now]:
        with database.writing("contacts", DAY) as store:
            of_run = update(tables.runs).where(tables.runs.c.run == store.run)
            store.execute(of_run.values(counts=json.dumps({"merged": merged})))
            found = sureness.judge(store, POLICY, TEXTS)[-1]
    assert (found.name, found.passed) == ("merges", passed)
    assert found.figures == {"n": now, "before": before or 0}

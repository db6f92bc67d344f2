"""What a changed policy would do, what one leaves open, and one contact on another day."""

from datetime import date

import pytest

from register import policies
from register.retention import policy_changes
from register.retention.as_of import judge_as_of
from register.store import tables
from tests import rows
from tests.retention.test_due import inquiry, put
from tests.story import FEEDS, POLICY, judge, policy

TODAY = date(2026, 11, 5)


@pytest.fixture
def filled(database):
    put(database, inquiry("m1", "Matti Meikäläinen", "Ostaja Oy"), inquiry("l1", "Liisa Laine", "Toinen Oy", on="2026-10-01"))
    judge(database, TODAY.isoformat())
    return database


def compared(database, new):
    with database.reading() as store:
        return policy_changes.compare(store, FEEDS, POLICY, new, TODAY)


def test_a_shorter_period_says_who_would_go_and_whose_time_is_cut(filled):
    found = compared(filled, policy(after_last_contact=[{"from": "2026-01-01", "months": 12, "why": "a year"}]))
    ids = rows.ids(filled)
    assert found.day == TODAY
    assert found.moves.values.tolist() == [["keep", "keep", 1], ["keep", "remove", 1]]
    assert found.goes.values.tolist() == [[ids["m1"], "2026-11-10", "2025-11-10"]]
    assert found.sooner.values.tolist() == [[ids["l1"], "2028-10-01", "2027-10-01"]]
    assert found.longer.empty and found.not_longer == 0


def test_a_longer_period_does_not_reach_those_who_were_seen_before_its_day(filled):
    old = {"from": "2026-01-01", "months": 24, "why": "two years"}
    found = compared(filled, policy(after_last_contact=[old, {"from": "2027-01-01", "months": 60, "why": "five years"}]))
    assert (found.day, found.longer.empty, found.not_longer) == (date(2027, 1, 1), True, 2)
    found = compared(filled, policy(after_last_contact=[old, {"from": "2026-10-15", "months": 60, "why": "five years"}]))
    assert (len(found.longer), found.not_longer) == (2, 0)  # first seen since: on 1 November


def test_nothing_is_written_by_a_comparison(filled):
    before = [rows.table(filled, of) for of in (tables.verdicts, tables.due, tables.policies, tables.runs)]
    compared(filled, policy(after_last_contact=[]))
    after = [rows.table(filled, of) for of in (tables.verdicts, tables.due, tables.policies, tables.runs)]
    assert all(one.equals(other) for one, other in zip(before, after, strict=True))


def test_what_a_policy_leaves_open():
    found = {name: (state, says) for name, state, says in policy_changes.gaps(POLICY, TODAY)}
    assert found["after_invoicing"] == ("source", "notice, section 7")
    assert found["after_last_contact"] == ("why", "quotations are taken up late")
    assert (found["partner"], found["bounced"]) == (("undecided", ""), ("missing", ""))
    later = policy(moved=[{"from": "2027-01-01", "months": 1, "why": "w"}])
    assert ("moved", "later", "") in policy_changes.gaps(later, TODAY)


def as_of(database, key, day, rules=POLICY):
    with database.reading() as store:
        return judge_as_of(store, FEEDS, rules, rows.ids(database)[key], date.fromisoformat(day), TODAY)


def test_another_day_of_one_contact_and_what_cannot_be_known_of_it(filled):
    now, then = as_of(filled, "m1", "2026-11-05"), as_of(filled, "m1", "2026-11-11")
    assert (now.verdict["outcome"], now.unknown) == ("keep", ())
    assert (then.verdict["outcome"], then.verdict["last_day"], then.unknown) == ("remove", "2026-11-10", ("future",))
    assert as_of(filled, "m1", "2026-10-31").verdict is None  # first seen on 1 November
    past = as_of(filled, "m1", "2026-11-03")
    assert (past.verdict["outcome"], past.unknown) == ("keep", ("removed", "feeds", "policy"))


def test_what_was_true_then_rests_on_what_was_known_and_used_then(filled):
    put(filled, inquiry("m2", "Matti Meikäläinen", "Ostaja Oy", on="2026-11-20"))
    judge(filled, "2026-11-21", policy(after_last_contact=[{"from": "2026-01-01", "months": 60, "why": "longer"}]))
    with filled.reading() as store:
        then = judge_as_of(store, FEEDS, POLICY, rows.ids(filled)["m1"], date(2026, 11, 12), date(2026, 11, 21))
    assert (then.verdict["outcome"], then.verdict["last_day"], then.verdict["policy_no"]) == ("remove", "2026-11-10", 1)
    assert then.unknown == ("removed", "feeds")


def test_a_policy_is_recorded_with_its_day_and_who_ran_with_it_first(filled):
    with filled.writing("verdicts", "2026-11-06") as store:
        assert policies.policy_no(store, policy(sweep={"notice_days": 30}), date(2026, 11, 6), "liisa") == 2
        assert policies.policy_no(store, policy(sweep={"notice_days": 30}), date(2026, 11, 7), "timo") == 2
        assert policies.listed(store).iloc[1].tolist() == [2, "2026-11-06", "liisa"]

"""What a changed policy would do, what one leaves open, and one contact on another day."""

import json
from datetime import date

import pandas as pd
import pytest
from sqlalchemy import update

from register import policies
from register.explain import first_source
from register.retention import decided, policy_changes
from register.retention.as_of import judge_as_of
from register.retention.decided import Signed
from register.store import tables
from tests import rows
from tests.builders import make_home
from tests.conftest import prepared
from tests.retention.test_due import inquiry, put
from tests.story import FEEDS, POLICY, deliver, judge, policy

TODAY = date(2026, 11, 5)


@prepared
def home(path, database_url):
    home = make_home(path, database_url=database_url)
    put(home.database, inquiry("m1", "Matti Meikäläinen", "Ostaja Oy"),
        inquiry("l1", "Liisa Laine", "Toinen Oy", on="2026-10-01"))
    judge(home.database, TODAY.isoformat())
    return home


@pytest.fixture
def filled(home):
    return home.database


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


def test_a_policy_that_comes_back_is_a_change_of_its_own(database):
    other = policy(sweep={"notice_days": 30})
    with database.writing("verdicts", "2026-11-20") as store:
        numbers = [policies.policy_no(store, rules, date.fromisoformat(day), name) for rules, day, name in (
            (POLICY, "2026-11-02", "liisa"), (other, "2026-11-10", "timo"), (POLICY, "2026-11-20", "liisa"),
            (POLICY, "2026-11-21", "timo"))]
        assert numbers == [1, 2, 3, 3]
        assert policies.listed(store).values.tolist() == [
            [1, "2026-11-02", "liisa"], [2, "2026-11-10", "timo"], [3, "2026-11-20", "liisa"]]
        used = [policies.used_on(store, date.fromisoformat(day)) for day in ("2026-11-09", "2026-11-19", "2026-11-25")]
    assert used == [(1, POLICY), (2, other), (3, POLICY)]


A_YEAR = policy(after_last_confirmed=[{"from": "2026-01-01", "months": 12, "why": "a year"}])


@pytest.fixture
def from_a_provider(database):
    """Matti, whom provider_x gave in October; it delivered in November too."""
    rows.put(database, rows.observation("x1", "provider_x", name="Matti Meikäläinen", company="Ostaja Oy",
                                        email="matti@ostaja.example", on="2026-10-20", first="2026-08-20"))
    for day in ("2026-08-20", "2026-09-20", "2026-10-20"):
        deliver(database, {"provider_x": day})
    judge(database, TODAY.isoformat(), A_YEAR)
    return database


def test_whom_nobody_confirms_falls_due_on_the_day_that_is_told_today(from_a_provider):
    said = [as_of(from_a_provider, "x1", day, A_YEAR).verdict for day in (
        "2026-11-05", "2027-06-01", "2027-10-20", "2027-10-21", "2030-01-01")]
    assert [(one["outcome"], one["last_day"]) for one in said] == [
        (outcome, "2027-10-20") for outcome in ("keep", "keep", "keep", "remove", "remove")]


def test_a_policy_of_a_coming_day_counts_the_months_to_come_as_delivered(from_a_provider):
    changed = policy(after_last_confirmed=[{"from": "2026-01-01", "months": 12, "why": "a year"},
                                           {"from": "2027-09-01", "months": 6, "why": "half a year"}])
    with from_a_provider.reading() as store:
        found = policy_changes.compare(store, FEEDS, A_YEAR, changed, TODAY)
    assert found.goes.values.tolist() == [[rows.ids(from_a_provider)["x1"], "2027-10-20", "2027-04-20"]]


def past(database, key, day, rules=POLICY, today="2026-12-31"):
    with database.reading() as store:
        said = judge_as_of(store, FEEDS, rules, rows.ids(database)[key], date.fromisoformat(day), date.fromisoformat(today))
    return said.verdict


def test_a_past_day_knows_the_confirmations_of_that_day(from_a_provider):
    before = past(from_a_provider, "x1", "2026-10-10", A_YEAR)
    assert (before["last_day"], json.loads(before["facts"])["fact_on"]) == ("2027-09-20", "2026-09-20")
    assert past(from_a_provider, "x1", "2026-10-20", A_YEAR)["last_day"] == "2027-10-20"


def test_a_past_day_knows_no_inquiry_that_came_after_it(from_a_provider):
    put(from_a_provider, inquiry("m2", "Matti Meikäläinen", "Ostaja Oy", on="2026-11-20"))
    judge(from_a_provider, "2026-11-21", A_YEAR)
    assert past(from_a_provider, "x1", "2026-10-30", A_YEAR)["rule"] == "after_last_confirmed"
    assert past(from_a_provider, "x1", "2026-11-25", A_YEAR)["rule"] == "after_last_contact"


def test_a_past_day_knows_no_word_of_after_it_and_those_that_were_lifted_since(filled):
    with filled.writing("keep", "2026-11-20") as store:
        number = decided.decide(store, "keep", {"2031-03-31": ["m1"]}, Signed("Liisa Kaski", "kone", date(2026, 11, 20)))
        content = json.dumps({"records": ["l1"], "day": "2026-11-20"})
        store.insert(tables.decisions, pd.DataFrame([{
            "kind": "private_person", "content": content, "decided_by": "Liisa Kaski", "os_user": "kone",
            "decided_at": "2026-11-20T08:00:00+00:00", "changed_in": store.run}]))
    lifted = update(tables.decisions).values(lifted_at="2026-11-26T08:00:00+00:00")
    with filled.writing("undo", "2026-11-26") as store:
        store.execute(lifted)
    assert number == 1
    for day, matti, liisa in (("2026-11-10", "after_last_contact", "after_last_contact"),
                              ("2026-11-20", "decided", "undecided"), ("2026-11-25", "decided", "undecided"),
                              ("2026-11-26", "after_last_contact", "after_last_contact")):
        rules = policy(incompatible=[{"from": "2026-01-01", "months": "undecided"}])
        assert [past(filled, key, day, rules)["rule"] for key in ("m1", "l1")] == [matti, liisa], day


def test_a_past_day_knows_no_case_and_no_source_of_after_it(filled):
    rows.put(filled, rows.observation("x1", "provider_x", name="Matti Meikäläinen", company="Ostaja Oy", case_number="T-1",
                                      email="matti@ostaja.example", on="2026-11-20", event_on="2019-01-01"))
    rows.put(filled, rows.engagement("i1", company="Ostaja Oy", on="2025-05-05", case_number="T-1", last_seen_on="2026-11-01"),
             table=tables.engagements)
    judge(filled, "2026-11-21")
    assert past(filled, "m1", "2026-11-25")["last_day"] == "2035-12-31"
    with filled.reading() as store:
        sources = [first_source(store, FEEDS, rows.ids(filled)["m1"], day) for day in ("2026-11-19", "2026-11-20")]
    assert [one["kind"] for one in sources] == ["inquiry", "provider"]

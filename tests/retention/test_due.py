"""The due list: who comes onto it, who stays, who drops out; and the verdicts written beside it."""

from datetime import date

import pandas as pd
import pytest
from sqlalchemy import select, update

from register.retention import decided, due, reports
from register.retention.decided import Signed
from register.store import tables
from register.texts import Texts
from tests import rows
from tests.story import judge, policy

WROTE = "2024-11-10"


def inquiry(key, name, firm, on=WROTE):
    """An inquiry as observation and engagement."""
    email = f"{name.split()[0].lower()}@{firm.split()[0].lower()}.example"
    return (rows.observation(key, name=name, company=firm, email=email, on="2026-11-01"),
            rows.engagement(key, feed="web", kind="inquiry", company=firm, is_counted=False, on=on, last_seen_on="2026-11-01"))


def put(database, *people):
    rows.put(database, *(row for row, _ in people))
    rows.put(database, *(row for _, row in people), table=tables.engagements)


@pytest.fixture
def filled(database):
    put(database, inquiry("m1", "Matti Meikäläinen", "Ostaja Oy"), inquiry("l1", "Liisa Laine", "Toinen Oy", on="2026-10-01"))
    return database


def listed(database):
    with database.reading() as store:
        found = due.due_list(store)
    return [(row.full_name, row.company, row.rule, row.last_day, row.published_on) for row in found.itertuples()]


def verdicts(database):
    members = rows.table(database, tables.memberships)[["contact_id", "record_key"]]
    return rows.table(database, tables.verdicts).merge(members, on="contact_id").set_index("record_key")


MATTI = ("Matti Meikäläinen", "Ostaja Oy", "after_last_contact", "2026-11-10")


@pytest.mark.parametrize(("day", "is_listed"), [("2026-09-11", False), ("2026-09-12", True), ("2026-11-10", True),
                                                ("2026-12-24", True)])
def test_who_falls_due_is_published_sixty_days_ahead_and_until_they_are_gone(filled, day, is_listed):
    published = judge(filled, day)
    assert published == due.Published(due=int(is_listed), new=int(is_listed))
    assert listed(filled) == ([(*MATTI, day)] if is_listed else [])


def test_the_same_day_judged_twice_and_later_days_keep_the_day_of_publication(filled):
    judge(filled, "2026-11-05")
    assert judge(filled, "2026-11-05") == due.Published(due=1, new=0)
    assert judge(filled, "2026-11-20") == due.Published(due=1, new=0)
    assert listed(filled) == [(*MATTI, "2026-11-05")]


def test_an_approval_stays_while_the_last_day_stays(filled):
    judge(filled, "2026-11-05")
    with filled.writing("approve", "2026-11-06") as store:
        decided.decide(store, "approve", {MATTI[3]: ["m1"]}, Signed("Timo Aro", "timo", date(2026, 11, 6)))
    judge(filled, "2026-11-07")
    with filled.reading() as store:
        assert due.due_list(store).approved_by.tolist() == ["Timo Aro"]


def test_what_is_no_longer_due_drops_out_and_comes_back_as_new(filled):
    judge(filled, "2026-11-05")
    put(filled, inquiry("m2", "Matti Meikäläinen", "Ostaja Oy", on="2026-11-06"))
    assert judge(filled, "2026-11-07").due == 0
    with filled.writing("redelivered", "2026-11-08") as store:
        redelivered = update(tables.engagements).where(tables.engagements.c.record_key == "m2")
        store.execute(redelivered.values(event_on="2024-11-01", changed_in=store.run))
    judge(filled, "2026-11-09")
    assert listed(filled) == [(*MATTI, "2026-11-09")]


def test_an_open_relationship_is_never_listed_though_an_invoice_ends(filled):
    rows.put(filled, rows.engagement("m1", feed="works", kind="assignment", company="Ostaja Oy", is_counted=False,
                                     event_status="open", on="2026-01-01"), table=tables.engagements)
    rows.put(filled, rows.engagement("i1", company="Ostaja Oy", on="2016-01-01"), table=tables.engagements)
    assert judge(filled, "2026-12-15").due == 0


def test_an_older_day_never_turns_the_list_back(filled):
    judge(filled, "2026-11-20")
    judge(filled, "2026-11-05")
    assert listed(filled) == [(*MATTI, "2026-11-20")]
    assert set(verdicts(filled).judged_on) == {"2026-11-20"}


def test_a_verdict_keeps_the_day_and_the_policy_under_which_it_was_first_given(filled):
    judge(filled, "2026-11-05")
    judge(filled, "2026-11-06", policy(sweep={"notice_days": 30}))
    assert verdicts(filled)[["policy_no", "judged_on"]].drop_duplicates().values.tolist() == [[1, "2026-11-05"]]
    stricter = policy(after_last_contact=[{"from": "2026-01-01", "months": 1, "why": "a month"}])
    judge(filled, "2026-11-07", stricter)
    found = verdicts(filled)
    assert found.last_day.to_dict() == {"m1": "2024-12-10", "l1": "2026-11-01"}
    assert found.policy_no.tolist() == [3, 3]
    assert found.judged_on.tolist() == ["2026-11-07"] * 2


def test_a_report_says_since_when_it_waits_whatever_it_waits_for(filled):
    undecided = policy(after_last_contact=[{"from": "2026-01-01", "months": "undecided"}])
    later = policy(after_last_contact=[{"from": "2027-01-01", "months": 24, "why": "two years"}])
    judge(filled, "2026-11-05", undecided)
    judge(filled, "2026-11-20", later)
    found = verdicts(filled)
    assert found.rule.tolist() == ["not_in_force"] * 2
    assert found.reported_since_on.tolist() == ["2026-11-05"] * 2
    judge(filled, "2026-11-21")
    assert verdicts(filled).reported_since_on.isna().all()
    judge(filled, "2026-11-22", undecided)
    assert set(verdicts(filled).reported_since_on) == {"2026-11-22"}


def test_verdicts_and_list_go_with_their_contact(filled):
    judge(filled, "2026-11-05")
    rows.remove(filled, "m1")
    judge(filled, "2026-11-06")
    assert listed(filled) == []
    assert verdicts(filled).index.tolist() == ["l1"]


def test_an_unchanged_day_writes_no_verdict(filled):
    judge(filled, "2026-11-05")
    before = rows.table(filled, tables.verdicts)
    judge(filled, "2026-11-06")
    pd.testing.assert_frame_equal(rows.table(filled, tables.verdicts), before)


def test_the_list_is_soonest_first(filled):
    put(filled, inquiry("k1", "Kaisa Koski", "Kolmas Oy", on="2024-11-05"))
    judge(filled, "2026-11-01")
    assert [name for name, *_ in listed(filled)] == ["Kaisa Koski", "Matti Meikäläinen"]


def test_policies_are_numbered_by_content(filled):
    judge(filled, "2026-11-05")
    judge(filled, "2026-11-06")
    judge(filled, "2026-11-07", policy(sweep={"notice_days": 30}))
    with filled.reading() as store:
        known = store.read(select(tables.policies.c.policy_no, tables.policies.c.used_since_on))
    assert known.values.tolist() == [[1, "2026-11-05"], [2, "2026-11-07"]]


def test_a_report_that_nobody_decides_is_red_after_ninety_days(database):
    rows.put(database, rows.observation("v1", feed="provider_x", name="Vieno Salo", company="Ostaja Oy",
                                        email="vieno@ostaja.example", on="2026-11-01"))
    judge(database, "2026-11-05")
    for day in ("2026-12-24", "2027-02-03"):  # judged again, it keeps since when it waits
        judge(database, day)
    with database.reading() as store:
        on_the_day, after = (reports.judge(store, policy(), date.fromisoformat(day), Texts("en"))
                             for day in ("2027-02-03", "2027-02-04"))
    assert (on_the_day.passed, after.passed, after.severity) == (True, False, "error")
    assert after.sentence.startswith("1 ") and "5 Nov 2026" in after.sentence
    decide(database, "keep", {"2027-12-31": ["v1"]})
    judge(database, "2027-02-04")
    with database.reading() as store:
        assert reports.judge(store, policy(), date(2027, 2, 4), Texts("en")).passed


def decide(database, kind, days):
    with database.writing(kind, "2027-02-04") as store:
        decided.decide(store, kind, days, Signed("Liisa Kaski", "kone", date(2027, 2, 4)))

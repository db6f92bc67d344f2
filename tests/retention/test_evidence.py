"""The facts of retention as they are read from the tables, and everything that evidence may lack."""

from datetime import date

import pandas as pd
import pytest

from register.feeds import BrokenFeed, Feeds
from register.retention import facts
from register.retention.evidence import feed_gaps, needed_from
from register.store import tables
from tests import rows
from tests.builders import make_home
from tests.conftest import prepared
from tests.story import FEEDS, POLICY, deliver, feed, policy, release, wait

DAY = date(2026, 11, 24)
FRESH = dict.fromkeys(("web", "works", "invoices", "provider_x"), "2026-11-23")

MATTI = rows.observation("m1", name="Matti Meikäläinen", company="Ostaja Oy", business_id="9900021-2",
                         email="matti@ostaja.example", email_2="mm@ostaja.example", phone="040 1234567", phone_2="050 7654321",
                         case_number="T-7")
ASKED = rows.engagement("m1", feed="web", kind="inquiry", company="Ostaja Oy", business_id="9900021-2", is_counted=False,
                        case_number="T-7", on="2026-11-01")
LIISA = rows.observation("l1", feed="provider_x", name="Liisa Laine", company="Toinen Oy", business_id="9900031-1",
                         email="liisa@toinen.example", on="2026-11-20")
INVOICED = rows.engagement("i1", company="Ostaja Oy", business_id="9900021-2", on="2025-03-14", case_number="T-7")


@prepared
def home(path, database_url):
    """Matti wrote and his firm was invoiced; Liisa of another firm is known from a provider."""
    home = make_home(path, database_url=database_url)
    rows.put(home.database, MATTI, LIISA)
    rows.put(home.database, ASKED, INVOICED, table=tables.engagements)
    rows.compute(home.database, FEEDS)
    deliver(home.database, FRESH)
    return home


@pytest.fixture
def filled(home):
    return home.database


def read(database, only=None, feeds=FEEDS, day=DAY, rules=POLICY):
    with database.reading() as store:
        return facts(store, feeds, rules, day, only)


def gaps(database, feeds=FEEDS, day=DAY, rules=POLICY):
    with database.reading() as store:
        found = feed_gaps(store, feeds, rules, day)
    assert found.contact_id.isna().all()
    return [(row.code, row.feed if isinstance(row.feed, str) else None, row.since_on if isinstance(row.since_on, str) else None)
            for row in found.itertuples()]


def waiting(database, feeds=FEEDS):
    """Record keys of the contacts that a waiting row touches, with the feed and since when."""
    found = read(database, feeds=feeds).gaps
    names = {contact: key for key, contact in rows.ids(database).items()}
    return {(names[row.contact_id], row.feed, row.since_on) for row in found[found.code == "waiting"].itertuples()}


def test_facts_are_read_from_the_tables(filled):
    ids, found = rows.ids(filled), read(filled)
    assert set(found.contacts.contact_id) == {ids["m1"], ids["l1"]}
    matti = found.contacts.set_index("contact_id").loc[ids["m1"]]
    assert (matti.company, matti.is_sole_trader, matti.first_seen_on) == ("Ostaja Oy", False, "2026-11-01")
    engaged = found.engagements.set_index("record_key")
    assert engaged.contact_id["m1"] == ids["m1"]
    assert pd.isna(engaged.contact_id["i1"])  # the invoice names nobody, and still is the firm's
    assert engaged.organisation_id["i1"] == matti.organisation_id
    assert (engaged.is_counted["i1"], engaged.is_counted["m1"]) == (True, False)
    assert found.cases[["contact_id", "case_number"]].values.tolist() == [[ids["m1"], "T-7"]]
    [given] = found.confirmations.to_dict("records")
    assert given == {"contact_id": ids["l1"], "feed": "provider_x", "last_seen_on": "2026-11-20"}
    assert set(found.deliveries.feed) == set(FRESH)
    assert found.holds.empty
    assert found.gaps.empty


def test_only_those_asked_for_with_the_facts_of_their_firms(filled):
    ids = rows.ids(filled)
    matti = read(filled, pd.Series([ids["m1"]], dtype="str"))
    assert matti.contacts.contact_id.tolist() == [ids["m1"]]
    assert set(matti.engagements.record_key) == {"m1", "i1"}
    assert matti.confirmations.empty
    liisa = read(filled, pd.Series([ids["l1"]], dtype="str"))
    assert liisa.engagements.empty
    assert liisa.confirmations.contact_id.tolist() == [ids["l1"]]


def test_who_wrote_once_is_not_known_from_providers_only(filled):
    given_too = rows.observation("m2", feed="provider_x", name="Matti Meikäläinen", company="Ostaja Oy",
                                 business_id="9900021-2", email="matti@ostaja.example")
    rows.put(filled, given_too)
    rows.compute(filled, FEEDS)
    assert rows.ids(filled)["m2"] == rows.ids(filled)["m1"]
    assert read(filled).confirmations.contact_id.tolist() == [rows.ids(filled)["l1"]]


def test_a_row_of_our_own_without_an_engagement_is_no_confirmation(filled):
    rows.put(filled, rows.observation("l2", feed="web", name="Liisa Laine", company="Toinen Oy", business_id="9900031-1",
                                      email="liisa@toinen.example"))
    rows.compute(filled, FEEDS)
    assert read(filled).confirmations.empty


def test_a_hold_follows_its_record_and_a_lifted_one_is_none(filled):
    hold = {"record_key": "m1", "reason": "oikeudenkäynti", "owner": "Liisa Kaski", "review_on": "2027-03-31",
            "held_at": "2026-11-01T08:00:00+00:00"}
    with filled.writing("test", "2026-11-24") as store:
        store.insert(tables.holds, rows.frame([hold | {"review_on": "2027-06-30"}, hold]))
        store.insert(tables.holds, rows.frame([hold | {"record_key": "l1", "lifted_at": "2026-11-02T08:00:00+00:00"}]))
    found = read(filled).holds
    assert found.contact_id.tolist() == [rows.ids(filled)["m1"]] * 2
    assert found.review_on.tolist() == ["2027-03-31", "2027-06-30"]


def test_a_feed_that_is_no_longer_read_delivers_no_more(filled):
    without = Feeds(tuple(of for of in FEEDS.good if of.name != "provider_x"))
    retired = Feeds((*without.good, feed("provider_x", "provider", retired=True)))
    assert "provider_x" not in set(read(filled, feeds=without).deliveries.feed)
    assert "provider_x" not in set(read(filled, feeds=retired).deliveries.feed)


# --- feeds that cannot be relied on -----------------------------------------------------------------------------------


def test_fresh_and_complete_feeds_leave_no_gap(filled):
    assert gaps(filled) == []


@pytest.mark.parametrize(("day", "is_late"), [(date(2026, 11, 30), False), (date(2026, 12, 1), True)])
def test_a_feed_is_late_the_day_after_its_days(filled, day, is_late):
    deliver(filled, dict.fromkeys(("web", "works", "provider_x"), "2026-11-30"))
    found = gaps(filled, day=day)  # invoices: late_after_days = 7, last delivered on the 23rd
    assert found == ([("late", "invoices", "2026-11-23")] if is_late else [])


def test_a_feed_that_never_delivered_is_late_and_an_absent_day_is_no_delivery(database):
    deliver(database, {"works": "2026-11-23", "invoices": "2026-11-23"})
    deliver(database, {"web": "2026-11-23"}, state="absent", is_held=False)
    assert gaps(database) == [("late", "web", None)]


def test_a_delivery_after_the_day_of_judging_is_no_evidence_of_it(database):
    deliver(database, dict.fromkeys(FRESH, "2026-11-25"))
    assert {code for code, _, _ in gaps(database)} == {"late"}


def test_a_third_partys_silence_is_no_gap(filled):
    deliver(filled, {"provider_x": "2026-11-20"}, state="set aside", is_held=False)
    assert gaps(filled, day=date(2026, 11, 30)) == []


@pytest.mark.parametrize("is_held", [True, False])  # of an events feed the file is set aside, of others the delivery
def test_a_delivery_that_is_set_aside_stays_a_gap_until_it_is_given_up(filled, is_held):
    deliver(filled, {"invoices": "2026-11-10"}, state="set aside", is_held=is_held)
    deliver(filled, {"invoices": "2026-11-12"}, state="set aside", is_held=is_held)
    assert gaps(filled) == [("set_aside", "invoices", "2026-11-10")]
    deliver(filled, {"invoices": "2026-11-10"}, state="given up")
    deliver(filled, {"invoices": "2026-11-12"}, state="given up")
    assert gaps(filled) == []


def test_a_delivery_of_a_feed_that_is_no_longer_in_the_file_is_a_gap_too(filled):
    deliver(filled, {"old_mail": "2026-11-10"}, state="set aside", is_held=False)
    assert gaps(filled) == [("set_aside", "old_mail", "2026-11-10")]


@pytest.mark.parametrize(("kind", "is_gap"), [(None, True), ("invoice", True), ("provider", False)])
def test_a_feed_with_a_mistake_is_a_gap_unless_it_is_a_third_partys(filled, kind, is_gap):
    mistaken = Feeds(FEEDS.good, (BrokenFeed("tilitoimisto", kind, ("[tilitoimisto] format: is missing",)),))
    assert gaps(filled, feeds=mistaken) == ([("broken", "tilitoimisto", None)] if is_gap else [])


def test_without_a_feed_of_our_own_dealings_everything_is_a_gap(filled):
    third_parties = Feeds(tuple(of for of in FEEDS.good if of.is_third_party))
    assert gaps(filled, feeds=third_parties) == [("no_feed", None, None)]


def test_a_retired_feed_is_neither_late_nor_incomplete(filled):
    retired = Feeds((*FEEDS.good, feed("old_mail", "inquiry", retired=True, history_from=None)))
    assert gaps(filled, feeds=retired) == []


@pytest.mark.parametrize(("kind", "first"), [
    ("invoice", date(2016, 1, 1)),               # 1 January, ten calendar years back
    ("inquiry", date(2024, 11, 24)),             # the 24 months of the own contact
    ("quotation_request", date(2024, 11, 24)),
    ("assignment", date(2023, 11, 24)),          # an open one is asked for 36 months here
])
def test_a_history_must_reach_back_to_the_first_day_that_could_keep_somebody(database, kind, first):
    rules = policy(review={"open_relationship_months": 36})
    own = feed("own", kind)
    assert needed_from(own, rules, DAY) == first
    deliver(database, {"own": "2026-11-23"})
    for history, expected in ((first, []), (date.fromordinal(first.toordinal() + 1), ["incomplete"]), (None, ["incomplete"])):
        of = Feeds((feed("own", kind, history_from=history),))
        assert [code for code, _, _ in gaps(database, feeds=of, rules=rules)] == expected


def test_the_first_day_moves_with_the_year_of_judging():
    invoices = feed("invoices", "invoice")
    assert needed_from(invoices, POLICY, date(2035, 12, 31)) == date(2025, 1, 1)
    assert needed_from(invoices, POLICY, date(2036, 1, 1)) == date(2026, 1, 1)


def test_a_partners_period_that_is_longer_asks_more_of_the_invoices():
    rules = policy(partner=[{"from": "2020-01-01", "months": 180, "why": "fifteen years"}])
    assert needed_from(feed("invoices", "invoice"), rules, DAY) == date(2011, 11, 24)


# --- rows that wait for the steward -----------------------------------------------------------------------------------


SHARED = (
    {"business_id": "9900021-2"}, {"company_key": "ostaja"}, {"case_number": "T-7"}, {"email": "matti@ostaja.example"},
    {"email": "mm@ostaja.example"}, {"phone": "+358401234567"}, {"phone": "+358507654321"}, {"record_key": "m1"})


def test_a_waiting_row_touches_those_with_whom_it_shares_something(filled):
    for shared in SHARED:
        wait(filled, **shared)
        assert waiting(filled) == {("m1", "web", "2026-11-10")}, shared
        release(filled)


def test_a_firm_is_known_by_every_spelling_that_a_row_of_it_has(filled):
    rows.put(filled, rows.engagement("i2", company="Ostajan Osto", business_id="9900021-2"), table=tables.engagements)
    rows.compute(filled, FEEDS)
    wait(filled, company_key=rows.engagement("x", company="Ostajan Osto")["company_key"])
    assert waiting(filled) == {("m1", "web", "2026-11-10")}


def test_a_waiting_row_that_shares_nothing_touches_nobody(filled):
    wait(filled, business_id="9900041-0", company_key="kolmas", case_number="T-8", email="x@kolmas.example",
         phone="+358449999999")
    assert waiting(filled) == set()


def test_two_rows_of_nobody_share_nothing(filled):
    rows.put(filled, rows.observation("n1", name="Niina Niemi", company="Kolmas Oy", email="niina@kolmas.example"))
    rows.compute(filled, FEEDS)
    wait(filled)  # neither has a business id, a case number or a phone
    assert waiting(filled) == set()


ENTRIES = (
    ({"scope": "value", "column": "phone", "code": "phone_invalid"}, False),     # the row goes on without it
    ({"scope": "value", "column": "event_on", "code": "event_on_unreadable"}, True),
    ({"scope": "value", "column": "business_id", "code": "business_id_invalid"}, True),
    ({"scope": "row", "column": "email", "code": "channel_missing"}, True),
    ({"feed": "provider_x"}, False),
    ({"feed": "old_mail"}, True),                                                # taken out of the file, its rows still wait
)


def test_which_entries_could_prolong(filled):
    for said, touches in ENTRIES:
        wait(filled, company_key="ostaja", **said)
        assert bool(waiting(filled)) == touches, said
        release(filled)


def test_the_first_of_several_waiting_rows_is_named_and_only_asked_for_contacts(filled):
    wait(filled, record_key="q1", company_key="ostaja", first_seen_on="2026-11-12")
    wait(filled, record_key="q2", case_number="T-7", first_seen_on="2026-11-11")
    assert waiting(filled) == {("m1", "web", "2026-11-11")}
    assert read(filled, pd.Series([rows.ids(filled)["l1"]], dtype="str")).gaps.empty

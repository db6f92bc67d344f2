"""Finds what of contacts is outdated or erroneous, each kind by a query of its own; when it goes stands in `faults.py`.

Whoever is under a hold or restricted has no faults: nothing of theirs goes. Only reads.
"""

from datetime import date

import pandas as pd
from sqlalchemy import ColumnElement, exists, func, select

from register.contacts import decisions, job_changes
from register.feeds import Feeds
from register.gate.bounces import EMAILS, is_bounce
from register.increments import among
from register.normalise.day import of_instants
from register.policy import Policy
from register.retention import restrictions
from register.retention.evidence import feed_gaps, withdrawn_on
from register.retention.faults import DETAILS, FOUND, last_days, nothing_found
from register.sets import is_among
from register.store.store import Store
from register.store.tables import (
    contacts,
    corrections,
    deliveries,
    engagements,
    holds,
    memberships,
    observations,
    organisations,
)
from register.store.tables import decisions as decided

HARD_BOUNCES = 2
"""So many hard bounces, on as many days, show that an address is dead; soft ones show nothing."""


def judge(store: Store, feeds: Feeds, policy: Policy, day: date) -> pd.DataFrame:
    """Every fault with its last day, columns as `last_days` gives them."""
    found = pd.concat([nothing_found(), bounced(store, feeds, day), withdrawn(store), ceased(store, day), moved(store, feeds)])
    people = store.read(select(contacts.c.contact_id, contacts.c.first_seen_on).where(
        contacts.c.contact_id.in_(select(store.keys(found["contact_id"], "contact_id").c.contact_id)), ~_is_held(),
        ~restrictions.is_restricted()))
    found = found.drop(columns="first_seen_on").merge(people, on="contact_id")
    first = found.sort_values(["fact_on", "rule"]).drop_duplicates(["contact_id", "depth", "part"])
    first = _with_gaps(store, feeds, policy, day, first)
    return last_days(first.astype(dict.fromkeys(FOUND, "str")), policy, day)


def _with_gaps(store: Store, feeds: Feeds, policy: Policy, day: date, found: pd.DataFrame) -> pd.DataFrame:
    """What could be taken back by a feed that is late, set aside or unread: a newer word of the person's own, or the next
    snapshot of the source that gives a record no more.
    """
    gaps = feed_gaps(store, feeds, policy, day)
    own = gaps[gaps["code"].isin(("late", "set_aside", "unread", "broken"))].sort_values(["since_on", "feed"]).head(1)
    is_own_word = found["rule"].isin(("bounced", "moved")) & bool(len(own))
    aside = store.read(select(deliveries.c.feed, func.min(deliveries.c.day).label("since_on")).where(
        deliveries.c.state == "set aside").group_by(deliveries.c.feed)).set_index("feed")["since_on"]
    since = found["feed"].where(found["rule"] == "withdrawn").map(aside).astype("str")
    return found.assign(
        gap_feed=found["feed"].where(since.notna()).mask(is_own_word, next(iter(own["feed"]), None)),
        gap_since_on=since.mask(is_own_word, next(iter(own["since_on"]), None)))


def bounced(store: Store, feeds: Feeds, day: date) -> pd.DataFrame:
    """Addresses of contacts from which HARD_BOUNCES came since the person last gave them; part: the bounce that decided."""
    bounces = store.read(select(observations.c.record_key, observations.c.email, observations.c.event_on).where(
        is_bounce(), observations.c.event_on <= day.isoformat()))
    if bounces.empty:
        return nothing_found()
    bearers = bearers_of(store, bounces["email"])
    own = [feed.name for feed in feeds.good if not feed.is_third_party]
    gave = bearers[is_among(bearers["feed"], own)].groupby(["contact_id", "email"])["said_on"].max().rename("gave_on")
    met = bearers[["contact_id", "email"]].drop_duplicates().merge(bounces, on="email")
    met = met.merge(gave.reset_index(), on=["contact_id", "email"], how="left")
    since = met[~(met["event_on"] <= met["gave_on"])].sort_values(["event_on", "record_key"])
    since = since.drop_duplicates(["contact_id", "email", "event_on"])
    deciding = since[since.groupby(["contact_id", "email"]).cumcount() == HARD_BOUNCES - 1]
    return _found(deciding, depth="value", rule="bounced", part=deciding["record_key"], fact_on=deciding["event_on"])


def bearers_of(store: Store, emails: "pd.Series[str]") -> pd.DataFrame:
    """Records that bear one of the addresses, by themselves or corrected: contact_id, record_key, email, feed, said_on."""
    wanted = store.keys(emails, "email")
    said_on = observations.c.event_on.label("said_on")
    shared = select(memberships.c.contact_id, observations.c.record_key, wanted.c.email, observations.c.feed, said_on).join(
        observations, observations.c.record_key == memberships.c.record_key)
    by_itself = [shared.join(wanted, wanted.c.email == observations.c[column]) for column in EMAILS]
    corrected = shared.join(corrections, corrections.c.record_key == observations.c.record_key).join(
        wanted, wanted.c.email == corrections.c.value).where(
        corrections.c.column.in_(EMAILS), corrections.c.lifted_at.is_(None))
    return pd.concat([store.read(query) for query in (*by_itself, corrected)], ignore_index=True)


def withdrawn(store: Store) -> pd.DataFrame:
    """Observations that their source gives no more, of contacts that another source gives; a fact of the relationship stays."""
    other, living = memberships.alias("other"), observations.alias("living")
    is_given = exists().where(other.c.contact_id == memberships.c.contact_id, living.c.record_key == other.c.record_key,
                              ~living.c.withdrawn)
    is_fact = exists().where(engagements.c.record_key == observations.c.record_key)
    rows = store.read(
        select(memberships.c.contact_id, observations.c.record_key, observations.c.feed, withdrawn_on().label("withdrawn_on"))
        .join(memberships, memberships.c.record_key == observations.c.record_key)
        .where(observations.c.withdrawn, is_given, ~is_fact))
    return _found(rows, depth="observation", rule="withdrawn", part=rows["record_key"], fact_on=rows["withdrawn_on"])


def ceased(store: Store, day: date) -> pd.DataFrame:
    """People with contact details at firms that have ceased; where people of the firm go on at another one, that is named."""
    rows = store.read(
        select(contacts.c.contact_id, contacts.c.organisation_id, organisations.c.company, organisations.c.ceased_on)
        .join(organisations, organisations.c.organisation_id == contacts.c.organisation_id)
        .where(organisations.c.ceased_on <= day.isoformat(), job_changes.has_details()))
    if rows.empty:
        return nothing_found()
    successor = rows["organisation_id"].map(_successors(store, rows))
    return _found(rows, depth="value", rule="ceased", part=DETAILS, fact_on=rows["ceased_on"]).assign(successor=successor)


def moved(store: Store, feeds: Feeds) -> pd.DataFrame:
    """Contacts whose person, by the steward's word, is one at another firm, and turned to us only from there since."""
    sides = job_changes.decided(decisions.in_force(store))
    if sides.empty:
        return nothing_found()
    old = job_changes.left_behind(store, feeds, sides.rename(columns={"decision_id": "pair"}))
    old = old.merge(_decided_on(store).rename(columns={"decision_id": "pair"}), on="pair")
    return _found(old, depth="value", rule="moved", part=DETAILS, fact_on=old["decided_on"]).assign(company=old["company_new"])


def _successors(store: Store, ceased: pd.DataFrame) -> "pd.Series[str]":
    """By ceased organisation: the firm at which most of its people were met after it had ceased.

    ceased: organisation_id, ceased_on.
    """
    ceased = ceased[["organisation_id", "ceased_on"]].drop_duplicates()
    here = store.read(select(contacts.c.organisation_id, contacts.c.person_id).where(
        among(store, contacts.c.organisation_id, ceased["organisation_id"])))
    there = store.read(
        select(contacts.c.person_id, contacts.c.last_seen_on, organisations.c.company)
        .join(organisations, organisations.c.organisation_id == contacts.c.organisation_id)
        .where(among(store, contacts.c.person_id, here["person_id"]), organisations.c.ceased_on.is_(None),
               organisations.c.company.is_not(None)))
    met = here.merge(ceased, on="organisation_id").merge(there, on="person_id")
    since = met.loc[met["last_seen_on"] >= met["ceased_on"], ["organisation_id", "company", "person_id"]].drop_duplicates()
    counted = since.groupby(["organisation_id", "company"]).size().rename("people").reset_index()
    most = counted.sort_values(["people", "company"], ascending=[False, True]).drop_duplicates("organisation_id")
    return most.set_index("organisation_id")["company"]


def _decided_on(store: Store) -> pd.DataFrame:
    rows = store.read(select(decided.c.decision_id, decided.c.decided_at).where(decided.c.kind == "other_firm"))
    return rows.assign(decided_on=of_instants(rows["decided_at"])).drop(columns="decided_at")


def _is_held() -> ColumnElement[bool]:
    return exists().where(memberships.c.contact_id == contacts.c.contact_id, holds.c.record_key == memberships.c.record_key,
                          holds.c.lifted_at.is_(None))


def _found(
    rows: pd.DataFrame, *, depth: str, rule: str, part: "pd.Series[str] | str", fact_on: "pd.Series[str]"
) -> pd.DataFrame:
    found = rows.assign(depth=depth, rule=rule, part=part, fact_on=fact_on)
    return found.reindex(columns=list(FOUND)).astype(dict.fromkeys(FOUND, "str"))

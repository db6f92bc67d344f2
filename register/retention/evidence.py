"""Reads the facts of retention from the store, and how fresh they are. Judges nobody.

Whom missing evidence could prolong: a late, set-aside or incomplete feed everybody, a waiting row those with whom it shares a
business id, company name, case number, e-mail or phone (design, rule 16).
"""

from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, Table, func, or_, select, union

from register.feeds import Feed, Feeds
from register.policy import Policy
from register.retention.facts import COLUMNS, Facts, frame
from register.retention.periods import months_after
from register.store.store import Store
from register.store.tables import (
    contacts,
    deliveries,
    engagements,
    holds,
    memberships,
    observations,
    organisations,
    quarantine,
)

GAPS = ("no_feed", "set_aside", "late", "incomplete", "waiting")
"""What may be missing: no feed of our own dealings at all, a delivery that nobody could take, none for too long, a history that
begins too late, a row that waits for the steward."""


def facts(store: Store, feeds: Feeds, policy: Policy, day: date, only: "pd.Series[str] | None" = None) -> Facts:
    """What is known on the day of all contacts, or of those whose ids are given."""
    wanted = store.keys(only, "contact_id") if only is not None else None
    people = _contacts(store, wanted)
    return Facts(
        contacts=people,
        engagements=_engagements(store, wanted),
        cases=_cases(store, wanted),
        confirmations=_confirmations(store, feeds, wanted),
        deliveries=store.read(select(deliveries.c.feed, deliveries.c.day).where(deliveries.c.is_held)),
        holds=_holds(store, wanted),
        gaps=pd.concat([feed_gaps(store, feeds, policy, day), _waiting(store, feeds)], ignore_index=True),
    )


def feed_gaps(store: Store, feeds: Feeds, policy: Policy, day: date) -> pd.DataFrame:
    """Feeds that could prolong somebody and are late, set aside or incomplete on the day: contact_id (missing), code, feed,
    since_on."""
    own = [feed for feed in feeds.living if not feed.is_third_party]
    if not own:
        return frame("gaps", [{"code": "no_feed"}])
    rows: list[dict[str, object]] = []
    for feed in own:
        last = store.scalar(select(func.max(deliveries.c.day)).where(
            deliveries.c.feed == feed.name, deliveries.c.is_held, deliveries.c.day <= day.isoformat()))
        aside = store.scalar(select(func.min(deliveries.c.day)).where(
            deliveries.c.feed == feed.name, deliveries.c.state == "set aside"))
        rows += [{"code": code, "feed": feed.name, "since_on": since} for code, since in _gaps_of(feed, policy, day, last, aside)]
    return frame("gaps", rows)


def _gaps_of(feed: Feed, policy: Policy, day: date, last: str | None, aside: str | None) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    if aside:
        found.append(("set_aside", aside))
    if last is None or last < (day - timedelta(days=feed.late_after_days)).isoformat():
        found.append(("late", last))
    if feed.history_from is None or feed.history_from > _needed_from(feed, policy, day):
        found.append(("incomplete", feed.history_from.isoformat() if feed.history_from else None))
    return found


def _needed_from(feed: Feed, policy: Policy, day: date) -> date:
    """The first day whose fact could still keep somebody: 1 January, calendar years back, or the rule's months back."""
    if feed.kind == "invoice":
        years = max((rule.calendar_years for rule in policy.retention.after_invoicing), default=0)
        return date(day.year - years, 1, 1)
    months = max((rule.months for rule in policy.retention.after_last_contact if isinstance(rule.months, int)), default=0)
    back = months_after(pd.Series([pd.Timestamp(day)]), -months).iloc[0]
    return pd.Timestamp(back).date()


def _contacts(store: Store, wanted: Table | None) -> pd.DataFrame:
    query = select(contacts.c.contact_id, contacts.c.organisation_id, organisations.c.company, organisations.c.is_sole_trader,
                   contacts.c.first_seen_on).outerjoin(
        organisations, organisations.c.organisation_id == contacts.c.organisation_id).order_by(contacts.c.contact_id)
    return store.read(_among(query, contacts.c.contact_id, wanted))


def _engagements(store: Store, wanted: Table | None) -> pd.DataFrame:
    """Those of the contacts' organisations, and those that name the contacts."""
    query = select(
        engagements.c.record_key, memberships.c.contact_id, engagements.c.organisation_id, engagements.c.kind,
        engagements.c.case_number, engagements.c.event_on, engagements.c.event_status, engagements.c.is_counted,
        engagements.c.party, engagements.c.last_seen_on,
    ).outerjoin(memberships, memberships.c.record_key == engagements.c.record_key)
    if wanted is not None:
        firms = select(contacts.c.organisation_id).join(wanted, wanted.c.contact_id == contacts.c.contact_id)
        query = query.where(or_(engagements.c.organisation_id.in_(firms),
                                memberships.c.contact_id.in_(select(wanted.c.contact_id))))
    return store.read(query.order_by(engagements.c.record_key))


def _cases(store: Store, wanted: Table | None) -> pd.DataFrame:
    query = select(memberships.c.contact_id, contacts.c.organisation_id, observations.c.case_number).join(
        memberships, memberships.c.record_key == observations.c.record_key).join(
        contacts, contacts.c.contact_id == memberships.c.contact_id).where(observations.c.case_number.is_not(None)).distinct()
    return store.read(_among(query, memberships.c.contact_id, wanted))


def _confirmations(store: Store, feeds: Feeds, wanted: Table | None) -> pd.DataFrame:
    """Of contacts whom no engagement names: when each feed last gave them."""
    engaged = select(memberships.c.contact_id).join(engagements, engagements.c.record_key == memberships.c.record_key)
    query = select(memberships.c.contact_id, observations.c.feed, func.max(observations.c.last_seen_on).label("last_seen_on")).join(
        observations, observations.c.record_key == memberships.c.record_key).where(
        memberships.c.contact_id.not_in(engaged)).group_by(memberships.c.contact_id, observations.c.feed)
    return store.read(_among(query, memberships.c.contact_id, wanted))


def _holds(store: Store, wanted: Table | None) -> pd.DataFrame:
    query = select(memberships.c.contact_id, holds.c.owner, holds.c.review_on).join(
        memberships, memberships.c.record_key == holds.c.record_key).where(holds.c.lifted_at.is_(None)).order_by(holds.c.hold_id)
    return store.read(_among(query, memberships.c.contact_id, wanted))


def _waiting(store: Store, feeds: Feeds) -> pd.DataFrame:
    """Contacts whom a row of our own dealings that waits for the steward could prolong."""
    own = [feed.name for feed in feeds.good if not feed.is_third_party]
    rows = select(quarantine).where(quarantine.c.feed.in_(own), or_(
        quarantine.c.scope == "row", quarantine.c.column.in_(("event_on", "business_id")))).subquery()
    firm = _shared(rows, organisations, (organisations.c.business_id == rows.c.business_id)
                   | (organisations.c.company_key == rows.c.company_key))
    person = (observations.c.email.in_((rows.c.email,)) | observations.c.email_2.in_((rows.c.email,))
              | observations.c.phone.in_((rows.c.phone,)) | observations.c.phone_2.in_((rows.c.phone,))
              | (observations.c.case_number == rows.c.case_number))
    found = union(
        firm.join(contacts, contacts.c.organisation_id == organisations.c.organisation_id).with_only_columns(
            contacts.c.contact_id, rows.c.feed, rows.c.first_seen_on),
        select(memberships.c.contact_id, rows.c.feed, rows.c.first_seen_on).select_from(rows)
        .join(observations, person).join(memberships, memberships.c.record_key == observations.c.record_key),
    ).subquery()
    waits = store.read(select(found.c.contact_id, found.c.feed, func.min(found.c.first_seen_on).label("since_on"))
                       .group_by(found.c.contact_id, found.c.feed).order_by(found.c.contact_id, found.c.feed))
    return waits.assign(code=pd.Series("waiting", index=waits.index, dtype="str"))[list(COLUMNS["gaps"])]


def _shared(rows: Any, table: Table, condition: ColumnElement[bool]) -> Select[Any]:
    return select(rows.c.feed).select_from(rows).join(table, condition)


def _among(query: Select[Any], column: ColumnElement[Any], wanted: Table | None) -> Select[Any]:
    return query if wanted is None else query.where(column.in_(select(wanted.c.contact_id)))

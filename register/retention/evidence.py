"""Reads the facts of retention from the store, and what is missing of them, and has them judged.

Whom missing evidence could prolong: a feed's fault everybody, a waiting row those with whom it shares a business id, company
name, case number, e-mail or phone (design, rule 16). Only feeds that are known to be third parties' prolong nobody.
"""

from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Index, Select, Table, case, func, or_, select, union

from register.contacts import purpose
from register.feeds import OWN_KINDS, Feed, Feeds
from register.policy import Policy
from register.retention import decided, restrictions
from register.retention.facts import COLUMNS, Facts, frame
from register.retention.periods import longest, months_after
from register.retention.verdicts import decide
from register.sets import is_among
from register.store.conditions import HAS_UNREAD
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

DATED_OR_PLACED = ("event_on", "business_id")
"""Values whose waiting holds up a row's engagement, or gives it to another firm; of others the row goes on without them."""


def judge(store: Store, feeds: Feeds, policy: Policy, day: date, only: "pd.Series[str] | None" = None) -> pd.DataFrame:
    """The verdicts of one day, of all contacts or of those whose ids are given, as `decide` gives them.

    What evidence may lack changes nothing for those who are kept or reported anyway: it is asked of those alone who would go.
    """
    judged = decide(facts(store, feeds, policy, day, only, with_gaps=False), policy, day)
    goes = judged["outcome"] == "remove"
    if not goes.any():
        return judged
    again = decide(facts(store, feeds, policy, day, judged.loc[goes, "contact_id"]), policy, day)
    return pd.concat([judged[~goes], again]).sort_values("contact_id", ignore_index=True)


def facts(
    store: Store, feeds: Feeds, policy: Policy, day: date, only: "pd.Series[str] | None" = None, *, with_gaps: bool = True,
    known_on: str | None = None,
) -> Facts:
    """What is known on the day of all contacts, or of those whose ids are given.

    known_on: a day before: less what came, was said, decided or lifted after it, as far as that is kept.
    """
    wanted = store.keys(only, "contact_id") if only is not None else None
    members = store.read(_among(select(memberships.c.record_key, memberships.c.contact_id), memberships, wanted))
    people = _contacts(store, wanted, known_on)
    said, engaged = _said(store, members, wanted, known_on), _engagements(store, members, wanted, known_on)
    deliveries = delivered(store, feeds, known_on)
    others = _known_from_others(said, engaged, feeds)
    gaps = [_waiting(store, feeds, wanted), feed_gaps(store, feeds, policy, day)] if with_gaps else [frame("gaps", [])]
    return Facts(
        contacts=people,
        engagements=engaged,
        cases=_cases(said, people),
        confirmations=_confirmations(others if known_on is None else _seen_by(others, deliveries, known_on)),
        withdrawals=_withdrawals(others),
        incompatible=_incompatible(store, members, known_on),
        deliveries=deliveries,
        holds=_holds(store, wanted, known_on),
        gaps=pd.concat(gaps, ignore_index=True),
        decided=decided.of_contacts(store, only, known_on),
        restrictions=store.read(_among(restrictions.of_contacts(known_on), memberships, wanted)),
    )


def feed_gaps(store: Store, feeds: Feeds, policy: Policy, day: date) -> pd.DataFrame:
    """Feeds that could prolong somebody and cannot be relied on: contact_id (missing), code, feed, since_on."""
    own = [feed for feed in feeds.living if not feed.is_third_party]
    broken = [feed.name for feed in feeds.broken if feed.kind in (None, *OWN_KINDS)]
    rows: list[dict[str, object]] = [{"code": "no_feed"}] if not own and not broken else []
    rows += [{"code": "broken", "feed": name} for name in broken]
    aside = select(deliveries.c.feed, func.min(deliveries.c.day).label("since_on")).where(
        deliveries.c.state == "set aside", deliveries.c.feed.not_in(_third_parties(feeds)))
    rows += [{"code": "set_aside", **row} for row in _by_feed(store, aside)]
    unread = select(deliveries.c.feed, func.min(deliveries.c.day).label("since_on")).where(
        HAS_UNREAD, deliveries.c.feed.in_([feed.name for feed in own]))
    rows += [{"code": "unread", **row} for row in _by_feed(store, unread)]
    last = select(deliveries.c.feed, func.max(deliveries.c.day).label("day")).where(
        deliveries.c.is_held, deliveries.c.day <= day.isoformat())
    last_days = {row["feed"]: row["day"] for row in _by_feed(store, last)}
    rows += [{"code": "late", "feed": feed.name, "since_on": last_days.get(feed.name)} for feed in own
             if last_days.get(feed.name, "") < (day - timedelta(days=feed.late_after_days)).isoformat()]
    rows += [{"code": "incomplete", "feed": feed.name, "since_on": feed.history_from and feed.history_from.isoformat()}
             for feed in own if feed.history_from is None or feed.history_from > needed_from(feed, policy, day)]
    return frame("gaps", rows)


def needed_from(feed: Feed, policy: Policy, day: date) -> date:
    """The first day whose fact could still keep somebody: the rules' months back, of invoices 1 January of the years back."""
    periods = policy.retention
    months = [longest(periods.after_last_contact)]
    if feed.kind == "assignment":
        months.append(periods.review.open_relationship_months)
    if feed.kind == "invoice":  # quotations in an invoice's clothes and purchases come with it
        months.append(longest(periods.partner))
    first = pd.Timestamp(months_after(pd.Series([pd.Timestamp(day)]), -max(months)).iloc[0]).date()
    return min(first, date(day.year - longest(periods.after_invoicing), 1, 1)) if feed.kind == "invoice" else first


def _third_parties(feeds: Feeds) -> list[str]:
    """Feeds that could prolong nobody; one that is no longer in feeds.toml may have been our own."""
    broken = [feed.name for feed in feeds.broken if feed.kind not in (None, *OWN_KINDS)]
    return [*(feed.name for feed in feeds.good if feed.is_third_party), *broken]


def _by_feed(store: Store, query: Select[Any]) -> list[dict[Any, Any]]:
    return store.read(query.group_by(deliveries.c.feed).order_by(deliveries.c.feed)).to_dict("records")


def _contacts(store: Store, wanted: Table | None, known_on: str | None) -> pd.DataFrame:
    query = select(contacts.c.contact_id, contacts.c.organisation_id, organisations.c.company, organisations.c.is_sole_trader,
                   contacts.c.first_seen_on).outerjoin(
        organisations, organisations.c.organisation_id == contacts.c.organisation_id).order_by(contacts.c.contact_id)
    return store.read(_among(_until(query, contacts.c.first_seen_on, known_on), contacts, wanted))


def _said(store: Store, members: pd.DataFrame, wanted: Table | None, known_on: str | None) -> pd.DataFrame:
    """What the contacts' records say: record_key, contact_id, feed, case_number, first_ and last_seen_on, withdrawn_on."""
    query = select(observations.c.record_key, observations.c.feed, observations.c.case_number, observations.c.first_seen_on,
                   observations.c.last_seen_on, withdrawn_on().label("withdrawn_on"))
    query = _until(query, observations.c.first_seen_on, known_on)
    if wanted is not None:
        query = query.where(observations.c.record_key.in_(_their_records(wanted)))
    rows = _with_contact(store.read(query), members).dropna(subset="contact_id")
    return rows if known_on is None else rows.assign(
        withdrawn_on=rows["withdrawn_on"].mask(rows["withdrawn_on"] > known_on))


def _engagements(store: Store, members: pd.DataFrame, wanted: Table | None, known_on: str | None) -> pd.DataFrame:
    """Those of the contacts' organisations, and those that name the contacts; contact_id is missing for all others."""
    query = select(
        engagements.c.record_key, engagements.c.organisation_id, engagements.c.kind, engagements.c.case_number,
        engagements.c.event_on, engagements.c.event_status, engagements.c.is_counted, engagements.c.party,
        engagements.c.last_seen_on)
    query = _until(_until(query, engagements.c.first_seen_on, known_on), engagements.c.event_on, known_on)
    if wanted is not None:
        firms = select(contacts.c.organisation_id).where(contacts.c.contact_id.in_(select(wanted.c.contact_id)))
        theirs = union(select(engagements.c.record_key).where(engagements.c.organisation_id.in_(firms)), _their_records(wanted))
        query = query.where(engagements.c.record_key.in_(theirs))
    rows: pd.DataFrame = _with_contact(store.read(query), members).sort_values("record_key", ignore_index=True)
    return rows


def _their_records(wanted: Table) -> Select[Any]:
    return select(memberships.c.record_key).where(memberships.c.contact_id.in_(select(wanted.c.contact_id)))


def _with_contact(rows: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    place = pd.Index(members["record_key"]).get_indexer(pd.Index(rows["record_key"]))
    return rows.assign(contact_id=members["contact_id"].array.take(place, allow_fill=True))


def _cases(said: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """contact_id, organisation_id, case_number: each case that a record of the contact names."""
    cases = said.loc[said["case_number"].notna(), ["contact_id", "case_number"]].drop_duplicates()
    place = pd.Index(people["contact_id"]).get_indexer(pd.Index(cases["contact_id"]))
    named: pd.DataFrame = cases[place >= 0].assign(organisation_id=people["organisation_id"].array.take(place[place >= 0]))
    return named


def withdrawn_on() -> ColumnElement[Any]:
    """Since when an observation is withdrawn: the day that called it deleted, or the first without it; else missing."""
    is_later = (deliveries.c.feed == observations.c.feed) & deliveries.c.is_held & (
        deliveries.c.day > observations.c.last_seen_on)
    first_without = select(func.min(deliveries.c.day)).where(is_later).scalar_subquery()
    is_deleted = observations.c.deleted_on >= observations.c.last_seen_on
    since = case((is_deleted, observations.c.deleted_on), else_=func.coalesce(first_without, observations.c.last_seen_on))
    return case((observations.c.withdrawn, since), else_=None)


def _known_from_others(said: pd.DataFrame, engaged: pd.DataFrame, feeds: Feeds) -> pd.DataFrame:
    """What is said of contacts whom no engagement names and no feed of our own gave."""
    own = is_among(said["feed"], [feed.name for feed in feeds.good if not feed.is_third_party])
    known_to_us = pd.concat([said.loc[own, "contact_id"], engaged["contact_id"].dropna()])
    others: pd.DataFrame = said[~is_among(said["contact_id"], known_to_us)]
    return others


def _withdrawals(rows: pd.DataFrame) -> pd.DataFrame:
    """Of contacts that no source gives any more, since when; rows: what is said of those known from others only."""
    gone = rows[~is_among(rows["contact_id"], rows.loc[rows["withdrawn_on"].isna(), "contact_id"])]
    last: pd.DataFrame = gone.sort_values("withdrawn_on").drop_duplicates("contact_id", keep="last")
    return last[list(COLUMNS["withdrawals"])].reset_index(drop=True)


def _incompatible(store: Store, members: pd.DataFrame, known_on: str | None) -> pd.DataFrame:
    found = purpose.found_private(store, known_on).merge(members, on="record_key")
    first: pd.DataFrame = found.sort_values("said_on").drop_duplicates("contact_id")
    return first[list(COLUMNS["incompatible"])].reset_index(drop=True)


def _confirmations(rows: pd.DataFrame) -> pd.DataFrame:
    """When each feed last gave each contact; rows: what is said of those known from others only."""
    rows = rows.sort_values("last_seen_on").drop_duplicates(["contact_id", "feed"], keep="last")
    seen: pd.DataFrame = rows[["contact_id", "feed", "last_seen_on"]].reset_index(drop=True)
    return seen


def _seen_by(rows: pd.DataFrame, deliveries: pd.DataFrame, known_on: str) -> pd.DataFrame:
    """Less what was seen after the day: what a feed gave before and after it, it gave with its newest delivery by then."""
    newest = rows["feed"].map(deliveries.groupby("feed")["day"].max())
    by_then = newest.where(newest > rows["first_seen_on"], rows["first_seen_on"]).astype("str")
    return rows.assign(last_seen_on=rows["last_seen_on"].where(rows["last_seen_on"] <= known_on, by_then))


def delivered(store: Store, feeds: Feeds, known_on: str | None = None) -> pd.DataFrame:
    """feed and day of all that was delivered by feeds that are still read; one that is not will confirm nobody any more."""
    living = [feed.name for feed in feeds.living] + [feed.name for feed in feeds.broken]
    query = select(deliveries.c.feed, deliveries.c.day).where(deliveries.c.is_held, deliveries.c.feed.in_(living))
    return store.read(_until(query, deliveries.c.day, known_on))


def _holds(store: Store, wanted: Table | None, known_on: str | None) -> pd.DataFrame:
    query = select(memberships.c.contact_id, holds.c.owner, holds.c.review_on).join(
        memberships, memberships.c.record_key == holds.c.record_key).where(restrictions.is_held(known_on))
    return store.read(_among(query.order_by(holds.c.review_on, holds.c.hold_id), memberships, wanted))


def _waiting(store: Store, feeds: Feeds, wanted: Table | None) -> pd.DataFrame:
    """Contacts whom a row that waits for the steward could prolong: by what it shares with their records or their firm's."""
    rows = store.read(select(quarantine).where(quarantine.c.feed.not_in(_third_parties(feeds)), or_(
        quarantine.c.scope == "row", quarantine.c.column.in_(DATED_OR_PLACED))))
    if rows.empty:
        return frame("gaps", [])
    found = [store.read(query) for name, holders in _holders().items()
             for query in _sharing(store, rows, name, holders, wanted)]
    first = pd.concat([frame("gaps", []), *found]).sort_values("since_on").drop_duplicates(["contact_id", "feed"])
    return first.assign(code=pd.Series("waiting", index=first.index, dtype="str"))[list(COLUMNS["gaps"])]


def _holders() -> dict[str, list[Select[Any]]]:
    """Which contacts bear the values of a quarantine column: contact_id, value; the names of a firm in all its spellings."""
    mine = memberships.c.record_key == observations.c.record_key
    firm = contacts.c.organisation_id == organisations.c.organisation_id
    person = {"record_key": ["record_key"], "case_number": ["case_number"], "email": ["email", "email_2"],
              "phone": ["phone", "phone_2"]}
    found = {name: [select(memberships.c.contact_id, observations.c[column].label("value")).join(observations, mine)
                    for column in columns] for name, columns in person.items()}
    for name in ("business_id", "company_key"):
        found[name] = [select(contacts.c.contact_id, organisations.c[name].label("value")).join(organisations, firm)]
        found[name] += [select(contacts.c.contact_id, table.c[name].label("value"))
                        .join(table, table.c.organisation_id == contacts.c.organisation_id)
                        for table in (observations, engagements)]
    return found


def _sharing(
    store: Store, rows: pd.DataFrame, name: str, holders: list[Select[Any]], wanted: Table | None
) -> list[Select[Any]]:
    """Queries whose rows are contact_id, feed, since_on of the contacts that share a value of the waiting rows."""
    values = rows.dropna(subset=name).sort_values("first_seen_on").drop_duplicates([name, "feed"])
    if values.empty:
        return []
    given = store.temporary(pd.DataFrame({"value": values[name], "feed": values["feed"], "since_on": values["first_seen_on"]}))
    Index(f"ix_{given.name}", given.c.value).create(store.connection)
    shared = []
    for holder in holders:
        holder_id, value = holder.selected_columns
        query = holder.with_only_columns(holder_id, given.c.feed, given.c.since_on).join(given, given.c.value == value)
        shared.append(query if wanted is None else query.where(holder_id.in_(select(wanted.c.contact_id))))
    return shared


def _until(query: Any, column: ColumnElement[Any], known_on: str | None) -> Any:
    return query if known_on is None else query.where(column <= known_on)


def _among(query: Select[Any], table: Table, wanted: Table | None) -> Select[Any]:
    return query if wanted is None else query.where(table.c.contact_id.in_(select(wanted.c.contact_id)))

"""One contact explained: every value with its source and why it won, its records, and what retention says. Only reads.

What is said in words stands with the command; here are facts, ready to be printed or given as JSON.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Select, false, or_, select

from register.columns import ADDRESS, COMPANY_FIELDS, CONTACT_FIELDS
from register.contacts import provenance
from register.feeds import Feeds
from register.increments import among
from register.store.store import Store
from register.store.tables import (
    contacts,
    due,
    engagements,
    faults,
    holds,
    memberships,
    objections,
    observations,
    organisations,
    redirects,
    verdicts,
)

Facts = dict[str, Any]

GROUPS = {"email": ("email", "email_2"), "email_2": (), "phone": ("phone", "phone_2"), "phone_2": ()}
"""Columns whose other values are told together, under the first of them; all others are told alone."""


@dataclass(frozen=True)
class Explanation:
    """What the register holds of one contact.

    asked_id: another one where the id asked for was merged into contact_id. values: column, value, feed, day, why and others
    (value, feed, day). records: no, feed, kind, first_seen_on, last_seen_on, withdrawn, rule, decided_by. engagements: of the
    organisation, newest first; is_own where a record of the contact gave it. verdict, due: rows of those tables, or None.
    faults: rows of that table. source: kind and day (`on`) of the first record, None where its feed is not known any more.
    """

    asked_id: str
    contact_id: str
    person_id: str
    organisation: Facts | None
    first_seen_on: str
    last_seen_on: str
    restricted: bool
    marketing_ban: bool
    marketing_consent: bool
    values: list[Facts]
    records: list[Facts]
    same_person: list[Facts]
    objections: list[Facts]
    holds: list[Facts]
    engagements: list[Facts]
    verdict: Facts | None
    due: Facts | None
    faults: list[Facts]
    source: Facts | None


def explain(store: Store, feeds: Feeds, asked_id: str) -> Explanation | None:
    """The explanation of a contact by its id, or by one that was merged into it; None where there is none."""
    contact = _one(store, select(contacts).where(contacts.c.contact_id == current_id(store, asked_id)))
    if contact is None:
        return None
    contact_id = contact["contact_id"]
    rows = _records(store, contact_id)
    keys = rows["record_key"]
    return Explanation(
        asked_id=asked_id,
        contact_id=contact_id,
        person_id=contact["person_id"],
        organisation=_organisation(store, contact["organisation_id"], rows),
        first_seen_on=min(rows["first_seen_on"], default=contact["first_seen_on"]),
        last_seen_on=max(rows["last_seen_on"], default=contact["last_seen_on"]),
        restricted=contact["restricted"],
        marketing_ban=contact["marketing_ban"],
        marketing_consent=contact["marketing_consent"],
        values=_values(contact, CONTACT_FIELDS, rows),
        records=_told_records(rows, feeds),
        same_person=_same_person(store, contact),
        objections=_rows(store, select(objections.c.kind, objections.c.objected_on).distinct().where(
            among(store, objections.c.record_key, keys), objections.c.lifted_at.is_(None))),
        holds=_rows(store, select(holds.c.reason, holds.c.owner, holds.c.review_on).distinct().where(
            among(store, holds.c.record_key, keys), holds.c.lifted_at.is_(None))),
        engagements=_engagements(store, contact["organisation_id"], keys),
        verdict=_one(store, select(verdicts).where(verdicts.c.contact_id == contact_id)),
        due=_one(store, select(due).where(due.c.contact_id == contact_id, due.c.depth == "contact")),
        faults=_rows(store, select(faults).where(faults.c.contact_id == contact_id).order_by(faults.c.rule, faults.c.part)),
        source=_source(rows, feeds),
    )


def current_id(store: Store, contact_id: str) -> str | None:
    """The contact that bears the id now: itself, or the one it was merged into; None where nobody does."""
    links = select(redirects.c.new_id).where(redirects.c.old_id == contact_id, redirects.c.kind == "contact")
    led = links.cte("led", recursive=True)
    onward = select(redirects.c.new_id).join(led, led.c.new_id == redirects.c.old_id).where(redirects.c.kind == "contact")
    led = led.union(onward)
    is_it = or_(contacts.c.contact_id == contact_id, contacts.c.contact_id.in_(select(led.c.new_id)))
    return store.scalar(select(contacts.c.contact_id).where(is_it))  # type: ignore[no-any-return]


def record_keys(store: Store, contact_id: str) -> list[str]:
    """The contact's records in the order in which an explanation numbers them."""
    return _in_order(_records(store, contact_id))["record_key"].tolist()


def first_source(store: Store, feeds: Feeds, contact_id: str, by: str) -> Facts | None:
    """Kind and day (`on`) of the first of the contact's records that had come by a day."""
    rows = _records(store, contact_id)
    return _source(rows[rows["first_seen_on"] <= by], feeds)


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["first_seen_on", "feed", "record_key"])


def _records(store: Store, contact_id: str) -> pd.DataFrame:
    query = select(observations, memberships.c.rule, memberships.c.decided_by).join(
        memberships, memberships.c.record_key == observations.c.record_key)
    rows = store.read(query.where(memberships.c.contact_id == contact_id))
    return rows.assign(said_on=rows["event_on"].fillna(rows["last_seen_on"]))


def _source(rows: pd.DataFrame, feeds: Feeds) -> Facts | None:
    kinds = {feed.name: feed.kind for feed in feeds.good}
    first = rows.assign(on=rows["event_on"].fillna(rows["first_seen_on"])).sort_values(["on", "feed"]).head(1)
    found = [{"kind": kinds[row["feed"]], "on": row["on"]} for row in first.to_dict("records") if row["feed"] in kinds]
    return found[0] if found else None


def _told_records(rows: pd.DataFrame, feeds: Feeds) -> list[Facts]:
    columns = ["no", "feed", "kind", "first_seen_on", "last_seen_on", "withdrawn", "rule", "decided_by"]
    kinds = {feed.name: feed.kind for feed in feeds.good}
    told = _in_order(rows.assign(kind=rows["feed"].map(kinds).astype("str")))
    return _plain(told.assign(no=range(1, len(told) + 1))[columns])


def _values(golden: Facts, columns: tuple[str, ...], rows: pd.DataFrame) -> list[Facts]:
    """What is known of each column, those of which nothing is known left out."""
    sources = provenance.read(golden["provenance"])
    told = []
    for column in columns:
        source = sources.get(column, {})
        others = _others(golden, GROUPS.get(column, (column,)), rows)
        if golden[column] is not None or others:
            told.append({"column": column, "value": golden[column], "feed": source.get("feed"), "day": source.get("day"),
                         "why": source.get("why"), "others": others})
    return told


def _others(golden: Facts, columns: tuple[str, ...], rows: pd.DataFrame) -> list[Facts]:
    """Values of the records that are not golden, each feed's newest, newest first."""
    said = [rows[[column, "feed", "said_on"]].set_axis(["value", "feed", "day"], axis=1) for column in columns]
    if not said:
        return []
    other = pd.concat(said).dropna(subset="value")
    other = other[~other["value"].isin([golden[column] for column in columns])]
    other = other.sort_values(["day", "feed", "value"], ascending=[False, True, True])
    return _plain(other.drop_duplicates(["value", "feed"]))


def _organisation(store: Store, organisation_id: str | None, rows: pd.DataFrame) -> Facts | None:
    """The organisation's facts and values; the addresses of its people are none of its own."""
    found = _one(store, select(organisations).where(organisations.c.organisation_id == organisation_id))
    if found is None:
        return None
    told = ("organisation_id", "company", "business_id", "is_sole_trader", "registry_state", "ceased_on", "marketing_ban")
    values = _values(found, COMPANY_FIELDS, rows) + _values(found, ADDRESS, rows.iloc[:0])
    return {name: found[name] for name in told} | {"values": values}


def _same_person(store: Store, contact: Facts) -> list[Facts]:
    query = select(contacts.c.contact_id, organisations.c.company).outerjoin(
        organisations, organisations.c.organisation_id == contacts.c.organisation_id)
    query = query.where(contacts.c.person_id == contact["person_id"], contacts.c.contact_id != contact["contact_id"])
    return _rows(store, query.order_by(organisations.c.company, contacts.c.contact_id))


def _engagements(store: Store, organisation_id: str | None, keys: "pd.Series[str]") -> list[Facts]:
    is_own = among(store, engagements.c.record_key, keys)
    names = ("kind", "event_on", "event_status", "case_number", "invoice_number", "invoice_type", "party", "is_counted", "feed")
    query = select(*(engagements.c[name] for name in names), is_own.label("is_own"))
    is_theirs = engagements.c.organisation_id == organisation_id if organisation_id else false()
    query = query.where(or_(is_theirs, is_own))
    return _rows(store, query.order_by(engagements.c.event_on.desc(), engagements.c.record_key))


def _one(store: Store, query: Select[Any]) -> Facts | None:
    return next(iter(_rows(store, query)), None)


def _rows(store: Store, query: Select[Any]) -> list[Facts]:
    return _plain(store.read(query))


def _plain(rows: pd.DataFrame) -> list[Facts]:
    """The rows as JSON knows them: missing is None."""
    objects = rows.astype(object)
    names = [str(column) for column in rows]
    tuples = objects.where(objects.notna(), None).itertuples(index=False, name=None)
    return [dict(zip(names, row, strict=True)) for row in tuples]

"""The due list: what will be removed and when, published 60 days ahead. Only what stood on it long enough may go.

A row is a whole contact, or what of one is outdated or erroneous: an observation, or values (`faults.py`).
"""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from sqlalchemy import func, select

from register.retention import decided
from register.sets import is_among
from register.store.store import Store
from register.store.tables import contacts, due, faults, organisations, runs, verdicts

AHEAD_DAYS = 60
"""How far ahead the list is published."""

ALL = "all"
"""The part of a contact that goes whole."""

ROW = ["contact_id", "depth", "part"]
"""What tells one row of the list from another."""


@dataclass(frozen=True)
class Published:
    """due: rows of the list. new: those that came onto it on this day."""

    due: int
    new: int


@dataclass(frozen=True)
class Approvals:
    """Rows of the list. new: approved just now; left: that nobody has approved."""

    new: int
    left: int


def newest_judged(store: Store) -> str | None:
    """The newest day that was judged, as ISO text."""
    newest: str | None = store.scalar(select(func.max(runs.c.day)).where(runs.c.step == "verdicts", runs.c.state == "done"))
    return newest


def day_of_judging(store: Store, day: date) -> date:
    """The day, or the newest one that was judged before: an older refresh never turns the list back (design, rule 16)."""
    newest = newest_judged(store)
    return max(day, date.fromisoformat(newest)) if newest else day


def publish(store: Store, day: date) -> Published:
    """Writes what falls due by the verdicts as they stand.

    A row keeps the day on which it was published for as long as it stands on the list with the same last day; an approval holds
    for that last day and all the contact's records. What goes with its contact anyway is not listed beside it.
    """
    horizon = (day + timedelta(days=AHEAD_DAYS - 1)).isoformat()
    falls_due = select(verdicts.c.contact_id, verdicts.c.rule, verdicts.c.last_day, verdicts.c.outcome)
    found = store.read(falls_due.where(verdicts.c.last_day <= horizon))
    whole = found[is_among(found["outcome"], ("keep", "remove"))].drop(columns="outcome").assign(depth="contact", part=ALL)
    parts = store.read(select(faults.c.contact_id, faults.c.depth, faults.c.part, faults.c.rule, faults.c.last_day)
                       .where(faults.c.last_day <= horizon))
    ends = parts["contact_id"].map(whole.set_index("contact_id")["last_day"]).astype("str")
    listed = pd.concat([whole, parts[~(ends <= parts["last_day"])]], ignore_index=True)
    before = store.read(select(*(due.c[name] for name in ROW), due.c.last_day, due.c.published_on))
    kept = listed.merge(before, on=[*ROW, "last_day"], how="left")
    store.replace(due, kept.assign(published_on=kept["published_on"].fillna(day.isoformat()),
                                   approved_by=decided.approvals(store, kept)))
    return Published(due=len(kept), new=int(kept["published_on"].isna().sum()))


def restricted(store: Store, day: date) -> pd.DataFrame:
    """Who is restricted, and waits though their time has come or comes while the list looks ahead: contact_id, last_day."""
    horizon = (day + timedelta(days=AHEAD_DAYS - 1)).isoformat()
    query = select(verdicts.c.contact_id, verdicts.c.last_day).where(
        verdicts.c.rule == "restricted", verdicts.c.last_day <= horizon)
    return store.read(query.order_by(verdicts.c.last_day, verdicts.c.contact_id))


def renew_approvals(store: Store) -> Approvals:
    """Says of everybody on the list who approved it, after approvals came or were taken back."""
    listed = store.read(select(due))
    approved_by = decided.approvals(store, listed)
    store.replace(due, listed.assign(approved_by=approved_by))
    return Approvals(int((listed["approved_by"].isna() & approved_by.notna()).sum()), int(approved_by.isna().sum()))


def due_list(store: Store) -> pd.DataFrame:
    """The list for people, soonest first: contact_id, depth, full_name, email, company, rule, last_day, published_on,
    approved_by.
    """
    return store.read(
        select(due.c.contact_id, due.c.depth, contacts.c.full_name, contacts.c.email, organisations.c.company, due.c.rule,
               due.c.last_day, due.c.published_on, due.c.approved_by)
        .join(contacts, contacts.c.contact_id == due.c.contact_id)
        .outerjoin(organisations, organisations.c.organisation_id == contacts.c.organisation_id)
        .order_by(due.c.last_day, organisations.c.company, contacts.c.full_name, *(due.c[name] for name in ROW)))

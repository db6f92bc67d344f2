"""The due list: what will be removed and when, published 60 days ahead. Only what stood on it long enough may go."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from sqlalchemy import func, select

from register import increments
from register.policies import policy_no
from register.policy import Policy
from register.store.store import Store
from register.store.tables import contacts, due, organisations, runs, verdicts

AHEAD_DAYS = 60
"""How far ahead the list is published."""

JUDGED = (verdicts.c.contact_id, verdicts.c.outcome, verdicts.c.last_day, verdicts.c.rule, verdicts.c.facts,
          verdicts.c.reported_since_on)


@dataclass(frozen=True)
class Published:
    """due: contacts on the list. new: those that came onto it on this day."""

    due: int
    new: int


def newest_judged(store: Store) -> str | None:
    """The newest day that was judged, as ISO text."""
    newest: str | None = store.scalar(select(func.max(runs.c.day)).where(runs.c.step == "verdicts", runs.c.state == "done"))
    return newest


def day_of_judging(store: Store, day: date) -> date:
    """The day, or the newest one that was judged before: an older refresh never turns the list back (design, rule 16)."""
    newest = newest_judged(store)
    return max(day, date.fromisoformat(newest)) if newest else day


def publish(store: Store, decided: pd.DataFrame, policy: Policy, day: date) -> Published:
    """Writes the verdicts of a day and what falls due; decided: as `retention.decide` gives it for all contacts.

    A contact keeps the day on which it was published, and its approval, for as long as it stands on the list with the same
    last day.
    """
    _write_verdicts(store, decided, policy_no(store, policy, day), day)
    horizon = (day + timedelta(days=AHEAD_DAYS - 1)).isoformat()
    is_due = decided["outcome"].isin(["keep", "remove"]) & (decided["last_day"] <= horizon)
    listed = decided.loc[is_due, ["contact_id", "rule", "last_day"]]
    before = store.read(select(due.c.contact_id, due.c.last_day, due.c.published_on, due.c.approved_by))
    kept = listed.merge(before, on=["contact_id", "last_day"], how="left")
    store.replace(due, kept.assign(published_on=kept["published_on"].fillna(day.isoformat())))
    return Published(due=len(kept), new=int(kept["published_on"].isna().sum()))


def due_list(store: Store) -> pd.DataFrame:
    """The list for people, soonest first: contact_id, full_name, email, company, rule, last_day, published_on, approved_by."""
    return store.read(
        select(due.c.contact_id, contacts.c.full_name, contacts.c.email, organisations.c.company, due.c.rule, due.c.last_day,
               due.c.published_on, due.c.approved_by)
        .join(contacts, contacts.c.contact_id == due.c.contact_id)
        .outerjoin(organisations, organisations.c.organisation_id == contacts.c.organisation_id)
        .order_by(due.c.last_day, organisations.c.company, contacts.c.full_name, due.c.contact_id))


def _write_verdicts(store: Store, decided: pd.DataFrame, number: int, day: date) -> None:
    """Writes those that changed: `judged_on` and `policy_no` say when and under which policy a verdict was first given as it
    stands, `reported_since_on` since when it waits. Those of contacts that are gone went with them.
    """
    before = store.read(select(*JUDGED))
    changed = increments.differing(decided, before, "contact_id")
    reported = before[before["outcome"] == "report"].set_index("contact_id")["reported_since_on"]
    since = changed["contact_id"].map(reported).astype("str").fillna(day.isoformat()).where(changed["outcome"] == "report")
    rows = changed.assign(policy_no=number, judged_on=day.isoformat(), reported_since_on=since)
    increments.put(store, verdicts, rows, before, "contact_id")

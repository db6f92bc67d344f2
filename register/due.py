"""The due list: what will be removed and when, published 60 days ahead. Only what stood on it long enough may go."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from sqlalchemy import delete, func, select

from register import increments
from register.policies import policy_no
from register.policy import Policy
from register.store.store import Store
from register.store.tables import contacts, due, organisations, runs, verdicts

AHEAD_DAYS = 60
"""How far ahead the list is published."""


@dataclass(frozen=True)
class Published:
    """due: contacts on the list. new: those that came onto it on this day."""

    due: int
    new: int


def day_of_judging(store: Store, day: date) -> date:
    """The day, or the newest one that was judged before: an older refresh never turns the list back (design, rule 16)."""
    newest = store.scalar(select(func.max(runs.c.day)).where(runs.c.step == "verdicts", runs.c.state == "done"))
    return max(day, date.fromisoformat(newest)) if newest else day


def publish(store: Store, decided: pd.DataFrame, policy: Policy, day: date) -> Published:
    """Writes the verdicts of a day and what falls due; decided: as `retention.decide` gives it.

    A contact keeps the day on which it was published for as long as it stands on the list with the same last day.
    """
    _write_verdicts(store, decided.assign(policy_no=policy_no(store, policy, day)), day)
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


def _write_verdicts(store: Store, decided: pd.DataFrame, day: date) -> None:
    """Writes those that changed; `judged_on` says since when a verdict stands, `reported_since_on` since when it waits."""
    before = store.read(select(verdicts))
    changed = increments.differing(decided, before, "contact_id")
    reported = before[before["outcome"] == "report"].set_index("contact_id")["reported_since_on"]
    since = changed["contact_id"].map(reported).fillna(day.isoformat()).where(changed["outcome"] == "report")
    store.upsert(verdicts, changed.assign(judged_on=day.isoformat(), reported_since_on=since.astype("str")))
    gone = store.keys(before.loc[~before["contact_id"].isin(decided["contact_id"]), "contact_id"], "contact_id")
    store.execute(delete(verdicts).where(verdicts.c.contact_id.in_(select(gone.c.contact_id))))

"""The sweep: carries out what stood on the due list long enough and is still due, behind every guard (design, rule 16).

How it is done stands in `carrying_out.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import pandas as pd
from sqlalchemy import func, select

from register import increments, retention
from register.contacts import decisions
from register.contacts.contacts import is_unjudged
from register.corrections import told
from register.feeds import Feeds
from register.home import Home
from register.policy import Policy
from register.removal import suppressions as suppressions_of
from register.removal.carrying_out import carry_out, finish
from register.retention import fault_evidence
from register.retention.due import ALL, ROW, newest_judged
from register.sets import is_among
from register.store.store import Store
from register.store.tables import (
    contacts,
    due,
    engagements,
    memberships,
    observations,
    runs,
    verdicts,
)

SMALL = 5
"""So many contacts may always go: a share of a small register would stop every sweep."""

STEP = "removals"

Why = Literal["notice", "not_due", "share", "outdated", "preview", "older_day"]
"""Why what is due does not go: not long enough on the list, judged otherwise by now, too many at once without an approver,
what is known is newer than what was judged, the policy's mode, a newer day was judged already."""


@dataclass
class SweepPlan:
    """What a sweep would do.

    remove: contact_id, depth, part, rule, last_day of what goes: a contact, or an observation or value of one. report:
    contact_id and rule of those who wait for a decision.
    waiting: how many of the due do not go, by reason.
    """

    remove: pd.DataFrame
    report: pd.DataFrame
    waiting: dict[Why, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SweepResult:
    """What a sweep did. removed: contacts; parts: observations and values of others. is_truncated: whether the database's
    write-ahead log holds nothing of it any more.
    """

    removed: int
    parts: int
    waiting: int
    reasons: dict[Why, int]
    is_truncated: bool = True


def preview(home: Home, policy: Policy, feeds: Feeds, day: date) -> SweepPlan:
    """What a sweep on that day would remove, and why the rest of the due stays; changes nothing."""
    with home.database.reading() as store:
        return plan(store, policy, feeds, day, approved_by=None)


def plan(store: Store, policy: Policy, feeds: Feeds, day: date, approved_by: str | None) -> SweepPlan:
    """Who goes on the day: listed long enough, judged again now, and not too many at once."""
    report = store.read(select(verdicts.c.contact_id, verdicts.c.rule).where(verdicts.c.outcome == "report")
                        .order_by(verdicts.c.contact_id))
    columns = [due.c[name] for name in (*ROW, "rule", "last_day", "published_on", "approved_by")]
    listed = store.read(select(*columns)
                        .where(due.c.last_day < day.isoformat()).order_by(due.c.last_day, *(due.c[name] for name in ROW)))
    if len(listed) and _are_outdated(store):
        return SweepPlan(_named(listed.head(0)), report, {"outdated": len(listed)})
    stood = listed[listed["published_on"] <= (day - timedelta(days=policy.sweep.notice_days)).isoformat()]
    still = _still_due(store, policy, feeds, day, stood)
    going = _few_enough(store, policy, still, approved_by)
    counts: dict[Why, int] = {"notice": len(listed) - len(stood), "not_due": len(stood) - len(still),
                              "share": len(still) - len(going)}
    return SweepPlan(_named(going), report, {why: count for why, count in counts.items() if count})


def apply(
    home: Home, policy: Policy, feeds: Feeds, day: date, approved_by: str | None, say: Callable[[str], None] | None = None
) -> SweepResult:
    """Removes who is due on the day, in one transaction, from every copy. Raises RefusedError for a stranger's approval."""
    if approved_by is not None:
        policy.refuse_no_approver(approved_by)
    with home.database.writing(STEP, day.isoformat(), say) as store:
        found = plan(store, policy, feeds, day, approved_by)
        if len(found.remove) and (blocked := _blocked(store, policy, day)):
            found = SweepPlan(found.remove.head(0), found.report, {**found.waiting, blocked: len(found.remove)})
        carry_out(store, home, policy, day, found.remove)
        over = None if _blocked(store, policy, day) else policy.periods.last_year_over(day)
        suppressions_of.end_years(store, feeds, over)
        removed = int((found.remove["depth"] == "contact").sum())
        parts_removed = len(found.remove) - removed
        increments.note(store, removed=removed, parts_removed=parts_removed)
    suppressions_of.destroy_keys(home.keys, over)
    is_truncated = finish(home, day, say)
    return SweepResult(removed, parts_removed, sum(found.waiting.values()), found.waiting, is_truncated)


def _named(going: pd.DataFrame) -> pd.DataFrame:
    return going[[*ROW, "rule", "last_day"]].reset_index(drop=True)


def _are_outdated(store: Store) -> bool:
    """Whether something is known that the contacts, and so what is judged of them, do not show yet, or their suite has not
    passed: a row that came after its organisations or contacts were computed, one of theirs that is gone, a word of somebody's.
    """
    last = _last_run(store, "contacts")
    newest = max(store.scalar(select(func.max(table.c.changed_in))) or 0 for table in (observations, engagements))
    return (
        newest > min(last, _last_run(store, "organisations"))
        or store.scalar(select(memberships.c.record_key).where(memberships.c.is_gone).limit(1)) is not None
        or not decisions.changed_since(store, last).empty or not told.changed_since(store, last).empty
        or store.scalar(select(contacts.c.contact_id).where(is_unjudged(store)).limit(1)) is not None
    )


def _last_run(store: Store, step: str) -> int:
    return store.scalar(select(func.max(runs.c.run)).where(runs.c.step == step, runs.c.state == "done")) or 0


def _still_due(store: Store, policy: Policy, feeds: Feeds, day: date, stood: pd.DataFrame) -> pd.DataFrame:
    """What retention, asked again now, still removes, with its rule and last day of now; nothing beside its whole contact."""
    if stood.empty:
        return stood
    is_whole = stood["depth"] == "contact"
    decided = retention.judge(store, feeds, policy, day, stood.loc[is_whole, "contact_id"])
    gone = decided.loc[decided["outcome"] == "remove", ["contact_id", "rule", "last_day"]].assign(depth="contact", part=ALL)
    if not is_whole.all():
        faults = fault_evidence.judge(store, feeds, policy, day)
        past = faults[(faults["last_day"] < day.isoformat()) & ~is_among(faults["contact_id"], gone["contact_id"])]
        gone = pd.concat([gone, past[[*ROW, "rule", "last_day"]]])
    return stood[[*ROW, "approved_by"]].merge(gone, on=ROW)


def _few_enough(store: Store, policy: Policy, still: pd.DataFrame, approved_by: str | None) -> pd.DataFrame:
    """All of them, or where they are too many only those whom an approver has approved."""
    held = int(store.scalar(select(func.count()).select_from(contacts)))
    if approved_by is not None or still["contact_id"].nunique() <= max(SMALL, policy.sweep.max_share * held):
        return still
    return still[still["approved_by"].isin(policy.people.approvers)]


def _blocked(store: Store, policy: Policy, day: date) -> Why | None:
    if policy.sweep.mode != "on":
        return "preview"
    newest = newest_judged(store)
    return "older_day" if newest and newest > day.isoformat() else None

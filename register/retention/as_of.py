"""One contact's verdict on another day: what will be true if nothing new arrives, or what was by the facts that are left.

It says what it cannot know. Only reads.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from register import policies
from register.feeds import Feeds
from register.policy import Policy
from register.retention.evidence import facts, judge
from register.retention.facts import as_if_delivered
from register.retention.verdicts import decide
from register.store.store import Store

UNKNOWN = (
    "future",   # what is still to come
    "removed",  # what was removed or replaced since
    "feeds",    # whether a feed was late then, or a row waited
    "policy",   # which policy was used then
)
"""What cannot be known of another day."""


@dataclass(frozen=True)
class AsOf:
    """verdict: as `decide` gives it, with policy_no; None where the contact was not in the register. unknown: of UNKNOWN."""

    day: str
    verdict: dict[str, Any] | None
    unknown: tuple[str, ...]


def judge_as_of(store: Store, feeds: Feeds, policy: Policy, contact_id: str, day: date, today: date) -> AsOf:
    """The verdict of a contact on a day before, on or after today."""
    only = pd.Series([contact_id], dtype="str")
    if day == today:
        return _told(judge(store, feeds, policy, day, only), day, policies.known_no(store, policy), ())
    if day > today:
        known = as_if_delivered(facts(store, feeds, policy, day, only, with_gaps=False), today, day)
        return _told(decide(known, policy, day), day, policies.known_no(store, policy), ("future",))
    known = facts(store, feeds, policy, day, only, with_gaps=False, known_on=day.isoformat())
    used = policies.used_on(store, day)
    number, then = used or (policies.known_no(store, policy), policy)
    unknown = ("removed", "feeds") if used else ("removed", "feeds", "policy")
    return _told(decide(known, then, day), day, number, unknown)


def _told(decided: pd.DataFrame, day: date, number: int | None, unknown: tuple[str, ...]) -> AsOf:
    rows: list[dict[Any, Any]] = decided.astype(object).where(decided.notna(), None).to_dict("records")
    return AsOf(day.isoformat(), {**rows[0], "policy_no": number} if rows else None, unknown)

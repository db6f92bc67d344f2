"""One contact's verdict on another day: what will be true if nothing new arrives, or what was by the facts that are left.

It says what it cannot know. Only reads.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import or_, select

from register import policies
from register.feeds import Feeds
from register.increments import among
from register.policy import Policy
from register.retention import restrictions
from register.retention.evidence import facts, judge
from register.retention.facts import Facts
from register.retention.verdicts import decide
from register.sets import is_among
from register.store.store import Store
from register.store.tables import engagements, holds, memberships

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
    known = facts(store, feeds, policy, day, only, with_gaps=False)
    if day > today:
        return _told(decide(known, policy, day), day, policies.known_no(store, policy), ("future",))
    used = policies.used_on(store, day)
    number, then = used or (policies.known_no(store, policy), policy)
    unknown = ("removed", "feeds") if used else ("removed", "feeds", "policy")
    return _told(decide(_known_by(store, known, day.isoformat()), then, day), day, number, unknown)


def _told(decided: pd.DataFrame, day: date, number: int | None, unknown: tuple[str, ...]) -> AsOf:
    rows: list[dict[Any, Any]] = decided.astype(object).where(decided.notna(), None).to_dict("records")
    return AsOf(day.isoformat(), {**rows[0], "policy_no": number} if rows else None, unknown)


def _known_by(store: Store, known: Facts, day: str) -> Facts:
    """Less what happened, came or was said after the day; holds as they were on it."""
    first = store.read(select(engagements.c.record_key, engagements.c.first_seen_on).where(
        engagements.c.record_key.in_(select(store.keys(known.engagements["record_key"]).c.record_key))))
    came = first.loc[first["first_seen_on"] <= day, "record_key"]
    rows = known.engagements
    seen = known.confirmations["last_seen_on"]
    return replace(
        known,
        contacts=known.contacts[known.contacts["first_seen_on"] <= day],
        engagements=rows[is_among(rows["record_key"], came) & (rows["event_on"] <= day)],
        confirmations=known.confirmations.assign(last_seen_on=seen.mask(seen > day, day)),
        withdrawals=known.withdrawals[known.withdrawals["withdrawn_on"] <= day],
        incompatible=known.incompatible[known.incompatible["said_on"] <= day],
        deliveries=known.deliveries[known.deliveries["day"] <= day],
        holds=_holds_on(store, known.contacts["contact_id"], day),
        restrictions=store.read(restrictions.of_contacts(day).where(
            among(store, memberships.c.contact_id, known.contacts["contact_id"]))),
    )


def _holds_on(store: Store, ids: "pd.Series[str]", day: str) -> pd.DataFrame:
    after = f"{day}T99"  # later than every instant of the day
    was_in_force = (holds.c.held_at < after) & or_(holds.c.lifted_at.is_(None), holds.c.lifted_at > after)
    return store.read(
        select(memberships.c.contact_id, holds.c.owner, holds.c.review_on)
        .join(memberships, memberships.c.record_key == holds.c.record_key)
        .where(was_in_force, memberships.c.contact_id.in_(select(store.keys(ids, "contact_id").c.contact_id)))
        .order_by(holds.c.review_on, holds.c.hold_id))

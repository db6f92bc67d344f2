"""Holds: who may not be removed for now, why, by whose word, and when that is looked at again. Source: GDPR art. 17(3)(e).

A hold lies on all records a contact has when it is put, so that it follows them; the sweep reads it in its own transaction.
"""

from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import func, select

from register import explain
from register.errors import RefusedError
from register.policy import Policy
from register.retention import decided
from register.retention.decided import Signed
from register.store.database import now
from register.store.store import Store
from register.store.tables import holds, memberships
from register.texts import Texts

LONGEST_YEARS = 10
"""No word of the steward's reaches further than the notice's longest period."""


def is_near(day: str, since: date) -> bool:
    """Whether an ISO day lies after `since`, and not so far that it would mean for ever."""
    return since.isoformat() < day <= f"{since.year + LONGEST_YEARS}-12-31"


def add(store: Store, policy: Policy, contact_id: str, reason: str, owner: str, review_on: date, by: Signed) -> int:
    """Puts a hold on a contact; the decision's number.

    Raises RefusedError for a stranger, an unknown contact, no reason or owner, and a day of review that is none.
    """
    texts = Texts(policy.language)
    policy.refuse_stranger(by.name)
    found = explain.current_id(store, contact_id.strip().lower())
    if found is None:
        raise RefusedError(texts.say("explain.unknown"))
    if not reason.strip() or not owner.strip():
        raise RefusedError(texts.say("hold.no_reason"))
    if not is_near(review_on.isoformat(), by.day):
        raise RefusedError(texts.say("hold.bad_day", year=by.day.year + LONGEST_YEARS))
    return put(store, explain.record_keys(store, found), reason.strip(), owner.strip(), review_on.isoformat(), by)


def put(store: Store, records: list[str], reason: str, owner: str, review_on: str, by: Signed) -> int:
    """A hold on some records, by a decision; its number."""
    number = decided.decide(store, "hold", {review_on: records}, by)
    held = pd.DataFrame({"record_key": records}).assign(review_on=review_on)
    store.insert(holds, held.assign(reason=reason, owner=owner, held_at=now(), decision_id=number))
    store.promises.put(holds, held)
    return number


def lift(store: Store, policy: Policy, number: int, by: str, os_user: str) -> None:
    """Lifts a hold by its decision's number. Raises RefusedError for a stranger, and where no hold has it."""
    policy.refuse_stranger(by)
    is_hold = select(holds.c.hold_id).where(holds.c.decision_id == number, holds.c.lifted_at.is_(None)).limit(1)
    if store.scalar(is_hold) is None or not decided.lift(store, number, by, os_user):
        raise RefusedError(Texts(policy.language).say("hold.unknown", n=number))


def listed(store: Store) -> list[dict[str, Any]]:
    """Holds in force, the next to be reviewed first: decision_id, reason, owner, review_on, held_at, contact_ids."""
    query = select(holds.c.decision_id, holds.c.reason, holds.c.owner, holds.c.review_on, holds.c.held_at,
                   memberships.c.contact_id).outerjoin(memberships, memberships.c.record_key == holds.c.record_key)
    found = store.read(query.where(holds.c.lifted_at.is_(None)))
    told = found.groupby(["review_on", "decision_id", "reason", "owner", "held_at"], dropna=False)["contact_id"]
    rows: list[dict[Any, Any]] = (
        told.agg(lambda ids: sorted(set(ids.dropna()))).rename("contact_ids").reset_index().to_dict("records"))
    return rows


def with_reason(store: Store, reason: str) -> list[dict[str, Any]]:
    """Holds in force of this reason, as `listed` tells them."""
    return [one for one in listed(store) if one["reason"] == reason]


def first_overdue(store: Store, day: date) -> int | None:
    """The decision of the hold that is overdue the longest; None where none is, or no decision put it."""
    is_past = (holds.c.lifted_at.is_(None), holds.c.review_on < day.isoformat(), holds.c.decision_id.is_not(None))
    number = store.scalar(select(holds.c.decision_id).where(*is_past).order_by(holds.c.review_on, holds.c.decision_id).limit(1))
    return None if number is None else int(number)


def overdue(store: Store, day: date) -> int:
    """How many holds are past the day on which somebody was to look at them again."""
    is_past = (holds.c.lifted_at.is_(None), holds.c.review_on < day.isoformat())
    one = func.coalesce(holds.c.decision_id, -holds.c.hold_id)
    return int(store.scalar(select(func.count(one.distinct())).where(*is_past)))

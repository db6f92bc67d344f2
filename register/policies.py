"""Which policies were used, since which day, and who ran with them first: a number for each change of policy.

Every verdict and removal names its policy's number. A return to an older policy is a change too, with a number of its own.
"""

from datetime import date

import pandas as pd
from pydantic import ValidationError
from sqlalchemy import func, select

from register.policy import Policy
from register.store.store import Store
from register.store.tables import policies


def policy_no(store: Store, policy: Policy, day: date, user: str | None = None) -> int:
    """The number of the policy in use, given when it is put in place of another, with the day and who ran with it first."""
    newest = store.scalar(select(func.max(policies.c.policy_no)))
    if newest is None or known_no(store, policy) != newest:
        store.insert(policies, pd.DataFrame([{
            "digest": policy.digest, "used_since_on": day.isoformat(), "used_first_by": user,
            "content": policy.rules}]))
    return int(known_no(store, policy) or 0)


def known_no(store: Store, policy: Policy) -> int | None:
    """The policy's newest number; None where it was never used."""
    number: int | None = store.scalar(select(func.max(policies.c.policy_no)).where(policies.c.digest == policy.digest))
    return number


def used_on(store: Store, day: date) -> tuple[int, Policy] | None:
    """Number and content of the policy used on a day; None before the first, or where this version cannot read it."""
    rows = store.read(select(policies.c.policy_no, policies.c.content).where(policies.c.used_since_on <= day.isoformat())
                      .order_by(policies.c.policy_no.desc()).limit(1))
    try:
        return next(((int(number), Policy.model_validate_json(content))
                     for number, content in rows.itertuples(index=False, name=None)), None)
    except ValidationError:
        return None


def listed(store: Store) -> pd.DataFrame:
    """Every policy that was used, oldest first: policy_no, used_since_on, used_first_by."""
    return store.read(select(policies.c.policy_no, policies.c.used_since_on, policies.c.used_first_by)
                      .order_by(policies.c.policy_no))

"""Which policies were used, since which day: a number for each distinct content, named by every verdict and removal."""

from datetime import date

import pandas as pd
from sqlalchemy import select

from register.policy import Policy
from register.store.store import Store
from register.store.tables import policies


def policy_no(store: Store, policy: Policy, day: date) -> int:
    """The number of the policy, given when it is first used."""
    number = select(policies.c.policy_no).where(policies.c.digest == policy.digest)
    if (known := store.scalar(number)) is None:
        store.insert(policies, pd.DataFrame([{
            "digest": policy.digest, "used_since_on": day.isoformat(), "content": policy.model_dump_json(by_alias=True)}]))
        known = store.scalar(number)
    return int(known)

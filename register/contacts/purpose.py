"""Who turned out to be a private person, whom the register is not for, by the steward's word.

What a source marks so is withheld at the gate; of a record held before it a snapshot then gives no more.

Such a word is a decision on the contact's records: it follows them through merges and splits, and is undone by a date. When the
contact goes stands in the policy (`retention.incompatible`). Source: the notice (no private individuals); GDPR art. 5(1)(b).
"""

import json

import pandas as pd
from sqlalchemy import insert, select

from register import explain
from register.errors import RefusedError
from register.instants import stood_on
from register.policy import Policy
from register.store.database import now
from register.store.store import Store
from register.store.tables import decisions
from register.texts import Texts

PRIVATE = "private_person"
"""The kind of such a decision."""


def say_private(store: Store, policy: Policy, contact_id: str, by: str, os_user: str, day: str) -> int:
    """Decides that a contact is a private person; the decision's number. Raises RefusedError for a stranger, or no contact."""
    policy.refuse_stranger(by)
    found = explain.current_id(store, contact_id.strip().lower())
    if found is None:
        raise RefusedError(Texts(policy.language).say("explain.unknown"))
    return _decide(store, explain.record_keys(store, found), by, os_user, day)


def found_private(store: Store, on: str | None = None) -> pd.DataFrame:
    """Of each record that is said to be a private person's, or was on a day: decision_id, record_key, said_on."""
    stands = decisions.c.lifted_at.is_(None) if on is None else stood_on(on, decisions.c.lifted_at)
    query = select(decisions.c.decision_id, decisions.c.content).where(decisions.c.kind == PRIVATE)
    told = store.read(query.where(stands))
    said = zip(told["decision_id"], map(json.loads, told["content"]), strict=True)
    rows = [(number, key, content["day"]) for number, content in said for key in content["records"]
            if on is None or content["day"] <= on]
    found = pd.DataFrame(rows, columns=["decision_id", "record_key", "said_on"])
    return found.astype({"record_key": "str", "said_on": "str"})


def changed_since(store: Store, run: int) -> "pd.Series[str]":
    """Records of which it was said, or taken back, after a run."""
    told = store.read(select(decisions.c.content).where(decisions.c.kind == PRIVATE, decisions.c.changed_in > run))
    keys = {key for content in told["content"] for key in json.loads(content)["records"]}
    return pd.Series(sorted(keys), dtype="str", name="record_key")


def _decide(store: Store, keys: list[str], by: str, os_user: str, day: str) -> int:
    row = {"kind": PRIVATE, "content": json.dumps({"records": keys, "day": day}), "decided_by": by, "os_user": os_user,
           "decided_at": now(), "changed_in": store.run}
    return int(store.execute(insert(decisions).values(row).returning(decisions.c.decision_id)).scalar_one())

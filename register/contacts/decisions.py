"""The steward's word on who is who: taken, lifted, and what of it is in force. What follows from it is `matching/`'s.

A decision holds the records of its two sides, so that it follows them through merges and splits. The newest word on two
records counts; an older one is not touched by it, so that lifting the newer leaves the register as if it had never been said.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd
from sqlalchemy import Select, insert, select, update

from register import explain
from register.contacts.purpose import PRIVATE, found_private
from register.errors import RefusedError
from register.increments import among
from register.policy import Policy
from register.store.database import now
from register.store.store import Store
from register.store.tables import contacts, decisions, memberships
from register.texts import Texts

SIDES = ("left", "right")
"""Of a decision, and of a pair in doubt."""

Kind = Literal["same", "different", "other_firm", "unsure"]

KINDS: tuple[Kind, ...] = (
    "same",        # one person at one organisation: one contact
    "different",   # two people
    "other_firm",  # one person at two organisations: two contacts
    "unsure",      # answers nothing, and rests until there is new evidence
)


LIFTABLE = (*KINDS, PRIVATE)
"""What `register undo` takes back."""


@dataclass(frozen=True)
class Decision:
    """left, right: the records of the two sides. run: number of the one that took it."""

    decision_id: int
    kind: Kind
    left: frozenset[str]
    right: frozenset[str]
    run: int


def decide(store: Store, kind: Kind, left: Collection[str], right: Collection[str], by: str, os_user: str) -> int:
    """Stores what somebody says of two sides' records; the decision's number."""
    if not left or not right or set(left) & set(right):
        raise ValueError(f"a decision needs two sides of their own, got {len(left)} and {len(right)} records")
    content = json.dumps({"left": sorted(left), "right": sorted(right)})
    row = {"kind": kind, "content": content, "decided_by": by, "os_user": os_user, "decided_at": now(),
           "changed_in": store.run}
    return int(store.execute(insert(decisions).values(row).returning(decisions.c.decision_id)).scalar_one())


def lift(store: Store, number: int, by: str, os_user: str) -> bool:
    """Takes a decision back; who did so is kept. False where no unlifted one has this number."""
    content = store.scalar(select(decisions.c.content).where(
        decisions.c.kind.in_(LIFTABLE), decisions.c.lifted_at.is_(None), decisions.c.decision_id == number))
    if content is None:
        return False
    lifted = json.dumps(json.loads(content) | {"lifted_by": by, "lifted_os_user": os_user})
    store.execute(update(decisions).where(decisions.c.decision_id == number).values(
        lifted_at=now(), content=lifted, changed_in=store.run))
    return True


def in_force(store: Store) -> pd.DataFrame:
    """What counts now: decision_id, kind, left, right (lists of record keys) and run, oldest first.

    Of a decision that newer ones contradict on some pairs of records, the other pairs are left: one row, or several.
    """
    rows = [(one.decision_id, one.kind, sorted(one.left), sorted(one.right), one.run) for one in _counting(_taken(store))]
    return pd.DataFrame(rows, columns=["decision_id", "kind", "left", "right", "run"])


def records(told: pd.DataFrame) -> pd.DataFrame:
    """The records of both sides of decisions, as `in_force` gives them: decision_id, side, record_key."""
    return pd.concat([told[["decision_id", side]].explode(side).rename(columns={side: "record_key"}).assign(side=side)
                      for side in SIDES]).astype({"record_key": "str"})


def listed(store: Store) -> list[dict[str, Any]]:
    """What counts now, for people: decision_id, kind, decided_by, decided_at, and contact_ids of the records, oldest first."""
    counting = in_force(store)
    private = found_private(store)
    sides = pd.concat([records(counting), private])[["decision_id", "record_key"]]
    members = store.read(select(memberships.c.record_key, memberships.c.contact_id).where(
        among(store, memberships.c.record_key, sides["record_key"])))
    ids = sides.merge(members, on="record_key").groupby("decision_id")["contact_id"].agg(lambda found: sorted(set(found)))
    columns = (decisions.c.decision_id, decisions.c.kind, decisions.c.decided_by, decisions.c.decided_at)
    rows = store.read(select(*columns).where(decisions.c.decision_id.in_(sides["decision_id"].drop_duplicates().tolist())))
    rows = rows.sort_values("decision_id")
    told: list[dict[Any, Any]] = rows.to_dict("records")
    return [{**row, "contact_ids": list(ids.get(row["decision_id"], []))} for row in told]


def changed_since(store: Store, run: int) -> "pd.Series[str]":
    """Records that decisions taken or lifted after a run concern, each once: their contacts are computed again."""
    changed = select(decisions.c.content).where(decisions.c.kind.in_(KINDS), decisions.c.changed_in > run)
    contents = [json.loads(content) for content in store.read(changed)["content"]]
    keys = {key for content in contents for side in SIDES for key in content[side]}
    return pd.Series(sorted(keys), dtype="str", name="record_key")


def merge(
    store: Store, policy: Policy, contact_ids: tuple[str, str], by: str, os_user: str, *, is_elsewhere: bool = False
) -> int:
    """Decides that two contacts are one, or one person at two organisations (is_elsewhere); the decision's number.

    Raises RefusedError for a stranger, an unknown contact, one contact twice, and where the organisations do not fit.
    """
    texts = Texts(policy.language)
    policy.refuse_stranger(by)
    left, right = (_known(store, contact_id, texts) for contact_id in contact_ids)
    if left == right:
        raise RefusedError(texts.say("decision.already_one"))
    firms = {store.scalar(select(contacts.c.organisation_id).where(contacts.c.contact_id == one)) for one in (left, right)}
    if (len(firms) > 1) != is_elsewhere:
        raise RefusedError(texts.say("decision.one_firm" if is_elsewhere else "decision.two_firms"))
    kind: Kind = "other_firm" if is_elsewhere else "same"
    return decide(store, kind, explain.record_keys(store, left), explain.record_keys(store, right), by, os_user)


def split(store: Store, policy: Policy, contact_id: str, rows: Collection[int], by: str, os_user: str) -> int:
    """Decides that some of a contact's records are another person's; the decision's number.

    rows: numbers of the records as `register explain` shows them. Raises RefusedError as `merge` does, and for other rows.
    """
    texts = Texts(policy.language)
    policy.refuse_stranger(by)
    keys = explain.record_keys(store, _known(store, contact_id, texts))
    wanted = set(rows)
    if not wanted or not wanted < set(range(1, len(keys) + 1)):
        raise RefusedError(texts.say("decision.rows", n=len(keys)))
    taken_out = [key for no, key in enumerate(keys, start=1) if no in wanted]
    return decide(store, "different", taken_out, [key for key in keys if key not in taken_out], by, os_user)


def undo(store: Store, policy: Policy, number: int, by: str, os_user: str) -> None:
    """Lifts a decision in somebody's name. Raises RefusedError for a stranger, and where none of this number is in force."""
    policy.refuse_stranger(by)
    if not lift(store, number, by, os_user):
        raise RefusedError(Texts(policy.language).say("decision.not_in_force", n=number))


def _known(store: Store, contact_id: str, texts: Texts) -> str:
    found = explain.current_id(store, contact_id.strip().lower())
    if found is None:
        raise RefusedError(texts.say("explain.unknown"))
    return found


def _unlifted(*columns: Any) -> Select[Any]:
    return select(*columns).where(decisions.c.kind.in_(KINDS), decisions.c.lifted_at.is_(None))


def _taken(store: Store) -> list[Decision]:
    """All that nobody has lifted, oldest first; a side whose records were erased says nothing any more."""
    columns = (decisions.c.decision_id, decisions.c.kind, decisions.c.content, decisions.c.changed_in)
    rows = store.read(_unlifted(*columns).order_by(decisions.c.decision_id))
    taken = [_decision(*row) for row in rows.itertuples(index=False, name=None)]
    return [decision for decision in taken if decision.left and decision.right]


def _decision(number: int, kind: Kind, content: str, run: int) -> Decision:
    sides = json.loads(content)
    return Decision(int(number), kind, frozenset(sides["left"]), frozenset(sides["right"]), int(run))


def _counting(taken: Sequence[Decision]) -> Iterator[Decision]:
    standing: dict[int, list[Decision]] = {}
    concerning: dict[str, set[int]] = {}
    for newer in taken:
        met = {number for key in newer.left | newer.right for number in concerning.get(key, ())}
        for number in met if newer.kind != "unsure" else ():
            standing[number] = [rest for older in standing[number] for rest in _rest(older, newer)]
        standing[newer.decision_id] = [newer]
        for key in newer.left | newer.right:
            concerning.setdefault(key, set()).add(newer.decision_id)
    for parts in standing.values():
        yield from parts


def _rest(older: Decision, newer: Decision) -> list[Decision]:
    """What is left of a decision where a newer one says something else of the same pairs."""
    if older.kind == newer.kind:
        return [older]
    once = _without(older, newer.left, newer.right)
    return [rest for part in once for rest in _without(part, newer.right, newer.left)]


def _without(decision: Decision, left: frozenset[str], right: frozenset[str]) -> list[Decision]:
    """The pairs of its two sides that are not pairs of the given ones, as at most two decisions."""
    both = decision.left & left
    if not both or not decision.right & right:
        return [decision]
    parts = ((decision.left - left, decision.right), (both, decision.right - right))
    return [replace(decision, left=one, right=other) for one, other in parts if one and other]

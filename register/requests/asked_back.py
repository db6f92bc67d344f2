"""Requests that ask back: the answer that shows whom or what could be meant lies in the outbox, and has not come back."""

import json
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from register.normalise.day import parse
from register.policy import Policy
from register.requests.form import ANSWER
from register.store.store import Store
from register.store.tables import exports
from register.texts import Texts

CASES = ("erase", "restrict", "object_marketing", "object_situation")
"""What people ask for: they must have an answer within a month of the day that was typed, or of the day it was asked."""


@dataclass(frozen=True)
class AskedBack:
    """One request. due_strict: the day that no holiday moves, of what a person has asked for."""

    file: str
    received_on: str
    due_strict: str | None


def waiting(store: Store, policy: Policy) -> list[AskedBack]:
    """All of which somebody is still there to be chosen, the oldest first."""
    out = select(exports.c.file, exports.c.exported_at, exports.c.asked).where(
        exports.c.what == ANSWER.what, exports.c.taken_on.is_(None), exports.c.deleted_on.is_(None))
    found = []
    for file, exported_at, asked in store.read(out).itertuples(index=False):
        rows = ANSWER.shown(store, Texts(policy.language), [tuple(keys) for keys in json.loads(asked)])
        for one in rows.drop_duplicates("row").to_dict("records"):
            found.append(_one(str(file), parse(exported_at) or "", one["action"], one["facts"].get("day"), policy))
    return sorted(found, key=lambda one: one.received_on)


def _one(file: str, asked_on: str, action: str, day: str | None, policy: Policy) -> AskedBack:
    from register.removal.deadlines import answer_by

    if action not in CASES:
        return AskedBack(file, asked_on, None)
    received_on = day or asked_on
    return AskedBack(file, received_on, answer_by(date.fromisoformat(received_on), policy.country).strict.isoformat())

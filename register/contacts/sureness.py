"""How sure the register is of who is who, in three checks that warn: contacts in doubt, the largest contact, merges."""

import json

from sqlalchemy import func, select, union

from register.intake.feed_state import Check
from register.matching.pairs import CERTAIN
from register.policy import Policy
from register.store.store import Store
from register.store.tables import contacts, doubts, memberships, runs
from register.texts import Texts

DOUBTFUL_SHARE = 0.02
"""Where the columns that tell people apart are filled, some two contacts in a thousand are in doubt: this is ten times that."""

LARGEST = 100
"""Records; a contact that many feeds give for years stays far below."""

MANY_MERGES, TIMES = 100, 10
"""Merges that are many on any day, and how many times the last run's are unusual."""


def judge(store: Store, policy: Policy, texts: Texts) -> list[Check]:
    """The checks."""
    return [_doubtful(store, policy, texts), _largest(store, texts), _merges(store, texts)]


def _doubtful(store: Store, policy: Policy, texts: Texts) -> Check:
    """A small register may have as many in doubt as one workbook asks about."""
    is_doubt = doubts.c.probability < CERTAIN
    keys = union(select(doubts.c.left_key).where(is_doubt), select(doubts.c.right_key).where(is_doubt))
    in_doubt = select(func.count(memberships.c.contact_id.distinct())).where(memberships.c.record_key.in_(keys))
    found, held = int(store.scalar(in_doubt)), int(store.scalar(select(func.count()).select_from(contacts)))
    allowed = max(int(held * DOUBTFUL_SHARE), policy.matching.review_per_day * 2)
    return _check("doubtful", texts, passed=found <= allowed, n=found, of=held, allowed=allowed)


def _largest(store: Store, texts: Texts) -> Check:
    size = func.count().label("records")
    counted = select(memberships.c.contact_id, size).group_by(memberships.c.contact_id).order_by(size.desc()).limit(1)
    row = store.execute(counted).first()
    contact, records = (row.contact_id, row.records) if row else ("-", 0)
    return _check("largest", texts, passed=records <= LARGEST, n=records, allowed=LARGEST, contact=contact)


def _merges(store: Store, texts: Texts) -> Check:
    """The first run of a register merges whatever there is: nothing to compare with."""
    done = select(runs.c.counts).where(runs.c.step == "contacts", (runs.c.state == "done") | (runs.c.run == store.run))
    counts = store.read(done.order_by(runs.c.run.desc()).limit(2))["counts"]
    merged = [int(json.loads(said).get("merged", 0)) for said in counts]
    now, before = (*merged, 0, 0)[:2]
    passed = len(merged) < len(("now", "before")) or now <= max(MANY_MERGES, TIMES * before)
    return _check("merges", texts, passed=passed, n=now, before=before)


def _check(name: str, texts: Texts, *, passed: bool, **figures: object) -> Check:
    sentence = texts.say(f"check.{name}.{'passed' if passed else 'failed'}", **figures)
    return Check(name, passed, "warn", sentence, figures)

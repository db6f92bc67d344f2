"""Whom a run of `verdicts` judges: those whose facts changed since the last one, and those on whom time alone tells.

What a verdict rests on stands in `retention/`; each of these facts, when it changes, must lead here. Writes nothing.
"""

import hashlib
from datetime import date, timedelta

import pandas as pd
from sqlalchemy import ColumnElement, Select, or_, select, union

from register import increments
from register.contacts import purpose
from register.feeds import Feeds
from register.increments import Since, among
from register.policy import Policy
from register.retention import decided, restrictions
from register.retention.evidence import delivered
from register.sets import is_among
from register.store.store import Store
from register.store.tables import contacts, deliveries, engagements, memberships, observations, organisations, verdicts

UNSURE = ("stale_evidence",)
"""Rules of reports that end when the evidence is complete, which no contact of theirs shows."""

SHORTEST_MONTH = 28
"""Days without a delivery after which a month may have passed that does not count."""


def basis(policy: Policy, feeds: Feeds, version: str, day: date) -> str:
    """One short text that differs where all must be judged again: the policy, the feeds, or which of its rules are in force."""
    in_force = "".join("1" if rule.from_ <= day else "0" for rules in policy.retention.rules.values() for rule in rules)
    read = ",".join([*(feed.name for feed in feeds.living), *(feed.name for feed in feeds.broken)])
    return increments.basis(policy, feeds, version, in_force, read)


def heard(store: Store, feeds: Feeds, day: date) -> str:
    """One short text that differs where third parties confirmed somebody, or may have failed to: that moves last days."""
    rows = delivered(store, feeds)
    rows = rows[~is_among(rows["feed"], _own(feeds))].sort_values(["feed", "day"])
    silent_since = (day - timedelta(days=SHORTEST_MONTH)).isoformat()
    is_silent = bool((rows.groupby("feed")["day"].max() <= silent_since).any())
    said = rows.to_csv(index=False) + (day.isoformat() if is_silent else "")
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def read(store: Store, feeds: Feeds, since: Since, day: date, heard_now: str) -> "pd.Series[str] | None":
    """Ids of the contacts to judge, each once; None for all."""
    if since.is_whole:
        return None
    told = among(store, memberships.c.record_key, purpose.changed_since(store, since.run))
    found = [_of_changed(since.run), _of_own_engagements(since.run), _held(), _waiting(day),
             select(memberships.c.contact_id).where(told)]
    if since.noted.get("heard") != heard_now:
        found.append(_known_from_others(feeds))
    if len(said := decided.changed_since(store, since.run)):
        found.append(select(memberships.c.contact_id).where(among(store, memberships.c.record_key, said)))
    return store.read(select(union(*found).subquery()))["contact_id"]


def _of_changed(run: int) -> Select[tuple[str]]:
    """Contacts computed since, and all at organisations that changed, or of which a shared engagement changed or went."""
    is_shared = or_(engagements.c.kind.in_(("assignment", "invoice")), engagements.c.case_number.is_not(None))
    given = select(engagements.c.organisation_id).where(engagements.c.changed_in > run, is_shared)
    changed = select(organisations.c.organisation_id).where(organisations.c.touched_in > run)
    is_there: ColumnElement[bool] = contacts.c.organisation_id.in_(given.union(changed))
    return select(contacts.c.contact_id).where(or_(contacts.c.touched_in > run, is_there))


def _of_own_engagements(run: int) -> Select[tuple[str]]:
    changed = select(engagements.c.record_key).where(engagements.c.changed_in > run)
    return select(memberships.c.contact_id).where(memberships.c.record_key.in_(changed))


def _held() -> Select[tuple[str]]:
    """Contacts under a hold or restricted; they are few."""
    return select(memberships.c.contact_id).where(memberships.c.record_key.in_(restrictions.waiting()))


def _waiting(day: date) -> Select[tuple[str]]:
    """Contacts whose verdict time or the evidence of others may have changed."""
    is_over = verdicts.c.stands_until < day.isoformat()
    is_open = verdicts.c.outcome.in_(("remove", "hold")) | verdicts.c.rule.in_(UNSURE)
    return select(verdicts.c.contact_id).where(is_over | is_open)


def _known_from_others(feeds: Feeds) -> Select[tuple[str]]:
    """Contacts with a record of a feed that is not surely our own."""
    others = select(deliveries.c.feed).where(deliveries.c.feed.not_in(_own(feeds)))
    theirs = select(observations.c.record_key).where(observations.c.feed.in_(others))
    return select(memberships.c.contact_id).where(memberships.c.record_key.in_(theirs))


def _own(feeds: Feeds) -> list[str]:
    """Feeds that confirm nobody: those of our own dealings, and mail that came back."""
    return [feed.name for feed in feeds.good if not feed.is_third_party or feed.is_bounce]

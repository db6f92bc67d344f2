"""Whether a delivery is too small to be believed, and who has taken one such by name (design, rule 5)."""

import json

from sqlalchemy import func, select

from register.feeds import Feed
from register.intake import deliveries
from register.policy import Policy
from register.store.store import Store
from register.store.tables import decisions
from register.store.tables import deliveries as table

SHRUNK = "shrunk"
"""Readable, but too small to be believed: the only fault that somebody's word can take away."""


def has_shrunk(store: Store, feed: Feed, day: str, size: int, policy: Policy) -> bool:
    """Whether so many rows are too few: against the day they replace, or a snapshot against the nearest earlier day held.

    False once somebody has accepted as few rows of the day by name.
    """
    before = deliveries.find(store, feed.name, day)
    sizes = [before.size] if before and before.is_held else []
    earlier = store.scalar(select(func.max(table.c.day)).where(table.c.feed == feed.name, table.c.day < day, table.c.is_held))
    if feed.gives == "snapshot" and earlier:
        sizes.append(deliveries.size(store, feed.name, earlier))
    is_too_small = any(size < (1 - policy.admission.max_shrink) * held for held in sizes)
    return is_too_small and not _is_accepted(store, feed, day, size)


def shrunk_since(store: Store, feed: Feed, day: str, policy: Policy) -> str | None:
    """The nearest later day of a snapshot feed whose held rows are too few, now that `day` is held; None where it is not."""
    later = store.scalar(select(func.min(table.c.day)).where(table.c.feed == feed.name, table.c.day > day, table.c.is_held))
    if feed.gives != "snapshot" or later is None:
        return None
    size = deliveries.size(store, feed.name, later)
    is_too_small = size < (1 - policy.admission.max_shrink) * deliveries.size(store, feed.name, day)
    return str(later) if is_too_small and not _is_accepted(store, feed, later, size) else None


def shrunk_days(store: Store, feed: Feed, after: str) -> list[str]:
    """Days of a snapshot feed after the given one that wait as shrunk: an earlier day may show them in another light."""
    if feed.gives != "snapshot":
        return []
    found = store.read(select(table.c.day).where(
        table.c.feed == feed.name, table.c.day > after, table.c.state == "set aside", table.c.code == SHRUNK))
    return sorted(found["day"])


def is_taken(store: Store, feed: Feed, day: str) -> bool:
    """Whether somebody has accepted by name what of the day is set aside as shrunk."""
    known = deliveries.find(store, feed.name, day)
    return known is not None and known.code == SHRUNK and _is_accepted(store, feed, day, known.structure["rows_set_aside"])


def _is_accepted(store: Store, feed: Feed, day: str, size: int) -> bool:
    query = select(decisions.c.content).where(
        decisions.c.kind == "accept", decisions.c.feed == feed.name, decisions.c.day == day, decisions.c.lifted_at.is_(None))
    return any(size >= json.loads(content)["rows"] for content in store.read(query).content)

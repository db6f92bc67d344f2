"""Records that were removed are kept out for as long as their feed still gives them (design, rule 17)."""

import pandas as pd
from sqlalchemy import ColumnElement, delete, func, select

from register.feeds import Feed
from register.store.store import Store
from register.store.tables import deliveries, suppressions


def lift_suppressions(store: Store, feed: Feed, day: str, delivered: "pd.Series[str]", deleted: "pd.Series[str]") -> int:
    """Ends the suppressions of records that their source no longer gives; how many. delivered: the records of all rows.

    Of a snapshot those that its newest day lacks, of changes those it says are deleted. Those of an events feed stay until
    their year's key is destroyed.
    """
    if feed.gives == "changes":
        is_gone = suppressions.c.record_key.in_(select(store.keys(deleted).c.record_key))
    elif feed.gives == "snapshot" and _newest(store, feed) == day:
        is_gone = suppressions.c.record_key.not_in(select(store.keys(delivered).c.record_key))
    else:
        return 0
    return _lift(store, feed, day, is_gone)


def _lift(store: Store, feed: Feed, day: str, is_gone: "ColumnElement[bool]") -> int:
    """What a day says that is older than the removal ends nothing."""
    return store.execute(delete(suppressions).where(
        suppressions.c.feed == feed.name, suppressions.c.suppressed_on <= day, is_gone)).rowcount


def _newest(store: Store, feed: Feed) -> str | None:
    newest: str | None = store.scalar(
        select(func.max(deliveries.c.day)).where(deliveries.c.feed == feed.name, deliveries.c.is_held))
    return newest

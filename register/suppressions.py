"""Records that were removed are kept out for as long as their feed still gives them (design, rule 17)."""

import pandas as pd
from sqlalchemy import delete, func, select

from register.feeds import Feed
from register.store.store import Store
from register.store.tables import deliveries, suppressions


def lift_suppressions(store: Store, feed: Feed, day: str, delivered: "pd.Series[str]") -> int:
    """Ends the suppressions of records that a snapshot's newest day no longer gives; how many.

    Those of an events feed stay until their year's key is destroyed.
    """
    if feed.gives != "snapshot":
        return 0
    newest = store.scalar(select(func.max(deliveries.c.day)).where(deliveries.c.feed == feed.name, deliveries.c.is_held))
    if newest != day:
        return 0
    wanted = select(store.keys(delivered).c.record_key)
    return store.execute(delete(suppressions).where(suppressions.c.feed == feed.name,
                                                    suppressions.c.record_key.not_in(wanted))).rowcount

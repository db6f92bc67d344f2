"""What becomes of records that a re-delivered day no longer holds: they were never true of that day (design, rule 5).

A record falls back to the nearest earlier archived day that holds it; first seen before the archive begins, or under a hold, it
stays and is counted; else it goes at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Table

from register import observations
from register.archive import Archive, archived
from register.feeds import Feed
from register.store.store import Store
from register.store.tables import engagements
from register.store.tables import observations as observed

Readmit = Callable[[str, pd.DataFrame], dict[str, pd.DataFrame]]
"""Day and archived rows -> the rows of `observations` and `engagements` that come of them, by table name."""


@dataclass
class Dropped:
    """How many records went at once, and how many stayed although no day of the archive holds them."""

    gone: int = 0
    stayed: int = 0


def drop(store: Store, archive: Archive, feed: Feed, day: str, keys: "pd.Series[str]", readmit: Readmit) -> Dropped:
    """Settles the records of `keys`, which the day held and holds no longer; the day's new file is already named."""
    if keys.empty:
        return Dropped()
    holding = archive.days_holding(store, feed.name, keys)
    back = _given_back(store, archive, feed, day, holding, readmit)
    counts = Dropped()
    for table in (observed, engagements):
        _drop_from(store, table, day, keys, holding, back, _oldest(store, feed), counts)
    return counts


def _given_back(
    store: Store, archive: Archive, feed: Feed, day: str, holding: pd.DataFrame, readmit: Readmit
) -> dict[str, list[tuple[str, pd.DataFrame]]]:
    """What the nearest earlier archived days say of the records, admitted again: table -> (day, rows)."""
    nearest = holding[holding["day"] < day].groupby("record_key")["day"].max()
    files = dict(archived(store, feed.name))
    back: dict[str, list[tuple[str, pd.DataFrame]]] = {"observations": [], "engagements": []}
    for earlier in sorted(nearest.unique()):
        rows = archive.read(files[earlier])
        again = readmit(earlier, rows[rows["record_key"].isin(nearest.index[nearest == earlier])])
        for name, given in again.items():
            back[name].append((earlier, given))
    return back


def _drop_from(
    store: Store, table: Table, day: str, keys: "pd.Series[str]", holding: pd.DataFrame,
    back: dict[str, list[tuple[str, pd.DataFrame]]], oldest: str, counts: Dropped,
) -> None:
    lost = observations.last_given_by(store, table, keys, day)
    least = holding.groupby("record_key")["day"].min()
    first_days = lost.set_index("record_key")["first_seen_on"]
    first_days = least.reindex(first_days.index).mask(first_days < oldest, first_days).dropna()
    returned: set[str] = set()
    for earlier, rows in back[table.name]:
        again = rows[rows["record_key"].isin(lost["record_key"])]
        observations.fall_back(store, table, again, earlier, first_days)
        returned |= set(again["record_key"])
    left = lost[~lost["record_key"].isin(returned)]
    stays = left["is_under_hold"] | (left["first_seen_on"] < oldest)
    kept = least[~least.index.isin(lost["record_key"])]
    observations.first_seen(store, table, kept.rename("first_seen_on").reset_index(), day)
    counts.gone += observations.remove(store, table, left.loc[~stays, "record_key"])
    counts.stayed += int(stays.sum())


def _oldest(store: Store, feed: Feed) -> str:
    """The day on which the feed's archive begins."""
    return min((day for day, _ in archived(store, feed.name)), default="")

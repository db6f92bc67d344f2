"""What becomes of records that a re-delivered day no longer holds: they were never true of that day (design, rule 5).

A record falls back to the nearest earlier archived day that holds it; first seen before the archive begins, or under a hold, it
stays and is counted; else it goes at once. What was removed is kept out of the day and of the archive: the fact that is left of
it, which colleagues stand on, is nothing that the day lost.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from sqlalchemy import Table, func, select

from register.feeds import Feed
from register.intake import observations, quarantine
from register.intake.archive import Archive, archived
from register.intake.deliveries import IS_BEYOND_ARCHIVE
from register.intake.given import Given
from register.removal.suppressions import IS_IN_FORCE
from register.retention import restrictions
from register.sets import is_among
from register.store.store import Store
from register.store.tables import deliveries, engagements, suppressions
from register.store.tables import observations as observed

Readmit = Callable[[str, pd.DataFrame], Given]
"""Day and archived rows -> what they give, admitted again."""

What = Literal["observations", "engagements", "deleted", "delivered"]

TABLES: dict[What, Table] = {"observations": observed, "engagements": engagements}


@dataclass
class Days:
    """The archived days of a feed, and what of some records they say."""

    store: Store
    archive: Archive
    feed: Feed
    readmit: Readmit

    def before(self, day: str) -> list[str]:
        """Archived days before the given one, the nearest first."""
        return [earlier for earlier, _ in archived(self.store, self.feed.name) if earlier < day]

    def after(self, day: str) -> list[str]:
        """Archived days after the given one, the nearest first."""
        return [later for later, _ in reversed(archived(self.store, self.feed.name)) if later > day]

    def give(self, keys: "pd.Series[str]", days: list[str], what: What) -> Iterator[tuple[str, pd.DataFrame, Given]]:
        """Of each record what the first of `days` that gives it says: day, rows of `what`, and all else the day gives.

        No more days are read than needed.
        """
        wanted = set(keys)
        files = dict(archived(self.store, self.feed.name))
        for day in days:
            asked = wanted & set(self.archive.keys(files[day])) if wanted else wanted
            if asked:
                rows = self.archive.read(files[day])
                again = self.readmit(day, rows[is_among(rows["record_key"], asked)])
                found = pd.DataFrame(getattr(again, what))
                wanted -= set(found["record_key"])
                yield day, found, again


def drop(store: Store, archive: Archive, feed: Feed, day: str, gives: Given | None, readmit: Readmit) -> int:
    """Settles the records that the day gave before and gives no longer; how many stay although no day gives them.

    gives: what the day gives now, settled already; None where nothing of it is held any more. Its new file is named.
    """
    days = Days(store, archive, feed, readmit)
    _take_back_deletions(days, day, gives)
    stayed: set[str] = set()
    for name, table in TABLES.items():
        given_now = _keys(gives, name)
        _begin_later(days, name, table, day, given_now)
        stayed |= _fall_back(days, name, table, day, given_now)
    return len(stayed)


def _keys(gives: Given | None, what: What) -> "pd.Series[str]":
    if gives is None:
        return pd.Series(dtype="str")
    keys: pd.Series[str] = gives.deleted if what == "deleted" else getattr(gives, what)["record_key"]
    return keys


def _take_back_deletions(days: Days, day: str, gives: Given | None) -> None:
    """Records that the day no longer deletes stand as the days before left them; what waited of them waits again."""
    said = observations.last_deleted_by(days.store, days.feed, day)
    taken_back = said[~is_among(said, _keys(gives, "deleted"))]
    observations.forget_deletion(days.store, taken_back)
    for nearest, found, _ in days.give(taken_back, days.before(day), "deleted"):
        observations.mark_deleted(days.store, days.feed, found["record_key"], nearest)
    for nearest, found, again in days.give(taken_back, days.before(day), "delivered"):
        _wait_again(days, again, found["record_key"], nearest)


def _begin_later(days: Days, name: What, table: Table, day: str, given_now: "pd.Series[str]") -> None:
    begun = _not_removed(days, table, observations.first_given_by(days.store, table, days.feed, day).to_frame())["record_key"]
    for first, rows, _ in days.give(begun[~is_among(begun, given_now)], days.after(day), name):
        observations.begin_on(days.store, table, rows["record_key"], first)


def _fall_back(days: Days, name: What, table: Table, day: str, given_now: "pd.Series[str]") -> set[str]:
    """Gives the records that the day gave last their earlier content, or removes them; those that stay."""
    lost = _not_removed(days, table, observations.last_given_by(days.store, table, days.feed, day))
    left = lost = lost[~is_among(lost["record_key"], given_now)]
    first_days = lost.set_index("record_key")["first_seen_on"]
    for nearest, rows, again in days.give(lost["record_key"], days.before(day), name):
        observations.fall_back(days.store, table, rows, nearest, first_days)
        _wait_again(days, again, rows["record_key"], nearest)
        left = left[~is_among(left["record_key"], rows["record_key"])]
    is_older = left["first_seen_on"] <= _archive_lost_until(days.store, days.feed, day)
    stays = is_older | is_among(left["record_key"], _under_hold(days.store))
    _remove(days, table, left.loc[~stays, "record_key"])
    return set(left.loc[stays, "record_key"])


def _wait_again(days: Days, gives: Given, keys: "pd.Series[str]", day: str) -> None:
    waiting = gives.waiting[is_among(gives.waiting["record_key"], keys)]
    quarantine.settle(days.store, waiting, keys, day)


def _remove(days: Days, table: Table, keys: "pd.Series[str]") -> None:
    """Removes records; that one was said to be deleted is kept, should an older day still give it."""
    said = observations.deletions(days.store, keys) if table is observed else pd.DataFrame({"deleted_on": []})
    observations.remove(days.store, table, keys)
    for deleted_on, of_it in said.groupby("deleted_on"):
        observations.mark_deleted(days.store, days.feed, of_it["record_key"], str(deleted_on))


def _not_removed(days: Days, table: Table, records: pd.DataFrame) -> pd.DataFrame:
    """Facts less those that are suppressed: their people were removed, and what stays of them goes with the last who stands on
    it. An observation of a suppressed record is of nobody who may stay.
    """
    if table is observed:
        return records
    held = days.store.read(select(suppressions.c.record_key).where(suppressions.c.feed == days.feed.name, IS_IN_FORCE))
    return records[~is_among(records["record_key"], held["record_key"])]


def _under_hold(store: Store) -> "pd.Series[str]":
    """Of whom nothing goes: also whoever is restricted."""
    return store.read(select(restrictions.waiting().subquery().c.record_key)).record_key


def _archive_lost_until(store: Store, feed: Feed, day: str) -> str:
    """The newest day but the one settled whose rows are in the register and no longer in the archive, which begins after it."""
    is_lost = (deliveries.c.feed == feed.name) & (deliveries.c.day != day) & IS_BEYOND_ARCHIVE
    return store.scalar(select(func.max(deliveries.c.day)).where(is_lost)) or ""

"""What becomes of records that a re-delivered day no longer holds: they were never true of that day (design, rule 5).

A record falls back to the nearest earlier archived day that holds it; first seen before the archive begins, or under a hold, it
stays and is counted; else it goes at once. What was removed is kept out of the day and of the archive: the fact that is left of
it, which colleagues stand on, is nothing that the day lost.
"""

from collections.abc import Callable, Iterator, Mapping
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

Records = Mapping[What, "pd.Series[str]"]
"""Records by what of them is meant."""

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

    def give(self, wanted: Records, days: list[str]) -> Iterator[tuple[str, dict[What, pd.DataFrame], Given]]:
        """Of each record what the first of `days` that gives it says: day, rows by what was wanted, and all else the day gives.

        No more days are read than needed, and none twice.
        """
        left = {what: set(keys) for what, keys in wanted.items()}
        files = dict(archived(self.store, self.feed.name))
        for day in days:
            asked: set[str] = set().union(*left.values())
            if asked and (asked := asked & set(self.archive.keys(files[day]))):
                rows = self.archive.read(files[day])
                again = self.readmit(day, rows[is_among(rows["record_key"], asked)])
                found = {what: _of(again, what, keys) for what, keys in left.items()}
                for what, rows_found in found.items():
                    left[what] -= set(rows_found["record_key"])
                yield day, found, again


def _of(gives: Given, what: What, keys: set[str]) -> pd.DataFrame:
    """What a day gives of the records."""
    rows = pd.DataFrame(getattr(gives, what))
    return rows[is_among(rows["record_key"], keys)]


def drop(store: Store, archive: Archive, feed: Feed, day: str, gives: Given | None, readmit: Readmit) -> int:
    """Settles the records that the day gave before and gives no longer; how many stay although no day gives them.

    gives: what the day gives now, settled already; None where nothing of it is held any more. Its new file is named.
    """
    days = Days(store, archive, feed, readmit)
    _take_back_deletions(days, day, gives)
    given_now = {name: _keys(gives, name) for name in TABLES}
    _begin_later(days, day, given_now)
    return len(_fall_back(days, day, given_now))


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
    wanted: dict[What, pd.Series[str]] = {"deleted": taken_back, "delivered": taken_back}
    for nearest, found, again in days.give(wanted, days.before(day)):
        observations.mark_deleted(days.store, days.feed, found["deleted"]["record_key"], nearest)
        _wait_again(days, again, found["delivered"]["record_key"], nearest)


def _begin_later(days: Days, day: str, given_now: Records) -> None:
    begun: dict[What, pd.Series[str]] = {}
    for name, table in TABLES.items():
        known = _not_removed(days, table, observations.first_given_by(days.store, table, days.feed, day).to_frame())
        begun[name] = known.loc[~is_among(known["record_key"], given_now[name]), "record_key"]
    for first, found, _ in days.give(begun, days.after(day)):
        for name, table in TABLES.items():
            observations.begin_on(days.store, table, found[name]["record_key"], first)


def _fall_back(days: Days, day: str, given_now: Records) -> set[str]:
    """Gives the records that the day gave last their earlier content, or removes them; those that stay."""
    left: dict[What, pd.DataFrame] = {}
    for name, table in TABLES.items():
        lost = _not_removed(days, table, observations.last_given_by(days.store, table, days.feed, day))
        left[name] = lost[~is_among(lost["record_key"], given_now[name])]
    first_days = {name: rows.set_index("record_key")["first_seen_on"] for name, rows in left.items()}
    wanted = {name: rows["record_key"] for name, rows in left.items()}
    for nearest, found, again in days.give(wanted, days.before(day)):
        for name, rows in found.items():
            observations.fall_back(days.store, TABLES[name], rows, nearest, first_days[name])
            _wait_again(days, again, rows["record_key"], nearest)
            left[name] = left[name][~is_among(left[name]["record_key"], rows["record_key"])]
    return set().union(*(_let_go(days, TABLES[name], rows, day) for name, rows in left.items()))


def _let_go(days: Days, table: Table, left: pd.DataFrame, day: str) -> set[str]:
    """Removes records that no day gives any more; those that stay all the same."""
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

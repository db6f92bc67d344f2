"""Records that were removed are kept out for as long as their feed still gives them (design, rule 17), and of the days until
then as long as the year's key lives: an old day that is delivered again brings nobody back.
"""

import pandas as pd
from sqlalchemy import ColumnElement, delete, false, func, select, update

from register.feeds import Feed, Feeds
from register.keys import Keys
from register.store.conditions import is_in
from register.store.store import Store
from register.store.tables import deliveries, suppressed_people, suppressions

IS_IN_FORCE = suppressions.c.ended_on.is_(None)
"""The condition that a record is kept out of coming days too."""


def suppress(store: Store, records: pd.DataFrame) -> None:
    """Keeps removed records out from now on, also those that were kept out before and came anew since.

    records: record_key, feed, removal_id, suppressed_on.
    """
    store.upsert(suppressions, records.assign(ended_on=None))


def lift_suppressions(
    store: Store, feed: Feed, day: str, delivered: "pd.Series[str]", deleted: "pd.Series[str]"
) -> pd.DataFrame:
    """Ends the suppressions of records that their source no longer gives; their rows. delivered: the records of all rows.

    Of a snapshot those that its newest day lacks, of changes those it says are deleted. Those of an events feed stay until
    their year's key is destroyed.
    """
    is_gone: ColumnElement[bool]
    if feed.gives == "changes":
        is_gone = suppressions.c.record_key.in_(select(store.keys(deleted).c.record_key))
    elif feed.gives == "snapshot" and _newest(store, feed) == day:
        is_gone = ~is_in(store.keys(delivered).c.record_key, suppressions.c.record_key)
    else:
        return store.read(select(suppressions).where(false()))
    return _lift(store, feed, day, is_gone)


def end_years(store: Store, feeds: Feeds, year: int | None) -> None:
    """Lets go of the hashes of people who were removed in a year or before it, and of the records that no source gives any more
    or an events feed gave.

    year: as `Periods.last_year_over` gives it. What a source still gives is kept out until it does so no more.
    """
    if year is None:
        return
    is_over = suppressed_people.c.key_year <= year
    years = store.read(select(suppressed_people.c.key_year).distinct().where(is_over))["key_year"]
    store.promises.keys += sorted(map(int, years))
    store.execute(delete(suppressed_people).where(is_over))
    events = [feed.name for feed in feeds.good if feed.gives == "events"]
    is_past = suppressions.c.suppressed_on <= f"{year}-12-31"
    store.execute(delete(suppressions).where(is_past, ~IS_IN_FORCE | suppressions.c.feed.in_(events)))


def destroy_keys(keys: Keys, year: int | None) -> list[int]:
    """Destroys the keys of a year and of those before it; which. Their hashes are gone already: nothing is known by them."""
    over = [one for one in keys.years() if year is not None and one <= year]
    for one in over:
        keys.destroy(one)
    return over


def _lift(store: Store, feed: Feed, day: str, is_gone: "ColumnElement[bool]") -> pd.DataFrame:
    """What a day says that is older than the removal ends nothing."""
    is_it = (suppressions.c.feed == feed.name, suppressions.c.suppressed_on <= day, IS_IN_FORCE, is_gone)
    ended = store.read(select(suppressions).where(*is_it))
    store.execute(update(suppressions).where(*is_it).values(ended_on=day))
    return ended.drop(columns="ended_on")


def _newest(store: Store, feed: Feed) -> str | None:
    newest: str | None = store.scalar(
        select(func.max(deliveries.c.day)).where(deliveries.c.feed == feed.name, deliveries.c.is_held))
    return newest

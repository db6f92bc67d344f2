"""The state of a feed as a function of its deliveries by day: what each record says now, since when, and whether still.

Writers of `observations` and `engagements` call only this module. The newest day that delivered a record gives its content;
`first_seen_on` and `last_seen_on` are the least and the greatest day (design, rule 5). Order of arrival decides nothing.
"""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import ColumnElement, Table, case, delete, func, or_, select, update

from register.feeds import Feed
from register.store.store import Store
from register.store.tables import deliveries, holds, memberships, observations

BARE = ""
"""The content hash of a record of which only its deletion is known."""


@dataclass
class Settled:
    """How many records came new, changed, went at once, or stayed although their day no longer holds them."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    stayed: int = 0


def settle(store: Store, table: Table, rows: pd.DataFrame, day: str) -> Settled:
    """Puts the rows of one day over what older days said; rows that a newer day gave keep their content.

    rows: columns of `table` without first_seen_on, last_seen_on and changed_in; `content_hash` tells whether anything changed.
    """
    if rows.empty:
        return Settled()
    before = _held(store, table, rows["record_key"])
    joined = rows.merge(before, on="record_key", how="left", suffixes=("", "_before"))
    is_new = joined["first_seen_on"].isna() | joined["content_hash_before"].eq(BARE)
    is_newest = is_new | joined["last_seen_on"].le(day)
    first = joined["first_seen_on"].mask(is_new | joined["first_seen_on"].gt(day), day)
    last = joined["last_seen_on"].mask(is_newest, day)
    is_changed = is_newest & joined["content_hash"].ne(joined["content_hash_before"])
    written = joined[list(rows.columns)].assign(first_seen_on=first, last_seen_on=last, changed_in=store.run)
    store.upsert(table, written[is_changed])
    is_moved = ~is_changed & (first.ne(joined["first_seen_on"]) | last.ne(joined["last_seen_on"]))
    _move(store, table, written.loc[is_moved, ["record_key", "first_seen_on", "last_seen_on"]])
    return Settled(new=int(is_new.sum()), changed=int((is_changed & ~is_new).sum()))


def mark_seen(store: Store, feed: Feed, keys: "pd.Series[str]", day: str) -> None:
    """Says of records that wait in quarantine that their source gives them still; their content stays."""
    if feed.gives != "snapshot":
        return
    wanted = store.keys(keys)
    store.execute(update(observations).where(observations.c.record_key == wanted.c.record_key,
                                             observations.c.last_seen_on < day).values(last_seen_on=day))


def mark_deleted(store: Store, feed: Feed, keys: "pd.Series[str]", day: str) -> None:
    """Notes that the source said these records were deleted; of one never seen only that much is known."""
    if keys.empty:
        return
    wanted = store.keys(keys)
    store.execute(update(observations).where(observations.c.record_key == wanted.c.record_key,
                                             or_(observations.c.deleted_on.is_(None), observations.c.deleted_on < day))
                  .values(deleted_on=day, changed_in=store.run))
    known = store.read(select(observations.c.record_key).join(wanted, wanted.c.record_key == observations.c.record_key))
    unknown = keys[~keys.isin(known["record_key"])].drop_duplicates()
    store.insert(observations, pd.DataFrame({"record_key": unknown}).assign(
        feed=feed.name, is_dated=False, first_seen_on=day, last_seen_on=day, deleted_on=day, withdrawn=True,
        names_person=False, content_hash=BARE, changed_in=store.run))


def mark_withdrawn(store: Store, feed: Feed) -> None:
    """Marks what the feed no longer gives: missing in a snapshot's newest day, or said to be deleted since."""
    if feed.gives == "snapshot":
        newest = store.scalar(select(func.max(deliveries.c.day)).where(deliveries.c.feed == feed.name, deliveries.c.is_held))
        is_gone: ColumnElement[bool] = observations.c.last_seen_on < (newest or "")
    else:
        is_gone = func.coalesce(observations.c.deleted_on, "") >= observations.c.last_seen_on
    withdrawn = case((is_gone, True), else_=False)
    store.execute(update(observations).where(observations.c.feed == feed.name, observations.c.withdrawn != withdrawn)
                  .values(withdrawn=withdrawn, changed_in=store.run))


def last_given_by(store: Store, table: Table, keys: "pd.Series[str]", day: str) -> pd.DataFrame:
    """Of the records whose content comes from the day: record_key, first_seen_on, is_under_hold."""
    wanted = store.keys(keys)
    held = select(holds.c.record_key).where(holds.c.record_key == table.c.record_key, holds.c.lifted_at.is_(None)).exists()
    return store.read(select(table.c.record_key, table.c.first_seen_on, held.label("is_under_hold"))
                      .join(wanted, wanted.c.record_key == table.c.record_key).where(table.c.last_seen_on == day))


def fall_back(store: Store, table: Table, rows: pd.DataFrame, day: str, first_seen_on: "pd.Series[str]") -> None:
    """Gives records the content of an earlier archived day, since the day that gave it no longer holds them.

    first_seen_on: by record key, the least day that holds it.
    """
    first = rows["record_key"].map(first_seen_on)
    store.upsert(table, rows.assign(first_seen_on=first, last_seen_on=day, changed_in=store.run))


def first_seen(store: Store, table: Table, first: pd.DataFrame, day: str) -> None:
    """Moves the first day of records that began with a day which no longer holds them. first: record_key, first_seen_on."""
    if first.empty:
        return
    stage = store.temporary(first)
    store.execute(update(table).where(table.c.record_key == stage.c.record_key, table.c.first_seen_on == day)
                  .values(first_seen_on=stage.c.first_seen_on, changed_in=store.run))


def remove(store: Store, table: Table, keys: "pd.Series[str]") -> int:
    """Deletes records that were never true; the contacts that held them are computed anew."""
    if keys.empty:
        return 0
    wanted = select(store.keys(keys).c.record_key)
    if table is observations:
        store.execute(update(memberships).where(memberships.c.record_key.in_(wanted)).values(is_gone=True))
    return store.execute(delete(table).where(table.c.record_key.in_(wanted))).rowcount


def _held(store: Store, table: Table, keys: "pd.Series[str]") -> pd.DataFrame:
    wanted = store.keys(keys)
    return store.read(
        select(table.c.record_key, table.c.first_seen_on, table.c.last_seen_on, table.c.content_hash)
        .join(wanted, wanted.c.record_key == table.c.record_key))


def _move(store: Store, table: Table, rows: pd.DataFrame) -> None:
    """New first and last days for rows whose content stays; contacts need not be computed for a later last day."""
    if rows.empty:
        return
    stage = store.temporary(rows)
    store.execute(update(table).where(table.c.record_key == stage.c.record_key).values(
        first_seen_on=stage.c.first_seen_on, last_seen_on=stage.c.last_seen_on,
        changed_in=case((table.c.first_seen_on != stage.c.first_seen_on, store.run), else_=table.c.changed_in)))

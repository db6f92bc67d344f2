"""The state of a feed as a function of its deliveries by day: what each record says now, since when, and whether still.

Writers of `observations` and `engagements` call only this module. The newest day that let a record in gives its content;
`first_seen_on` and `last_seen_on` are the least and the greatest of these days (design, rule 5). Order of arrival decides
nothing. What becomes of a day that lost records stands in `redelivery.py`.
"""

import pandas as pd
from sqlalchemy import ColumnElement, Table, and_, case, delete, false, func, literal, or_, select, update

from register.feeds import Feed
from register.sets import is_among
from register.store.store import Store
from register.store.tables import deliveries, memberships, observations, organisations, quarantine

BARE = "bare"
"""The content hash of a record of which only its deletion is known."""


def settle(store: Store, table: Table, feed: Feed, rows: pd.DataFrame, day: str) -> None:
    """Puts the rows of one day over what older days said; rows that a newer day gave keep their content.

    rows: columns of `table` without first_seen_on, last_seen_on and changed_in; `content_hash` tells whether anything changed.
    """
    if rows.empty:
        return
    held = _held(store, table, feed, rows["record_key"])
    place = pd.Index(held["record_key"]).get_indexer(pd.Index(rows["record_key"]))
    new = rows[place < 0].assign(first_seen_on=day, last_seen_on=day, changed_in=store.run)
    store.insert(table, new)
    if len(new) < len(rows):
        _put_over(store, table, feed, rows[place >= 0], held.iloc[place[place >= 0]], day)


def _put_over(store: Store, table: Table, feed: Feed, rows: pd.DataFrame, held: pd.DataFrame, day: str) -> None:
    """Rows of records that are held, beside what is held of each."""
    before = held.set_index(rows.index)
    is_new = before["content_hash"].eq(BARE)
    is_newest = is_new | before["last_seen_on"].le(day)
    first = before["first_seen_on"].mask(is_new | before["first_seen_on"].gt(day), day)
    last = before["last_seen_on"].mask(is_newest, day)
    is_changed = is_newest & rows["content_hash"].ne(before["content_hash"])
    written = rows.assign(first_seen_on=first, last_seen_on=last, changed_in=store.run)
    store.upsert(table, written[is_changed])
    is_moved = ~is_changed & (first.ne(before["first_seen_on"]) | last.ne(before["last_seen_on"]))
    _move(store, table, feed, written.loc[is_moved, ["record_key", "first_seen_on", "last_seen_on"]])


def mark_deleted(store: Store, feed: Feed, keys: "pd.Series[str]", day: str) -> None:
    """Notes that the source said these records were deleted; of one never seen only that much is known."""
    if keys.empty:
        return
    wanted = store.keys(keys)
    is_bare = observations.c.content_hash == BARE
    is_newer = or_(observations.c.deleted_on.is_(None), observations.c.deleted_on < day)
    store.execute(update(observations).where(observations.c.record_key == wanted.c.record_key, is_newer).values(
        deleted_on=day, changed_in=store.run,
        first_seen_on=case((is_bare, day), else_=observations.c.first_seen_on),
        last_seen_on=case((is_bare, day), else_=observations.c.last_seen_on)))
    known = store.read(select(observations.c.record_key).join(wanted, wanted.c.record_key == observations.c.record_key))
    unknown = keys[~is_among(keys, known["record_key"])].drop_duplicates()
    store.insert(observations, pd.DataFrame({"record_key": unknown}).assign(
        feed=feed.name, is_dated=False, first_seen_on=day, last_seen_on=day, deleted_on=day, withdrawn=True,
        names_person=False, content_hash=BARE, changed_in=store.run))


def mark_withdrawn(store: Store, feed: Feed, keys: "pd.Series[str]") -> None:
    """Marks what the feed no longer gives: said to be deleted since, or missing in a snapshot's newest day.

    keys: the records that the day names; beside them those that changed now are looked at, of a snapshot all. A row that waits
    in quarantine is given still.
    """
    is_gone: ColumnElement[bool] = func.coalesce(observations.c.deleted_on, "") >= observations.c.last_seen_on
    is_asked = observations.c.feed == feed.name
    if feed.gives == "snapshot":
        is_gone |= _is_missing(store, feed)
    else:
        named = observations.c.record_key.in_(select(store.keys(keys).c.record_key))
        is_asked &= or_(named, observations.c.changed_in == store.run)
    withdrawn = case((is_gone, True), else_=False)
    store.execute(update(observations).where(is_asked, observations.c.withdrawn != withdrawn)
                  .values(withdrawn=withdrawn, changed_in=store.run))


def last_given_by(store: Store, table: Table, feed: Feed, day: str) -> pd.DataFrame:
    """Records of the feed whose content comes from the day: record_key, first_seen_on. Bare deletions give none."""
    return store.read(select(table.c.record_key, table.c.first_seen_on).where(
        table.c.feed == feed.name, table.c.last_seen_on == day, table.c.content_hash != BARE))


def first_given_by(store: Store, table: Table, feed: Feed, day: str) -> "pd.Series[str]":
    """Records of the feed that began on the day and were given by newer days too."""
    return store.read(select(table.c.record_key).where(
        table.c.feed == feed.name, table.c.first_seen_on == day, table.c.last_seen_on > day)).record_key


def last_deleted_by(store: Store, feed: Feed, day: str) -> "pd.Series[str]":
    """Records of the feed whose newest deletion was said on the day."""
    return store.read(select(observations.c.record_key).where(
        observations.c.feed == feed.name, observations.c.deleted_on == day)).record_key


def deletions(store: Store, keys: "pd.Series[str]") -> pd.DataFrame:
    """Of those of the records that were said to be deleted: record_key, deleted_on."""
    wanted = store.keys(keys)
    said = select(observations.c.record_key, observations.c.deleted_on).where(observations.c.deleted_on.is_not(None))
    return store.read(said.join(wanted, wanted.c.record_key == observations.c.record_key))


def fall_back(store: Store, table: Table, rows: pd.DataFrame, day: str, first_seen_on: "pd.Series[str]") -> None:
    """Gives records the content of an earlier day, since the day that gave it no longer holds them.

    first_seen_on: by record key, since when they are known.
    """
    if rows.empty:
        return
    first = rows["record_key"].map(first_seen_on)
    store.upsert(table, rows.assign(first_seen_on=first.mask(first > day, day), last_seen_on=day, changed_in=store.run))


def begin_on(store: Store, table: Table, keys: "pd.Series[str]", day: str) -> None:
    """Moves the first day of records whose first day no longer holds them."""
    if len(keys):
        wanted = select(store.keys(keys).c.record_key)
        store.execute(update(table).where(table.c.record_key.in_(wanted)).values(first_seen_on=day, changed_in=store.run))


def forget_deletion(store: Store, keys: "pd.Series[str]") -> None:
    """Takes back that these records were deleted; one of which nothing else is known goes."""
    if keys.empty:
        return
    is_theirs = observations.c.record_key.in_(select(store.keys(keys).c.record_key))
    store.execute(delete(observations).where(is_theirs, observations.c.content_hash == BARE))  # speaks of no organisation
    store.execute(update(observations).where(is_theirs).values(deleted_on=None, changed_in=store.run))


def remove(store: Store, table: Table, keys: "pd.Series[str]") -> None:
    """Deletes records that were never true; the contacts that held them are computed anew."""
    if keys.empty:
        return
    wanted = select(store.keys(keys).c.record_key)
    if table is observations:
        store.execute(update(memberships).where(memberships.c.record_key.in_(wanted)).values(is_gone=True))
    touch_organisations(store, table, table.c.record_key.in_(wanted))
    store.execute(delete(table).where(table.c.record_key.in_(wanted)))


def touch_organisations(store: Store, table: Table, are_going: ColumnElement[bool]) -> None:
    """Notes of the organisations of rows that are going: their people are judged without them, and one may have no row left."""
    left = select(table.c.organisation_id).where(are_going)
    store.execute(update(organisations).where(organisations.c.organisation_id.in_(left)).values(touched_in=store.run))


def _is_missing(store: Store, feed: Feed) -> "ColumnElement[bool]":
    """Not in the newest day held, neither let in nor waiting as a row."""
    newest = store.scalar(select(func.max(deliveries.c.day)).where(deliveries.c.feed == feed.name, deliveries.c.is_held))
    if newest is None:
        return false()
    waits = select(literal(1)).where(quarantine.c.record_key == observations.c.record_key, quarantine.c.scope == "row",
                                     quarantine.c.last_seen_on == newest).exists()
    return and_(observations.c.last_seen_on < newest, ~waits)


def _held(store: Store, table: Table, feed: Feed, keys: "pd.Series[str]") -> pd.DataFrame:
    """What is held of the records: record_key, first_seen_on, last_seen_on, content_hash."""
    is_first = store.scalar(select(literal(1)).select_from(table).where(table.c.feed == feed.name).limit(1)) is None
    wanted = store.keys(keys.head(0) if is_first else keys)
    return store.read(
        select(table.c.record_key, table.c.first_seen_on, table.c.last_seen_on, table.c.content_hash)
        .join(wanted, wanted.c.record_key == table.c.record_key))


def _move(store: Store, table: Table, feed: Feed, rows: pd.DataFrame) -> None:
    """New first and last days for rows whose content stays; contacts are computed for a later last day only where it decides.

    A living row of a snapshot is the newest whatever its day, one with a day of its own is as old as that (`survivorship.py`).
    """
    if rows.empty:
        return
    stage = store.temporary(rows)
    decides = table.c.first_seen_on != stage.c.first_seen_on
    if feed.gives != "snapshot":
        decides |= table.c.event_on.is_(None)
    store.execute(update(table).where(table.c.record_key == stage.c.record_key).values(
        first_seen_on=stage.c.first_seen_on, last_seen_on=stage.c.last_seen_on,
        changed_in=case((decides, store.run), else_=table.c.changed_in)))

"""What a correction replaced, kept for `undo_days` so that undo can put it back: files of the archive, and what was recorded.

Nobody else reads it. Where it goes through the gate again stands in `putting_back.py`.
"""

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Table, delete, insert, select, update

from register.feeds import Feed
from register.intake.archive import Archive
from register.intake.deliveries import is_beyond_archive
from register.sets import is_among
from register.store.store import Store
from register.store.tables import deliveries, files, former_deliveries, quarantine, suppressions, withheld

LEFT_AS_IT_IS = ("feed", "day", "archive_file", "run", "read_at")
"""Of a delivery's row what putting it back does not bring again: what the day's new file is, is named when it is written."""


@dataclass(frozen=True)
class Former:
    """What a day was: its files in the archive (let in, and waiting whole), and its rows in the other tables."""

    archive_file: str | None
    waiting_file: str | None
    recorded: dict[str, Any]

    @property
    def contents(self) -> set[str]:
        """Hashes of the files that were the day."""
        return {file["content_hash"] for file in self.recorded["files"] if file["state"] == "read"}

    def rows(self, archive: Archive) -> pd.DataFrame:
        """The rows that were let in or waited, as `Archive.read` gives them."""
        parts = [archive.read(name) for name in (self.archive_file, self.waiting_file)]
        return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)

    def waiting(self, archive: Archive) -> "pd.Series[str]":
        """The records that waited."""
        return archive.keys(self.waiting_file)


def keep(store: Store, archive: Archive, number: int, feed: Feed, day: str) -> None:
    """Keeps what the day is now, before correction `number` replaces it; what it replaced first stays what it replaced.

    Of a day whose archive has had its time nothing is left that could be put back.
    """
    row = store.connection.execute(_of(deliveries, feed.name, day)).mappings().first()
    if row is None or is_beyond_archive(store, feed.name, day) or find(store, number, feed.name, day):
        return
    waiting = _waiting(store, archive, feed, day, row["archive_file"])
    recorded = {
        "delivery": {name: value for name, value in row.items() if name not in LEFT_AS_IT_IS},
        "files": _plain(store, files, feed.name, day), "withheld": _plain(store, withheld, feed.name, day),
        "suppressions": [], "codes": Counter(waiting["code"])}
    store.execute(insert(former_deliveries).values(
        correction_no=number, feed=feed.name, day=day, archive_file=row["archive_file"],
        waiting_file=archive.write(feed.name, day, _as_delivered(waiting)), recorded=json.dumps(recorded),
        replaced_in=store.run, replaced_on=store.day))


def note_ended(store: Store, number: int, feed: str, day: str, ended: pd.DataFrame) -> None:
    """Keeps the suppressions that the correction ended on the day: rows of the table."""
    if len(ended) and (known := find(store, number, feed, day)):
        said = known.recorded | {"suppressions": ended.to_dict("records")}
        store.execute(update(former_deliveries).where(_is(number, feed, day)).values(recorded=json.dumps(said)))


def find(store: Store, number: int, feed: str, day: str) -> Former | None:
    """What a correction replaced on a day."""
    row = store.connection.execute(select(former_deliveries).where(_is(number, feed, day))).first()
    return _former(row) if row else None


def days(store: Store, number: int) -> set[tuple[str, str]]:
    """Feed and day of all that is kept of what a correction replaced."""
    query = select(former_deliveries.c.feed, former_deliveries.c.day).where(former_deliveries.c.correction_no == number)
    return set(store.read(query).itertuples(index=False, name=None))


def named(store: Store, name: str) -> bool:
    """Whether a file of the archive is kept as what a correction replaced."""
    is_it = (former_deliveries.c.archive_file == name) | (former_deliveries.c.waiting_file == name)
    return store.scalar(select(former_deliveries.c.correction_no).where(is_it).limit(1)) is not None


def take_out(store: Store, number: int, contents: Collection[str], feed: str, day: str) -> Former | None:
    """What the day was before a correction, where the correction's files are the day now; it is kept no longer.

    Where a later correction has replaced these, it now replaced what was before. contents: the correction's files.
    """
    row = store.connection.execute(select(former_deliveries).where(_is(number, feed, day))).first()
    if row is None:
        return None
    store.execute(delete(former_deliveries).where(_is(number, feed, day)))
    later = store.connection.execute(select(former_deliveries).where(
        former_deliveries.c.feed == feed, former_deliveries.c.day == day, former_deliveries.c.replaced_in > row.replaced_in,
    ).order_by(former_deliveries.c.replaced_in)).first()
    if later is None:
        now = _read(store, feed, day)
        return _former(row) if now and now <= set(contents) else None
    if _former(later).contents <= set(contents):
        store.execute(update(former_deliveries).where(_is(later.correction_no, feed, day)).values(
            archive_file=row.archive_file, waiting_file=row.waiting_file, recorded=row.recorded))
    return None


def restore(store: Store, feed: Feed, day: str, former: Former) -> None:
    """Records the day again as it was; which rows are held is settled by whoever reads them."""
    said = former.recorded
    is_it = (deliveries.c.feed == feed.name, deliveries.c.day == day)
    store.execute(update(deliveries).where(*is_it).values(**said["delivery"], run=store.run))
    for table in (files, withheld):
        store.execute(delete(table).where(table.c.feed == feed.name, table.c.day == day))
        store.insert(table, pd.DataFrame(said[table.name], columns=list(table.c.keys())))
    store.upsert(suppressions, pd.DataFrame(said["suppressions"], columns=list(suppressions.c.keys())))


def lost(store: Store, number: int, contents: Collection[str], scope: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """Feeds and days that a correction is, of which nothing is kept any more, or to which more was added since."""
    kept, files_of_it = days(store, number), set(contents)
    found = []
    for feed, day in scope:
        now = _read(store, feed, day)
        later = store.connection.execute(select(former_deliveries).where(
            former_deliveries.c.feed == feed, former_deliveries.c.day == day,
            former_deliveries.c.correction_no != number)).all()
        was = any(_former(row).contents & files_of_it for row in later)
        is_added_to = bool(now & files_of_it) and not now <= files_of_it
        if is_added_to or ((now & files_of_it or was) and (feed, day) not in kept):
            found.append((feed, day))
    return found


def expire(store: Store, before: str) -> int:
    """Lets go of what was replaced before a day; how many days of feeds."""
    return store.execute(delete(former_deliveries).where(former_deliveries.c.replaced_on < before)).rowcount


def has_expired(store: Store, before: str) -> bool:
    """Whether `expire` would find anything."""
    query = select(former_deliveries.c.day).where(former_deliveries.c.replaced_on < before).limit(1)
    return store.scalar(query) is not None


def _is(number: int, feed: str, day: str) -> Any:
    table = former_deliveries.c
    return (table.correction_no == number) & (table.feed == feed) & (table.day == day)


def _of(table: Table, feed: str, day: str) -> Any:
    return select(table).where(table.c.feed == feed, table.c.day == day)


def _plain(store: Store, table: Table, feed: str, day: str) -> list[dict[str, Any]]:
    return [dict(row) for row in store.connection.execute(_of(table, feed, day)).mappings()]


def _read(store: Store, feed: str, day: str) -> set[str]:
    """The files that are the day now."""
    query = select(files.c.content_hash).where(files.c.feed == feed, files.c.day == day, files.c.state == "read")
    return set(store.read(query)["content_hash"])


def _former(row: Any) -> Former:
    return Former(row.archive_file, row.waiting_file, json.loads(row.recorded))


def _waiting(store: Store, archive: Archive, feed: Feed, day: str, archive_file: str | None) -> pd.DataFrame:
    """Entries of the rows that wait whole, as the day gave them last."""
    found = store.read(select(quarantine).where(
        quarantine.c.feed == feed.name, quarantine.c.last_seen_on == day, quarantine.c.scope == "row"))
    return found[~is_among(found["record_key"], archive.keys(archive_file))]


def _as_delivered(entries: pd.DataFrame) -> pd.DataFrame:
    """Their rows, each once, as the archive keeps rows."""
    once = entries.drop_duplicates("record_key").reset_index(drop=True)
    said = pd.DataFrame([json.loads(content) for content in once["content"]], index=once.index, dtype="str")
    return said.join(once[["record_key", "file_no", "row_no"]].astype({"file_no": "int64", "row_no": "int64"}))

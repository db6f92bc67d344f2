"""The archive: what was let in, as delivered text, stripped; one Parquet file for each feed and day, named by its content.

A file is written before the transaction that names it in `deliveries`; one that no row names is deleted at the next start
(design, rule 6). Registries are no deliveries: their look-up table lies beside it (`lookup.py`). What a correction replaced is
named in `former_deliveries` (`former.py`), and searched, rewritten and let go of like the rest.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Column, delete, select, update

from register.sets import is_among
from register.store.store import Store
from register.store.tables import deliveries, former_deliveries
from register.unfinished import is_unfinished, keep

LOOKUP = "lookup.parquet"
"""The name of a registry's look-up file beside the archive: no delivery's, so never swept up as one without a row."""

NAMING = (deliveries.c.archive_file, former_deliveries.c.archive_file, former_deliveries.c.waiting_file)
"""The columns that name files."""


class Named(NamedTuple):
    """A file of the archive, and the column that names it."""

    feed: str
    day: str
    name: str
    column: Column[str]


class Archive:
    """The files below `<home>/archive`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, feed: str, day: str, rows: pd.DataFrame, *, is_kept: bool = False) -> str | None:
        """Writes the rows, sorted by record key, and gives the file's name relative to the archive; None without rows.

        rows: text columns, among them `record_key`, `file_no` and `row_no`. is_kept: without rows an empty file, since none
        says that the archive has had its time.
        """
        if rows.empty and not is_kept:
            return None
        table = pa.Table.from_pandas(rows.sort_values("record_key"), preserve_index=False).replace_schema_metadata(None)
        folder = self.folder / feed / day
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = folder / f"{os.getpid()}.part"
        pq.write_table(table, temporary, compression="zstd")
        name = f"{feed}/{day}/{_digest(temporary)}.parquet"
        keep(temporary, self.folder / name)
        return name

    def read(self, name: str | None) -> pd.DataFrame:
        """A file's rows; none where the name is None. Text columns are `str`."""
        if name is None:
            return pd.DataFrame({"record_key": pd.Series(dtype="str")})
        rows: pd.DataFrame = pq.read_table(self.folder / name).to_pandas()
        return rows

    def keys(self, name: str | None) -> "pd.Series[str]":
        """The record keys of a file, no more of it read than their column."""
        if name is None:
            return pd.Series(dtype="str", name="record_key")
        keys: pd.Series[str] = pq.read_table(self.folder / name, columns=["record_key"]).to_pandas().record_key
        return keys

    def without(self, store: Store, record_keys: "pd.Series[str]") -> int:
        """Rewrites the files that hold these keys and names the new ones in the open transaction; how many rows went.

        The old files are deleted by `tidy` once the transaction is kept.
        """
        gone = 0
        for file in _all_files(store):
            if hits := int(is_among(self.keys(file.name), record_keys).sum()):
                rows = self.read(file.name)
                self._replace(store, file, rows[~is_among(rows.record_key, record_keys)])
                gone += hits
        return gone

    @staticmethod
    def has_former(store: Store) -> bool:
        """Whether anything is kept of what corrections replaced."""
        return store.scalar(select(former_deliveries.c.day).limit(1)) is not None

    def without_former(self, store: Store, is_theirs: Callable[[pd.DataFrame], "pd.Series[bool]"]) -> int:
        """Rewrites what corrections replaced without some of its rows, whatever their keys; how many went."""
        gone = 0
        for file in _all_files(store, NAMING[1:]):
            rows = self.read(file.name)
            if hits := int((found := is_theirs(rows)).sum()):
                self._replace(store, file, rows[~found])
                gone += hits
        return gone

    def rewrite(self, store: Store, record_keys: "pd.Series[str]", change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        """Rewrites the rows that bear these keys as `change` gives them, and names the new files in the open transaction."""
        for file in _all_files(store):
            if is_among(self.keys(file.name), record_keys).any():
                rows = self.read(file.name)
                is_theirs = is_among(rows.record_key, record_keys)
                self._replace(store, file, pd.concat([rows[~is_theirs], change(rows[is_theirs])], ignore_index=True))

    def holding(self, store: Store, record_keys: "pd.Series[str]") -> int:
        """How many archived rows bear one of these keys."""
        return sum(int(is_among(self.keys(file.name), record_keys).sum()) for file in _all_files(store))

    def expire(self, store: Store, before_day: str) -> int:
        """Lets go of the files of days before the given one; how many files. Their counts stay."""
        old = deliveries.c.day < before_day
        store.execute(delete(former_deliveries).where(former_deliveries.c.day < before_day))
        return store.execute(update(deliveries).where(old, deliveries.c.archive_file.is_not(None))
                             .values(archive_file=None)).rowcount

    def _replace(self, store: Store, file: Named, rows: pd.DataFrame) -> None:
        """Writes a file anew, and names it where the old one was named."""
        table, written = file.column.table, self.write(file.feed, file.day, rows, is_kept=True)
        is_it = (table.c.feed == file.feed, table.c.day == file.day, file.column == file.name)
        store.execute(update(table).where(*is_it).values({file.column: written}))

    def discard(self, names: list[str]) -> None:
        """Deletes files that the kept transaction no longer names; what cannot be deleted now goes at the next start."""
        for name in names:
            with suppress(OSError):
                (self.folder / name).unlink(missing_ok=True)

    def tidy(self, store: Store) -> int:
        """Deletes the files that no row names: what a transaction replaced, or a crash left behind; how many.

        Under the lock: what another process is writing is named by no row yet.
        """
        loose = self.loose(store)
        self.discard([str(path.relative_to(self.folder)) for path in loose])
        return len(loose)

    def loose(self, store: Store) -> list[Path]:
        """The files that no row names."""
        named = {file.name for file in _all_files(store)}
        return [path for path in self.folder.rglob("*")
                if str(path.relative_to(self.folder)) not in named and path.name != LOOKUP and not is_unfinished(path)
                and path.is_file()]

    def lookups(self) -> list[Path]:
        """The look-up tables of registries."""
        return sorted(self.folder.glob(f"*/{LOOKUP}"))

    def outlived(self, store: Store, before_day: str) -> int:
        """How many files are of days before the given one."""
        return sum(file.day < before_day for file in _all_files(store))


def _all_files(store: Store, naming: Sequence[Column[str]] = NAMING) -> list[Named]:
    """Every archive file that is named, once for each row that names it."""
    return [Named(feed, day, name, column) for column in naming for feed, day, name in store.read(
        select(column.table.c.feed, column.table.c.day, column).where(column.is_not(None))).itertuples(index=False, name=None)]


def archived(store: Store, feed: str) -> list[tuple[str, str]]:
    """Days of a feed whose rows are in the register and in the archive, with the file's name, newest first."""
    query = (select(deliveries.c.day, deliveries.c.archive_file)
             .where(deliveries.c.feed == feed, deliveries.c.archive_file.is_not(None), deliveries.c.is_held)
             .order_by(deliveries.c.day.desc()))
    return list(store.read(query).itertuples(index=False, name=None))


def name_in_deliveries(store: Store, feed: str, day: str, name: str | None) -> None:
    """Names a day's archive file in the open transaction."""
    store.execute(update(deliveries).where(deliveries.c.feed == feed, deliveries.c.day == day).values(archive_file=name))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]

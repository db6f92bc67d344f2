"""Every place that holds personal data, each able to find, erase and expire. A new place is added here or does not exist.

Later copies (quarantine workbooks, exports, raw files) come with the rooms that make them; today: the tables and the archive.
"""

from dataclasses import dataclass
from typing import Protocol

import pandas as pd
from sqlalchemy import ColumnElement, Table, delete, func, or_, select

from register.archive import Archive
from register.store.store import Store
from register.store.tables import (
    contacts,
    corrections,
    due,
    engagements,
    holds,
    match_keys,
    memberships,
    observations,
    quarantine,
    redirects,
    verdicts,
)


@dataclass(frozen=True)
class Subject:
    """Whose data is meant: record keys and contact ids, as temporary tables of the open transaction."""

    record_keys: Table
    contact_ids: Table

    @classmethod
    def of(cls, store: Store, record_keys: "pd.Series[str]", ids: "pd.Series[str]") -> "Subject":
        """Of some records and contacts."""
        return cls(store.keys(record_keys), store.keys(ids, "contact_id"))


class Copy(Protocol):
    """A place that holds personal data."""

    name: str

    def find(self, store: Store, subject: Subject) -> int:
        """How many rows of the subject it holds."""

    def erase(self, store: Store, subject: Subject) -> int:
        """Removes them within the open transaction; how many."""

    def expire(self, store: Store, before_day: str) -> int:
        """Removes what has outlived its period; how many."""


@dataclass(frozen=True)
class TableCopy:
    """A table, by the column that says whose a row is. Its rows live as long as their contact."""

    table: Table
    column: str

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    def find(self, store: Store, subject: Subject) -> int:
        """How many rows of the subject it holds."""
        return int(store.scalar(select(func.count()).select_from(self.table).where(self._is_theirs(subject))))

    def erase(self, store: Store, subject: Subject) -> int:
        """Removes them within the open transaction; how many."""
        return store.execute(delete(self.table).where(self._is_theirs(subject))).rowcount

    def expire(self, store: Store, before_day: str) -> int:
        """Nothing by age: their contact's verdict decides."""
        return 0

    def _is_theirs(self, subject: Subject) -> ColumnElement[bool]:
        keys = subject.record_keys if self.column == "record_key" else subject.contact_ids
        return self.table.c[self.column].in_(select(keys.c[0]))


@dataclass(frozen=True)
class RedirectCopy:
    """Ids that once were somebody's and lead to them."""

    name: str = "redirects"

    def find(self, store: Store, subject: Subject) -> int:
        """How many lead to or from the subject's contacts."""
        return int(store.scalar(select(func.count()).select_from(redirects).where(self._is_theirs(subject))))

    def erase(self, store: Store, subject: Subject) -> int:
        """Removes them within the open transaction; how many."""
        return store.execute(delete(redirects).where(self._is_theirs(subject))).rowcount

    def expire(self, store: Store, before_day: str) -> int:
        """Nothing by age."""
        return 0

    @staticmethod
    def _is_theirs(subject: Subject) -> ColumnElement[bool]:
        ids = select(subject.contact_ids.c.contact_id)
        return or_(redirects.c.old_id.in_(ids), redirects.c.new_id.in_(ids))


@dataclass(frozen=True)
class ArchiveCopy:
    """The stripped deliveries."""

    archive: Archive
    name: str = "archive"

    def find(self, store: Store, subject: Subject) -> int:
        """How many archived rows of the subject there are."""
        return self.archive.holding(store, self._keys(store, subject))

    def erase(self, store: Store, subject: Subject) -> int:
        """Rewrites the files without them; how many rows."""
        return self.archive.without(store, self._keys(store, subject))

    def expire(self, store: Store, before_day: str) -> int:
        """Lets go of the files of earlier days; how many."""
        return self.archive.expire(store, before_day)

    @staticmethod
    def _keys(store: Store, subject: Subject) -> "pd.Series[str]":
        return store.read(select(subject.record_keys.c.record_key)).record_key


TABLES = (  # children first
    TableCopy(match_keys, "record_key"),
    TableCopy(quarantine, "record_key"),
    TableCopy(corrections, "record_key"),
    TableCopy(holds, "record_key"),
    TableCopy(engagements, "record_key"),
    TableCopy(observations, "record_key"),
    TableCopy(memberships, "record_key"),
    TableCopy(verdicts, "contact_id"),
    TableCopy(due, "contact_id"),
    TableCopy(contacts, "contact_id"),
)
"""Tables with rows of a person, and the column that says whose. `objections` and `suppressions` hold keyed hashes only, and
outlive the person's data on purpose; `organisations` follow when nothing is left of them."""


def all_copies(archive: Archive) -> tuple[Copy, ...]:
    """Every copy, in the order in which they are erased."""
    return (ArchiveCopy(archive), *TABLES, RedirectCopy())


def erase(store: Store, archive: Archive, subject: Subject) -> dict[str, int]:
    """Removes the subject from every copy within the open transaction: how many rows of each."""
    return {copy.name: copy.erase(store, subject) for copy in all_copies(archive)}

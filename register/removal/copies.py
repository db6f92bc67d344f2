"""Every place that holds personal data, each able to find, erase and expire. A new place is added here or does not exist.

Files of the outbox go on their end day (`outgoing.py`); raw files when their rows are accounted for (`inbox.py`).
"""

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import pandas as pd
from sqlalchemy import Column, ColumnElement, FromClause, Table, and_, delete, exists, func, or_, select, update

from register.intake import observations as writers
from register.intake.archive import Archive
from register.intake.observations import touch_organisations
from register.removal import replaced
from register.removal.lookups import LookupCopy
from register.removal.suppressions import IS_IN_FORCE
from register.store.conditions import is_in
from register.store.store import Store
from register.store.tables import (
    answers,
    contacts,
    corrections,
    decisions,
    doubts,
    due,
    engagements,
    exports,
    faults,
    holds,
    match_keys,
    memberships,
    observations,
    quarantine,
    redirects,
    suppressions,
    verdicts,
)

SHARED_KINDS = ("assignment", "invoice")
"""Engagements on which colleagues stand too, through their case or an engagement of their own."""


@dataclass(frozen=True)
class Subject:
    """Whose data is meant: record keys and contact ids, as temporary tables of the open transaction."""

    record_keys: Table
    contact_ids: Table

    @classmethod
    def of(cls, store: Store, record_keys: "pd.Series[str]", ids: "pd.Series[str]") -> "Subject":
        """Of some records and contacts."""
        return cls(store.keys(record_keys), store.keys(ids, "contact_id"))

    def has_record(self, table: Table) -> ColumnElement[bool]:
        """The condition that a row is of one of the records."""
        return table.c.record_key.in_(select(self.record_keys.c.record_key))

    def has_contact(self, table: Table) -> ColumnElement[bool]:
        """The condition that a row is of one of the contacts."""
        return table.c.contact_id.in_(select(self.contact_ids.c.contact_id))

    def leaves(self, table: FromClause) -> ColumnElement[bool]:
        """The condition that a row is of none of the contacts: of somebody who stays."""
        return ~is_in(self.contact_ids.c.contact_id, table.c.contact_id)


class Copy(Protocol):
    """A place that holds personal data."""

    @property
    def name(self) -> str:
        """What people call it."""

    def find(self, store: Store, subject: Subject) -> int:
        """How many rows of the subject it holds."""

    def erase(self, store: Store, subject: Subject) -> int:
        """Removes them within the open transaction; how many."""

    def expire(self, store: Store, before_day: str) -> int:
        """Removes what has outlived its period; how many."""


@dataclass(frozen=True)
class TableCopy:
    """A table, by its column that says whose a row is. Its rows live as long as their contact."""

    table: Table

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    def find(self, store: Store, subject: Subject) -> int:
        """How many rows of the subject it holds."""
        return int(store.scalar(select(func.count()).select_from(self.table).where(self.is_theirs(subject))))

    def erase(self, store: Store, subject: Subject) -> int:
        """Removes them within the open transaction; how many."""
        return store.execute(delete(self.table).where(self.is_theirs(subject))).rowcount

    def expire(self, store: Store, before_day: str) -> int:
        """Nothing by age: their contact's verdict decides."""
        return 0

    def is_theirs(self, subject: Subject) -> ColumnElement[bool]:
        """The condition that a row is the subject's: of a record, or of a contact."""
        return subject.has_record(self.table) if "record_key" in self.table.c else subject.has_contact(self.table)


class OrganisationsRows(TableCopy):
    """A table whose rows speak of organisations: who stays at theirs is judged again, and one without a row left goes."""

    def erase(self, store: Store, subject: Subject) -> int:
        """Removes them within the open transaction; how many."""
        touch_organisations(store, self.table, self.is_theirs(subject))
        return super().erase(store, subject)


class EngagementCopy(OrganisationsRows):
    """Engagements name nobody: an invoice or assignment stays the organisation's while colleagues stand on it, and goes with
    the last of them, also when whoever it named went before.
    """

    def is_theirs(self, subject: Subject) -> ColumnElement[bool]:
        """The condition that a row is of the subject's records, or of people removed before, and nobody stands on it."""
        firm = engagements.c.organisation_id
        is_stood_on = exists().where(contacts.c.organisation_id == firm, subject.leaves(contacts))
        gone = select(subject.record_keys.c.record_key).union_all(select(suppressions.c.record_key).where(IS_IN_FORCE))
        is_alone = or_(engagements.c.kind.not_in(SHARED_KINDS), firm.is_(None), ~is_stood_on)
        return and_(engagements.c.record_key.in_(gone), is_alone)


class DoubtCopy(TableCopy):
    """Pairs that wait for the steward, of which one side is theirs."""

    def is_theirs(self, subject: Subject) -> ColumnElement[bool]:
        """The condition that either record is of the subject."""
        keys = select(subject.record_keys.c.record_key)
        return or_(doubts.c.left_key.in_(keys), doubts.c.right_key.in_(keys))


class RedirectCopy(TableCopy):
    """Ids that once were somebody's and lead to them, through however many merges."""

    def is_theirs(self, subject: Subject) -> ColumnElement[bool]:
        """The condition that a redirect leads to one of the contacts, or to a person of whom no contact stays."""
        other = contacts.alias("other")
        stays = exists().where(other.c.person_id == contacts.c.person_id, subject.leaves(other))
        people = select(contacts.c.person_id).where(subject.has_contact(contacts), ~stays)
        ids = select(subject.contact_ids.c.contact_id.label("id")).union(people).subquery()
        theirs = select(ids.c.id).cte(recursive=True, nesting=True)
        theirs = theirs.union(select(redirects.c.old_id).join(theirs, redirects.c.new_id == theirs.c.id))
        return redirects.c.new_id.in_(select(theirs.c.id))


@dataclass(frozen=True)
class NamedRecords:
    """A JSON text that names records of several people: theirs are taken out of it, the rest stays."""

    column: Column[str]
    ends: ClassVar[dict[Column[str], str]] = {}
    """What else is set in a row that loses records."""

    @property
    def name(self) -> str:
        """The table's name."""
        return self.column.table.name

    def find(self, store: Store, subject: Subject) -> int:
        """How many rows name a record of the subject."""
        return len(self._without(store, subject))

    def erase(self, store: Store, subject: Subject) -> int:
        """Takes the subject's records out; of how many rows."""
        rows = self._without(store, subject)
        [key], left = self.column.table.primary_key, store.temporary(rows)
        said = select(left.c[self.column.name]).where(left.c[key.name] == key).scalar_subquery()
        changed = update(self.column.table).where(key.in_(select(left.c[key.name])))
        store.execute(changed.values({self.column: said, **self.ends}))
        return len(rows)

    def expire(self, store: Store, before_day: str) -> int:
        """Nothing by age: who decided and asked what is kept."""
        return 0

    def less(self, content: Any, theirs: set[str]) -> Any:
        """A decision's sides without the records."""
        return {name: [key for key in said if key not in theirs] if isinstance(said, list) else said
                for name, said in content.items()}

    def _without(self, store: Store, subject: Subject) -> pd.DataFrame:
        """Primary key and text of the rows that name them, their records left out."""
        theirs = set(store.read(select(subject.record_keys.c.record_key))["record_key"])
        rows = store.read(select(*self.column.table.primary_key, self.column))
        said = [json.loads(content) for content in rows[self.column.name]]
        left = [self.less(content, theirs) for content in said]
        rows[self.column.name] = pd.Series([json.dumps(content) for content in left], dtype="str")
        is_theirs = [one != other for one, other in zip(said, left, strict=True)]
        return rows[pd.Series(is_theirs, index=rows.index, dtype=bool)]


class AskedRecords(NamedRecords):
    """Of whom the outbox's files are: one that shows the subject has ended, so that its file is deleted (`outgoing.py`)."""

    ends: ClassVar[dict[Column[str], str]] = {exports.c.ends_on: "0001-01-01"}

    def less(self, content: Any, theirs: set[str]) -> Any:
        """The rows that are not about the records."""
        return [keys for keys in content if not theirs.intersection(keys)]


@dataclass(frozen=True)
class ArchiveCopy:
    """The stripped deliveries, and what corrections replaced of them."""

    archive: Archive
    name: str = "archive"

    def find(self, store: Store, subject: Subject) -> int:
        """How many archived rows of the subject there are."""
        return self.archive.holding(store, self._keys(store, subject))

    def erase(self, store: Store, subject: Subject) -> int:
        """Rewrites the files without them, what corrections replaced without whatever is theirs; how many rows."""
        keys = self._keys(store, subject)
        gone = self.archive.without(store, keys)
        if self.archive.has_former(store):
            ids = store.read(select(subject.contact_ids.c.contact_id))["contact_id"]
            gone += self.archive.without_former(store, replaced.bearing(store, keys, ids))
        return gone

    def expire(self, store: Store, before_day: str) -> int:
        """Lets go of the files of earlier days; how many."""
        return self.archive.expire(store, before_day)

    @staticmethod
    def _keys(store: Store, subject: Subject) -> "pd.Series[str]":
        return store.read(select(subject.record_keys.c.record_key)).record_key


HOLDS = TableCopy(holds)

TABLES = (  # in this order: what refers to a row goes before it, and contacts last, since they say who stays
    TableCopy(match_keys),
    DoubtCopy(doubts),
    TableCopy(quarantine),
    TableCopy(answers),
    TableCopy(corrections),
    HOLDS,
    EngagementCopy(engagements),
    OrganisationsRows(observations),
    TableCopy(memberships),
    TableCopy(verdicts),
    TableCopy(due),
    TableCopy(faults),
    RedirectCopy(redirects),
    TableCopy(contacts),
)
"""Tables with rows of a person. `objections` and `suppressions` hold keyed hashes only, and outlive the person's data on
purpose; `organisations` follow when nothing is left of them."""


NAMED = (NamedRecords(decisions.c.content), AskedRecords(exports.c.asked))
"""What was decided of records, and asked."""


def all_copies(archive: Archive) -> tuple[Copy, ...]:
    """Every copy, in the order in which they are erased."""
    return (ArchiveCopy(archive), LookupCopy(archive), *NAMED, *TABLES)


def erase_observations(store: Store, archive: Archive, keys: "pd.Series[str]") -> None:
    """Removes observations from every copy; their contact stays, and is computed anew without them."""
    subject = Subject.of(store, keys, keys.head(0))
    before: tuple[Copy, ...] = (ArchiveCopy(archive), *NAMED, *TABLES[:TABLES.index(HOLDS)])
    for copy in before:
        copy.erase(store, subject)
    writers.remove(store, observations, keys)


def end_questions(store: Store, keys: "pd.Series[str]") -> None:
    """Ends the workbooks that ask about the records, so that the next start deletes their files."""
    AskedRecords(exports.c.asked).erase(store, Subject.of(store, keys, keys.head(0)))


def erase(store: Store, archive: Archive, subject: Subject) -> dict[str, int]:
    """Removes the subject from every copy within the open transaction: how many rows of each."""
    return {copy.name: copy.erase(store, subject) for copy in all_copies(archive)}

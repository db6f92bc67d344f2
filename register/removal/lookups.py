"""Registries' look-up tables as a copy: they name sole traders, whose firm goes with the last of its people."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import exists, select

from register.intake.archive import Archive
from register.store.store import Store
from register.store.tables import contacts, organisations
from register.unfinished import keep, unfinished

if TYPE_CHECKING:
    from register.removal.copies import Subject


@dataclass(frozen=True)
class LookupCopy:
    """What registries' look-up tables say of sole traders, whose firm goes with the last of its people."""

    archive: Archive
    name: str = "lookup"

    def find(self, store: Store, subject: "Subject") -> int:
        """How many firms of theirs the tables hold."""
        ids = self._firms(store, subject)
        return sum(int(self._is_theirs(path, ids).sum()) for path in self.archive.lookups()) if ids else 0

    def erase(self, store: Store, subject: "Subject") -> int:
        """Rewrites the tables without them; how many rows. A registry gives them again: unknown traders are not taken in."""
        ids, gone = self._firms(store, subject), 0
        for path in self.archive.lookups() if ids else ():
            if hits := int((is_theirs := self._is_theirs(path, ids)).sum()):
                table = pq.read_table(path)
                with unfinished(path.parent) as folder:
                    pq.write_table(table.filter(~is_theirs), folder / path.name, compression="zstd")
                    keep(folder / path.name, path)
                gone += hits
        return gone

    def expire(self, store: Store, before_day: str) -> int:
        """Nothing by age: only the newest day's table is kept."""
        return 0

    @staticmethod
    def _is_theirs(path: Path, ids: list[str]) -> "np.ndarray[Any, Any]":
        held = pq.read_table(path, columns=["business_id"])["business_id"]
        return np.asarray(pc.is_in(held, pa.array(ids, held.type)))

    @staticmethod
    def _firms(store: Store, subject: "Subject") -> list[str]:
        """Business ids of sole traders of whom no contact stays."""
        going = select(contacts.c.organisation_id).where(contacts.c.organisation_id.is_not(None), subject.has_contact(contacts))
        firm = organisations.c.organisation_id
        stays = exists().where(contacts.c.organisation_id == firm, subject.leaves(contacts))
        return list(store.read(select(organisations.c.business_id).where(
            organisations.c.is_sole_trader, organisations.c.business_id.is_not(None), firm.in_(going), ~stays))["business_id"])

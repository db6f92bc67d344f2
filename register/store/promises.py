"""What a transaction promises beyond the database: it must hold again when an older copy of the database is put back.

Filled by the steps as they write; the ledger takes it down before the commit (`removal/ledger.py`). Contact ids, keyed hashes
and days only: no value of a person, no reason, no name.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import pandas as pd
from sqlalchemy import Table

Row = dict[str, Any]


@dataclass
class Promises:
    """What one transaction promises.

    removals: by tombstone, the records that went; rules and feeds: the tombstones by rule, the records by feed. contacts: those
    that went whole. parts: removal_id, contact_id, depth, part, rule of what went of others. rows: by table, what is to stand
    in it. lifted: by table, what stands no more. keys: the years whose keys are destroyed.
    """

    policy_no: int = 0
    removals: dict[str, list[str]] = field(default_factory=dict)
    rules: dict[str, list[str]] = field(default_factory=dict)
    feeds: dict[str, list[str]] = field(default_factory=dict)
    contacts: list[str] = field(default_factory=list)
    parts: list[Row] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    lifted: dict[str, list[Row]] = field(default_factory=dict)
    keys: list[int] = field(default_factory=list)

    def put(self, table: Table, rows: pd.DataFrame) -> None:
        """The rows are to stand in the table."""
        if len(rows):
            self.rows.setdefault(table.name, []).extend(plain(rows))

    def lift(self, table: Table, rows: pd.DataFrame) -> None:
        """The rows stand in the table no more; rows: what tells them apart."""
        if len(rows):
            self.lifted.setdefault(table.name, []).extend(plain(rows))

    def told(self) -> dict[str, Any]:
        """What is not empty, by field."""
        return {name: said for name, said in asdict(self).items() if said}


class Witness(Protocol):
    """Takes promises down outside the database; each answer is the hash of the line, None where nothing was promised."""

    def intend(self, promises: Promises, act_id: str, day: str) -> str | None:
        """Before the commit."""

    def confirm(self, promises: Promises, act_id: str, day: str) -> str | None:
        """After the commit."""


def plain(rows: pd.DataFrame) -> list[Row]:
    """Rows as JSON has them: a missing value is None."""
    told: list[Row] = json.loads(rows.to_json(orient="records"))
    return told

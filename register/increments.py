"""What a step has to look at: what changed since its last run, or everything when what it rests on has changed.

Steps keep beside their counts what they rested on (policy, feeds, version of the code). Knows no step by name.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from register.feeds import Feeds
from register.policy import Policy
from register.store.store import Store
from register.store.tables import runs


@dataclass(frozen=True)
class Since:
    """run: number of the step's last run that was done, 0 before the first. is_whole: everything is computed anew.

    noted: what that run kept beside its counts.
    """

    run: int
    is_whole: bool
    noted: dict[str, Any]


def basis(policy: Policy, feeds: Feeds, *versions: str | None) -> str:
    """One short text that differs where the policy, a feed's trust or kind, or a version differs."""
    trusted = [(feed.name, feed.kind, feed.gives, feed.trust) for feed in feeds.good]
    return hashlib.sha256(json.dumps([policy.digest, trusted, versions]).encode()).hexdigest()[:16]


def since(store: Store, step: str, basis: str) -> Since:
    """What the step has to look at, by its last run that was done."""
    query = sa.select(runs.c.run, runs.c.counts).where(runs.c.step == step, runs.c.state == "done")
    last = store.read(query.order_by(runs.c.run.desc()).limit(1))
    if last.empty:
        return Since(0, is_whole=True, noted={})
    noted = json.loads(last["counts"].iloc[0])
    return Since(int(last["run"].iloc[0]), is_whole=noted.get("basis") != basis, noted=noted)


def note(store: Store, **facts: str | int) -> None:
    """Keeps more beside the counts of this run."""
    counts = json.loads(store.scalar(sa.select(runs.c.counts).where(runs.c.run == store.run)))
    store.execute(sa.update(runs).where(runs.c.run == store.run).values(counts=json.dumps(counts | facts)))


def record(store: Store, basis: str, counts: dict[str, int]) -> None:
    """Keeps the counts of this run with what it rested on."""
    content = json.dumps({**counts, "basis": basis})
    store.execute(sa.update(runs).where(runs.c.run == store.run).values(counts=content))


def among(store: Store, column: "sa.ColumnElement[Any]", values: "pd.Series[str]") -> "sa.ColumnElement[bool]":
    """The condition that a column has one of the values; both databases then go by the column's index, not by the table."""
    wanted = store.keys(values, "wanted")
    return column.in_(sa.select(wanted.c.wanted))


def write(store: Store, table: sa.Table, rows: pd.DataFrame, before: pd.DataFrame, key: str) -> int:
    """Writes the rows that the table lacks or has otherwise; how many. before: what it has of them."""
    changed = differing(rows, before, key)
    put(store, table, changed, before, key)
    return len(changed)


def put(store: Store, table: sa.Table, rows: pd.DataFrame, before: pd.DataFrame, key: str) -> None:
    """Adds the rows that are not among those before, and puts the others over them."""
    is_new = pd.Index(before[key]).get_indexer(pd.Index(rows[key])) < 0
    store.insert(table, rows[is_new])
    store.upsert(table, rows[~is_new])


def differing(new: pd.DataFrame, old: pd.DataFrame, key: str) -> pd.DataFrame:
    """The rows of `new` that `old` lacks or has otherwise; compares the columns of `new`."""
    place = pd.Index(old[key]).get_indexer(pd.Index(new[key]))
    is_other = place < 0
    held = np.flatnonzero(~is_other)
    for column in new.columns.drop(key) if len(held) else ():
        after, before = new[column].iloc[held].array, old[column].iloc[place[held]].array
        is_other[held] |= ~_same(after, before)
    others: pd.DataFrame = new[is_other]
    return others


def _same(after: Any, before: Any) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Equal values, or both missing."""
    is_equal = pd.array(after == before, dtype="boolean").to_numpy(dtype=bool, na_value=False)
    return np.asarray(is_equal | (pd.isna(after) & pd.isna(before)), dtype=bool)

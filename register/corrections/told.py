"""What the steward's corrections say of records: those in force, those that changed, and what is still sent wrong."""

from typing import Any

import pandas as pd
import sqlalchemy as sa

from register.columns import CHANNELS
from register.gate.corrected import SECOND
from register.gate.record_keys import PART, hashed
from register.increments import among
from register.normalise.day import of_instants
from register.sets import is_among
from register.store.store import Store
from register.store.tables import corrections

NEWEST = ["changed_in", "correction_id"]
"""What tells the newer of two: the run that approved it. A clock may have been set back between them."""

IS_IN_FORCE = sa.and_(corrections.c.decided_at.is_not(None), corrections.c.lifted_at.is_(None))


def in_force(store: Store) -> pd.DataFrame:
    """What counts now: correction_id, record_key, column, value, changed_in, decided_on, overruled_hash."""
    return _read(store, _told(corrections.c.overruled_hash))


def of_records(store: Store, keys: "pd.Series[str]") -> pd.DataFrame:
    """The newest word on each column of the records: as `in_force`, with overruled_hash and still_sent_on."""
    if store.scalar(sa.select(corrections.c.correction_id).where(IS_IN_FORCE).limit(1)) is None:
        return _read(store, _told(corrections.c.overruled_hash, corrections.c.still_sent_on).where(sa.false()))
    found = _read(store, _told(corrections.c.overruled_hash, corrections.c.still_sent_on).where(
        among(store, corrections.c.record_key, keys)))
    return found.sort_values(NEWEST).drop_duplicates(["record_key", "column"], keep="last", ignore_index=True)


def changed_since(store: Store, run: int) -> "pd.Series[str]":
    """Records of which a correction was approved or lifted after a run: what is made of them is computed again."""
    query = sa.select(corrections.c.record_key).distinct().where(corrections.c.changed_in > run)
    return store.read(query)["record_key"]


def overruled_hash(record_keys: "pd.Series[str]", columns: "pd.Series[str]", values: "pd.Series[str]",
                   key: bytes) -> "pd.Series[str]":
    """A keyed hash of a value of a record, missing where there is none: equal when its source says so again."""
    texts = (record_keys + PART + columns + PART + values).dropna()
    return hashed(texts, key).reindex(values.index).astype("str")


def without_removed(rows: pd.DataFrame, told: pd.DataFrame, key: bytes) -> pd.DataFrame:
    """Rows without the channels that a correction removed from their contact, whichever of its records says them.

    rows: with contact_id. told: as `in_force` gives it.
    """
    removed = told[told["value"].isna() & is_among(told["column"], CHANNELS)]
    removed = removed.merge(rows[["record_key", "contact_id"]], on="record_key")
    left = rows.copy() if len(removed) else rows
    for name in CHANNELS if len(removed) else ():
        of_it = removed[removed["column"].str.removesuffix(SECOND) == name.removesuffix(SECOND)]
        cells = rows[["contact_id", name]].dropna().reset_index(names="at").merge(of_it, on="contact_id")
        is_it = overruled_hash(cells["record_key"], cells["column"], cells[name], key) == cells["overruled_hash"]
        left.loc[cells.loc[is_it, "at"], name] = None
    return left


def note_still_sent(store: Store, told: pd.DataFrame, delivered: "pd.Series[str]", day: str, key: bytes) -> None:
    """Keeps on which day a source still said what was overruled. told: as `of_records` gives it; delivered: its values."""
    is_same = overruled_hash(told["record_key"], told["column"], delivered, key) == told["overruled_hash"]
    is_news = (told["decided_on"] < day) & ~(told["still_sent_on"] >= day)
    if (is_same & is_news).any():
        wanted = store.temporary(told.loc[is_same & is_news, ["correction_id"]].reset_index(drop=True))
        store.execute(sa.update(corrections).values(still_sent_on=day).where(
            corrections.c.correction_id.in_(sa.select(wanted.c.correction_id))))


def _told(*more: sa.Column[Any]) -> sa.Select[Any]:
    table = corrections.c
    columns = (table.correction_id, table.record_key, table.column, table.value, table.changed_in, table.decided_at, *more)
    return sa.select(*columns).where(IS_IN_FORCE)


def _read(store: Store, query: sa.Select[Any]) -> pd.DataFrame:
    found = store.read(query)
    return found.assign(decided_on=of_instants(found["decided_at"])).drop(columns="decided_at")

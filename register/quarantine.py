"""Rows and values that wait for the steward: one entry for each record, column, code and value (design, rule 9)."""

import pandas as pd
from sqlalchemy import delete, select

from register.feeds import Feed
from register.gate.admit import PROLONGING, Rows
from register.gate.record_keys import hashed
from register.store.store import Store
from register.store.tables import quarantine

ENTRY = ["record_key", "column", "code", "value_hash"]


def entries(waiting: pd.DataFrame, rows: Rows, feed: Feed, key: bytes) -> pd.DataFrame:
    """The entries of one delivery as rows of the table, without their days. waiting: as `Admission.waiting`."""
    at = waiting["position"].to_numpy()
    who = rows.normalised[list(PROLONGING)].iloc[at].reset_index(drop=True)
    where = rows.text[["file_no", "row_no"]].iloc[at].reset_index(drop=True)
    return pd.concat([waiting.drop(columns=["position"]).reset_index(drop=True), who, where], axis=1).assign(
        feed=feed.name, record_key=rows.record_key.iloc[at].to_numpy(),
        value_hash=hashed(waiting["content"].to_numpy(dtype=object), key).to_numpy())


def settle(store: Store, new: pd.DataFrame, delivered: "pd.Series[str]", day: str) -> None:
    """Puts a day's entries in place of what its records had: delivered again an entry keeps its first day, mended it closes.

    delivered: the record keys of all rows of the day that are not withheld. What a newer day said of a record stays.
    """
    wanted = store.keys(delivered)
    before = store.read(select(quarantine.c.feed, *[quarantine.c[name] for name in ENTRY], quarantine.c.first_seen_on,
                               quarantine.c.last_seen_on).join(wanted, wanted.c.record_key == quarantine.c.record_key))
    newer = before[before["last_seen_on"] > day]
    merged = new[~new["record_key"].isin(newer["record_key"])].drop_duplicates(ENTRY).merge(
        before[[*ENTRY, "first_seen_on"]], on=ENTRY, how="left")
    store.execute(delete(quarantine).where(quarantine.c.record_key.in_(select(wanted.c.record_key)),
                                           quarantine.c.last_seen_on <= day))
    is_first = merged["first_seen_on"].isna() | merged["first_seen_on"].gt(day)
    store.insert(quarantine, merged.assign(first_seen_on=merged["first_seen_on"].mask(is_first, day), last_seen_on=day))


def forget_day(store: Store, feed: Feed, day: str, delivered: "pd.Series[str]") -> None:
    """Closes the entries that only an earlier form of this day gave."""
    wanted = select(store.keys(delivered).c.record_key)
    store.execute(delete(quarantine).where(quarantine.c.feed == feed.name, quarantine.c.last_seen_on == day,
                                           quarantine.c.record_key.not_in(wanted)))

"""Rows and values that wait for the steward: one entry for each record, column, code and value (design, rule 9)."""

import pandas as pd
from sqlalchemy import Table, delete, func, select, update

from register.feeds import Feed
from register.gate.admit import PROLONGING, Rows
from register.gate.record_keys import hashed
from register.increments import among
from register.retention.restrictions import waits_of_restricted
from register.sets import is_among
from register.store.conditions import is_in
from register.store.store import Store
from register.store.tables import deliveries, engagements, observations, quarantine

ENTRY = ["record_key", "column", "code", "value_hash"]


def entries(waiting: pd.DataFrame, rows: Rows, feed: Feed, key: bytes) -> pd.DataFrame:
    """The entries of one delivery as rows of the table, without their days. waiting: as `Admission.waiting`."""
    at = waiting["position"].to_numpy()
    who = rows.normalised[list(PROLONGING)].iloc[at].reset_index(drop=True)
    where = rows.text[["file_no", "row_no"]].iloc[at].reset_index(drop=True)
    found = pd.concat([waiting.drop(columns=["position"]).reset_index(drop=True), who, where], axis=1).assign(
        feed=feed.name, record_key=rows.record_key.iloc[at].to_numpy(),
        value_hash=hashed(waiting["content"].astype("str"), key).to_numpy())
    return found.drop_duplicates(ENTRY)


def settle(store: Store, new: pd.DataFrame, delivered: "pd.Series[str]", day: str) -> None:
    """Puts a day's entries in place of what its records had: delivered again an entry keeps its days, mended it closes.

    delivered: the record keys of all rows of the day that are not withheld. A record that a newer day delivered keeps what
    that day said of it.
    """
    wanted = store.keys(delivered)
    before = _held(store, wanted)
    newer = _given_later(store, wanted, day)
    merged = new.merge(before, on=ENTRY, how="left")
    first = merged["first_seen_on"].mask(merged["first_seen_on"].isna() | merged["first_seen_on"].gt(day), day)
    merged = merged.assign(first_seen_on=first, asked_on=merged["asked_on"].fillna(store.day))
    is_newer = is_among(merged["record_key"], newer)
    _begin_earlier(store, merged.loc[is_newer & merged["was_last_on"].notna(), [*ENTRY, "first_seen_on"]])
    store.execute(delete(quarantine).where(quarantine.c.record_key.in_(select(wanted.c.record_key)),
                                           ~is_in(store.keys(newer).c.record_key, quarantine.c.record_key)))
    store.insert(quarantine, merged[~is_newer].drop(columns=["was_last_on"]).assign(last_seen_on=day))


def forget_day(store: Store, feed: Feed, day: str, delivered: "pd.Series[str]") -> None:
    """Closes the entries that only an earlier form of this day gave; those of earlier days too are theirs again."""
    wanted = store.keys(delivered)
    is_lost = ((quarantine.c.feed == feed.name) & (quarantine.c.last_seen_on == day)
               & ~is_in(wanted.c.record_key, quarantine.c.record_key))
    store.execute(delete(quarantine).where(is_lost, quarantine.c.first_seen_on == day))
    store.execute(update(quarantine).where(is_lost).values(last_seen_on=quarantine.c.first_seen_on))


def asked_anew(store: Store, records: "pd.Series[str]", day: str) -> None:
    """Gives what waits of the records its whole time from a day on, but for what is restricted still."""
    theirs = among(store, quarantine.c.record_key, records)
    store.execute(update(quarantine).where(theirs, ~waits_of_restricted()).values(asked_on=day))


def _held(store: Store, wanted: Table) -> pd.DataFrame:
    """Entries of the records: the columns of ENTRY, first_seen_on, asked_on, was_last_on."""
    return store.read(select(*[quarantine.c[name] for name in (*ENTRY, "first_seen_on", "asked_on")],
                             quarantine.c.last_seen_on.label("was_last_on"))
                      .join(wanted, wanted.c.record_key == quarantine.c.record_key))


def _given_later(store: Store, wanted: Table, day: str) -> "pd.Series[str]":
    """Records that a newer day delivered: let in, waiting, or deleted."""
    if store.scalar(select(func.max(deliveries.c.day))) == day:
        return pd.Series(dtype="str")
    days = [quarantine.c.last_seen_on, engagements.c.last_seen_on, observations.c.last_seen_on, observations.c.deleted_on]
    found = [store.read(select(wanted.c.record_key).join(last.table, last.table.c.record_key == wanted.c.record_key)
                        .where(func.coalesce(last, "") > day)).record_key for last in days]
    keys: pd.Series[str] = pd.concat(found).drop_duplicates()
    return keys


def _begin_earlier(store: Store, entries: pd.DataFrame) -> None:
    """Moves the first day of entries that a newer day gave too."""
    if entries.empty:
        return
    stage = store.temporary(entries)
    same = [quarantine.c[name] == stage.c[name] for name in ENTRY]
    store.execute(update(quarantine).where(*same, quarantine.c.first_seen_on > stage.c.first_seen_on)
                  .values(first_seen_on=stage.c.first_seen_on))

"""The record of deliveries: what one feed gave for one day, in numbers, and what was set aside or waits for somebody's word."""

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import delete, func, select, update

from register.archive import name_in_deliveries
from register.batch import Batch
from register.feeds import Feed
from register.gate.admit import Admission
from register.inbox import Letter
from register.store.database import now
from register.store.store import Store
from register.store.tables import decisions, deliveries, files, withheld

COUNTS = ("read", "accepted", "quarantined", "withheld", "values_waiting")


@dataclass(frozen=True)
class Known:
    """What is recorded of one feed's day."""

    state: str
    code: str | None
    is_held: bool
    archive_file: str | None
    counts: dict[str, int]
    reasons: dict[str, int]
    structure: dict[str, Any]

    @property
    def size(self) -> int:
        """Rows of the delivery, those of a registry that were passed over among them."""
        return self.counts["read"] + int(self.structure.get("passed_over", 0))


def find(store: Store, feed: str, day: str) -> Known | None:
    """What is recorded of the day, None where nothing is."""
    row = store.connection.execute(select(deliveries).where(deliveries.c.feed == feed, deliveries.c.day == day)).first()
    if row is None:
        return None
    return Known(row.state, row.code, row.is_held, row.archive_file, {name: getattr(row, name) for name in COUNTS},
                 json.loads(row.reasons), json.loads(row.structure))


def all_days(store: Store, feed: str) -> list[tuple[str, bool]]:
    """The days of a feed of which anything is recorded, and whether rows of them are held."""
    days = store.read(select(deliveries.c.day, deliveries.c.is_held).where(deliveries.c.feed == feed))
    return list(days.itertuples(index=False, name=None))


def last_file_no(store: Store, feed: str, day: str) -> int:
    """The highest file number of the day so far, 0 where there is none."""
    return int(store.scalar(select(func.max(files.c.file_no)).where(files.c.feed == feed, files.c.day == day)) or 0)


def known_files(store: Store, feed: str) -> pd.DataFrame:
    """Files of the feed that were met before: day, content_hash, state. Set-aside ones of an accepted day are new again."""
    accepted = select(decisions.c.day).where(
        decisions.c.kind == "accept", decisions.c.feed == feed, decisions.c.lifted_at.is_(None))
    is_new_again = (files.c.state == "set aside") & files.c.day.in_(accepted)
    return store.read(select(files.c.day, files.c.content_hash, files.c.state).where(files.c.feed == feed, ~is_new_again))


def note_absent(store: Store, feed: str, day: str) -> None:
    """Notes that nothing was delivered for the day."""
    _write(store, feed, day, state="absent", is_held=False)


def name_archive(store: Store, feed: str, day: str, name: str | None) -> None:
    """Names the day's archive file in the open transaction."""
    name_in_deliveries(store, feed, day, name)


def has_shrunk(store: Store, feed: Feed, day: str, size: int, before: Known | None, max_shrink: float) -> bool:
    """Whether a delivery is too small to be believed: against the day it replaces, or a snapshot against the day before.

    False once somebody has accepted the day by name.
    """
    if _is_accepted(store, feed.name, day):
        return False
    sizes = [before.size] if before is not None and before.is_held else []
    if feed.gives == "snapshot" and (earlier := _nearest_earlier(store, feed.name, day)):
        sizes.append(earlier.size)
    return any(size < (1 - max_shrink) * held for held in sizes)


def set_aside(store: Store, feed: str, day: str, read: Batch, code: str, today: str) -> None:
    """Notes that a whole delivery waits, with its files; what the register held of the day stays."""
    before = find(store, feed, day)
    structure = (before.structure if before else {}) | {"unreadable": _unreadable(read), "rows_set_aside": read.size}
    _write(store, feed, day, state="set aside", code=code, set_aside_on=today, structure=json.dumps(structure))
    for number, letter in read.letters.items():
        _note_file(store, feed, day, letter.content_hash, number, "set aside", code)
    _note_unreadable(store, feed, day, read)


def set_aside_files(store: Store, feed: str, day: str, letters: list[Letter], code: str, today: str) -> None:
    """Notes that a registry's bulk waits; the look-up table stays as it was."""
    _write(store, feed, day, state="set aside", code=code, set_aside_on=today,
           structure=json.dumps({"unreadable": [{"file_no": 1, "code": code, "row": None}]}))
    for number, letter in enumerate(letters, start=1):
        _note_file(store, feed, day, letter.content_hash, number, "set aside", code)


def record_lookup(store: Store, feed: str, day: str, letters: list[Letter], *, rows: int, known: int) -> None:
    """Writes the counts of a registry's bulk: companies the register knows are read, the others passed over."""
    _write(store, feed, day, state="read", code=None, is_held=True, read=known, accepted=known, set_aside_on=None,
           structure=json.dumps({"passed_over": rows - known}))
    for number, letter in enumerate(letters, start=1):
        _note_file(store, feed, day, letter.content_hash, number, "read", None)


def record(
    store: Store, feed: str, day: str, read: Batch, admission: Admission, table: pd.DataFrame, how: str,
    before: Known | None, today: str,
) -> None:
    """Writes the counts of an admitted delivery; added to those of the day where its rows are added."""
    adds = how == "add" and before is not None and before.is_held
    counts = {"read": read.size, "values_waiting": admission.values_waiting}
    counts |= {fate: admission.count(fate) for fate in ("accepted", "quarantined", "withheld")}
    reasons = admission.reasons
    if adds and before is not None:
        counts = {name: counts[name] + before.counts[name] for name in COUNTS}
        reasons = {code: reasons.get(code, 0) + before.reasons.get(code, 0) for code in sorted({*reasons, *before.reasons})}
    code = read.unreadable[0][1].code if read.unreadable else None
    structure = {"columns": list(read.columns), "dropped": list(read.dropped), "unreadable": _unreadable(read)}
    _write(store, feed, day, state="set aside" if code else "read", code=code, is_held=True, **counts,
           reasons=json.dumps(reasons), structure=json.dumps(structure), suite=table.to_json(orient="records"),
           set_aside_on=today if code else None)
    _write_files(store, feed, day, read, adds)
    _write_withheld(store, feed, day, read, admission, adds)


def accept(store: Store, feed: str, day: str, kind: str, name: str, os_user: str) -> None:
    """Stores who took a set-aside delivery, or gave up an unreadable one. kind: accept or give up."""
    store.insert(decisions, pd.DataFrame([{"kind": kind, "feed": feed, "day": day, "decided_by": name, "os_user": os_user,
                                           "content": "{}", "decided_at": now()}]))


def give_up(store: Store, feed: str, day: str) -> None:
    """Closes a day whose files could not be read; what was read of it stays."""
    store.execute(update(deliveries).where(deliveries.c.feed == feed, deliveries.c.day == day)
                  .values(state="given up", run=store.run))
    store.execute(update(files).where(files.c.feed == feed, files.c.day == day, files.c.state == "set aside")
                  .values(state="given up"))


def _is_accepted(store: Store, feed: str, day: str) -> bool:
    accepted = select(decisions.c.decision_id).where(
        decisions.c.kind == "accept", decisions.c.feed == feed, decisions.c.day == day, decisions.c.lifted_at.is_(None))
    return store.scalar(accepted) is not None


def _nearest_earlier(store: Store, feed: str, day: str) -> Known | None:
    earlier = store.scalar(select(func.max(deliveries.c.day)).where(
        deliveries.c.feed == feed, deliveries.c.day < day, deliveries.c.is_held))
    return find(store, feed, earlier) if earlier else None


def _write(store: Store, feed: str, day: str, **values: Any) -> None:
    """Puts values over the day's row, or makes one."""
    changed = {"run": store.run, "read_at": now(), **values}
    done = store.execute(update(deliveries).where(deliveries.c.feed == feed, deliveries.c.day == day).values(changed))
    if not done.rowcount:
        store.execute(deliveries.insert().values(feed=feed, day=day, **changed))


def _unreadable(read: Batch) -> list[dict[str, Any]]:
    return [{"file_no": error.file_no, "code": error.code, "row": error.row, **error.detail} for _, error in read.unreadable]


def _write_files(store: Store, feed: str, day: str, read: Batch, adds: bool) -> None:
    if not adds:
        store.execute(delete(files).where(files.c.feed == feed, files.c.day == day, files.c.state == "read"))
    for number, letter in read.letters.items():
        _note_file(store, feed, day, letter.content_hash, number, "read", None)
    _note_unreadable(store, feed, day, read)


def _note_unreadable(store: Store, feed: str, day: str, read: Batch) -> None:
    for letter, error in read.unreadable:
        _note_file(store, feed, day, letter.content_hash, error.file_no, "set aside", error.code)


def _note_file(store: Store, feed: str, day: str, content_hash: str, number: int, state: str, code: str | None) -> None:
    store.upsert(files, pd.DataFrame([{"feed": feed, "day": day, "content_hash": content_hash, "file_no": number,
                                       "state": state, "code": code}]).astype({"code": "str"}))


def _write_withheld(store: Store, feed: str, day: str, read: Batch, admission: Admission, adds: bool) -> None:
    if not adds:
        store.execute(delete(withheld).where(withheld.c.feed == feed, withheld.c.day == day))
    where = read.rows.text.loc[admission.withheld["position"], ["file_no", "row_no"]].reset_index(drop=True)
    store.insert(withheld, where.assign(feed=feed, day=day, code=admission.withheld["code"].to_numpy()))

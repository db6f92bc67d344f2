"""The record of deliveries: what one feed gave for one day, in numbers, and what was set aside or waits for somebody's word."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from sqlalchemy import delete, func, select, update

from register.errors import UnreadableDelivery
from register.feeds import Feed
from register.gate.admit import Admission
from register.intake.batch import Batch
from register.intake.inbox import Letter
from register.store.conditions import HAS_UNREAD
from register.store.database import now
from register.store.store import Store
from register.store.tables import decisions, deliveries, files, withheld

COUNTS = ("read", "accepted", "quarantined", "withheld", "values_waiting")

ACCOUNTED = ("read", "given up")
"""States of files that nobody reads again: one that lies there was left behind, or came again."""

IS_BEYOND_ARCHIVE = deliveries.c.is_held & (deliveries.c.accepted > 0) & deliveries.c.archive_file.is_(None)
"""The condition that rows of a day are held whose archive has had its time. A day all of whose rows were removed has an empty
file.
"""

How = Literal["replace", "add"]
"""Whether a delivery is the whole of its day, or adds to what is held of it."""

Fault = tuple[Letter, UnreadableDelivery]


@dataclass(frozen=True)
class Known:
    """What is recorded of one feed's day."""

    state: str
    code: str | None
    is_held: bool
    archive_file: str | None
    set_aside_on: str | None
    counts: dict[str, int]
    reasons: dict[str, int]
    structure: dict[str, Any]

    @property
    def size(self) -> int:
        """Rows of the delivery, those of a registry that were passed over among them."""
        return self.counts["read"] + int(self.structure.get("passed_over", 0))

    @property
    def is_held_beside_fault(self) -> bool:
        """Whether the day was set aside as a whole while what it had before is held still."""
        return self.state == "set aside" and self.is_held and "rows_set_aside" in self.structure


def find(store: Store, feed: str, day: str) -> Known | None:
    """What is recorded of the day, None where nothing is."""
    row = store.connection.execute(select(deliveries).where(deliveries.c.feed == feed, deliveries.c.day == day)).first()
    if row is None:
        return None
    return Known(row.state, row.code, row.is_held, row.archive_file, row.set_aside_on,
                 {name: getattr(row, name) for name in COUNTS}, json.loads(row.reasons), json.loads(row.structure))


def size(store: Store, feed: str, day: str) -> int:
    """How many rows the day's delivery had; 0 where nothing is recorded."""
    known = find(store, feed, day)
    return known.size if known else 0


def all_days(store: Store, feed: str) -> list[tuple[str, bool]]:
    """The days of a feed of which anything is recorded, and whether rows of them are held."""
    days = store.read(select(deliveries.c.day, deliveries.c.is_held).where(deliveries.c.feed == feed))
    return list(days.itertuples(index=False, name=None))


def last_file_no(store: Store, feed: str, day: str) -> int:
    """The highest file number of the day so far, 0 where there is none."""
    return int(store.scalar(select(func.max(files.c.file_no)).where(files.c.feed == feed, files.c.day == day)) or 0)


def known_files(store: Store, feed: str) -> pd.DataFrame:
    """Files of the feed that were met before: day, content_hash, state."""
    return store.read(select(files.c.day, files.c.content_hash, files.c.state).where(files.c.feed == feed))


def note_absent(store: Store, feed: str, day: str) -> None:
    """Notes that nothing was delivered for the day."""
    _write(store, feed, day, state="absent", is_held=False)


def is_beyond_archive(store: Store, feed: str, day: str) -> bool:
    """Whether rows of the day are held that no archive knows any more: nothing can be taken back of them."""
    is_it = select(deliveries.c.day).where(deliveries.c.feed == feed, deliveries.c.day == day, IS_BEYOND_ARCHIVE)
    return store.scalar(is_it) is not None


def note(store: Store, feed: str, day: str, **facts: object) -> None:
    """Adds facts to what is recorded of a day beside its counts, which stay."""
    if known := find(store, feed, day):
        store.execute(update(deliveries).where(deliveries.c.feed == feed, deliveries.c.day == day)
                      .values(structure=json.dumps(known.structure | facts)))


def days_that_wait(store: Store, feed: str) -> list[str]:
    """Days already held of which new files lay in the inbox, unread, when somebody last looked."""
    query = select(deliveries.c.day).where(deliveries.c.feed == feed, HAS_UNREAD).order_by(deliveries.c.day)
    return [str(day) for day in store.read(query)["day"]]


def move(store: Store, feed: str, day: str, counts: Mapping[str, int], reasons: Mapping[str, int]) -> None:
    """Adds to the counts of a day what a decision has moved between them, so that they add up as before (design, rule 2)."""
    if known := find(store, feed, day):
        told = {code: known.reasons.get(code, 0) + reasons.get(code, 0) for code in sorted({*known.reasons, *reasons})}
        store.execute(update(deliveries).where(deliveries.c.feed == feed, deliveries.c.day == day).values(
            **{name: known.counts[name] + n for name, n in counts.items()},
            reasons=json.dumps({code: n for code, n in told.items() if n > 0})))


def set_aside(
    store: Store, feed: str, day: str, letters: Mapping[int, Letter], faults: Iterable[Fault], *, code: str, rows: int,
    today: str,
) -> None:
    """Notes that a whole delivery waits, with its files; what the register held of the day stays.

    letters: the readable ones, by number. code: why. rows: how many were read. The clock runs since the day on which these
    contents were first set aside.
    """
    before, named = find(store, feed, day), list(faults)
    unreadable = _unreadable(named) or [{"file_no": min(letters, default=1), "code": code, "row": None}]
    structure = (before.structure if before else {}) | {"unreadable": unreadable, "rows_set_aside": rows}
    contents = [letter.content_hash for letter in (*letters.values(), *(letter for letter, _ in named))]
    since = _set_aside_on(store, feed, day, before, contents, today)
    _write(store, feed, day, state="set aside", code=code, set_aside_on=since, structure=json.dumps(structure))
    for number, letter in letters.items():
        _note_file(store, feed, day, letter, number, "set aside", code)
    _note_faults(store, feed, day, named)


def let_go(store: Store, feed: str, day: str, code: str, today: str) -> None:
    """Takes back that rows of the day are held; its archive file keeps them until somebody decides."""
    known = find(store, feed, day)
    structure = (known.structure if known else {}) | {"rows_set_aside": known.size if known else 0}
    _write(store, feed, day, state="set aside", code=code, is_held=False, set_aside_on=today, structure=json.dumps(structure))


def hold(store: Store, feed: str, day: str) -> None:
    """Notes that the rows of the day's archive file are held again."""
    _write(store, feed, day, state="read", code=None, is_held=True, set_aside_on=None)


def record_lookup(store: Store, feed: str, day: str, letters: Mapping[int, Letter], *, rows: int, known: int) -> None:
    """Writes the counts of a registry's bulk: companies the register knows are read, the others passed over."""
    _write(store, feed, day, state="read", code=None, is_held=True, read=known, accepted=known, set_aside_on=None,
           structure=json.dumps({"passed_over": rows - known}))
    _replace_files(store, feed, day, letters, [])


def record(
    store: Store, feed: Feed, day: str, read: Batch, admission: Admission, table: pd.DataFrame, how: How, today: str
) -> None:
    """Writes the counts of an admitted delivery; added to those of the day where its rows are added."""
    before = find(store, feed.name, day)
    counts = {"read": read.size, "values_waiting": admission.values_waiting}
    counts |= {fate: admission.count(fate) for fate in ("accepted", "quarantined", "withheld")}
    reasons = admission.reasons
    if how == "add" and before is not None:
        counts = {name: counts[name] + before.counts[name] for name in COUNTS}
        reasons = {code: reasons.get(code, 0) + before.reasons.get(code, 0) for code in sorted({*reasons, *before.reasons})}
    code = read.unreadable[0][1].code if read.unreadable else None
    since = _set_aside_on(store, feed.name, day, before, [letter.content_hash for letter, _ in read.unreadable], today)
    structure = {"columns": list(read.columns), "dropped": list(read.dropped), "unreadable": _unreadable(read.unreadable)}
    _write(store, feed.name, day, state="set aside" if code else "read", code=code, is_held=True, **counts,
           reasons=json.dumps(reasons), structure=json.dumps(structure), suite=table.to_json(orient="records"),
           set_aside_on=since if code else None)
    if how == "replace":
        _replace_files(store, feed.name, day, read.letters, read.unreadable)
        store.execute(delete(withheld).where(withheld.c.feed == feed.name, withheld.c.day == day))
    else:
        _add_files(store, feed.name, day, read.letters, read.unreadable)
    _write_withheld(store, feed.name, day, read, admission)


def end_fault(store: Store, feed: str, day: str) -> None:
    """Takes back that a day that is held was set aside as a whole: what it had before has been delivered again."""
    if known := find(store, feed, day):
        structure = {name: fact for name, fact in known.structure.items() if name not in ("unreadable", "rows_set_aside")}
        _write(store, feed, day, state="read", code=None, set_aside_on=None, structure=json.dumps(structure))
        _close_set_aside(store, feed, day)


def accept(store: Store, feed: str, day: str, kind: Literal["accept", "give up"], name: str, os_user: str) -> None:
    """Stores who took a set-aside delivery, with as many rows as it has, or gave up an unreadable one."""
    known = find(store, feed, day)
    content = json.dumps({"rows": known.structure.get("rows_set_aside", 0) if known else 0})
    store.insert(decisions, pd.DataFrame([{"kind": kind, "feed": feed, "day": day, "decided_by": name, "os_user": os_user,
                                           "content": content, "decided_at": now()}]))


def give_up(store: Store, feed: str, day: str) -> None:
    """Closes a day whose files could not be read; what was read of it stays."""
    store.execute(update(deliveries).where(deliveries.c.feed == feed, deliveries.c.day == day)
                  .values(state="given up", run=store.run))
    is_waiting = (files.c.feed == feed) & (files.c.day == day) & (files.c.state == "set aside")
    store.execute(update(files).where(is_waiting).values(state="given up"))


def _set_aside_on(store: Store, feed: str, day: str, before: Known | None, contents: list[str], today: str) -> str:
    """Since when these contents have been set aside."""
    if before is None or before.set_aside_on is None:
        return today
    known = known_files(store, feed)
    waiting = known.loc[(known["day"] == day) & (known["state"] == "set aside"), "content_hash"]
    return before.set_aside_on if set(contents) <= set(waiting) else today


def _write(store: Store, feed: str, day: str, **values: Any) -> None:
    """Puts values over the day's row, or makes one."""
    changed = {"run": store.run, "read_at": now(), **values}
    done = store.execute(update(deliveries).where(deliveries.c.feed == feed, deliveries.c.day == day).values(changed))
    if not done.rowcount:
        store.execute(deliveries.insert().values(feed=feed, day=day, **changed))


def _unreadable(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    return [error.fault for _, error in faults]


def _replace_files(store: Store, feed: str, day: str, letters: Mapping[int, Letter], faults: Iterable[Fault]) -> None:
    """The files that are the whole day now; older ones that were set aside are let go of."""
    store.execute(delete(files).where(files.c.feed == feed, files.c.day == day, files.c.state == "read"))
    _add_files(store, feed, day, letters, faults)


def _add_files(store: Store, feed: str, day: str, letters: Mapping[int, Letter], faults: Iterable[Fault]) -> None:
    """All that lies there was read with them: a file that is set aside and lies there no more was mended or taken away."""
    _close_set_aside(store, feed, day)
    for number, letter in letters.items():
        _note_file(store, feed, day, letter, number, "read", None)
    _note_faults(store, feed, day, faults)


def _close_set_aside(store: Store, feed: str, day: str) -> None:
    """Forgets files that nobody has read: should their content come again, it is new."""
    store.execute(delete(files).where(files.c.feed == feed, files.c.day == day, files.c.state.in_(("set aside", "expired"))))


def _note_faults(store: Store, feed: str, day: str, faults: Iterable[Fault]) -> None:
    for letter, error in faults:
        _note_file(store, feed, day, letter, error.file_no, "set aside", error.code)


def _note_file(store: Store, feed: str, day: str, letter: Letter, number: int, state: str, code: str | None) -> None:
    store.upsert(files, pd.DataFrame([{"feed": feed, "day": day, "content_hash": letter.content_hash, "file_no": number,
                                       "state": state, "code": code}]).astype({"code": "str"}))


def _write_withheld(store: Store, feed: str, day: str, read: Batch, admission: Admission) -> None:
    where = read.rows.text.loc[admission.withheld["position"], ["file_no", "row_no"]].reset_index(drop=True)
    store.insert(withheld, where.assign(feed=feed, day=day, code=admission.withheld["code"].to_numpy()))

"""The ledger: what was removed, objected to and held, in lines outside the database that outlive it. Holds no personal value.

Append-only and chained: each line holds the hash of the line before it, and the head, the hash of the last line, is kept in
`runs` by the transaction that the line is about. A line says what is intended before the commit, another that it is done after
it; a transaction that removes is done when nothing of it lies on the disk any more (`sweep.py`). Lines of before the chain are
accepted up to the first chained one, which seals them all. A keyed hash is still personal data: it ends with its key.
"""

import hashlib
import json
import mmap
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from register.store.database import now
from register.store.promises import Promises

FILE = "removals.jsonl"

WHOLE, ACT = {"what", "at", "day"}, {"act_id", "sweep_id"}
"""What a line says, and one of the two by which it names its act; another line was cut off, or edited."""

What = Literal["intended", "done", "abandoned"]

Wrong = Literal["broken", "unchained", "head"]
"""A line that does not follow from the one before it (one of them was edited, or one between them removed or moved), one
without the hash of the line before, and a head in `runs` that no line in its order has: the end is missing or another."""


@dataclass(frozen=True)
class Entry:
    """One line. at: UTC. promises: empty in the lines that close an act."""

    act_id: str
    what: What
    at: str
    day: str
    promises: Promises = field(default_factory=Promises)

    @property
    def removals(self) -> dict[str, list[str]]:
        """By tombstone, the records that went."""
        return self.promises.removals


class Line(NamedTuple):
    """A line as it lies in the file. entry: missing where a crash cut it off. before: missing where it is not chained."""

    number: int
    entry: Entry | None
    before: str | None
    content: bytes

    @property
    def head(self) -> str:
        """The hash that tells that this line, and so all before it, was the last."""
        return _hash(self.content)


class Fault(NamedTuple):
    """What `verify` found: at which line; of a head, the number of the run that kept it."""

    wrong: Wrong
    place: int


class Ledger:
    """The file of a home's ledger."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def append(self, entry: Entry) -> str:
        """Adds a line, on a line of its own also behind one that a crash cut off, and waits until the disk has it; its hash."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "rb+") as file:
            size = file.seek(0, os.SEEK_END)
            is_cut_off = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            before = _hash(_since_last_whole(descriptor) if size else b"")
            line = json.dumps({"before": before, **_told(entry)}).encode() + b"\n"
            file.write((b"\n" if is_cut_off else b"") + line)
            file.flush()
            os.fsync(descriptor)
        return _hash(line)

    def intend(self, promises: Promises, act_id: str, day: str) -> str | None:
        """Takes down what a transaction is about to do; None where it promises nothing."""
        return self.append(Entry(act_id, "intended", now(), day, promises)) if promises.told() else None

    def confirm(self, promises: Promises, act_id: str, day: str) -> str | None:
        """Says that it is done; None where nothing was promised, or where the sweep says so when all of it is gone."""
        if not promises.told() or promises.removals or promises.keys:
            return None
        return self.append(Entry(act_id, "done", now(), day))

    def lines(self) -> Iterator[Line]:
        """All lines in order."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for number, content in enumerate(file, start=1):
                told = _read(content)
                entry = None if told is None else _entry(told)
                yield Line(number, entry, told.get("before") if told else None, content.rstrip(b"\n") + b"\n")

    def entries(self) -> Iterator[Entry]:
        """All whole lines, oldest first; one that a crash cut off is passed over, since nothing was done on it."""
        return (line.entry for line in self.lines() if line.entry is not None)

    def unfinished(self) -> list[Entry]:
        """Intended acts of which nothing says that they were done or abandoned."""
        entries = list(self.entries())
        closed = {entry.act_id for entry in entries if entry.what != "intended"}
        return [entry for entry in entries if entry.what == "intended" and entry.act_id not in closed]

    def head(self) -> str | None:
        """The hash of the last whole line; None before the first."""
        return next((line.head for line in reversed(list(self.lines())) if line.entry is not None), None)

    def verify(self, heads: Sequence[tuple[int, str]]) -> list[Fault]:
        """What was changed afterwards: an edit, a deletion, another order, a missing end. heads: run and head, in order."""
        faults: list[Fault] = []
        region, is_chained, places = b"", False, dict[str, int]()
        for line in self.lines():
            places[line.head] = line.number
            if line.before is not None:
                faults += [] if line.before == _hash(region) else [Fault("broken", line.number)]
                is_chained, region = True, line.content
            else:
                faults += [Fault("unchained", line.number)] if is_chained and line.entry is not None else []
                region += line.content
        last = 0
        for run, head in heads:
            place = places.get(head, 0)
            faults += [] if place and place >= last else [Fault("head", run)]
            last = max(last, place)
        return faults


def _told(entry: Entry) -> dict[str, Any]:
    return {"act_id": entry.act_id, "what": entry.what, "at": entry.at, "day": entry.day, **entry.promises.told()}


def _entry(told: dict[str, Any]) -> Entry:
    """The entry of a line; before the chain an act was a sweep."""
    own = {name: told[name] for name in Promises.__dataclass_fields__ if name in told}
    return Entry(told.get("act_id") or told["sweep_id"], told["what"], told["at"], told["day"], Promises(**own))


def _read(content: bytes) -> dict[str, Any] | None:
    with suppress(ValueError):
        told = json.loads(content)
        if isinstance(told, dict) and set(told) >= WHOLE and ACT & set(told):
            return told
    return None


def _since_last_whole(descriptor: int) -> bytes:
    """The last chained line with what a crash left behind it; without a chained one, all there is."""
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as held:
        end = len(held)
        while end > 0:
            start = held.rfind(b"\n", 0, end - 1) + 1
            told = _read(held[start:end])
            if told is not None and "before" in told:
                return held[start:].rstrip(b"\n") + b"\n"
            end = start
        return held[:].rstrip(b"\n") + b"\n"


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

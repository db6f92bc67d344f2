"""The ledger of removals: append-only lines outside the database, that outlive it and its backups. Holds no personal value.

A line says what was intended before the transaction and that it is done after it; record keys are keyed hashes, kept so that a
restored backup can be cleared again. A keyed hash is still personal data: it ends with its key.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

FILE = "removals.jsonl"

What = Literal["intended", "done", "abandoned"]


@dataclass(frozen=True)
class Entry:
    """One line. at: UTC. removals: tombstone ids with the record keys that went; empty in the lines that close one."""

    sweep_id: str
    what: What
    at: str
    day: str
    policy_no: int
    removals: dict[str, list[str]]


class Ledger:
    """The file of a home's ledger."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def append(self, entry: Entry) -> None:
        """Adds a line, on a line of its own also behind one that a crash cut off, and waits until the disk has it."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "rb+") as file:
            size = file.seek(0, os.SEEK_END)
            is_cut_off = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            file.write((b"\n" if is_cut_off else b"") + json.dumps(asdict(entry)).encode() + b"\n")
            file.flush()
            os.fsync(descriptor)

    def entries(self) -> Iterator[Entry]:
        """All whole lines, oldest first; one that a crash cut off is passed over, since nothing was done on it."""
        if not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                yield Entry(**json.loads(line))
            except json.JSONDecodeError:
                continue

    def unfinished(self) -> list[Entry]:
        """Intended sweeps of which nothing says that they were done or abandoned."""
        entries = list(self.entries())
        closed = {entry.sweep_id for entry in entries if entry.what != "intended"}
        return [entry for entry in entries if entry.what == "intended" and entry.sweep_id not in closed]

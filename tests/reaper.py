"""Kills a process at a point that a test names: at a statement that writes, at a commit, at a change of a file."""

import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from sqlalchemy import Engine, event

from register.store.store import Store

READING = ("SELECT", "PRAGMA table", "WITH")
CHANGING = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link")
NEW = os.O_WRONLY | os.O_RDWR


@dataclass
class Reaper:
    """Counts the points at which this process changes the database or a file, and kills it at one of them, 0 being none.

    keep: called at each point with its number.
    """

    at: int = 0
    keep: Callable[[int], None] = lambda _: None
    passed: list[str] = field(default_factory=list)

    def meet(self, what: str) -> None:
        self.passed.append(what)
        self.keep(len(self.passed))
        if len(self.passed) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, home: Path) -> None:
        """From here on; there is no way back but the end of the process."""
        event.listen(Engine, "before_cursor_execute", self._statement)
        event.listen(Engine, "commit", lambda _: self.meet("commit"))
        os.fsync = self._before("fsync", os.fsync)
        Store._copy = self._before("copy", Store._copy)  # type: ignore[method-assign]
        pq.write_table = self._torn(pq.write_table)
        sys.addaudithook(lambda name, details: self._audit(name, details, str(home)))

    def _statement(self, _: Any, __: Any, statement: str, *___: Any) -> None:
        if not statement.startswith(READING) and "temporary_" not in statement.partition("(")[0]:
            self.meet(" ".join(statement.split()[:3]))

    def _audit(self, name: str, details: tuple[Any, ...], home: str) -> None:
        path = str(details[0]) if details else ""
        is_written = name == "open" and bool(details[2] & NEW) and path.startswith(home)
        if (is_written and not path.endswith(".lock")) or name in CHANGING:
            self.meet(f"{name} {Path(path).suffix}")

    def _before(self, what: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def met(*args: Any) -> Any:
            self.meet(what)
            return real(*args)

        return met

    def _torn(self, real: Callable[..., None]) -> Callable[..., None]:
        def written(content: Any, path: Path, **how: Any) -> None:
            real(content, path, **how)
            os.truncate(path, path.stat().st_size // 2)
            self.meet("half a file")
            real(content, path, **how)

        return written


def in_a_child(work: Callable[[], Any], answer: Path) -> tuple[int, Any]:
    """Runs the work in a process of its own: how it ended (0, or the signal's number), and what it gave.

    The process ends without closing anything, as one that is killed does. answer: a file for what it gives.
    """
    child = os.fork()
    if child == 0:
        try:
            answer.write_bytes(pickle.dumps(work()))
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    return status, pickle.loads(answer.read_bytes()) if status == 0 else None

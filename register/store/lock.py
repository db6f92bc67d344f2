"""The one writer's lock: the kernel or PostgreSQL frees it with the process, so that a killed run never keeps it."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from register.errors import HomeError

PATIENCE_SECONDS = 1800
"""How long a writer waits: longer than any step takes, shorter than a working day."""

FIRST_WORD_SECONDS = 1.0
"""After this long the one who waits is told for whom."""

ADVISORY_KEY = 7_226_571_148
"""Any fixed number: it names the register among the advisory locks of a PostgreSQL database."""


def lock_of(engine: Engine) -> "Lock":
    """The lock that fits the database."""
    if engine.dialect.name == "sqlite":
        return FileLock(Path(str(engine.url.database) + ".lock"))
    return AdvisoryLock(engine)


class FileLock:
    """`flock` on a file: beside the SQLite database, or of a feed's letter box."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def held(self, step: str, holder: Callable[[], str], say: Callable[[str], None] | None) -> Iterator[None]:
        """Held within the block. Raises HomeError when another keeps it too long."""
        with self.path.open("a") as file:
            _wait(lambda: _try_flock(file.fileno()), step, holder, say)
            yield


class AdvisoryLock:
    """A session's advisory lock in PostgreSQL, on a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def held(self, step: str, holder: Callable[[], str], say: Callable[[str], None] | None) -> Iterator[None]:
        """Held within the block. Raises HomeError when another keeps it too long."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            _wait(lambda: _try_advisory(connection), step, holder, say)
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_KEY})


Lock = FileLock | AdvisoryLock


def _try_flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_advisory(connection: Connection) -> bool:
    return bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}).scalar())


def _wait(take: Callable[[], bool], step: str, holder: Callable[[], str], say: Callable[[str], None] | None) -> None:
    start, told = time.monotonic(), False
    while not take():
        waited = time.monotonic() - start
        if waited > PATIENCE_SECONDS:
            raise HomeError(f"{step} waited {PATIENCE_SECONDS // 60} minutes for {holder()}; nothing changed, start it again")
        if say and not told and waited > FIRST_WORD_SECONDS:
            say(f"{step} waits for {holder()}")
            told = True
        time.sleep(0.1)

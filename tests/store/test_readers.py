"""Readers: each sees one snapshot, waits for nobody, and holds up nobody, on both databases."""

import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from register.store import lock
from register.store.checkpoint import PAUSE_SECONDS, TRIES, checkpoint
from register.store.database import Database, sqlite_url
from register.store.tables import runs
from register.store.tables import withheld as held
from tests.store.test_store import ROWS

PATIENCE_SECONDS = 30
STARTS = 4


def count(database: Database) -> int:
    with database.reading() as store:
        return int(store.scalar(select(func.count()).select_from(held)))


def test_a_reader_sees_the_register_as_it_was_when_it_began(database: Database) -> None:
    with database.reading() as store:
        before = store.read(select(held))
        with database.writing("read", "2026-11-05") as other:
            other.insert(held, ROWS)
        assert len(store.read(select(held))) == len(before), "the reader saw half of what a writer did"
    assert count(database) == len(ROWS)


def test_a_reader_goes_on_while_a_writer_has_written_and_not_ended(database: Database) -> None:
    """In a thread, since a reader that waited would wait for ever: the writer ends only when it has read."""
    has_read, found = threading.Event(), list[int]()

    def read() -> None:
        found.append(count(database))
        has_read.set()

    with database.writing("read", "2026-11-05") as store:
        store.insert(held, ROWS)
        threading.Thread(target=read, daemon=True).start()
        assert has_read.wait(PATIENCE_SECONDS), "the reader waited for the writer"
    assert (found, count(database)) == ([0], len(ROWS))


def test_a_writer_goes_on_while_a_reader_is_open(database: Database) -> None:
    has_written = threading.Event()

    def write() -> None:
        with database.writing("read", "2026-11-05") as store:
            store.insert(held, ROWS)
        has_written.set()

    with database.reading() as store:
        assert store.read(select(held)).empty
        threading.Thread(target=write, daemon=True).start()
        assert has_written.wait(PATIENCE_SECONDS), "the writer waited for the reader"


def test_the_log_is_emptied_without_holding_up_anybody_for_long(database: Database) -> None:
    """A page of the UI that stays open must not stop the sweep, nor the next step, for minutes."""
    with database.writing("read", "2026-11-05") as store:
        store.insert(held, ROWS)
    begun = time.monotonic()
    with database.reading() as store:
        store.read(select(held))
        with database.writing("read", "2026-11-05") as other:
            other.insert(held, ROWS.assign(file_no=2))
        is_empty = checkpoint(database)
    assert time.monotonic() - begun < 3 * TRIES * PAUSE_SECONDS
    assert is_empty == (database.engine.dialect.name != "sqlite")
    assert checkpoint(database)


def test_of_two_first_starts_one_makes_the_tables(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that waits has no table yet that could say for whom."""
    monkeypatch.setattr(lock, "FIRST_WORD_SECONDS", 0)
    with database.engine.begin() as connection:
        for table in reversed(runs.metadata.sorted_tables):
            table.drop(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    is_held, may_end = threading.Event(), threading.Event()

    def first() -> None:
        with database.lock.held("migrate", lambda: "", None):
            is_held.set()
            may_end.wait(1)

    other = threading.Thread(target=first)
    other.start()
    assert is_held.wait(PATIENCE_SECONDS)
    database.migrate()
    other.join()
    assert count(database) == 0


def test_a_copy_that_was_put_back_without_its_log_keeps_one_again(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "register.db"))
    database.migrate()
    with closing(sqlite3.connect(tmp_path / "register.db")) as copy:
        database.engine.dispose()
        assert copy.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
    database.migrate()
    with closing(sqlite3.connect(tmp_path / "register.db")) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.engine.dispose()


@pytest.mark.parametrize(("start", "rounds"), [
    (lambda database: database.engine.connect().close(), 100), (lambda database: database.migrate(), 3),
])
def test_first_starts_at_once_fail_for_nobody(tmp_path: Path, start: Callable[[Database], None], rounds: int) -> None:
    for number in range(rounds):
        path = tmp_path / f"{number}.db"
        together = threading.Barrier(STARTS)

        def first(path: Path = path, together: threading.Barrier = together) -> None:
            database = Database(sqlite_url(path))
            together.wait(PATIENCE_SECONDS)
            start(database)
            database.engine.dispose()

        with ThreadPoolExecutor(STARTS) as pool:
            for started in [pool.submit(first) for _ in range(STARTS)]:
                started.result(PATIENCE_SECONDS)

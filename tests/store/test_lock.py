"""One writer at a time: who waits is told for whom, a killed holder frees the lock, and its run is marked failed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from register.errors import HomeError
from register.store import lock
from register.store.database import Database
from register.store.tables import runs

HOLD = """
import sys, time
from register.store.database import Database
with Database(sys.argv[1]).writing("read lista 2026-11-05", "2026-11-05"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holding(url: str, seconds: float) -> subprocess.Popen[str]:
    """Another process that holds the lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, url, str(seconds)], stdout=subprocess.PIPE, text=True,
                               cwd=Path(__file__).parents[2])
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


@pytest.fixture
def holder(database: Database, database_url: str) -> Iterator[subprocess.Popen[str]]:
    process = holding(database_url, 60)
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


def states(database: Database) -> list[str]:
    with database.reading() as store:
        return store.read(select(runs.c.state).order_by(runs.c.run)).state.tolist()


def test_who_waits_is_told_for_whom_and_goes_on_when_it_is_free(database: Database, database_url: str) -> None:
    process = holding(database_url, 3)
    told: list[str] = []
    with database.writing("contacts", "2026-11-05", told.append):
        pass
    assert process.wait() == 0
    [sentence] = told
    assert sentence.startswith("contacts waits for read lista 2026-11-05, ") and f"process {process.pid}" in sentence
    assert states(database) == ["done", "done"]


def test_waiting_has_an_end(database: Database, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0)
    with pytest.raises(HomeError, match="contacts waited 0 minutes for read lista 2026-11-05, .*start it again"), \
            database.writing("contacts", "2026-11-05"):
        pass


def test_readers_never_wait(database: Database, holder: subprocess.Popen[str]) -> None:
    begun = time.monotonic()
    assert states(database) == ["running"]
    assert database.current_step() == "read lista 2026-11-05"
    assert time.monotonic() - begun < 1


def test_a_killed_holder_frees_the_lock_and_its_run_is_marked_failed(database: Database, holder: subprocess.Popen[str]) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with database.writing("contacts", "2026-11-05"):
        assert database.current_step() == "contacts"
    assert states(database) == ["failed", "done"]


def test_a_step_that_raises_is_undone_and_marked_failed(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing("contacts", "2026-11-05") as store:
        store.execute(runs.update().values(step="changed"))
        raise ZeroDivisionError
    with database.reading() as store:
        assert store.read(select(runs.c.step, runs.c.state)).values.tolist() == [["contacts", "failed"]]


def test_reading_changes_nothing(database: Database) -> None:
    with database.writing("contacts", "2026-11-05"):
        pass
    with database.reading() as store:
        store.execute(runs.update().values(step="changed"))
    with database.reading() as store:
        assert store.scalar(select(runs.c.step)) == "contacts"

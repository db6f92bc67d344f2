"""Several at once on one home: one writes, the others wait and say for whom, readers go on, and the register is that of one."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest
from sqlalchemy import select

from register import summary
from register.feeds import Feed
from register.home import Home
from register.intake import refresh
from register.intake.ingest import Desk
from register.store import lock
from register.store.tables import deliveries, runs
from tests.builders import counts, deliver, desk, errand, make_home, quick_judge, read, table
from tests.conftest import postgres_clone
from tests.pipelines.conftest import open_samples
from tests.pipelines.test_running import contents
from tests.store.test_lock import holding

DAY = "2026-11-05"
PATIENCE_SECONDS = 180

COMMAND = f"""
import sys
from pipelines.cli.app import main
sys.argv = ["register", "refresh", "--day", "{DAY}"]
main()
"""
SCHEDULED = f"""
from datetime import date
from assets.names import SCHEDULED_TAG
from pipelines import place, running
from pipelines.build import refresh_tags
home = place.open_home()
running._execute(home, refresh_tags("2026-11-01", "{DAY}") | {{SCHEDULED_TAG: "every_morning"}}, None)
"""
"""What the daemon starts: the job with the tags of the schedule."""


def person(name: str) -> dict[str, str]:
    return {"Nimi": f"{name} Virta", "Sähköposti": f"{name.lower()}@virta.example", "Yritys": "Virta Oy",
            "Y-tunnus": "9900020-2"}


def begun(path: Path, database_url: str | None) -> Home:
    """A day that is held already, and one more file of it."""
    home = make_home(path, database_url=database_url)
    deliver(home, "inquiries", None, [person("Asa")], "a.csv")
    read(home, "inquiries", DAY)
    deliver(home, "inquiries", None, [person("Olli"), person("Pia")], "b.csv")
    return home


def test_two_at_once_read_a_letter_box_one_after_the_other(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the second would count the same file twice, or set aside one that the first has read and deleted."""
    alone = begun(tmp_path / "alone", None)
    read(alone, "inquiries", DAY)
    monkeypatch.setattr(lock, "FIRST_WORD_SECONDS", 0.1)
    home, is_judging, told = begun(tmp_path / "home", database_url), threading.Event(), list[str]()
    may_go_on = threading.Event()

    def slow_judge(rows: pd.DataFrame, feed: Feed) -> object:
        is_judging.set()
        may_go_on.wait(3)
        return quick_judge(rows, feed)

    def say(sentence: str) -> None:
        told.append(sentence)
        may_go_on.set()

    def second() -> None:
        at = desk(home)
        refresh.read_days(Desk(at.home, at.policy, at.feeds, at.judge, say), at.feeds.named("inquiries"), [DAY], errand(DAY))

    first = threading.Thread(target=read, args=(home, "inquiries", DAY), kwargs={"judge": slow_judge})
    other = threading.Thread(target=second)
    first.start()
    assert is_judging.wait(PATIENCE_SECONDS)
    other.start()
    for thread in (first, other):
        thread.join(PATIENCE_SECONDS)
    assert counts(home, "inquiries", DAY) == counts(alone, "inquiries", DAY), "the day was not read once"
    assert len(table(home, deliveries)) == 1
    [sentence] = told
    assert sentence.startswith("read the letter box of inquiries waits for read the letter box of inquiries, ")
    assert sentence.endswith(f"process {os.getpid()}")


@dataclass
class Started:
    """A process on the home of the environment; `said` is what it says."""

    process: subprocess.Popen[bytes]
    file: Path

    @property
    def said(self) -> str:
        return self.file.read_text(encoding="utf-8")

    def ended(self) -> int:
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def started(program: str, file: Path) -> Iterator[Started]:
    """Ends with the block, whatever happens in it."""
    with file.open("wb") as said:
        process = subprocess.Popen([sys.executable, "-c", program], stdout=said, stderr=subprocess.STDOUT,
                                   env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    try:
        yield Started(process, file)
    finally:
        process.kill()
        process.wait()


def until(is_so: Callable[[], bool], why: str) -> None:
    patience = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < patience, why
        time.sleep(0.1)


@pytest.fixture(params=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    return open_samples(tmp_path / "home", postgres_clone(request) if request.param == "postgres" else None)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    """What the day's refresh makes of the samples when it is alone."""
    folder = tmp_path_factory.mktemp("undisturbed")
    home = open_samples(folder / "home", None)
    with started(COMMAND, folder / "alone") as alone:
        assert alone.ended() in (0, 1), alone.said
    return contents(home)


def dagster_states(home: Home) -> set[str]:
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    with dg.DagsterInstance.get() as instance:
        return {run.status.value for run in instance.get_runs()}


@pytest.mark.deep
def test_two_commands_and_the_schedule_at_once_wait_for_a_third_writer_and_end_as_one(
    home: Home, undisturbed: dict[str, list[tuple[object, ...]]], tmp_path: Path
) -> None:
    third = holding(home.database.url, 600)
    with ExitStack() as stack:
        stack.callback(third.wait)
        stack.callback(third.kill)
        at_once = [stack.enter_context(started(program, tmp_path / f"{n}"))
                   for n, program in enumerate((COMMAND, COMMAND, SCHEDULED))]
        for writer in at_once:
            until(lambda writer=writer: "waits for" in writer.said, "a writer did not say for whom it waits")
        until(lambda: any("waits for read lista 2026-11-05, " in writer.said for writer in at_once),
              "who got past the letter box did not say that it waits for the third writer")
        assert f"process {third.pid}" in "".join(writer.said for writer in at_once)
        assert summary.status(home)["organisations"] == 0 and third.poll() is None, "a reader waited for the writer"
        third.kill()
        ended = [writer.ended() for writer in at_once]
        assert ended in ([0, 0, 0], [1, 1, 0]), "\n".join(writer.said for writer in at_once)  # 1: a check of the samples is red
    assert contents(home) == undisturbed
    assert dagster_states(home) == {"SUCCESS"}
    assert set(table(home, runs)["state"]) == {"failed", "done"}
    assert len(table(home, runs).query("state == 'failed'")) == 1, "another than the third writer failed"


@pytest.mark.deep
def test_a_command_that_is_killed_is_done_again_by_the_next_and_is_called_failed(
    home: Home, undisturbed: dict[str, list[tuple[object, ...]]], tmp_path: Path
) -> None:
    def is_writing() -> bool:
        with home.database.reading() as store:
            return len(store.read(select(runs.c.run).where(runs.c.state == "done"))) >= 3

    with started(COMMAND, tmp_path / "killed") as killed:
        until(is_writing, "the command did not get on")
        killed.process.send_signal(signal.SIGKILL)
        killed.process.wait()
    with started(COMMAND, tmp_path / "next") as following:
        assert following.ended() in (0, 1), following.said
        assert "waits for" not in following.said, "the dead process kept a lock"
    assert contents(home) == undisturbed
    assert "running" not in set(table(home, runs)["state"])
    assert dagster_states(home) == {"SUCCESS", "FAILURE"}, "the UI shows the dead run as if it went on"

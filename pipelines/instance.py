"""Dagster's instance in the home: opened by one process at a time, and without runs that only seem to go on."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.names import HOST_TAG, PROCESS_TAG
from assets.resource import say
from register.errors import RegisterError
from register.home import Home
from register.store.lock import FileLock
from register.texts import Texts
from register.unfinished import is_alive

STEP = "open Dagster's storage"

UNDER_WAY = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING,
             dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]

LONGEST = timedelta(hours=6)
"""No run takes as long."""

UNFINISHED = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING])


@contextmanager
def opened(home: Home) -> Iterator[dg.DagsterInstance]:
    """The instance within the block. Two first starts at once would both make its tables, so one waits. Raises HomeError."""
    with FileLock(home.dagster / "open.lock").held(STEP, lambda: "another process", say):
        instance = dg.DagsterInstance.get()
    with instance:
        _end_dead_runs(instance, _texts(home))
        yield instance


def _end_dead_runs(instance: dg.DagsterInstance, texts: Texts) -> None:
    """Marks unfinished runs of this host's dead processes as failed: Dagster would show them as started for ever (rule 23)."""
    for run in filter(_is_dead, instance.get_runs(UNFINISHED)):
        instance.report_run_failed(run, texts.say("run.killed"))


def _is_dead(run: dg.DagsterRun) -> bool:
    """Whether it was of this host, and of a process that is no more."""
    return run.tags.get(HOST_TAG) == socket.gethostname() and not is_alive(run.tags.get(PROCESS_TAG, ""))


def is_at_work(instance: dg.DagsterInstance) -> bool:
    """Whether a run is under way or about to be. One that only seems to go on, on a host that is no more, holds up nobody for
    longer than a run may take.
    """
    runs = instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY, created_after=datetime.now(UTC) - LONGEST))
    return not all(map(_is_dead, runs))


def _texts(home: Home) -> Texts:
    """The policy's language; English where a mistake of the policy keeps it from being read."""
    try:
        return Texts(home.policy().language)
    except RegisterError:
        return Texts("en")

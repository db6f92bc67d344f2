"""Dagster's instance in the home: opened by one process at a time, and without runs that only seem to go on."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from assets.names import HOST_TAG, PROCESS_TAG
from assets.resource import say
from register.errors import RegisterError
from register.home import Home
from register.store.lock import FileLock
from register.texts import Texts
from register.unfinished import is_alive

STEP = "open Dagster's storage"

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
    for run in instance.get_runs(UNFINISHED):
        if run.tags.get(HOST_TAG) == socket.gethostname() and not is_alive(run.tags.get(PROCESS_TAG, "")):
            instance.report_run_failed(run, texts.say("run.killed"))


def _texts(home: Home) -> Texts:
    """The policy's language; English where a mistake of the policy keeps it from being read."""
    try:
        return Texts(home.policy().language)
    except RegisterError:
        return Texts("en")

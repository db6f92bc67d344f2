"""Where the time goes: the register's own functions, timed by stage while they run; each second belongs to one stage."""

import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import isgenerator
from typing import Any

STAGES: dict[str, tuple[str, ...]] = {
    "read": ("register.sources:read", "register.intake.inbox:look"),
    "strip": ("register.intake.batch:strip",),
    "normalise": ("register.normalise:rows", "register.intake.batch:record_keys"),
    "expectations": ("expectations.runner:judge", "expectations.runner:judge_contacts"),
    "admit": ("register.intake.ingest:standing", "register.intake.ingest:admit", "register.intake.ingest:given"),
    "archive": ("register.intake.archive:Archive.write",),
    "write": ("register.intake.ingest:record", "register.store.store:Store.insert", "register.store.store:Store.upsert",
              "register.intake.ingest:_take"),
    "match": ("register.contacts.organisations:update", "register.contacts.contacts:update"),
    "golden": ("register.contacts.golden:contacts", "register.contacts.golden:organisations"),
    "verdicts": ("register.retention.judging:update",),
}  # fmt: skip
"""Stage -> the functions that are its own, as module:name where they are called."""


class Watch:
    """Seconds a stage, each second in one of them."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys((*STAGES, "rest"), 0.0)
        self._stack = ["rest"]
        self._since = time.perf_counter()

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        """Within the block the time is the stage's."""
        self._turn()
        self._stack.append(stage)
        try:
            yield
        finally:
            self._turn()
            self._stack.pop()

    def _turn(self) -> None:
        now = time.perf_counter()
        self.seconds[self._stack[-1]] += now - self._since
        self._since = now

    def lap(self) -> dict[str, float]:
        """The seconds since the last lap."""
        self._turn()
        seconds, self.seconds = self.seconds, dict.fromkeys(self.seconds, 0.0)
        return seconds


def watched() -> Watch:
    """A watch that times the functions of STAGES from now on."""
    watch = Watch()
    for stage, names in STAGES.items():
        for name in names:
            module, _, path = name.partition(":")
            owner: Any = importlib.import_module(module)
            *outer, last = path.split(".")
            for part in outer:
                owner = getattr(owner, part)
            setattr(owner, last, _timed(getattr(owner, last), stage, watch))
    return watch


def _timed(function: Callable[..., Any], stage: str, watch: Watch) -> Callable[..., Any]:
    @wraps(function)
    def timed(*args: Any, **named: Any) -> Any:
        with watch.on(stage):
            answer = function(*args, **named)
        return _each(answer, stage, watch) if isgenerator(answer) else answer

    return timed


def _each(answers: Iterator[Any], stage: str, watch: Watch) -> Iterator[Any]:
    """A reader works while it is asked for the next frame."""
    while True:
        with watch.on(stage):
            answer = next(answers, None)
        if answer is None:
            return
        yield answer

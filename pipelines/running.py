"""Runs the daily job in this process, against the same Dagster instance as the UI, and says what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg

from assets.clock import stands_still, today
from assets.names import ADD_TAG, APPROVED_TAG, DAY_TAG, MODE_TAG, MORNING, REMATCH_TAG, SWEEP_TAG
from assets.resource import Register
from pipelines import instance
from pipelines.build import build, refresh_tags
from pipelines.names import JOB, MADE_OF_FEEDS, RANGE_END, RANGE_START, correction_tags, decision_tags
from register import summary
from register.errors import RefusedError, RegisterError
from register.home import Home
from register.intake import refresh
from register.intake.refresh import Errand
from register.texts import Texts

SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""The command says what came of a run itself; every event stands in Runs."""

BLOCKED = "DagsterAssetCheckFailedError"
"""What Dagster calls it that a check which must pass first has failed."""


class RunFailed(RegisterError):
    """A run that could not be carried out: the store or the configuration failed."""


@dataclass(frozen=True)
class Ran:
    """What a run did, in numbers. figures: the summary of `register/summary.py`, with the failed checks."""

    figures: dict[str, Any]

    @property
    def is_red(self) -> bool:
        """Whether a check of severity ERROR failed."""
        return bool(self.figures["red"])


def refreshed(home: Home, day: date, feeds: Sequence[str] = ()) -> Ran:
    """A refresh of a day: everything not yet held until then, and the sweep. Raises RefusedError, RunFailed."""
    refuse_future(home, day)
    register = _register(home)
    first = refresh.first_day(register.desk(), Errand("refresh", day, today(), stands_still))
    return _run(home, day, refresh_tags(first.isoformat(), day.isoformat()), feeds)


def backfilled(home: Home, first: date, last: date, feeds: Sequence[str] = (), *, adds: bool = False) -> Ran:
    """A range of days read again, from new files or the archive; verdicts and due list of today, nobody removed."""
    refuse_future(home, last)
    if first > last:
        raise home.policy().refused("days_turned", first=first, last=last)
    tags = {RANGE_START: first.isoformat(), RANGE_END: last.isoformat(), DAY_TAG: today().isoformat(), MODE_TAG: "backfill",
            ADD_TAG: "yes" if adds else "no"}
    return _run(home, today(), tags, feeds)


def corrected(home: Home, number: int, approved_by: str | None, os_user: str) -> Ran:
    """Carries a correction out, or what is left of it: exactly its days and feeds, then contacts once.

    approved_by: approves it first. Raises RefusedError for one that nobody has approved, and for a number of none.
    """
    from register.corrections import bulk

    texts = Texts(home.policy().language)
    if approved_by is not None:
        home.policy().refuse_stranger(approved_by)
        with home.database.writing(f"approve correction {number}", today().isoformat()) as store:
            bulk.approve(store, number, approved_by, os_user)
    with home.database.reading() as store:
        known = bulk.find(store, number)
    if known is None or known.state in ("refused", "lifted"):
        raise RefusedError(texts.say("correction.unknown", n=number))
    if known.state == "proposed":
        raise RefusedError(texts.say("correction.not_approved", n=number))
    feeds = [feed for feed in known.scope if feed in {living.name for living in home.feeds(home.policy()).living}]
    keys = [*(dg.AssetKey(["observations", feed]) for feed in feeds), *(dg.AssetKey(name) for name in MADE_OF_FEEDS)]
    return _reported(home, today(), correction_tags(number, known.days, today().isoformat()), keys)


def rematched(home: Home) -> Ran:
    """All contacts anew from what is held, then verdicts and due list of today; nothing is read, nobody removed."""
    tags = {DAY_TAG: today().isoformat(), MODE_TAG: "backfill", REMATCH_TAG: "yes"}
    return _reported(home, today(), tags, [dg.AssetKey(name) for name in ("contacts", "verdicts", MORNING)])


def decided(home: Home, numbers: Sequence[int]) -> Ran:
    """What follows from decisions that were taken in: organisations to due list of today; nothing is read, nobody removed."""
    return _reported(home, today(), decision_tags(", ".join(map(str, numbers))), [dg.AssetKey(name) for name in MADE_OF_FEEDS])


def swept(home: Home, approved_by: str | None) -> int:
    """The sweep of today alone, as a run of its own; how many were removed. Raises RefusedError, RunFailed."""
    refuse_stranger(home, approved_by)
    tags = {DAY_TAG: today().isoformat(), SWEEP_TAG: "yes"} | ({APPROVED_TAG: approved_by} if approved_by else {})
    before = summary.last_run(home)
    _execute(home, tags, [dg.AssetKey("removals"), dg.AssetKey(MORNING)])
    return int(summary.since(home, before, today().isoformat())["removed"])


def refuse_stranger(home: Home, approved_by: str | None) -> None:
    """Raises RefusedError for somebody who is no approver of the policy."""
    if approved_by is not None:
        home.policy().refuse_no_approver(approved_by)


def refuse_future(home: Home, day: date) -> None:
    """Raises RefusedError for a day after today in Helsinki (design, rule 20)."""
    if day > today():
        policy = home.policy()
        on, now = (Texts(policy.language).day(one.isoformat()) for one in (day, today()))
        raise policy.refused("future", day=on, today=now)


def _run(home: Home, day: date, tags: dict[str, str], feeds: Sequence[str]) -> Ran:
    return _reported(home, day, tags, _selected(home, feeds))


def _reported(home: Home, day: date, tags: dict[str, str], selection: list[dg.AssetKey] | None) -> Ran:
    before = summary.last_run(home)
    red, warn = _failed_checks(_execute(home, tags, selection))
    figures = summary.since(home, before, day.isoformat())
    return Ran(figures | {"red": red, "warn": warn})


def _execute(home: Home, tags: dict[str, str], selection: list[dg.AssetKey] | None) -> dg.ExecuteInProcessResult:
    job = build(str(home.path), home.database_url, home.key_folder).resolve_job_def(JOB)
    with instance.opened(home) as history:
        result = job.execute_in_process(
            instance=history, tags=tags | {".dagster/repository": "__repository__@register"}, run_config=SILENT,
            raise_on_error=False, asset_selection=selection)
    if not result.success:
        raise RunFailed(_what_failed(result))
    return result


def _selected(home: Home, feeds: Sequence[str]) -> list[dg.AssetKey] | None:
    """The named feeds and everything made of them, all where none is named. Raises RefusedError for an unknown name."""
    if not feeds:
        return None
    policy = home.policy()
    known = home.feeds(policy)
    names = [*(feed.name for feed in known.good), *(feed.name for feed in known.broken)]
    if unknown := sorted(set(feeds) - set(names)):
        raise policy.refused("no_feed", feed=", ".join(unknown), allowed=", ".join(names))
    return [*(dg.AssetKey(["observations", name]) for name in feeds), *(dg.AssetKey(name) for name in MADE_OF_FEEDS)]


def _failed_checks(result: dg.ExecuteInProcessResult) -> tuple[list[str], list[str]]:
    red: list[str] = []
    warn: list[str] = []
    for evaluation in result.get_asset_check_evaluations():
        if not evaluation.passed:
            name = f"{evaluation.asset_key.path[-1]}:{evaluation.check_name}"
            (red if evaluation.severity == dg.AssetCheckSeverity.ERROR else warn).append(name)
    return sorted(red), sorted(warn)


def _what_failed(result: dg.ExecuteInProcessResult) -> str:
    """Which step failed and with which of our own sentences; another error's text could quote a value."""
    failures = [event for event in result.all_events if event.is_step_failure]
    steps = ", ".join(sorted({str(event.step_key) for event in failures})) or "the run"
    causes = {event.step_failure_data.error.cls_name for event in failures if event.step_failure_data.error}
    if causes == {BLOCKED}:
        red = ", ".join(name for name in _failed_checks(result)[0] if name.startswith(f"{steps}:"))
        return f"{red} is red: what was read was kept, nothing was judged or removed. Run {result.run_id} in the UI says why."
    return f"{steps} failed; nothing of that step was kept. Run {result.run_id} in the UI says where."


def _register(home: Home) -> Register:
    return Register(home_path=str(home.path), database_url=home.database_url or "",
                    key_folder=str(home.key_folder) if home.key_folder else "")

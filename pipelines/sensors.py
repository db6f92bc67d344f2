"""Sensors: what the steward drops into the letter box is taken within a minute, what she approved is carried out in one run."""

import getpass
import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from assets.clock import stands_still, today
from assets.resource import Register
from pipelines.names import JOB, MADE_OF_FEEDS, correction_tags, decision_tags
from register.texts import Texts

LETTER_BOX = "open_letter_box"
"""The job that proposes corrections: a tick itself may take no longer than a minute."""

BOX_TAG = "register/box"
"""Names what a run was asked for: what lay in a letter box, or a correction. So nothing is asked for twice."""

SECONDS = 30
STILL_SECONDS = 5
"""A file that has not changed for so long is written to its end; the run looks again."""

TRIES = 3
"""Runs for the same: one that was killed took nothing, or left the rest to be read."""

DIED = (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


def decisions_sensor(register: Register, job: Any, texts: Texts) -> dg.SensorDefinition:
    """Starts a run that takes in what came back and computes what follows; it removes nobody."""

    @dg.sensor(job=job, minimum_interval_seconds=SECONDS, name="decisions_box", default_status=dg.DefaultSensorStatus.RUNNING)
    def decisions_box(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        from register.intake import inbox
        from register.requests.box import BOX
        from register.workbooks import filled

        lying = [path for box in (filled.BOX, BOX) for path in inbox.lying(register.home.inbox / box, _is_still)]
        if not lying:
            return dg.SkipReason(texts.say("sensor.box_empty"))
        box = _content(lying, register.home.key)
        key = _next_try(context.instance, box)
        if key is None:
            return dg.SkipReason(texts.say("sensor.box_read"))
        numbers = [filled.number(path) for path in lying]
        workbooks = ", ".join("?" if number is None else str(number) for number in numbers)
        return dg.RunRequest(run_key=key, tags=decision_tags(workbooks) | {BOX_TAG: box},
                             asset_selection=[dg.AssetKey(name) for name in MADE_OF_FEEDS])

    return decisions_box


def _next_try(instance: dg.DagsterInstance, what: str) -> str | None:
    """The key of the next run for something; None where one is under way or succeeded, or where enough have died."""
    runs = instance.get_runs(dg.RunsFilter(tags={BOX_TAG: what}))
    is_asked = len(runs) >= TRIES or any(run.status not in DIED for run in runs)
    return None if is_asked else f"{what}-{len(runs)}"


def _is_still(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > STILL_SECONDS


def _content(paths: list[Path], key: bytes) -> str:
    """One short text for what lies there, from which nobody learns anything of it."""
    digest = hashlib.blake2b(key=key, digest_size=12)
    for path in paths:
        digest.update(path.read_bytes() + str(path.stat().st_mtime_ns).encode())
    return digest.hexdigest()


def open_letter_box(texts: Texts) -> dg.JobDefinition:
    """Proposes what lies in `inbox/corrections`, and what waits."""

    @dg.op(name="take_in", description=texts.say("asset.take_in"))
    def take_in(context: dg.OpExecutionContext, register: Register) -> None:
        from register.corrections import proposing
        from register.intake.refresh import Errand

        desk, day, user = register.desk(), today(), getpass.getuser()
        proposed = proposing.take_in(desk, Errand("refresh", day, day, stands_still), user)
        for sentence in (*proposed.wrong, *(line for one in proposed.proposed for line in one.wrong)):
            context.log.warning(sentence)

    @dg.job(name=LETTER_BOX, executor_def=dg.in_process_executor, description=texts.say("asset.take_in"))
    def job() -> None:
        take_in()

    return job


def corrections_sensor(register: Register, jobs: Sequence[Any], texts: Texts) -> dg.SensorDefinition:
    """Asks for the job above where something lies there, and for one run of each approved correction, again where it died.

    Corrected files that wait are proposed once they are the same as at the last look, and never while a run is under way: a
    backfill that reads them one after the other would wait for the rehearsal of what it reads next.
    """

    @dg.sensor(name="corrections", jobs=list(jobs), minimum_interval_seconds=SECONDS,
               default_status=dg.DefaultSensorStatus.RUNNING, description=texts.say("asset.take_in"))
    def corrections(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest]:
        from pipelines.instance import is_at_work
        from register.corrections import bulk, proposing
        from register.intake.refresh import Errand

        desk, day = register.desk(), today()
        errand = Errand("refresh", day, day, stands_still)
        lying, waiting = proposing.lying(desk, errand), proposing.not_proposed(desk, errand)
        seen = _key(lying, waiting)
        if (lying or (waiting and seen == context.cursor)) and not is_at_work(context.instance):
            yield dg.RunRequest(run_key=seen, job_name=LETTER_BOX)
        context.update_cursor(seen)
        living = {feed.name for feed in desk.feeds.living}
        with desk.home.database.reading() as store:
            approved = bulk.with_state(store, *bulk.OPEN)
        for one in approved:
            what = f"correction-{one.number}-{one.changed_in}"
            if key := _next_try(context.instance, what):
                feeds = [dg.AssetKey(["observations", feed]) for feed in one.scope if feed in living]
                yield dg.RunRequest(
                    run_key=key, job_name=JOB, asset_selection=[*feeds, *(dg.AssetKey(name) for name in MADE_OF_FEEDS)],
                    tags=correction_tags(one.number, one.days, day.isoformat()) | {BOX_TAG: what})

    return corrections


def _key(lying: Sequence[Path], waiting: Sequence[str]) -> str:
    """Names what lies there by its content and age, so that the same is asked for once."""
    facts = sorted([*waiting, *(f"{path.stat().st_ino} {path.stat().st_mtime_ns}" for path in lying)])
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]

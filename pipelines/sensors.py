"""Sensors: what the steward drops into the letter box is taken within a minute, what she approved is carried out in one run."""

import getpass
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from assets.resource import Register, stands_still, today
from pipelines.names import JOB, MADE_OF_FEEDS, backfill_link, correction_tags
from register.texts import Texts

LETTER_BOX = "open_letter_box"
"""The job that takes decisions in and proposes corrections: a tick itself may take no longer than a minute."""

SECONDS = 30


def open_letter_box(texts: Texts) -> dg.JobDefinition:
    """Takes in what came back in `inbox/decisions`, then proposes what lies in `inbox/corrections` and what waits."""

    @dg.op(name="take_in", description=texts.say("asset.take_in"))
    def take_in(context: dg.OpExecutionContext, register: Register) -> None:
        from register.corrections import proposing
        from register.intake.refresh import Errand
        from register.workbooks import review

        desk, day, user = register.desk(), today(), getpass.getuser()
        decided = review.take_in(register.home, desk.policy, day, user, stands_still, desk.say)
        proposed = proposing.take_in(desk, Errand("refresh", day, day, stands_still), user, backfill_link)
        for sentence in (*decided.wrong, *proposed.wrong, *(line for one in proposed.proposed for line in one.wrong)):
            context.log.warning(sentence)

    @dg.job(name=LETTER_BOX, executor_def=dg.in_process_executor, description=texts.say("asset.take_in"))
    def job() -> None:
        take_in()

    return job


def corrections_sensor(register: Register, jobs: Sequence[Any], texts: Texts) -> dg.SensorDefinition:
    """Asks for the job above where something lies there, and for one run of each approved correction."""

    @dg.sensor(name="corrections", jobs=list(jobs), minimum_interval_seconds=SECONDS,
               default_status=dg.DefaultSensorStatus.RUNNING, description=texts.say("asset.take_in"))
    def corrections(_: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest]:
        from register.corrections import bulk, proposing
        from register.intake.refresh import Errand
        from register.workbooks import returned

        desk, day = register.desk(), today()
        errand = Errand("refresh", day, day, stands_still)
        lying = [*returned.lying(desk.home, stands_still), *proposing.lying(desk, errand)]
        if lying or proposing.is_due(desk, errand):
            yield dg.RunRequest(run_key=_key(desk, errand, lying), job_name=LETTER_BOX)
        living = {feed.name for feed in desk.feeds.living}
        with desk.home.database.reading() as store:
            approved = bulk.with_state(store, *bulk.OPEN)
        for one in approved:
            feeds = [dg.AssetKey(["observations", feed]) for feed in one.scope if feed in living]
            yield dg.RunRequest(
                run_key=f"correction-{one.number}-{one.changed_in}", job_name=JOB,
                asset_selection=[*feeds, *(dg.AssetKey(name) for name in MADE_OF_FEEDS)],
                tags=correction_tags(one.number, one.days, day.isoformat()))

    return corrections


def _key(desk: Any, errand: Any, lying: list[Any]) -> str:
    """Names what lies there by its content and age, so that the same is asked for once."""
    from register.corrections import proposing

    waiting = [letter.content_hash for of_day in proposing.waiting_letters(desk, errand).values() for letter in of_day]
    facts = sorted([*waiting, *(f"{path.stat().st_ino} {path.stat().st_mtime_ns}" for path in lying)])
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]

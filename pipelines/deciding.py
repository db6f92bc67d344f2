"""Jobs for decisions that name nobody: typed config in the launchpad, opened filled in by the links on `morning`."""

import getpass
from collections.abc import Callable
from typing import Any

import dagster as dg
from pydantic import Field

from assets.clock import today
from assets.resource import Register
from pipelines.names import MADE_OF_FEEDS, decision_tags
from register.errors import RegisterError
from register.morning.links import STEPS
from register.texts import Texts


def decision_jobs(texts: Texts) -> list[dg.JobDefinition]:
    """accept_delivery, approve_list and lift; each does what the same request by workbook does."""

    class AcceptDelivery(dg.Config):
        feed: str = Field(description=texts.say("job.field.feed"))
        day: str = Field(description=texts.say("job.field.day"))
        name: str = Field(description=texts.say("job.field.name"))

    class Numbered(dg.Config):
        number: int = Field(description=texts.say("job.field.number"))
        name: str = Field(description=texts.say("job.field.name"))

    @dg.op(name=STEPS["accept_delivery"])
    def accept(context: dg.OpExecutionContext, config: AcceptDelivery, register: Register) -> None:
        _carry_out(context, register, "accept", f"{config.feed} {config.day}", config.name)

    @dg.op(name=STEPS["approve_list"])
    def approve(context: dg.OpExecutionContext, config: Numbered, register: Register) -> None:
        _carry_out(context, register, "approve", str(config.number), config.name)

    @dg.op(name=STEPS["lift"])
    def take_back(context: dg.OpExecutionContext, config: Numbered, register: Register) -> None:
        _carry_out(context, register, "undo", str(config.number), config.name)

    return [_job(name, op, texts) for name, op in zip(STEPS, (accept, approve, take_back), strict=True)]


def decided_sensor(jobs: list[dg.JobDefinition], job: Any) -> Any:
    """Computes what follows from such a decision, in a run of its own."""

    @dg.run_status_sensor(
        name="after_decision", run_status=dg.DagsterRunStatus.SUCCESS, monitored_jobs=jobs, request_job=job,
        default_status=dg.DefaultSensorStatus.RUNNING)
    def after_decision(context: dg.RunStatusSensorContext) -> dg.RunRequest:
        return dg.RunRequest(run_key=context.dagster_run.run_id, tags=decision_tags(context.dagster_run.job_name),
                             asset_selection=[dg.AssetKey(name) for name in MADE_OF_FEEDS])

    return after_decision


def _job(name: str, step: Callable[..., Any], texts: Texts) -> dg.JobDefinition:
    @dg.job(name=name, executor_def=dg.in_process_executor, description=texts.say(f"job.{name}"))
    def job() -> None:
        step()

    return job


def _carry_out(context: dg.OpExecutionContext, register: Register, action: str, reason: str, name: str) -> None:
    """Says in the log what came of it; refuses with the sentence that the command gives."""
    from register.requests import acting
    from register.workbooks.forms import Who

    desk = register.desk()
    who = Who(name, getpass.getuser(), today(), None, name in desk.policy.people.approvers)
    try:
        context.log.info(acting.DIRECT[action](desk, reason, who, Texts(desk.policy.language)))
    except RegisterError as refused:
        raise dg.Failure(str(refused)) from None

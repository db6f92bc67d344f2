"""Sensors that tell: one mail or webhook a day of what waits, and the page `morning` anew when a run has failed."""

import json
import smtplib
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.clock import HELSINKI, midnight, today
from assets.morning import failed_runs, failing
from assets.names import DAY_TAG, MORNING
from assets.resource import Register
from pipelines import place
from register.policy import Policy, Smtp
from register.texts import Texts

if TYPE_CHECKING:
    from register.morning.notices import Notice

SECONDS = 300
PATIENCE_SECONDS = 20
"""For the mail server or the webhook to answer."""

LATEST = time(8)
"""From then on is told what waits, also where no run has come to its end."""

AFTER_TAG = "register/after"
"""The run whose failure a page tells."""

Sent = dict[str, str]
"""By channel the day on which it was last told."""


def notices_sensor(register: Register, checks: Sequence[dg.AssetCheckKey], texts: Texts) -> dg.SensorDefinition:
    """Tells once a day and channel; what could not be sent is tried again at the next tick, and the tick says why."""

    @dg.sensor(name="notices", minimum_interval_seconds=SECONDS, default_status=dg.DefaultSensorStatus.RUNNING)
    def notices(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        policy, day = register.home.policy(), today()
        sent: Sent = json.loads(context.cursor or "{}")
        ways = channels_of(policy)
        channels = {name: send for name, send in ways.items() if sent.get(name) != day.isoformat()}
        if not channels:
            return dg.SkipReason(texts.say("sensor.nobody_to_tell"))
        if not _is_time(context.instance):
            return dg.SkipReason(texts.say("sensor.not_ended"))
        since = min((sent[name] for name in ways if name in sent), default="")  # not of a channel that the policy gave up
        told = _notice(register, policy, context.instance, checks, day, since)
        problems = _send(told, channels, sent, day, texts)
        context.update_cursor(json.dumps(sent))
        return dg.SkipReason(" ".join(problems) or texts.say("sensor.told" if told else "morning.nothing"))

    return notices


def failure_sensor(job: Any, texts: Texts) -> Any:
    """Computes `morning` where a run has failed before it: the page must not look as if nothing had happened."""

    @dg.run_failure_sensor(name="after_failure", monitored_jobs=[job], request_job=job,
                           default_status=dg.DefaultSensorStatus.RUNNING)
    def after_failure(context: dg.RunFailureSensorContext) -> dg.RunRequest | dg.SkipReason:
        failed = context.dagster_run
        if AFTER_TAG in failed.tags:
            return dg.SkipReason(texts.say("sensor.page_failed"))
        tags = {AFTER_TAG: failed.run_id, DAY_TAG: today().isoformat()}
        return dg.RunRequest(run_key=failed.run_id, asset_selection=[dg.AssetKey(MORNING)], tags=tags)

    return after_failure


def channels_of(policy: Policy) -> "dict[str, Callable[[Notice], None]]":
    """How this policy wants to be told; each raises what its way raises where it cannot."""
    found: dict[str, Callable[[Notice], None]] = {}
    if smtp := policy.notices.smtp:
        found["mail"] = lambda told: _mail(smtp, policy.people.mail, told)
    if policy.notices.webhook:
        found["webhook"] = lambda told: _post(str(policy.notices.webhook), told)
    return found


def _send(
    told: "Notice | None", channels: "dict[str, Callable[[Notice], None]]", sent: Sent, day: date,
    texts: Texts,
) -> list[str]:
    """Sends by each channel and notes where that was done; what could not be sent, in words that quote no answer."""
    problems = []
    for name, send in channels.items():
        try:
            if told:
                send(told)
            sent[name] = day.isoformat()
        except Exception as cause:  # noqa: BLE001 - whatever it is: the other channels are told, and what was sent is noted
            problems.append(texts.say("sensor.not_sent", channel=name, why=type(cause).__name__, minutes=SECONDS // 60))
    return problems


def _notice(
    register: Register, policy: Policy, instance: dg.DagsterInstance, checks: Sequence[dg.AssetCheckKey], day: date, since: str
) -> "Notice | None":
    from register.morning.matters import matters
    from register.morning.notices import half_gone, notice

    desk = register.desk()
    before = date.fromisoformat(since) if since else day - timedelta(days=1)  # what failed after that day's notice, too
    with register.home.database.reading() as store:
        found = [*failed_runs(instance, before), *matters(desk, store, day, failing(instance, checks))]
        reminded = half_gone(store, policy, before, day)
    return notice(policy, found, reminded, day)


def _is_time(instance: dg.DagsterInstance) -> bool:
    """Whether the day's page is there, a run of the day has failed, or it is late enough."""
    day, page = today(), instance.get_latest_materialization_event(dg.AssetKey(MORNING))
    is_there = page is not None and page.timestamp >= midnight(day).timestamp()
    return is_there or bool(failed_runs(instance, day)) or datetime.now(HELSINKI).time() >= LATEST


def _mail(smtp: Smtp, addresses: Mapping[str, str], told: "Notice") -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = told.subject, smtp.sender
    message["To"] = ", ".join(addresses[name] for name in told.to)
    message.set_content(told.text)
    with smtplib.SMTP(smtp.host, smtp.port, timeout=PATIENCE_SECONDS) as server:
        if smtp.starttls:
            server.starttls()
        if smtp.user:
            server.login(smtp.user, place.smtp_password())
        server.send_message(message)


def _post(address: str, told: "Notice") -> None:
    """A JSON object with the text, as chat services take it."""
    body = json.dumps({"text": f"{told.subject}\n\n{told.text}"}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 - http(s) by the policy
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS):  # noqa: S310
        pass

"""The Definitions: every asset, the one job, its schedule. Loading them never raises for a mistake in a configuration file."""

from pathlib import Path

import dagster as dg

from assets import all_assets
from assets.clock import is_quiet, today
from assets.names import DAY_TAG, MODE_TAG, SWEEP_TAG
from assets.resource import Register
from pipelines.deciding import decided_sensor, decision_jobs
from pipelines.names import JOB, RANGE_END, RANGE_START
from pipelines.notices import failure_sensor, notices_sensor
from pipelines.sensors import corrections_sensor, decisions_sensor, open_letter_box
from register.errors import RegisterError
from register.feeds import Feeds
from register.home import Home
from register.policy import Policy
from register.texts import Texts


def build(home_path: str, database_url: str | None, key_folder: Path | None = None) -> dg.Definitions:
    """Everything for one home; the command and the tests get the same definitions on another one."""
    home = Home(Path(home_path), database_url, key_folder)
    policy = _policy(home)
    feeds = _feeds(home, policy)
    starts_on = policy.periods.starts_on if policy else today()
    texts = Texts(policy.language if policy else "en")
    register = Register(
        home_path=home_path, database_url=database_url or "", key_folder=str(key_folder) if key_folder else "")
    job = dg.define_asset_job(JOB, selection=dg.AssetSelection.all(), executor_def=dg.in_process_executor,
                              description=texts.say("asset.job"))
    letter_box = open_letter_box(texts)
    assets = all_assets([*feeds.good, *feeds.broken], starts_on.isoformat(), texts)
    checks = [key for asset in assets for key in asset.check_keys]
    decisions = decision_jobs(texts)
    return dg.Definitions(
        assets=assets,
        jobs=[job, letter_box, *decisions],
        schedules=[_schedule(register)],
        sensors=[decisions_sensor(register, job, texts), corrections_sensor(register, (letter_box, job), texts),
                 notices_sensor(register, checks, texts), failure_sensor(job, texts), decided_sensor(decisions, job)],
        resources={"register": register},
        executor=dg.in_process_executor,
    )


def refresh_tags(first: str, day: str) -> dict[str, str]:
    """What a run must carry to be a refresh that may sweep."""
    return {RANGE_START: first, RANGE_END: day, DAY_TAG: day, MODE_TAG: "refresh", SWEEP_TAG: "yes"}


def _schedule(register: Register) -> dg.ScheduleDefinition:
    @dg.schedule(job_name=JOB, cron_schedule="0 5 * * *", execution_timezone="Europe/Helsinki", name="every_morning",
                 default_status=dg.DefaultScheduleStatus.RUNNING)
    def every_morning(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        from register.intake import refresh
        from register.intake.refresh import Errand

        day = today()
        first = refresh.first_day(register.desk(), Errand("refresh", day, day, is_quiet))
        return dg.RunRequest(run_key=day.isoformat(), tags=refresh_tags(first.isoformat(), day.isoformat()))

    return every_morning


def _policy(home: Home) -> Policy | None:
    """The policy read leniently: only its language and first day are needed here."""
    try:
        return home.policy()
    except RegisterError:
        return None


def _feeds(home: Home, policy: Policy | None) -> Feeds:
    try:
        return home.feeds(policy)
    except RegisterError:
        return Feeds(())

"""The asset `morning`: the steward's first page, last in the graph: what waits, what has happened, how the feeds go."""

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from assets.clock import HELSINKI, midnight
from assets.names import MORNING
from assets.resource import Register
from register.texts import Texts

if TYPE_CHECKING:
    from register.morning.matters import Failing, Matter

FRESH = dg.FreshnessPolicy.cron("0 8 * * *", timedelta(hours=4), timezone="Europe/Helsinki")
"""By eight in the morning, from the run of that night on. No feed has one: it would count runs, not deliveries."""


def morning_asset(checks: Sequence[dg.AssetCheckKey], texts: Texts) -> dg.AssetsDefinition:
    """Reads only. Tags its run with what waits: Dagster lists a run with failed checks as a success."""

    @dg.asset(
        name=MORNING, deps=["removals", "retention_forecast"], group_name="retention", owners=["team:steward"],
        kinds={"table"}, description=texts.say("asset.morning"), freshness_policy=FRESH,
    )
    def look(context: dg.AssetExecutionContext, register: Register) -> dg.MaterializeResult[None]:
        from register.morning import page
        from register.morning.working_days import last_before

        desk, words, day = register.desk(), register.texts(), register.day(context)
        failed = failed_runs(context.instance, last_before(desk.policy, day))
        found, entries = page.entries(register.home, desk, day, failing(context.instance, checks), failed)
        if found:
            tag = {words.say("morning.tag"): words.say_n("morning.tag_value", len(found))}
            context.instance.add_run_tags(context.run.run_id, tag)
        return dg.MaterializeResult(metadata={heading: dg.MetadataValue.md(text) for heading, text in entries.items()})

    return look


def failed_runs(instance: dg.DagsterInstance, since: date) -> "list[Matter]":
    """The runs that failed on a day or after it, as one matter: no check tells them."""
    from register.morning.matters import Matter

    after = midnight(since).astimezone(UTC)  # Dagster compares it with times in UTC, whatever its zone
    failed = instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=after))
    if not failed:
        return []
    newest = max(failed, key=lambda one: one.update_timestamp)
    last = newest.update_timestamp.astimezone(HELSINKI).date().isoformat()
    return [Matter("failed_run", len(failed), f"/runs/{newest.dagster_run.run_id}", last=last, is_red=True)]


def failing(instance: dg.DagsterInstance, checks: Sequence[dg.AssetCheckKey]) -> "list[Failing]":
    """The checks that failed when they were last asked."""
    from register.morning.matters import Failing

    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(checks)
    asked = [(key, record.evaluation) for key, record in records.items()]
    return [Failing("/".join(key.asset_key.path), key.name, said.severity == dg.AssetCheckSeverity.ERROR)
            for key, said in asked if isinstance(said, dg.AssetCheckEvaluation) and not said.passed]  # else it is only planned

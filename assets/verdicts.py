"""The asset `verdicts`: until when each contact is kept and why, and the published list of what falls due.

And `retention_forecast`, the picture of what falls due in the months to come.
"""

import getpass
from collections.abc import Iterator

import dagster as dg

from assets.checks import answered
from assets.resource import Register
from register.texts import Texts


def verdicts_asset(texts: Texts) -> dg.AssetsDefinition:
    """Downstream of contacts; judges on the run's day, or the newest day that was ever judged."""

    @dg.asset(
        name="verdicts", deps=["contacts"], group_name="retention", owners=["team:steward"], kinds={"table"},
        description=texts.say("asset.verdicts"),
        check_specs=[dg.AssetCheckSpec(name, asset="verdicts", description=texts.say(f"check.{name}"))
                     for name in ("holds", "reports")],
    )
    def decide(context: dg.AssetExecutionContext, register: Register) -> Iterator[dg.MaterializeResult[None]]:
        from register.intake.feed_state import Check
        from register.retention import holds, judging, reports
        from register.workbooks import due

        desk = register.desk()
        day = register.day(context)
        with register.home.database.writing("verdicts", day.isoformat(), desk.say) as store:
            counts = judging.update(store, desk.policy, desk.feeds, day, getpass.getuser())
            overdue = holds.overdue(store, day)
            waited = reports.judge(store, desk.policy, day, register.texts())
        due.publish(register.home, desk.policy, day, getpass.getuser(), desk.say)
        words = register.texts()
        sentence = words.say("check.holds.failed" if overdue else "check.holds.passed", n=overdue)
        checks = (Check("holds", not overdue, "warn", sentence), waited)
        yield dg.MaterializeResult(
            metadata={
                **{words.say(f"outcome.{outcome}"): held for outcome, held in counts.outcomes.items()},
                words.say("heading.faults"): counts.faults, words.say("heading.due"): counts.published.due},
            check_results=[answered(check, desk.policy) for check in checks])

    return decide


def forecast_asset(texts: Texts) -> dg.AssetsDefinition:
    """Beside removals: nothing waits for it."""

    @dg.asset(
        name="retention_forecast", deps=["verdicts"], group_name="retention", owners=["team:steward"], kinds={"table"},
        description=texts.say("asset.retention_forecast"),
    )
    def foresee(context: dg.AssetExecutionContext, register: Register) -> dg.MaterializeResult[None]:
        from register.retention import forecast

        words = register.texts()
        with register.home.database.reading() as store:
            months = forecast.months(store, register.day(context))
        halves = {"forecast.first": months.iloc[:forecast.HALF], "forecast.second": months.iloc[forecast.HALF:]}
        pictures = {words.say(key): dg.MetadataValue.md(forecast.picture(half, months, words)) for key, half in halves.items()}
        return dg.MaterializeResult(metadata={
            words.say("forecast.legend"): dg.MetadataValue.md(forecast.legend(months, words)), **pictures,
            words.say("forecast.table"): _table(forecast.figures(months, words))})

    return foresee


def _table(rows: list[dict[str, str]]) -> dg.TableMetadataValue:
    columns = [dg.TableColumn(name, "string") for name in rows[0]]
    return dg.MetadataValue.table([dg.TableRecord(row) for row in rows], dg.TableSchema(columns))

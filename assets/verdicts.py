"""The asset `verdicts`: until when each contact is kept and why, and the published list of what falls due."""

import dagster as dg

from assets.resource import Register
from register.texts import Texts


def verdicts_asset(texts: Texts) -> dg.AssetsDefinition:
    """Downstream of contacts; judges on the run's day, or the newest day that was ever judged."""

    @dg.asset(
        name="verdicts", deps=["contacts"], group_name="retention", owners=["team:steward"], kinds={"table"},
        description=texts.say("asset.verdicts"),
    )
    def decide(context: dg.AssetExecutionContext, register: Register) -> dg.MaterializeResult[None]:
        from register import due, retention

        desk = register.desk()
        with register.home.database.writing("verdicts", register.day(context).isoformat(), desk.say) as store:
            day = due.day_of_judging(store, register.day(context))
            decided = retention.judge(store, desk.feeds, desk.policy, day)
            counts = due.publish(store, decided, desk.policy, day)
        words = register.texts()
        outcomes = decided["outcome"].value_counts()
        return dg.MaterializeResult(metadata={
            **{words.say(f"outcome.{outcome}"): int(count) for outcome, count in outcomes.items()},
            words.say("heading.due"): counts.due})

    return decide

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
        from register.retention import judging

        desk = register.desk()
        day = register.day(context)
        with register.home.database.writing("verdicts", day.isoformat(), desk.say) as store:
            counts = judging.update(store, desk.policy, desk.feeds, day)
        words = register.texts()
        return dg.MaterializeResult(metadata={
            **{words.say(f"outcome.{outcome}"): held for outcome, held in counts.outcomes.items()},
            words.say("heading.due"): counts.published.due})

    return decide

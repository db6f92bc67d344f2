"""The asset `removals`: the sweep. Only a run started by the schedule, `refresh` or `sweep --apply` removes; others preview."""

import dagster as dg

from assets.resource import Register
from register.texts import Texts


def removals_asset(texts: Texts) -> dg.AssetsDefinition:
    """Last in the graph; never runs where the check on contacts failed."""

    @dg.asset(
        name="removals", deps=["verdicts"], group_name="retention", owners=["team:steward"], kinds={"table"},
        description=texts.say("asset.removals"),
    )
    def sweep(context: dg.AssetExecutionContext, register: Register) -> dg.MaterializeResult[None]:
        from register.removal import sweep as sweeping

        desk, day, words = register.desk(), register.day(context), register.texts()
        if not register.may_sweep(context):
            plan = sweeping.preview(register.home, desk.policy, desk.feeds, day)
            return dg.MaterializeResult(metadata={words.say("heading.would_go"): len(plan.remove)})
        result = sweeping.apply(register.home, desk.policy, desk.feeds, day, register.approved_by(context), desk.say)
        return dg.MaterializeResult(metadata={
            words.say("heading.removed"): result.removed, words.say("heading.parts_removed"): result.parts,
            words.say("heading.waiting"): result.waiting})

    return sweep

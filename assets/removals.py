"""The asset `removals`: the sweep. Only a run started by the schedule, `refresh` or `sweep --apply` removes; others preview.

Its checks say whether what was removed stays so when a disk fails.
"""

from collections.abc import Iterator

import dagster as dg

from assets.checks import answered
from assets.resource import Register
from register.texts import Texts

CHECKS = ("keys", "ledger", "overdue", "inbox")


def removals_asset(texts: Texts) -> dg.AssetsDefinition:
    """Last in the graph; never runs where the check on contacts failed."""

    @dg.asset(
        name="removals", deps=["verdicts"], group_name="retention", owners=["team:steward"], kinds={"table"},
        description=texts.say("asset.removals"),
        check_specs=[dg.AssetCheckSpec(name, asset="removals", description=texts.say(f"check.{name}")) for name in CHECKS],
    )
    def sweep(context: dg.AssetExecutionContext, register: Register) -> Iterator[dg.MaterializeResult[None]]:
        from register.removal import lying, safeguards
        from register.removal import sweep as sweeping

        desk, day, words = register.desk(), register.day(context), register.texts()
        if not register.may_sweep(context):
            plan = sweeping.preview(register.home, desk.policy, desk.feeds, day)
            figures = {words.say("heading.would_go"): len(plan.remove)}
        else:
            result = sweeping.apply(register.home, desk.policy, desk.feeds, day, register.approved_by(context), desk.say)
            lying.keep(register.home, desk.policy, desk.feeds, day, desk.say)
            figures = {words.say("heading.removed"): result.removed, words.say("heading.parts_removed"): result.parts,
                       words.say("heading.waiting"): result.waiting}
        yield dg.MaterializeResult(metadata=figures, check_results=[
            answered(check, desk.policy)
            for check in safeguards.judge(register.home, desk.policy, desk.feeds, day, words)])

    return sweep

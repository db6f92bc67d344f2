"""The asset `organisations`: what the steward has decided, which firm each record speaks of, one record for each firm."""

import getpass
from collections.abc import Sequence

import dagster as dg

from assets.resource import Register
from register.texts import Texts


def organisations_asset(feeds: Sequence[dg.AssetKey], texts: Texts) -> dg.AssetsDefinition:
    """Downstream of every feed."""

    @dg.asset(
        name="organisations", deps=list(feeds), group_name="contacts", owners=["team:steward"], kinds={"table"},
        description=texts.say("asset.organisations"),
    )
    def compute(context: dg.AssetExecutionContext, register: Register) -> dg.MaterializeResult[None]:
        from register.contacts import organisations
        from register.intake import lookup
        from register.requests import box
        from register.workbooks import taken

        desk, day = register.desk(), register.day(context).isoformat()
        settled = register.errand(context).is_settled
        answers = taken.take_in(desk, register.day(context), getpass.getuser(), settled)
        requests = box.take_in(desk, register.day(context), getpass.getuser(), settled)
        with register.home.database.writing("organisations", day, desk.say) as store:
            counts = organisations.update(store, desk.policy, desk.feeds, lookup.newest(desk, store), day)
        words = register.texts()
        return dg.MaterializeResult(metadata={
            words.say("heading.organisations"): counts.organisations, words.say("heading.changed"): counts.changed,
            words.say("heading.answers"): answers.applied, words.say("heading.requests"): requests.rows,
            words.say("heading.answers_wrong"): "\n".join([*answers.wrong, *requests.wrong]) or "-"})

    return compute

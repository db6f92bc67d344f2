"""The asset `contacts`: one true record for each person at a firm, and the check that must pass before anybody is removed."""

from collections.abc import Iterator

import dagster as dg

from assets.resource import Register
from assets.schema import contacts_schema
from register.texts import Texts


def contacts_asset(texts: Texts) -> dg.AssetsDefinition:
    """Downstream of organisations; its suite blocks the verdicts and removals."""

    @dg.asset(
        name="contacts", deps=["organisations"], group_name="contacts", owners=["team:steward"], kinds={"table"},
        description=texts.say("asset.contacts"), metadata={"dagster/column_schema": contacts_schema(texts)},
        check_specs=[dg.AssetCheckSpec("suite", asset="contacts", blocking=True, description=texts.say("check.suite"))],
    )
    def compute(context: dg.AssetExecutionContext, register: Register) -> Iterator[dg.MaterializeResult[None]]:
        from expectations import runner
        from register import contacts

        desk, day = register.desk(), register.day(context).isoformat()
        with register.home.database.writing("contacts", day, desk.say) as store:
            counts = contacts.update(store, desk.policy, desk.feeds, register.home.key, day)
            table = runner.judge_contacts(*contacts.to_judge(store))
            failed = table[table["rows"] > 0]
            if failed.empty:
                contacts.note_passed(store)
        words = register.texts()
        yield dg.MaterializeResult(
            metadata={words.say("heading.contacts"): counts.contacts, words.say("heading.merged"): counts.merged,
                      words.say("heading.changed"): counts.changed},
            check_results=[dg.AssetCheckResult(
                check_name="suite", passed=failed.empty, severity=dg.AssetCheckSeverity.ERROR,
                description=words.say("check.suite.passed" if failed.empty else "check.suite.failed"),
                metadata={words.say(f"reason.{line['code']}"): int(line["rows"]) for line in failed.to_dict("records")})],
        )

    return compute

"""The asset `contacts`: one true record for each person at a firm, what the steward is asked of them, and four checks."""

import getpass
from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from assets.checks import answered
from assets.resource import Register
from assets.schema import contacts_schema
from register.texts import Texts

if TYPE_CHECKING:
    from register.contacts.contacts import ContactCounts

WARNING = ("doubtful", "largest", "merges", "newer_words")
"""Checks that warn: the steward looks, nothing stops."""


def contacts_asset(texts: Texts) -> dg.AssetsDefinition:
    """Downstream of organisations; its suite blocks the verdicts and removals, the other checks warn."""
    suite_spec = dg.AssetCheckSpec("suite", asset="contacts", blocking=True, description=texts.say("check.suite"))
    warning = [dg.AssetCheckSpec(name, asset="contacts", description=texts.say(f"check.{name}")) for name in WARNING]

    @dg.asset(
        name="contacts", deps=["organisations"], group_name="contacts", owners=["team:steward"], kinds={"table"},
        description=texts.say("asset.contacts"), metadata={"dagster/column_schema": contacts_schema(texts)},
        check_specs=[suite_spec, *warning],
    )
    def compute(context: dg.AssetExecutionContext, register: Register) -> Iterator[dg.MaterializeResult[None]]:
        from expectations import runner
        from register.contacts import contacts, sureness
        from register.corrections import bulk, newer_words
        from register.intake.feed_state import Check
        from register.requests import form
        from register.workbooks import review, waiting

        desk, on, words, user = register.desk(), register.day(context), register.texts(), getpass.getuser()
        day, home = on.isoformat(), register.home
        with home.database.writing("contacts", day, desk.say) as store:
            counts = contacts.update(
                store, desk.policy, desk.feeds, home.key, day, is_whole=register.rematches(context))
            table = runner.judge_contacts(*contacts.to_judge(store))
            failed = table[table["rows"] > 0]
            if failed.empty:
                contacts.note_passed(store)
            warned = [*sureness.judge(store, desk.policy, words), newer_words.judge(store, desk.feeds, words)]
            ended = bulk.finish(store, counts.changed)
        sent = review.publish(home, desk.policy, on, user, desk.say)
        waits = waiting.publish(desk, on, user)
        form.publish(home, desk.policy, on, user)
        sentence = words.say("check.suite.passed" if failed.empty else "check.suite.failed")
        suite = answered(Check("suite", failed.empty, "error", sentence), desk.policy, figures={
            words.say(f"reason.{line['code']}"): int(line["rows"]) for line in failed.to_dict("records")})
        yield dg.MaterializeResult(
            metadata=_figures(words, counts, sent.rows if sent else 0, waits.rows if waits else 0) | {
                words.say("correction.title", n=one.number): bulk.said(one, words) for one in ended},
            check_results=[suite, *(answered(check, desk.policy) for check in warned)])

    return compute


def _figures(words: Texts, counts: "ContactCounts", asked: int, waits: int) -> dict[str, int]:
    return {
        words.say("heading.contacts"): counts.contacts, words.say("heading.merged"): counts.merged,
        words.say("heading.changed"): counts.changed, words.say("heading.asked"): asked,
        words.say("heading.asked_quarantine"): waits}

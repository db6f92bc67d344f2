"""One asset a feed: reads its deliveries day by day and says in four checks how the feed stands.

It never raises for its file, reader or suite: a fault becomes a set-aside delivery and a red check (design, rule 7). The checks
judge the feed's state from the database, so that the backfill of an old day cannot turn today's red green.
"""

from collections.abc import Iterator

import dagster as dg

from assets.checks import answered
from assets.resource import Register
from register.feeds import KINDS, BrokenFeed, Feed
from register.texts import Texts

PRIORITY = {kind: len(KINDS) - position for position, kind in enumerate(KINDS)}
"""Own dealings are read before providers and registries: they make the organisations known."""

CHECKS = ("accounted", "structure", "values", "volume")


def feed_asset(feed: Feed | BrokenFeed, starts_on: str, texts: Texts) -> dg.AssetsDefinition:
    """The asset `observations/<feed>` with the checks accounted, structure, values and volume."""
    key = dg.AssetKey(["observations", feed.name])
    kind = feed.kind or "inquiry"

    @dg.asset(
        key=key,
        group_name=kind,
        description=texts.say("asset.feed", kind=texts.say(f"kind.{kind}")),
        owners=["team:steward"],
        kinds={kind},
        partitions_def=dg.DailyPartitionsDefinition(starts_on, timezone="Europe/Helsinki", end_offset=1),
        backfill_policy=dg.BackfillPolicy.single_run(),
        op_tags={"dagster/priority": str(PRIORITY[kind])},
        check_specs=[
            dg.AssetCheckSpec(check, asset=key, description=texts.say(f"check.{check}")) for check in CHECKS
        ],
    )
    def read(context: dg.AssetExecutionContext, register: Register) -> Iterator[dg.MaterializeResult[None]]:
        from register.intake import feed_state, refresh

        desk, errand = register.desk(), register.errand(context)
        current = next((good for good in desk.feeds.good if good.name == feed.name), None)
        days = register.days(context, feed.name)
        if current is not None and not current.retired and days:
            refresh.read_days(desk, current, days, errand)
        state = feed_state.judge(desk, feed.name, errand)
        for day in context.partition_keys:  # first the numbers: below the table nobody sees them
            figures = feed_state.of_day(desk, feed.name, day) | state.recent
            context.add_asset_metadata(_shown(figures), asset_key=key, partition_key=day)
        yield dg.MaterializeResult(asset_key=key, check_results=[
            answered(check, desk.policy, key, _shown(check.figures)) for check in state.checks])

    return read


def _shown(figures: dict[str, object]) -> dict[str, dg.MetadataValue]:
    """Counts and text as they are, lists of rows as a table."""
    return {name: _value(value) for name, value in figures.items()}


def _value(value: object) -> dg.MetadataValue:
    if isinstance(value, list):
        return dg.MetadataValue.table([dg.TableRecord(dict(row)) for row in value]) if value else dg.MetadataValue.text("-")
    if isinstance(value, int):
        return dg.MetadataValue.int(value)
    return dg.MetadataValue.md(str(value)) if "\n" in str(value) else dg.MetadataValue.text(str(value))

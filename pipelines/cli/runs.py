"""`register refresh`, `backfill` and `status`: run the same assets as the UI, and say what came of it."""

import getpass
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import typer

from assets.clock import stands_still, today
from pipelines import place
from pipelines.cli import report
from pipelines.cli.progress import shown
from register.home import Home
from register.intake.refresh import Errand
from register.morning.matters import Matter
from register.texts import Texts

RED = 1

Day = Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="The day of the run; today in Helsinki.")]
FeedNames = Annotated[list[str] | None, typer.Option("--feed", help="Only this feed; may be given several times.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")]


def refresh(day: Day = None, feed: FeedNames = None, as_json: AsJson = False) -> None:
    """Read what is new, bring the register up to date and remove what has had its time."""
    from pipelines import running

    home = place.open_home()
    with shown(home):
        ran = running.refreshed(home, _day(day), feed or ())
    _tell(home, ran.figures, as_json)
    _tell_waiting(home, _day(day), as_json)
    raise typer.Exit(RED if ran.is_red else 0)


def backfill(
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day, included.")] = None,
    feed: FeedNames = None,
    correction: Annotated[int | None, typer.Option("--correction", help="Carry out this correction instead.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Who approves the correction.")] = None,
    add: Annotated[bool, typer.Option("--add", help="Keep the held rows of an events feed; new files add to them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read a range of days again: corrected files replace their day, days without new files come from the archive."""
    from pipelines import running
    from pipelines.cli import correcting

    home = place.open_home()
    with shown(home):
        if correction is not None:
            ran = running.corrected(home, correction, name, getpass.getuser())
        elif first is None or last is None:
            raise home.policy().refused("no_days")
        else:
            ran = running.backfilled(home, first.date(), last.date(), feed or (), adds=add)
    _tell(home, ran.figures, as_json)
    if correction is not None and not as_json:
        correcting.tell_end(home, correction)
    raise typer.Exit(RED if ran.is_red else 0)


def rematch(as_json: AsJson = False) -> None:
    """Decide anew who is one contact and who one person, from all that is held; nothing is read, nobody is removed."""
    from pipelines import running

    home = place.open_home()
    with shown(home):
        ran = running.rematched(home)
    _tell(home, ran.figures, as_json)
    raise typer.Exit(RED if ran.is_red else 0)


def status(as_json: AsJson = False) -> None:
    """How the register stands: feeds, organisations, contacts, what is due and what waits."""
    from expectations import runner
    from register import summary
    from register.intake import feed_state
    from register.intake.ingest import Desk
    from register.morning.matters import Failing, matters
    from register.removal import safeguards
    from register.retention import reports

    home = place.open_home()
    policy = home.policy()
    desk = Desk(home, policy, home.feeds(policy), runner.judge)
    errand = Errand("refresh", today(), today(), stands_still)
    figures = summary.status(home)
    names = [*(feed.name for feed in desk.feeds.good), *(feed.name for feed in desk.feeds.broken)]
    asked = [*((f"observations/{name}", check) for name in names for check in feed_state.judge(desk, name, errand).checks),
             *(("removals", check) for check in safeguards.judge(
                 home, policy, desk.feeds, today(), Texts(policy.language)))]
    with home.database.reading() as store:
        asked.append(("verdicts", reports.judge(store, policy, today(), Texts(policy.language))))
    checks = [(asset, check) for asset, check in asked if not check.passed]
    failing = [Failing(asset, check.name, check.severity == "error") for asset, check in checks]
    figures["red"] = [str(one) for one in failing if one.is_red]
    figures["warn"] = [str(one) for one in failing if not one.is_red]
    with home.database.reading() as store:
        found = matters(desk, store, today(), failing)
    if as_json:
        print(json.dumps(figures | {"waiting": _by_kind(found)}, ensure_ascii=False))  # noqa: T201
    else:
        report.status(figures, checks, found, home)
    raise typer.Exit(RED if figures["red"] else 0)


def _by_kind(found: Sequence[Matter]) -> dict[str, int]:
    """How much waits of each kind; of one there may be several matters, for each feed one."""
    return {kind: sum(one.n for one in found if one.kind == kind) for kind in {one.kind for one in found}}


def _day(given: datetime | None) -> date:
    return given.date() if given else today()


def _tell(home: Home, figures: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))  # noqa: T201
    else:
        report.summary(figures, home)


def _tell_waiting(home: Home, day: date, as_json: bool) -> None:
    """New content of earlier days: named with the link of the UI that preselects exactly those feeds and days."""
    from expectations import runner
    from register.intake import refresh as refreshing
    from register.intake.ingest import Desk

    if as_json:
        return
    policy = home.policy()
    desk = Desk(home, policy, home.feeds(policy), runner.judge)
    errand = Errand("refresh", day, today(), stands_still)
    report.waiting([wait for feed in desk.feeds.living for wait in refreshing.waiting(desk, feed, errand)], home)

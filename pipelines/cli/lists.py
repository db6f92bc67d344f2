"""`register due`, `sweep` and `accept`: what falls due, what goes, and what somebody decides by name."""

import getpass
import json
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from assets.clock import today
from pipelines import place
from pipelines.cli import report
from pipelines.cli.progress import shown
from pipelines.cli.runs import RED, AsJson
from register.home import Home
from register.texts import Texts

AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Preview the sweep of that day.")]
Apply = Annotated[bool, typer.Option("--apply", help="Remove now, on today; without it this is a preview.")]
ApprovedBy = Annotated[str | None, typer.Option("--approved-by", help="An approver of the policy, for a large sweep.")]


def due() -> None:
    """The published list of what will be removed, soonest first."""
    from register.retention.due import due_list
    from register.retention.due import restricted as waiting

    home = place.open_home()
    texts = Texts(home.policy().language)
    with home.database.reading() as store:
        listed, restricted = due_list(store), waiting(store, today())
    table = Table()
    for heading in ("contact", "depth", "full_name", "company", "rule", "last_day", "published_on", "approved_by"):
        table.add_column(texts.say(f"due.{heading}"), overflow="fold")
    for row in listed.to_dict("records"):
        name = row["full_name"] if isinstance(row["full_name"], str) else row["email"]
        company, approved_by = (row[key] if isinstance(row[key], str) else "" for key in ("company", "approved_by"))
        table.add_row(row["contact_id"], texts.say(f"due.depth.{row['depth']}"), name, company,
                      texts.say(f"rule.{row['rule']}"), texts.day(row["last_day"]), texts.day(row["published_on"]), approved_by)
    Console().print(table if len(listed) else texts.say("due.empty"))
    for row in restricted.to_dict("records"):
        Console().print(texts.say("due.restricted", id=row["contact_id"], last_day=texts.day(row["last_day"])), soft_wrap=True)


def sweep(
    as_of: AsOf = None, apply: Apply = False, approved_by: ApprovedBy = None, as_json: AsJson = False,
) -> None:
    """Show what the sweep would remove; with --apply remove it."""
    home = place.open_home()
    if apply and as_of:
        raise home.policy().refused("apply_as_of")
    day = as_of.date() if as_of else today()
    figures = _figures(home, day, 0)
    if apply:
        figures["removed"] = _applied(home, approved_by)
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))  # noqa: T201
    else:
        _tell(home, figures, is_applied=apply)


def accept(
    feed: Annotated[str, typer.Argument(help="The feed.")],
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The day that is set aside.")],
    name: Annotated[str, typer.Option("--name", help="Who decides: one of the people of the policy.")],
) -> None:
    """Take a set-aside delivery that shrank, or give up one that cannot be read."""
    from pipelines import running
    from register.intake import set_aside

    home = place.open_home()
    policy = home.policy()
    feeds = home.feeds(policy)
    texts = Texts(policy.language)
    known = [found for found in feeds.good if found.name == feed]
    if not known:
        raise policy.refused("no_feed", feed=feed, allowed=", ".join(found.name for found in feeds.good))
    accepted = set_aside.accept(home, policy, known[0], day.date().isoformat(), name, getpass.getuser(), today())
    Console().print(texts.say("accept.taken" if accepted.is_taken else "accept.given_up", feed=feed,
                              day=texts.day(day.date().isoformat())))
    with shown(home):
        ran = running.backfilled(home, day.date(), day.date(), [feed])
    report.summary(ran.figures, home)
    raise typer.Exit(RED if ran.is_red else 0)


def _figures(home: Home, day: date, removed: int) -> dict[str, Any]:
    from register.removal import sweep as sweeping

    policy = home.policy()
    plan = sweeping.preview(home, policy, home.feeds(policy), day)
    remove = plan.remove.rename(columns={"contact_id": "contact"}).to_dict("records")
    reported = plan.report.rename(columns={"contact_id": "contact"}).to_dict("records")
    return {"as_of": day.isoformat(), "remove": remove, "report": reported, "waiting": plan.waiting, "removed": removed}


def _applied(home: Home, approved_by: str | None) -> int:
    from pipelines import running

    if home.policy().sweep.mode != "on":
        raise home.policy().refused("preview")
    with shown(home):
        return running.swept(home, approved_by)


def _tell(home: Home, figures: dict[str, Any], *, is_applied: bool) -> None:
    texts, console = Texts(home.policy().language), Console()
    key = "sweep.applied" if is_applied else "sweep.preview"
    console.print(texts.say(key, day=texts.day(figures["as_of"]), remove=len(figures["remove"]), removed=figures["removed"]))
    for row in figures["remove"]:
        what = f"{texts.say('due.depth.' + row['depth'])}, {texts.say('rule.' + row['rule'])}"
        console.print(f"  {row['contact']}  {what}  {texts.day(row['last_day'])}", soft_wrap=True)
    for why, count in figures["waiting"].items():
        console.print(texts.say(f"sweep.waiting.{why}", n=count))
    console.print(texts.say("sweep.report", n=len(figures["report"])))

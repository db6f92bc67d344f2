"""`register correct` and the end of a correction's run: what would come of it, how it is approved, what came of it."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from assets.clock import stands_still, today
from pipelines import place
from pipelines.cli.runs import RED
from register.errors import RefusedError, UnreadableDelivery
from register.home import Home
from register.texts import Texts

if TYPE_CHECKING:
    from register.corrections.proposing import Proposed

COUNTS = ("changes", "merges", "splits", "missing", "wrong")


def correct(
    file: Annotated[Path | None, typer.Argument(help="A workbook or CSV of corrected values; without, what waits.")] = None,
) -> None:
    """Show what corrected values, or corrected files that wait, would change; nothing is changed before it is approved."""
    from expectations import runner
    from register.corrections import proposing
    from register.intake.feed_state import said_fault
    from register.intake.ingest import Desk
    from register.intake.refresh import Errand

    home = place.open_home()
    policy = home.policy()
    desk, errand = Desk(home, policy, home.feeds(policy), runner.judge), Errand("refresh", today(), today(), stands_still)
    texts, console = Texts(policy.language), Console()
    if file is None:
        taken = proposing.take_in(desk, errand, getpass.getuser())
        proposed, wrong = taken.proposed, taken.wrong
    else:
        try:
            proposed, wrong = proposing.propose_file(desk, errand, file, getpass.getuser()), []
        except UnreadableDelivery as error:
            raise RefusedError(said_fault(error.feed, error.day, error.fault, texts)) from None
    for one in proposed:
        _tell(one, texts, console)
    if not proposed and not wrong:
        console.print(texts.say("correction.nothing"))
    for sentence in (*wrong, *(line for one in proposed for line in one.wrong)):
        console.print(sentence, style="yellow", markup=False, soft_wrap=True)
    raise typer.Exit(RED if wrong or any(one.wrong for one in proposed) else 0)


def tell_end(home: Home, number: int) -> None:
    """The one line of what came of a correction."""
    from register.corrections import bulk

    with home.database.reading() as store:
        known = bulk.find(store, number)
    if known is not None:
        Console().print(bulk.said(known, Texts(home.policy().language)), soft_wrap=True)


def _tell(one: "Proposed", texts: Texts, console: Console) -> None:
    from register.corrections.approving import MANY

    console.print(texts.say("correction.proposed", n=one.number, file=one.path), soft_wrap=True, markup=False)
    figures = {name: texts.say_n("count.plain", one.figures.get(name, 0)) for name in COUNTS}
    console.print(texts.say("correction.would", **figures, days=one.figures["days"], minutes=one.figures["minutes"]))
    if one.figures.get("values", 0) > MANY:
        console.print(texts.say_n("correction.many", one.figures["values"]), style="yellow", soft_wrap=True)
    console.print(texts.say("correction.command", n=one.number), soft_wrap=True, markup=False)

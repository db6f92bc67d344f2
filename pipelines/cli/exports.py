"""`register export`: rows of the register as a spreadsheet in the outbox, numbered and recorded."""

import getpass
from typing import Annotated

import typer
from rich.console import Console

from assets.clock import today
from pipelines import place
from register.texts import Texts
from register.workbooks.exports import Order, What


def export(
    what: Annotated[What, typer.Argument(help="Which rows.")],
    out: Annotated[str, typer.Option("--out", metavar="NAME", help="The file's name, ending in .csv or .xlsx; no directory.")],
    purpose: Annotated[str, typer.Option("--purpose", help="What for: one of the policy's purposes.")],
    to: Annotated[str | None, typer.Option("--to", metavar="WHOM", help="Who gets it.")] = None,
) -> None:
    """Write contacts, organisations, engagements or the quarantine into the outbox, and print where."""
    from register.workbooks import exports

    home = place.open_home()
    policy = home.policy()
    done = exports.export(home, policy, Order(what, out, purpose, to, getpass.getuser()), today())
    texts, console = Texts(policy.language), Console(stderr=True)
    console.print(texts.say_n("export.done", done.rows, ends_on=texts.day(done.ends_on)), soft_wrap=True)
    print(done.path)  # noqa: T201

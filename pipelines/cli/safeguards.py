"""`register keys copy`, `ledger verify` and `reapply`: what keeps a lost disk from undoing what people were promised."""

import getpass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from assets.clock import today
from pipelines import place
from pipelines.cli.requesting import Name
from pipelines.cli.runs import RED
from register.errors import RefusedError
from register.texts import Texts

keys = typer.Typer(no_args_is_help=True, help="Keep copies of the keys.")
ledger = typer.Typer(no_args_is_help=True, help="See whether the ledger is as it was written.")


@keys.callback()
def _keys() -> None:
    """Keep copies of the keys."""


@keys.command("copy")
def copy_keys(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder outside the home.")]) -> None:
    """Copy all keys into a folder; what was destroyed here goes there too. Needed again after each new key."""
    home = place.open_home()
    texts, target = Texts(home.policy().language), folder.absolute()
    if target.is_relative_to(home.path) or target.is_relative_to(home.keys.folder):
        raise RefusedError(texts.say("keys.inside"))
    copied = home.keys.copy_to(target, today().isoformat())
    Console().print(texts.say("keys.copied", n=copied, path=target), soft_wrap=True, markup=False)


@ledger.callback()
def _ledger() -> None:
    """See whether the ledger is as it was written."""


@ledger.command()
def verify() -> None:
    """Find out whether a line of the ledger was edited, removed or moved, or its end cut off."""
    from register.removal import behind
    from register.removal.ledger import Ledger

    home = place.open_home()
    texts, console, held = Texts(home.policy().language), Console(), Ledger(home.ledger)
    with home.database.reading() as store:
        faults = behind.verify(store, held)
    for fault in faults:
        console.print(texts.say(f"ledger.{fault.wrong}", n=fault.place), soft_wrap=True)
    lines = list(held.lines())
    chained = sum(line.before is not None for line in lines)
    console.print(texts.say("ledger.changed" if faults else "ledger.whole", lines=len(lines), chained=chained), soft_wrap=True)
    raise typer.Exit(RED if faults else 0)


def reapply(name: Name) -> None:
    """After an older copy of the database was put back: erase, object and hold again what the ledger says."""
    from register.removal import reapplying
    from register.retention.decided import Signed

    home = place.open_home()
    policy = home.policy()
    done = reapplying.reapply(home, policy, Signed(name, getpass.getuser(), today()))
    said = "reapply.done" if done.acts or done.dropped else "reapply.nothing"
    texts, console = Texts(policy.language), Console()
    console.print(texts.say(said, acts=done.acts, removed=done.removed, dropped=done.dropped), soft_wrap=True)
    if done.holds:
        console.print(texts.say_n("reapply.holds", done.holds), soft_wrap=True)

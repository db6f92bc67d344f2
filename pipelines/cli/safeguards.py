"""`register keys copy`: what must lie elsewhere too, so that a lost disk does not undo what people were promised."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from assets.resource import today
from pipelines import place
from register.errors import RefusedError
from register.texts import Texts

keys = typer.Typer(no_args_is_help=True, help="Keep copies of the keys.")


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

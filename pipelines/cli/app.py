"""`register`, the command. Each group of commands has a module; here errors become one line and an exit code.

Exit codes: 0 done, 1 done with red checks, 2 could not.
"""

import sys

import typer
from rich.console import Console

from pipelines import redaction
from pipelines.cli import exports, feeds, lists, people, runs, setup
from register.errors import RegisterError

app = typer.Typer(
    name="register", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich",
    help="Keeps the customer and partner register: reads deliveries, explains every record, removes what has had its time.",
)

for command in (setup.init, runs.refresh, runs.backfill, runs.status, people.find, people.explain, exports.export,
                lists.due, lists.sweep, lists.accept):
    app.command()(command)
app.add_typer(feeds.app, name="feeds")

COULD_NOT = 2


def main() -> None:
    """The entry point: our own errors are said in full; of any other only its kind and place, since its text has seen data."""
    console = Console(stderr=True, highlight=False, markup=False)
    try:
        app()
    except RegisterError as error:
        console.print(str(error))
        sys.exit(COULD_NOT)
    except Exception as error:  # whatever it is, its text may quote a value
        console.print(f"This went wrong where it should not: {redaction.said(error)}. Nothing half done was kept. "
                      "Tell those who look after the register.")
        sys.exit(COULD_NOT)

"""`register`, the command. Each group of commands has a module; here errors become one line and an exit code.

Exit codes: 0 done, 1 done with red checks, 2 could not.
"""

import typer

from pipelines import redaction
from pipelines.cli import (
    correcting,
    decisions,
    erasing,
    exports,
    feeds,
    holds,
    lists,
    match,
    objecting,
    outbox,
    people,
    policies,
    requesting,
    runs,
    safeguards,
    setup,
)

app = typer.Typer(
    name="register", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich",
    help="Keeps the customer and partner register: reads deliveries, explains every record, removes what has had its time.",
)

for command in (setup.init, runs.refresh, runs.backfill, correcting.correct, runs.status, people.find, people.explain,
                decisions.merge, decisions.split, decisions.private, decisions.undo, decisions.decisions, runs.rematch,
                exports.export, outbox.outbox, lists.due, lists.sweep, lists.accept, match.match, erasing.erase,
                objecting.restrict, requesting.requests, safeguards.reapply):
    app.command()(command)
app.command("object")(objecting.object_)
app.add_typer(feeds.app, name="feeds")
app.add_typer(holds.app, name="hold")
app.add_typer(policies.app, name="policy")
app.add_typer(safeguards.keys, name="keys")
app.add_typer(safeguards.ledger, name="ledger")


def main() -> None:
    """The entry point."""
    redaction.plainly(app)

"""`register feeds try`: how the first rows of a file would be read as a feed's delivery. Nothing is written."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from assets.clock import today
from pipelines import place
from pipelines.cli.tables import cell, table
from register.errors import ConfigurationError, RefusedError, UnreadableDelivery
from register.feeds import Feed, Feeds
from register.reasons import IDENTITY_NUMBER, REASONS
from register.texts import Texts

if TYPE_CHECKING:
    from register.intake.trial import Trial
    from register.intake.trial_columns import Column

app = typer.Typer(no_args_is_help=True, help="Feeds and their files.")


@app.callback()
def feeds() -> None:
    """Feeds and their files."""


@app.command("try")
def try_feed(
    feed: Annotated[str, typer.Argument(help="A feed of feeds.toml.")],
    file: Annotated[Path, typer.Argument(help="A file as the source delivers it, wherever it lies.")],
    show: Annotated[bool, typer.Option("--show", help="Show the examples as they are, not masked.")] = False,
) -> None:
    """Show how the first rows would be read, column by column, and what would become of them; nothing is written."""
    from expectations import runner
    from register.intake import feed_state, trial
    from register.intake.ingest import Desk

    home = place.open_home()
    policy = home.policy()
    texts, console = Texts(policy.language), Console()
    known = home.feeds(policy)
    wanted = _feed(known, feed, texts)
    try:
        tried = trial.try_file(Desk(home, policy, known, runner.judge), wanted, file, today().isoformat(), is_shown=show)
    except UnreadableDelivery as error:
        raise RefusedError(feed_state.said_fault(error.feed, error.day, error.fault, texts)) from None
    console.print(texts.say_n("try.read", tried.rows, feed=feed))
    if not tried.is_all:
        console.print(texts.say_n("try.first_rows", trial.LIMIT))
    _tell_columns(tried.columns, texts, console)
    _tell_rows(tried, wanted, texts, console)
    for code in tried.missing:
        console.print(texts.say(f"try.missing.{code}"), style="yellow", markup=False)


def _feed(known: Feeds, name: str, texts: Texts) -> Feed:
    if mistakes := [line for broken in known.broken if broken.name == name for line in broken.mistakes]:
        raise ConfigurationError("feeds.toml", mistakes)
    found = next((feed for feed in known.good if feed.name == name), None)
    if found is None:
        raise RefusedError(texts.say("try.unknown_feed", allowed=", ".join(feed.name for feed in known.good)))
    return found


def _tell_columns(columns: "list[Column]", texts: Texts, console: Console) -> None:
    shown = table(texts.say(f"try.{name}") for name in ("delivered", "becomes", "filled", "unreadable", "example"))
    for column in columns:
        unreadable = (f"{count}: {texts.say(f'reason.{code}')}" for code, count in column.unreadable.items())
        shown.add_row(
            cell(_delivered(column, texts)), _becomes(column, texts), str(column.filled), "\n".join(unreadable),
            cell(_example(column, texts)))
    console.print(shown)


def _delivered(column: "Column", texts: Texts) -> str:
    """The header where somebody knows it, else the position: an unknown header may be somebody's data."""
    kind, _, place_no = column.label.partition(" ")
    return texts.say("feed.column_no", n=place_no) if kind == "column" else ", ".join(column.headers) or column.label


def _becomes(column: "Column", texts: Texts) -> str:
    if column.fate == "kept":
        return texts.say("try.kept", heading=texts.say(f"column.{column.label}"), name=column.label)
    return texts.say("try.read_only" if column.fate == "read" else f"try.{column.fate}")


def _example(column: "Column", texts: Texts) -> str:
    if column.before is None:
        return ""
    after = column.after
    if isinstance(after, bool):
        after = texts.say("export.yes" if after else "export.no")
    return f"{column.before} → {after or '-'}"


def _tell_rows(tried: "Trial", feed: Feed, texts: Texts, console: Console) -> None:
    if feed.is_lookup:
        console.print(texts.say("try.look_up", known=tried.accepted, others=tried.withheld))
        return
    for fate in ("accepted", "quarantined", "withheld", "values_waiting"):
        console.print(f"{texts.say(f'heading.{fate}')}: {getattr(tried, fate)}")
    for code, count in tried.reasons.items():
        console.print(f"  {texts.say(f'heading.{_fate(code)}')} {count}: {texts.say(f'reason.{code}')}", markup=False)


def _fate(code: str) -> str:
    if code == IDENTITY_NUMBER:
        return "cut"
    return "values_waiting" if REASONS[code].scope == "value" else REASONS[code].fate

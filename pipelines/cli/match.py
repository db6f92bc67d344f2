"""`register match`: who is who in any table, in or outside the register. Needs no home, and writes nothing into one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from assets.clock import today
from pipelines import place
from pipelines.cli.tables import cell, table
from register.errors import RefusedError, RegisterError, UnreadableDelivery
from register.home import Home
from register.texts import Texts

if TYPE_CHECKING:
    from register.match import Matched

Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the answer goes, ending in .csv or .xlsx.")]
Columns = Annotated[str, typer.Option("--columns", metavar="NAME=COLUMN,...", help="What columns are: first_name=given_name.")]


def match(
    file: Annotated[Path, typer.Argument(help="Any CSV or workbook with a header row.")],
    out: Out,
    second: Annotated[Path | None, typer.Argument(metavar="[FILE2]", help="Another, to link the first with.")] = None,
    columns: Columns = "",
) -> None:
    """Find the rows that are one and the same, and write the table with cluster_id, match_probability and why."""
    from register import match as matching
    from register.intake import feed_state

    texts, console = Texts(_language()), Console()
    day = today().isoformat()
    try:
        done = matching.match([file, second] if second else [file], out, _columns(columns, texts), day, texts)
    except UnreadableDelivery as error:
        raise RefusedError(feed_state.said_fault(error.feed, error.day, error.fault, texts)) from None
    _tell(done, texts, console)


def _language() -> str:
    """The policy's, where there is one: no home is made for this."""
    home = Home(place.home_path(), None)
    try:
        return home.policy().language if home.configuration("policy.toml").exists() else "en"
    except RegisterError:
        return "en"


def _columns(written: str, texts: Texts) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in written.split(",") if pair.strip()]
    if any(not mark or not title.strip() for _, mark, title in pairs):
        raise RefusedError(texts.say("match.bad_columns"))
    return {name.strip(): title.strip() for name, _, title in pairs}


def _tell(done: "Matched", texts: Texts, console: Console) -> None:
    console.print(texts.say_n("match.rows", done.rows))
    console.print(texts.say_n("match.clusters", done.clusters))
    if done.people is not None:
        console.print(texts.say_n("match.people", done.people))
    console.print(texts.say_n("match.doubtful", done.doubtful))
    shown = table(texts.say(f"match.heading.{name}") for name in ("column", "taken_for", "why_not"))
    for title, name in done.taken.items():
        shown.add_row(cell(title), texts.say(f"column.{name}"), "")
    for column in done.columns:
        kind = texts.say(f"match.kind.{column.kind}") if column.kind else ""
        shown.add_row(cell(column.title), kind, texts.say(f"match.why_not.{column.why_not}") if column.why_not else "")
    console.print(shown)
    for code in done.warnings:
        console.print(texts.say(f"match.warning.{code}"), style="yellow", markup=False)

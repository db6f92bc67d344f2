"""What the command prints of a run: figures as tables, sentences from the catalogues in the policy's language."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from pipelines.names import PORT, morning_address
from register.home import Home
from register.intake.deliveries import COUNTS
from register.intake.feed_state import STATE_KEYS, Check, waiting_sentence
from register.intake.refresh import Waiting
from register.morning.links import backfill
from register.morning.matters import Matter
from register.morning.page import plain, title
from register.morning.page import waiting as waits
from register.reasons import REASONS
from register.summary import status as standing_figures
from register.texts import Texts


def summary(figures: dict[str, Any], home: Home) -> None:
    """What a run did, for the steward."""
    texts, console = _texts(home), Console()
    console.print(texts.say("summary.title", day=texts.day(figures["day"])), style="bold")
    if figures["feeds"]:
        console.print(_feeds(figures["feeds"], texts))
    _reasons(figures["feeds"], texts, console)
    console.print(texts.say("summary.register", organisations=figures["organisations"], contacts=figures["contacts"],
                            merged=figures["merged"]))
    console.print(texts.say("summary.retention", due=figures["due"], removed=figures["removed"],
                            parts=figures["parts_removed"]))
    if figures["expired"]:
        console.print(texts.say("summary.expired", n=figures["expired"]))
    for key, style in (("red", "bold red"), ("warn", "yellow")):
        if figures[key]:
            console.print(texts.say(f"summary.{key}", checks=", ".join(figures[key])), style=style)


def status(figures: dict[str, Any], checks: list[tuple[str, Check]], found: Sequence[Matter], home: Home) -> None:
    """How the register stands, what waits, and of each check that did not pass its sentence."""
    texts, console = _texts(home), Console()
    console.print(_feeds(figures["feeds"], texts))
    console.print(texts.say("status.register", organisations=figures["organisations"], contacts=figures["contacts"],
                            quarantined=figures["quarantine"], due=figures["due"]))
    console.print(title(found, texts), style="bold")
    for number, line in enumerate(waits(found, texts, str), start=1):
        console.print(f"{number}. {plain(line)}", soft_wrap=True, markup=False)
    for asset, check in checks:
        style = "bold red" if check.severity == "error" else "yellow"
        console.print(f"{asset.removeprefix('observations/')}:{check.name}", style=style)
        console.print("  " + check.sentence, markup=False)


def standing(home: Home) -> None:
    """How the register stands, without judging the feeds."""
    status(standing_figures(home), [], [], home)


def waiting(waits: list[Waiting], home: Home) -> None:
    """New content of days already held, with the command and the link that read it."""
    if not waits:
        return
    texts, console = _texts(home), Console()
    for wait in waits:
        console.print(f"{wait.feed}: {waiting_sentence(wait, texts)}", markup=False)
    first, last = min(wait.day for wait in waits), max(wait.day for wait in waits)
    feeds = sorted({wait.feed for wait in waits})
    named = " ".join(f"--feed {feed}" for feed in feeds)
    command = f"register backfill --from {first} --to {last} {named}"
    console.print(texts.say("summary.backfill", command=command), soft_wrap=True)
    page = backfill(feeds, [wait.day for wait in waits])
    console.print(f"{home.policy().notices.ui}{page}", soft_wrap=True, markup=False)


def open_ui(home: Home) -> None:
    """The one line that opens the UI."""
    Console().print(_texts(home).say("summary.ui", command="make ui", address=morning_address(PORT)), soft_wrap=True)


def opens_at(home: Home, port: str) -> None:
    """Where the UI that starts now is opened."""
    Console().print(_texts(home).say("ui.opens_at", address=morning_address(port)), soft_wrap=True)


def _feeds(feeds: dict[str, Any], texts: Texts) -> Table:
    table = Table()
    table.add_column(texts.say("heading.feed"))
    table.add_column(texts.say("heading.state"))
    for count in COUNTS[:4]:
        table.add_column(texts.say(f"heading.{count}"), justify="right")
    for name, feed in feeds.items():
        table.add_row(name, texts.say(STATE_KEYS[feed["state"]]), *(str(feed[count]) for count in COUNTS[:4]))
    return table


def _reasons(feeds: dict[str, Any], texts: Texts, console: Console) -> None:
    """A line for each reason of each feed: what became of the rows or values, how many, and why."""
    for name, feed in feeds.items():
        for code, count in feed["reasons"].items():
            fate, why = texts.say(f"heading.{_fate(code)}"), texts.say(f"reason.{code}")
            console.print(f"  {name}: {fate} {count}: {why}", markup=False)


def _fate(code: str) -> str:
    """What a reason led to: a row withheld or quarantined, a value that waits, a number that was cut out."""
    if code not in REASONS:
        return "cut"
    return "values_waiting" if REASONS[code].scope == "value" else REASONS[code].fate


def _texts(home: Home) -> Texts:
    return Texts(home.policy().language)

"""`register outbox`: which files lie in the outbox, under which number, of what kind, whose, and until when."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console

from pipelines import place
from pipelines.cli.runs import AsJson
from pipelines.cli.tables import cell, day_of, table
from register.texts import Texts

AlsoGone = Annotated[bool, typer.Option("--all", help="Also what came back or was destroyed.")]

HEADINGS = ("number", "what", "file", "made_at", "made_by", "ends_on", "state")


def outbox(also_gone: AlsoGone = False, as_json: AsJson = False) -> None:
    """List the numbered files of the outbox, and name those that have no number."""
    from register.workbooks import outgoing

    home = place.open_home()
    texts, console = Texts(home.policy().language), Console()
    with home.database.reading() as store:
        files = outgoing.listed(home, store, also_gone=also_gone)
        strangers = outgoing.strangers(home, store)
    if as_json:
        print(json.dumps({"files": files, "strangers": strangers}, ensure_ascii=False))  # noqa: T201
        return
    shown = table(texts.say(f"outbox.{heading}") for heading in HEADINGS)
    for one in files:
        shown.add_row(str(one["number"]), texts.say(f"outbox.what.{one['what']}"), cell(one["file"]),
                      day_of(one["made_at"], texts), cell(one["made_by"]), texts.day(one["ends_on"]), _state(one, texts))
    console.print(shown if files else texts.say("outbox.none"))
    for name in strangers:
        console.print(cell(texts.say("outbox.stranger", file=name)), soft_wrap=True)


def _state(one: dict[str, Any], texts: Texts) -> str:
    if one["state"] == "open":
        return texts.say("outbox.state.open" if one["is_there"] else "outbox.state.taken_away")
    return texts.say(f"outbox.state.{one['state']}", day=texts.day(one["gone_on"]))

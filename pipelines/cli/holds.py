"""`register hold add`, `list` and `lift`: whose removal waits, why, and until when somebody looks at it again.

Whom and why is typed at the prompt or comes by stdin: only ids of contacts and names of the policy stand on a command line.
"""

import getpass
import sys
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from assets.clock import today
from pipelines import place
from pipelines.cli.tables import cell, table
from register.errors import RefusedError
from register.policy import Policy
from register.store.store import Store
from register.texts import Texts

app = typer.Typer(no_args_is_help=True, help="Keep people from being removed, with a reason and a day of review.")

Name = Annotated[str, typer.Option("--name", help="Who decides: one of the people of the policy.")]


@app.command()
def add(
    review_on: Annotated[datetime, typer.Option("--review-on", formats=["%Y-%m-%d"], help="When it is looked at again.")],
    name: Name,
    contact: Annotated[
        str | None, typer.Argument(metavar="CONTACT", help="A contact's id; asked for where none is given.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Who answers for the hold; the same as --name.")] = None,
) -> None:
    """Put a hold on a contact; asks whom, where no id is given, and why."""
    from register.retention import holds
    from register.retention.decided import Signed

    home = place.open_home()
    policy = home.policy()
    texts = Texts(policy.language)
    if contact is None:
        whom = asked(texts.say("hold.ask_whom"))
        with home.database.reading() as store:
            contact = found(store, whom, policy, texts)
    reason = asked(texts.say("hold.ask_reason"))
    by = Signed(name, getpass.getuser(), today())
    with home.database.writing("hold", today().isoformat()) as store:
        number = holds.add(store, policy, contact, reason, owner or name, review_on.date(), by)
    day = texts.day(review_on.date().isoformat())
    Console().print(texts.say("hold.added", n=number, day=day), soft_wrap=True)


@app.command("list")
def show() -> None:
    """List the holds in force, the next to be reviewed first."""
    from register.retention import holds

    home = place.open_home()
    texts = Texts(home.policy().language)
    with home.database.reading() as store:
        listed = holds.listed(store)
    shown = table(texts.say(f"hold.{name}") for name in ("number", "contacts", "reason", "owner", "review_on"))
    for one in listed:
        day = texts.day(one["review_on"])
        is_past = one["review_on"] < today().isoformat()
        shown.add_row(cell(str(one["decision_id"])), "\n".join(one["contact_ids"]), cell(one["reason"]), cell(one["owner"]),
                      texts.say("hold.overdue", day=day) if is_past else day)
    Console().print(shown if listed else texts.say("hold.none"))


@app.command()
def lift(hold: Annotated[int, typer.Argument(help="The hold's number, as `register hold list` shows it.")], name: Name) -> None:
    """Lift a hold: the periods count again."""
    from register.retention import holds

    home = place.open_home()
    policy = home.policy()
    with home.database.writing("lift hold", today().isoformat()) as store:
        holds.lift(store, policy, hold, name, getpass.getuser())
    Console().print(Texts(policy.language).say("hold.lifted", n=hold), soft_wrap=True)


def asked(question: str) -> str:
    """The answer to a question: typed, or the next line of stdin."""
    return str(typer.prompt(question)) if sys.stdin.isatty() else sys.stdin.readline().strip()


def found(store: Store, whom: str, policy: Policy, texts: Texts) -> str:
    """The id of the one contact that fits. Raises RefusedError where it is none or several."""
    from register import find

    ids: list[str] = find.find(store, whom, policy.country)["contact_id"].tolist()
    if len(ids) != 1:
        raise RefusedError(texts.say("hold.several", n=len(ids)))
    return ids[0]

"""What the commands on people's requests share: who it is, which of their contacts, who asks; and `register requests`.

Whom is typed at the prompt or comes by stdin: only ids of contacts and names of the policy stand on a command line.
"""

import getpass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from assets.clock import today
from pipelines import place
from pipelines.cli.holds import asked
from pipelines.cli.tables import cell, table
from register.errors import RefusedError
from register.home import Home
from register.policy import Policy
from register.texts import Texts

if TYPE_CHECKING:
    from register.removal.requests import Person, Request

Name = Annotated[str, typer.Option("--name", help="Who decides: one of the people of the policy.")]
Contact = Annotated[
    str | None, typer.Argument(metavar="CONTACT", help="A contact's id; asked for where none is given.")]
ReceivedOn = Annotated[
    datetime | None, typer.Option("--received-on", formats=["%Y-%m-%d"], help="When it was asked; today.")]


def person_of(home: Home, policy: Policy, contact: str | None, question: str) -> "Person":
    """The person of a contact's id, or of what is answered to the question. Raises RefusedError where it is none or several."""
    from register.removal import requests

    texts = Texts(policy.language)
    with home.database.reading() as store:
        if contact is not None:
            return requests.find(store, policy, contact)
        return requests.find_by_words(store, policy, asked(texts.say(question)))


def show(person: "Person", texts: Texts, console: Console) -> None:
    """The person's contacts, numbered."""
    shown = table(texts.say(key) for key in ("explain.no", "column.full_name", "column.company", "column.email",
                                             "explain.last_seen_on", "request.records", "find.restricted"))
    for number, row in enumerate(person.contacts.to_dict("records"), 1):
        shown.add_row(str(number), *(cell(row[key]) for key in ("full_name", "company", "email")),
                      texts.day(row["last_seen_on"]), str(row["records"]),
                      texts.say("find.is_restricted") if row["restricted"] else "")
    console.print(shown)


def ticked(person: "Person", texts: Texts) -> list[str]:
    """The contacts that are meant: all of them unless some are named by their numbers."""
    ids = [str(one) for one in person.contacts["contact_id"]]
    answer = asked(texts.say("request.ask_which", n=len(ids))).strip() if len(ids) > 1 else ""
    if not answer or answer == "*":
        return ids
    return [ids[number - 1] for number in numbers_of(answer, len(ids), texts)]


def numbers_of(answer: str, most: int, texts: Texts) -> list[int]:
    """The numbers of an answer such as 1,3. Raises RefusedError where one is none of those that were shown."""
    parts = [part.strip() for part in answer.split(",")]
    if any(not part.isdigit() or not 1 <= int(part) <= most for part in parts):
        raise RefusedError(texts.say("request.bad_numbers", n=most))
    return [int(part) for part in parts]


def signed(name: str, received_on: datetime | None, texts: Texts) -> "Request":
    """The request, with the answer to how the asker was identified."""
    from register.removal.requests import Request

    received = received_on.date() if received_on else today()
    return Request(received, asked(texts.say("request.ask_identified")), name, getpass.getuser())


def reply(home: Home, letter: str, due_legal: date, texts: Texts) -> str:
    """Where the letter lies and by when it must have gone."""
    return texts.say("request.letter", path=f"{home.outbox}/{letter}", day=texts.day(due_legal.isoformat()))


def requests(
    answer: Annotated[int | None, typer.Option(
        "--answer", help="The number of an open request: what its proof found is destroyed, write the reply.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Who says so: one of the people of the policy.")] = None,
) -> None:
    """List what people asked of the register, when it was due and what was decided; names nobody."""
    from register.removal import requests as asked_for

    home = place.open_home()
    policy = home.policy()
    texts = Texts(policy.language)
    if answer is not None:
        letter = asked_for.answer(home, policy, answer, name or "", today())
        Console().print(texts.say("requests.answered", path=f"{home.outbox}/{letter}"), markup=False, soft_wrap=True)
        return
    with home.database.reading() as store:
        rows = asked_for.listed(store)
    days = ("received_on", "due_legal", "answered_on", "settled_on")
    shown = table(texts.say(f"requests.{name}") for name in ("number", "received_on", "due_legal", "decision", "answered_on",
                                                             "settled_on", "decided_by"))
    for row in rows:
        received, due, answered, settled = (texts.day(row[day]) if isinstance(row[day], str) else "" for day in days)
        decision = texts.say(f"requests.decision.{row['decision']}")
        shown.add_row(str(row["request_no"]), received, due, decision, answered, settled, cell(row["decided_by"]))
    Console().print(shown if rows else texts.say("requests.none"))

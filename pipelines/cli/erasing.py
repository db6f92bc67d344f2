"""`register erase` and `register requests`: somebody asks to be forgotten, and what was asked and answered before.

Whom is typed at the prompt or comes by stdin: only ids of contacts and names of the policy stand on a command line.
"""

import getpass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from assets.resource import today
from pipelines import place
from pipelines.cli.holds import asked, found
from pipelines.cli.tables import cell, table
from register.errors import RefusedError
from register.texts import Texts

if TYPE_CHECKING:
    from register.removal.erasure import Answered, Decision, Person

DECISIONS: "dict[str, Decision]" = {"1": "all", "2": "restrict"}


def erase(
    name: Annotated[str, typer.Option("--name", help="Who decides: one of the people of the policy.")],
    contact: Annotated[
        str | None, typer.Argument(metavar="CONTACT", help="A contact's id; asked for where none is given.")] = None,
    received_on: Annotated[
        datetime | None, typer.Option("--received-on", formats=["%Y-%m-%d"], help="When it was asked; today.")] = None,
) -> None:
    """Erase a person who asks for it: from every copy and every organisation, with the proof and a reply to send."""
    from register.removal import erasure

    home = place.open_home()
    policy = home.policy()
    texts, console = Texts(policy.language), Console()
    with home.database.reading() as store:
        contact = contact or found(store, asked(texts.say("erase.ask_whom")), policy, texts)
        person = erasure.find(store, policy, contact)
    _show(person, texts, console)
    ids = _ticked(person, texts)
    decision = DECISIONS.get(asked(texts.say("erase.ask_decision")))
    if not ids or decision is None:
        raise RefusedError(texts.say("erase.nothing_done"))
    received = received_on.date() if received_on else today()
    request = erasure.Request(received, asked(texts.say("erase.ask_identified")), name, getpass.getuser())
    done = erasure.erase(home, policy, ids, decision, request, today())
    _tell(done, decision, texts, console, str(home.outbox))


def requests() -> None:
    """List what people asked of the register, when it was due and what was decided; names nobody."""
    from register.removal import erasure

    home = place.open_home()
    texts = Texts(home.policy().language)
    with home.database.reading() as store:
        rows = erasure.listed(store)
    shown = table(texts.say(f"requests.{name}") for name in ("number", "received_on", "due_legal", "decision", "answered_on",
                                                             "decided_by"))
    for row in rows:
        shown.add_row(str(row["request_no"]), texts.day(row["received_on"]), texts.day(row["due_legal"]),
                      texts.say(f"erase.decision.{row['decision']}"), texts.day(row["answered_on"]), cell(row["decided_by"]))
    Console().print(shown if rows else texts.say("requests.none"))


def _show(person: "Person", texts: Texts, console: Console) -> None:
    """Numbered, with what speaks against it below."""
    shown = table(texts.say(key) for key in ("explain.no", "column.full_name", "column.company", "column.email",
                                             "explain.last_seen_on", "erase.records"))
    for number, row in enumerate(person.contacts.to_dict("records"), 1):
        shown.add_row(str(number), *(cell(row[key]) for key in ("full_name", "company", "email")),
                      texts.day(row["last_seen_on"]), str(row["records"]))
    console.print(shown)
    for one in person.against:
        said = texts.say(f"erase.against.{one['kind']}", day=texts.day(one["day"]), text=one["text"])
        console.print(said, markup=False, soft_wrap=True)


def _ticked(person: "Person", texts: Texts) -> list[str]:
    """The contacts that are meant: all of them unless some are named by their numbers."""
    ids = [str(one) for one in person.contacts["contact_id"]]
    answer = asked(texts.say("erase.ask_which", n=len(ids))).strip() if len(ids) > 1 else ""
    if not answer or answer == "*":
        return ids
    numbers = [part.strip() for part in answer.split(",")]
    if any(not part.isdigit() or not 1 <= int(part) <= len(ids) for part in numbers):
        raise RefusedError(texts.say("erase.bad_numbers", n=len(ids)))
    return [ids[int(part) - 1] for part in numbers]


def _tell(done: "Answered", decision: "Decision", texts: Texts, console: Console, outbox: str) -> None:
    said = [texts.say(f"erase.done.{decision}", n=done.contacts, number=done.number)]
    if done.proof is not None:
        places = ", ".join(f"{texts.say(f'erase.place.{one.place}')} {one.where}: {one.hits}" for one in done.proof.found)
        said.append(texts.say("erase.proof.clean" if done.proof.is_clean else "erase.proof.found", places=places,
                              files=sum(done.proof.searched.values()), size=f"{done.proof.size / 2**20:.1f}"))
        shared = sum(done.proof.shared.values())
        said += [texts.say("erase.proof.shared", n=shared)] if shared else []
        elsewhere = (texts.say(f"erase.elsewhere.{name}") for name in done.proof.not_searched)
        said.append(texts.say("erase.proof.elsewhere", places=", ".join(elsewhere)))
    said.append(texts.say("erase.letter", path=f"{outbox}/{done.letter}", day=texts.day(done.due_legal.isoformat())))
    for sentence in said:
        console.print(sentence, markup=False, soft_wrap=True)

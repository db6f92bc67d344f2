"""`register object` and `register restrict`: somebody objects to marketing or to being here at all, or has it settled first."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from assets.clock import today
from pipelines import place
from pipelines.cli.holds import asked
from pipelines.cli.requesting import Contact, Name, ReceivedOn, person_of, reply, show, signed, ticked
from register.errors import RefusedError
from register.home import Home
from register.policy import Policy
from register.texts import Texts

if TYPE_CHECKING:
    from register.removal.objections import Noted, Objection

OBJECTIONS: "dict[str, Objection]" = {"1": "marketing", "2": "situation"}

Lift = Annotated[bool, typer.Option("--lift", help="Lift what restricts them, an objection that was assessed included.")]


def object_(name: Name, contact: Contact = None, received_on: ReceivedOn = None) -> None:
    """Take an objection: to direct marketing, at once and for ever, or for a particular situation, until it is assessed."""
    from register.removal import objections

    home = place.open_home()
    policy = home.policy()
    texts, console = Texts(policy.language), Console()
    person = person_of(home, policy, contact, "object.ask_whom")
    show(person, texts, console)
    to = OBJECTIONS.get(asked(texts.say("object.ask_to")))
    if to is None:
        raise RefusedError(texts.say("request.nothing_done"))
    request = signed(name, received_on, texts)
    noted = objections.object_to(home, policy, person.records_of(person.ids), to, request, today())
    _tell(home, noted, f"object.done.{to}", texts, console)


def restrict(name: Name, contact: Contact = None, received_on: ReceivedOn = None, lift: Lift = False) -> None:
    """Restrict a person's data on request: stored only, until it is lifted with --lift."""
    from register.removal import objections

    home = place.open_home()
    policy = home.policy()
    texts, console = Texts(policy.language), Console()
    person = person_of(home, policy, contact, "restrict.ask_whom")
    show(person, texts, console)
    shown = person.records_of(ticked(person, texts))
    if lift:
        _lift(home, policy, shown, name, console)
    else:
        noted = objections.restrict(home, policy, shown, signed(name, received_on, texts), today())
        _tell(home, noted, "restrict.done", texts, console)


def _lift(home: Home, policy: Policy, shown: list[str], name: str, console: Console) -> None:
    from register.removal import objections

    texts = Texts(policy.language)
    lifted = objections.lift(home, policy, shown, name, getpass.getuser(), today())
    said = texts.say("restrict.lifted", n=lifted.contacts, path=f"{home.outbox}/{lifted.letter}")
    console.print(said, markup=False, soft_wrap=True)


def _tell(home: Home, noted: "Noted", key: str, texts: Texts, console: Console) -> None:
    for sentence in (texts.say(key, n=noted.contacts, number=noted.number), reply(home, noted.letter, noted.due_legal, texts)):
        console.print(sentence, markup=False, soft_wrap=True)

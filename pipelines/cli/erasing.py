"""`register erase`: somebody asks to be forgotten. Whom is typed at the prompt or comes by stdin, never as an argument."""

from typing import TYPE_CHECKING

from rich.console import Console

from assets.resource import today
from pipelines import place
from pipelines.cli.holds import asked
from pipelines.cli.requesting import Contact, Name, ReceivedOn, person_of, reply, show, signed, ticked
from register.errors import RefusedError
from register.home import Home
from register.texts import Texts

if TYPE_CHECKING:
    from register.removal.erasure import Answered, Decision
    from register.removal.requests import Person

DECISIONS: "dict[str, Decision]" = {"1": "all", "2": "restrict"}


def erase(name: Name, contact: Contact = None, received_on: ReceivedOn = None) -> None:
    """Erase a person who asks for it: from every copy and every organisation, with the proof and a reply to send."""
    from register.removal import erasure

    home = place.open_home()
    policy = home.policy()
    texts, console = Texts(policy.language), Console()
    person = person_of(home, policy, contact, "erase.ask_whom")
    show(person, texts, console)
    _warn(person, texts, console)
    ids = ticked(person, texts)
    decision = DECISIONS.get(asked(texts.say("erase.ask_decision")))
    if not ids or decision is None:
        raise RefusedError(texts.say("request.nothing_done"))
    done = erasure.erase(home, policy, ids, decision, signed(name, received_on, texts), today())
    _tell(home, done, decision, texts, console)


def _warn(person: "Person", texts: Texts, console: Console) -> None:
    """What speaks against it."""
    for one in person.against:
        said = texts.say(f"erase.against.{one['kind']}", day=texts.day(one["day"]), text=one["text"])
        console.print(said, markup=False, soft_wrap=True)


def _tell(home: Home, done: "Answered", decision: "Decision", texts: Texts, console: Console) -> None:
    said = [texts.say(f"erase.done.{decision}", n=done.contacts, number=done.number)]
    if done.proof is not None:
        places = ", ".join(f"{texts.say(f'erase.place.{one.place}')} {one.where}: {one.hits}" for one in done.proof.found)
        said.append(texts.say("erase.proof.clean" if done.proof.is_clean else "erase.proof.found", places=places,
                              files=sum(done.proof.searched.values()), size=f"{done.proof.size / 2**20:.1f}"))
        shared = sum(done.proof.shared.values())
        said += [texts.say("erase.proof.shared", n=shared)] if shared else []
        elsewhere = (texts.say(f"erase.elsewhere.{name}") for name in done.proof.not_searched)
        said.append(texts.say("erase.proof.elsewhere", places=", ".join(elsewhere)))
    said.append(reply(home, done.letter, done.due_legal, texts))
    for sentence in said:
        console.print(sentence, markup=False, soft_wrap=True)

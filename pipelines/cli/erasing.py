"""`register erase`: somebody asks to be forgotten. Whom is typed at the prompt or comes by stdin, never as an argument."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from assets.clock import today
from pipelines import place
from pipelines.cli.holds import asked
from pipelines.cli.requesting import Contact, Name, ReceivedOn, numbers_of, reply, signed
from pipelines.cli.tables import table
from register.errors import RefusedError
from register.home import Home
from register.policy import Policy
from register.texts import Texts

if TYPE_CHECKING:
    from register.removal.erasure import Decision
    from register.removal.requests import Person
    from register.removal.ties import Group

DECISIONS: "dict[str, Decision]" = {"1": "all", "2": "details", "3": "restrict"}


def erase(name: Name, contact: Contact = None, received_on: ReceivedOn = None) -> None:
    """Erase a person who asks for it: from every copy and every organisation, with the proof and a reply to send."""
    from register.removal import erasure, ties

    home = place.open_home()
    policy = home.policy()
    texts, console = Texts(policy.language), Console()
    person, found = _found(home, policy, contact, texts)
    _show(found, texts, console)
    _warn(person, texts, console)
    chosen = _ticked(found, texts)
    decision = DECISIONS.get(asked(texts.say("erase.ask_decision")))
    if not chosen or decision is None:
        raise RefusedError(texts.say("request.nothing_done"))
    request = signed(name, received_on, texts)
    request.refuse_unsigned(policy)
    shown = ties.split_off(home, policy, home.feeds(policy), found, chosen, name, request.os_user, today())
    rows = [key for place, group in enumerate(found) if place in chosen and group.is_waiting for key in group.records]
    done = erasure.erase(home, policy, shown, decision, request, today(), rows=rows)
    letter = [] if done.letter is None else [reply(home, done.letter, done.due_legal, texts)]
    for sentence in [*erasure.said(done, texts), *letter]:
        console.print(sentence, markup=False, soft_wrap=True)
    if done.letter is None:
        raise typer.Exit(1)


def _found(home: Home, policy: Policy, contact: str | None, texts: Texts) -> "tuple[Person | None, list[Group]]":
    """The person, missing where only rows in quarantine fit the words; and what of theirs is there."""
    from register import find
    from register.removal import requests, ties, waiting

    words = "" if contact else asked(texts.say("erase.ask_whom"))
    with home.database.reading() as store:
        if contact:
            person = requests.find(store, policy, contact)
            return person, ties.groups(store, person.ids)
        waits = waiting.whole(store, find.waiting(store, [words], policy.country)["record_key"])
        if waits and find.find(store, words, policy.country).empty:
            return None, waits
        person = requests.find_by_words(store, policy, words)
        return person, [*ties.groups(store, person.ids), *waits]


def _show(found: "Sequence[Group]", texts: Texts, console: Console) -> None:
    """The groups, numbered; what is ticked unless something else is answered stands with an x."""
    shown = table(texts.say(key) for key in ("explain.no", "erase.ticked", "column.full_name", "column.company", "column.email",
                                             "explain.last_seen_on", "request.records", "erase.tie"))
    for number, group in enumerate(found, 1):
        tie = ", ".join(texts.say(f"explain.rule.{rule}") for rule in group.rules)
        shown.add_row(str(number), "x" if group.is_sure else "", group.full_name, group.company, group.email,
                      texts.day(group.last_seen_on), str(len(group.records)), tie)
    console.print(shown)


def _ticked(found: "Sequence[Group]", texts: Texts) -> set[int]:
    """The places of the groups that are meant: those that are sure unless others are named by their numbers."""
    sure = {place for place, group in enumerate(found) if group.is_sure}
    answer = asked(texts.say("erase.ask_which", n=len(found))).strip() if len(found) > 1 or not sure else ""
    return {number - 1 for number in numbers_of(answer, len(found), texts)} if answer else sure


def _warn(person: "Person | None", texts: Texts, console: Console) -> None:
    """What speaks against it."""
    for one in person.against if person else ():
        said = texts.say(f"erase.against.{one['kind']}", day=texts.day(one["day"]), text=one["text"])
        console.print(said, markup=False, soft_wrap=True)

"""`register merge`, `split`, `undo` and `decisions`: who is who and how long, as somebody of the policy says it by name.

Ids of contacts and numbers of decisions may stand on a command line; nothing of a person may.
"""

import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from assets.clock import stands_still, today
from pipelines import place
from pipelines.cli.runs import RED
from pipelines.cli.tables import cell, table
from register.home import Home
from register.policy import Policy
from register.store.store import Store
from register.texts import Texts

if TYPE_CHECKING:
    from register.intake.ingest import Desk

Contact = Annotated[str, typer.Argument(metavar="CONTACT", help="A contact's id, as `register find` shows it.")]
SHOWN = 5
"""Contacts of a decision that are named; of more, how many."""

Name = Annotated[str, typer.Option("--name", help="Who decides: one of the people of the policy.")]


def merge(
    contact: Contact,
    other: Contact,
    name: Name,
    same_person: Annotated[bool, typer.Option("--same-person", help="One person at two organisations: two contacts.")] = False,
) -> None:
    """Decide that two contacts are one, or with --same-person one person at two organisations."""
    from register.contacts import decisions

    def carry_out(store: Store, policy: Policy) -> int:
        return decisions.merge(store, policy, (contact, other), name, getpass.getuser(), is_elsewhere=same_person)

    _decided("merge", "other_firm" if same_person else "same", carry_out)


def split(
    contact: Contact,
    rows: Annotated[str, typer.Option("--rows", help="Numbers of its records in `register explain`, e.g. 2,3.")],
    name: Name,
) -> None:
    """Decide that some records of a contact are another person's."""
    from register.contacts import decisions

    numbers = [int(row) if row.strip().isdecimal() else 0 for row in rows.split(",")]

    def carry_out(store: Store, policy: Policy) -> int:
        return decisions.split(store, policy, contact, numbers, name, getpass.getuser())

    _decided("split", "different", carry_out)


def private(contact: Contact, name: Name) -> None:
    """Decide that a contact is a private person: the register is not for them, they go as the policy says."""
    from register.contacts import purpose

    def carry_out(store: Store, policy: Policy) -> int:
        return purpose.say_private(store, policy, contact, name, getpass.getuser(), today().isoformat())

    _decided("private", purpose.PRIVATE, carry_out)


def undo(
    decision: Annotated[int, typer.Argument(help="The decision's number, as `register decisions` shows it.")],
    name: Name,
) -> None:
    """Take back a decision: on who is who, an approval, a last day, a hold, an answer to quarantine, or any correction."""
    from pipelines import running
    from pipelines.cli import correcting
    from register import undoing

    desk, user = _desk(place.open_home()), getpass.getuser()
    with desk.home.database.writing(f"undo decision {decision}", today().isoformat()) as store:
        said = undoing.undo(store, desk, decision, name, user, today().isoformat())
    if said is not None:
        Console().print(said, soft_wrap=True)
        return
    running.corrected(desk.home, decision, None, user)
    correcting.tell_end(desk.home, decision)


def decisions(
    take: Annotated[bool, typer.Option("--take", help="First take in the filled workbooks of inbox/decisions.")] = False,
) -> None:
    """List the decisions in force, on who is who, how long and quarantine, with the numbers to undo."""
    from register import standing

    home = place.open_home()
    policy = home.policy()
    texts = Texts(policy.language)
    is_wrong = take and _take(home, texts)
    with home.database.reading() as store:
        listed, corrected = standing.listed(store), standing.corrections(store, policy, texts)
    if not listed:
        Console().print(texts.say("decision.none"))
    else:
        _show(listed, texts)
    for sentence in corrected:
        Console().print(sentence, soft_wrap=True, markup=False)
    raise typer.Exit(RED if is_wrong else 0)


def _decided(step: str, kind: str, carry_out: Callable[[Store, Policy], int]) -> None:
    home = place.open_home()
    policy = home.policy()
    with home.database.writing(step, today().isoformat()) as store:
        number = carry_out(store, policy)
    Console().print(Texts(policy.language).say(f"decision.taken.{kind}", n=number), soft_wrap=True)


def _desk(home: Home) -> "Desk":
    from expectations import runner
    from register.intake.ingest import Desk

    policy = home.policy()
    return Desk(home, policy, home.feeds(policy), runner.judge)


def _take(home: Home, texts: Texts) -> bool:
    """Takes in what lies in the letter box, computes what follows and says what came of it; whether anything was wrong."""
    from pipelines import running
    from register.workbooks import taken

    console = Console()
    took = taken.take_in(_desk(home), today(), getpass.getuser(), stands_still)
    console.print(texts.say("decision.took", n=took.applied), soft_wrap=True)
    for sentence in took.wrong:
        console.print(sentence, style="yellow", markup=False, soft_wrap=True)
    for path in took.again:
        console.print(texts.say("decision.again", file=path), markup=False, soft_wrap=True)
    if took.applied:
        running.decided(home, took.numbers)
    return bool(took.wrong)


def _show(listed: list[dict[str, Any]], texts: Texts) -> None:
    from register import standing

    told = standing.table(listed, texts)
    shown = table(told.columns)
    for one, (*cells, counted) in zip(listed, told.itertuples(index=False, name=None), strict=True):
        ids = one["contact_ids"]
        shown.add_row(*map(cell, cells), "\n".join(ids) if len(ids) <= SHOWN else counted)
    Console().print(shown)

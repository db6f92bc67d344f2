"""Erasing a person who asks for it: who that is, what speaks against it, out of every copy, and kept out (GDPR art. 17).

What is removed where stands in `copies.py`, who must not come back in `people.py`, what they are searched by in `sought.py`,
that nothing is left in `proof.py`.
"""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

import pandas as pd
from sqlalchemy import select

from register import increments
from register.errors import RefusedError
from register.home import Home
from register.increments import among
from register.intake.archive import Archive
from register.policy import Policy
from register.removal import objections, parts, people, proof, replaced, requests, waiting
from register.removal import sought as search
from register.removal.carrying_out import carry_out, finish
from register.removal.deadlines import answer_by
from register.removal.proof import Proof
from register.removal.requests import Request
from register.removal.sought import Sought
from register.store.store import Store
from register.store.tables import exports, holds, memberships
from register.texts import Texts
from register.workbooks import outgoing

DETAILS = ("email", "phone")
"""The kinds of values that are searched where only contact details went."""

RULE = "erased"
"""The rule of a tombstone whose person asked for it."""

Decision = Literal["all", "details", "restrict"]
"""Everything; the contact details only, name and engagements stay to their day; or restricted until it is settled."""


@dataclass(frozen=True)
class Answered:
    """number: of the request. contacts: erased, without details or restricted. proof: missing where they were restricted.
    letter: the file of the reply; missing while something is left: the case is open then.
    """

    number: int
    decision: Decision
    contacts: int
    due_legal: date
    proof: Proof | None
    letter: str | None


def erase(
    home: Home, policy: Policy, shown: Collection[str], decision: Decision, asked: Request, day: date,
    say: Callable[[str], None] | None = None, letter_box: Path | None = None, rows: Sequence[str] = (),
) -> Answered:
    """Erases the contacts from every copy, or their contact details, or restricts them; the request, the proof
    and, if that is clean, the letter are kept or given. letter_box: the file that asked for it, deleted once it is answered.
    shown: the contacts' records as somebody saw them when they chose; by now the contacts may be others, or bear others'
    records. rows: records of theirs that only wait in quarantine, perhaps all there is of the person.

    Raises RefusedError for a stranger, while somebody holds them: a hold is lifted first, by name; where of somebody who only
    waits something would be kept; where a row waits no more: by now it may be a contact's; and where what was shown is not
    all that the contacts are by now, no more and no less.
    """
    asked.refuse_unsigned(policy)
    if not shown and decision != "all":
        raise RefusedError(Texts(policy.language).say("erase.only_waits"))
    with home.database.writing("erase", day.isoformat(), say) as store:
        wanted = _meant(store, policy, shown)
        records = requests.records_of(store, wanted)
        named, told = waiting.chosen(store, rows, policy.country)
        if set(rows) - set(named["record_key"]):
            raise RefusedError(Texts(policy.language).say("erase.waits_no_more"))
        known = pd.concat([people.people_of(store, records), told], ignore_index=True)
        beside = pd.concat([named, waiting.of_people(store, known)]).drop_duplicates("record_key", ignore_index=True)
        sought = search.of(store, pd.concat([records, beside["record_key"]]), wanted, policy.people.all)
        tombs: list[str] = []
        if decision == "all":
            objections.lift_within(store, wanted, asked.decided_by, asked.os_user, day)  # settled by being erased
            tombs = _remove(store, home, policy, wanted, known, beside, sought, day)
        elif decision == "details":
            sought = sought.only(DETAILS)
            tombs = _remove_details(store, home, policy, wanted, known, beside, sought, day)
        increments.note(store, erased=len(tombs))
        number = requests.note(store, policy, "erase", decision, asked, None, tombs)
        if tombs:
            requests.forget(store, sought.pattern)
        if decision == "restrict":
            objections.put(store, wanted, "restriction", number, asked.received_on)
    proven = None
    if decision != "restrict":
        finish(home, day, say, empty=partial(proof.clean, sought=sought))
        proven = proof.prove(home, sought, letter_box)
    is_done = proven is None or proven.is_clean
    letter = requests.answer(home, policy, number, asked.decided_by, day) if is_done else None
    due = answer_by(asked.received_on, policy.country).legal
    return Answered(number, decision, len(wanted) if shown else 0, due, proven, letter)


def said(done: Answered, texts: Texts) -> list[str]:
    """What was done, and what the proof says: nothing is left, or where; and where nobody looked."""
    what = done.decision if done.contacts else "waiting"
    told = [texts.say(f"erase.done.{what}", n=done.contacts, number=done.number)]
    if done.proof is None:
        return told
    places = ", ".join(f"{texts.say(f'erase.place.{one.place}')} {one.where}: {one.hits}" for one in done.proof.found)
    told.append(texts.say("erase.proof.found" if done.proof.found else "erase.proof.clean", places=places,
                          files=sum(done.proof.searched.values()), size=f"{done.proof.size / 2**20:.1f}"))
    if done.proof.unopened:
        told.append(texts.say("erase.proof.unopened", places=", ".join(
            f"{texts.say(f'erase.place.{one.place}')} {one.where}" for one in done.proof.unopened)))
    if shared := sum(done.proof.shared.values()):
        told.append(texts.say("erase.proof.shared", n=shared))
    if done.letter is None:
        told.append(texts.say("erase.no_letter", number=done.number))
    elsewhere = (texts.say(f"erase.elsewhere.{name}") for name in done.proof.not_searched)
    return [*told, texts.say("erase.proof.elsewhere", places=", ".join(elsewhere))]


def _meant(store: Store, policy: Policy, shown: Collection[str]) -> "pd.Series[str]":
    """Read in the deleting transaction: whoever was merged with somebody meanwhile takes nobody along."""
    if not shown:
        return pd.Series([str(uuid.uuid4())], dtype="str")  # who only waits is no contact: an id for the tombstone
    return requests.unchanged(store, policy, shown)


def _remove(
    store: Store, home: Home, policy: Policy, ids: "pd.Series[str]", known: pd.DataFrame, beside: pd.DataFrame,
    sought: Sought, day: date,
) -> list[str]:
    _refuse_held(store, policy, ids)
    tombs = carry_out(store, home, policy, day, _going(ids), beside.assign(contact_id=ids.iloc[0]))
    people.suppress_people(store, home.keys, known, day.isoformat(), tombs[0])
    waiting.drop_values(store, known)
    destroy_files(store, home, sought, day.isoformat())
    return tombs


def _remove_details(
    store: Store, home: Home, policy: Policy, ids: "pd.Series[str]", known: pd.DataFrame, beside: pd.DataFrame,
    sought: Sought, day: date,
) -> list[str]:
    """The channels and addresses of all their records, for good; who they are and what was agreed stays to its day."""
    _refuse_held(store, policy, ids)
    tombs = carry_out(store, home, policy, day, _going(ids, "value", "details"))
    people.suppress_people(store, home.keys, known, day.isoformat(), tombs[0], only_details=True)
    parts.strip(store, Archive(home.archive), beside.assign(removal_id=tombs[0]))
    destroy_files(store, home, sought, day.isoformat())
    return tombs


def _going(ids: "pd.Series[str]", depth: str = "contact", part: str = "") -> pd.DataFrame:
    """Contacts, or a part of them, as the sweep takes them."""
    return pd.DataFrame({"contact_id": ids, "rule": RULE, "depth": depth, "part": part})


def _refuse_held(store: Store, policy: Policy, ids: "pd.Series[str]") -> None:
    """Read in the deleting transaction (GDPR art. 17(3)(e))."""
    own = select(memberships.c.record_key).where(among(store, memberships.c.contact_id, ids))
    if store.scalar(select(holds.c.hold_id).where(holds.c.record_key.in_(own), holds.c.lifted_at.is_(None)).limit(1)):
        raise RefusedError(Texts(policy.language).say("erase.held"))


def destroy_files(store: Store, home: Home, sought: Sought, day: str) -> None:
    """Files of the outbox that show the person: workbooks are written anew without them, exports can be ordered again.

    And rows of what corrections replaced, so that undoing one brings nothing back.
    """
    Archive(home.archive).without_former(store, replaced.matching(sought.pattern))
    lying = store.read(select(exports.c.export_no, exports.c.file, exports.c.ends_on).where(exports.c.deleted_on.is_(None)))
    for row in lying.to_dict("records"):
        path = home.outbox / row["file"]
        if row["ends_on"] < day or (path.is_file() and proof.hits_in(path, sought.pattern)):
            outgoing.delete(home, store, int(row["export_no"]), day)

"""Erasing a person who asks for it: who that is, what speaks against it, out of every copy, and kept out (GDPR art. 17).

What is removed where stands in `copies.py`, who must not come back in `people.py`, what they are searched by in `sought.py`,
that nothing is left in `proof.py`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd
from sqlalchemy import func, insert, or_, select, update

from register import explain
from register.errors import RefusedError
from register.home import Home
from register.increments import among
from register.policy import Policy
from register.removal import people, proof, sweep
from register.removal import sought as search
from register.removal.deadlines import answer_by
from register.removal.ledger import Ledger
from register.removal.proof import Proof
from register.removal.sought import Sought
from register.sets import is_among
from register.store.store import Store
from register.store.tables import (
    contacts,
    engagements,
    exports,
    holds,
    memberships,
    organisations,
    quarantine,
    requests,
)
from register.texts import Texts
from register.workbooks import outgoing

RULE = "erased"
"""The rule of a tombstone whose person asked for it."""

Decision = Literal["all", "restrict"]


@dataclass(frozen=True)
class Person:
    """contacts: contact_id, full_name, company, email, last_seen_on, records of each of the person's contacts.

    against: what speaks against erasing: kind (hold, open_assignment, invoice), day, text.
    """

    contacts: pd.DataFrame
    against: list[dict[str, Any]]


@dataclass(frozen=True)
class Request:
    """Who asks for what: received_on, identified_by (how), decided_by one of the policy's people, and the OS user."""

    received_on: date
    identified_by: str
    decided_by: str
    os_user: str


@dataclass(frozen=True)
class Answered:
    """number: of the request. contacts: erased or restricted. proof: missing where they were only restricted."""

    number: int
    contacts: int
    due_legal: date
    proof: Proof | None
    letter: str


def find(store: Store, policy: Policy, contact_id: str) -> Person:
    """The person that a contact is, at all their organisations. Raises RefusedError where nobody has the id."""
    found = explain.current_id(store, contact_id.strip().lower())
    if found is None:
        raise RefusedError(Texts(policy.language).say("explain.unknown"))
    person = select(contacts.c.person_id).where(contacts.c.contact_id == found).scalar_subquery()
    size = select(func.count()).where(memberships.c.contact_id == contacts.c.contact_id).scalar_subquery()
    rows = store.read(
        select(contacts.c.contact_id, contacts.c.full_name, organisations.c.company, contacts.c.email, contacts.c.last_seen_on,
               size.label("records"))
        .outerjoin(organisations, organisations.c.organisation_id == contacts.c.organisation_id)
        .where(contacts.c.person_id == person).order_by(organisations.c.company, contacts.c.contact_id))
    return Person(rows, _against(store, rows["contact_id"]))


def erase(
    home: Home, policy: Policy, ids: Sequence[str], decision: Decision, asked: Request, day: date,
    say: Callable[[str], None] | None = None,
) -> Answered:
    """Erases the contacts from every copy, or restricts them; the request, the letter and the proof are kept or given.

    Raises RefusedError for a stranger, and while somebody holds them: a hold is lifted first, by name.
    """
    policy.people.refuse_stranger(asked.decided_by)
    if not asked.identified_by.strip():
        raise RefusedError(Texts(policy.language).say("erase.not_identified"))
    wanted, ledger = pd.Series(ids, dtype="str"), Ledger(home.ledger)
    due = answer_by(asked.received_on, policy.country)
    with home.database.writing("erase", day.isoformat(), say) as store:
        keys = select(memberships.c.record_key).where(among(store, memberships.c.contact_id, wanted))
        records = store.read(keys)["record_key"]
        sought = search.of(store, records, wanted, policy.people.all)
        removals = (_remove(store, home, policy, ledger, wanted, records, sought, day) if decision == "all"
                    else _restrict(store, wanted))
        number = _note(store, decision, asked, due.strict, due.legal, removals, day)
        unfinished = ledger.unfinished()
    proven = None
    if decision == "all":
        sweep.finish(home, ledger, unfinished, day, say)
        proven = proof.prove(home, sought)
    return Answered(number, len(wanted), due.legal, proven, _letter(home, policy, number, decision, asked, day, say))


def listed(store: Store) -> list[dict[Any, Any]]:
    """The requests, the newest first: request_no, received_on, due_legal, decision, answered_on, decided_by."""
    columns = (requests.c.request_no, requests.c.received_on, requests.c.due_legal, requests.c.decision,
               requests.c.answered_on, requests.c.decided_by)
    rows: list[dict[Any, Any]] = store.read(select(*columns).order_by(requests.c.request_no.desc())).to_dict("records")
    return rows


def _against(store: Store, ids: "pd.Series[str]") -> list[dict[str, Any]]:
    """Holds on them, open assignments of theirs, and the newest invoice to their firms."""
    own = select(memberships.c.record_key).where(among(store, memberships.c.contact_id, ids))
    firms = select(contacts.c.organisation_id).where(among(store, contacts.c.contact_id, ids))
    held = store.read(select(holds.c.review_on.label("day"), holds.c.reason.label("text"))
                      .where(holds.c.record_key.in_(own), holds.c.lifted_at.is_(None)).distinct())
    told = select(engagements.c.event_on.label("day"), engagements.c.case_number.label("text"))
    is_open = (engagements.c.kind == "assignment") & (engagements.c.event_status == "open")
    is_theirs = or_(engagements.c.record_key.in_(own), engagements.c.organisation_id.in_(firms))
    assigned = store.read(told.where(is_open, is_theirs))
    invoiced = store.read(told.where(engagements.c.is_counted, is_theirs).order_by(engagements.c.event_on.desc()).limit(1))
    kinds = {"hold": held, "open_assignment": assigned, "invoice": invoiced}
    return [{"kind": kind, "day": row["day"], "text": row["text"] if isinstance(row["text"], str) else ""}
            for kind, rows in kinds.items() for row in rows.to_dict("records")]


def _remove(
    store: Store, home: Home, policy: Policy, ledger: Ledger, ids: "pd.Series[str]", records: "pd.Series[str]", sought: Sought,
    day: date,
) -> list[str]:
    _refuse_held(store, policy, ids)
    known = people.people_of(store, records)
    tombs = sweep.carry_out(store, home, ledger, policy, day, _going(ids))
    people.suppress_people(store, home.keys, known, day.isoformat(), tombs[0])
    _drop_waiting(store, known)
    _destroy_files(store, home, sought, day)
    return tombs


def _going(ids: "pd.Series[str]") -> pd.DataFrame:
    """Whole contacts, as the sweep takes them."""
    return pd.DataFrame({"contact_id": ids, "rule": RULE, "depth": "contact", "part": ""})


def _refuse_held(store: Store, policy: Policy, ids: "pd.Series[str]") -> None:
    """Read in the deleting transaction (GDPR art. 17(3)(e))."""
    own = select(memberships.c.record_key).where(among(store, memberships.c.contact_id, ids))
    if store.scalar(select(holds.c.hold_id).where(holds.c.record_key.in_(own), holds.c.lifted_at.is_(None)).limit(1)):
        raise RefusedError(Texts(policy.language).say("erase.held"))


def _drop_waiting(store: Store, known: pd.DataFrame) -> None:
    """Rows in quarantine that bear an e-mail or mobile of the person's own."""
    told = people.traits(known)
    waiting = store.read(select(quarantine.c.record_key, quarantine.c.email, quarantine.c.phone))
    is_theirs = (is_among(waiting["email"], told.loc[told["basis"] == "email", "text"])
                 | is_among(waiting["phone"], told.loc[told["basis"] == "mobile", "text"]))
    theirs = among(store, quarantine.c.record_key, waiting.loc[is_theirs, "record_key"])
    store.execute(quarantine.delete().where(theirs))


def _destroy_files(store: Store, home: Home, sought: Sought, day: date) -> None:
    """Files of the outbox that show the person: workbooks are written anew without them, exports can be ordered again."""
    lying = store.read(select(exports.c.export_no, exports.c.file, exports.c.ends_on).where(exports.c.deleted_on.is_(None)))
    for row in lying.to_dict("records"):
        path = home.outbox / row["file"]
        if row["ends_on"] < day.isoformat() or (path.is_file() and proof.hits_in(path, sought.pattern)):
            outgoing.delete(home, store, int(row["export_no"]), day.isoformat())


def _restrict(store: Store, ids: "pd.Series[str]") -> list[str]:
    """Stored only, until it is settled (GDPR art. 18)."""
    theirs = among(store, contacts.c.contact_id, ids)
    store.execute(update(contacts).where(theirs).values(restricted=True))
    return []


def _note(
    store: Store, decision: Decision, asked: Request, due_strict: date, due_legal: date, removals: list[str], day: date
) -> int:
    """The line of the case; names nobody."""
    number = int(store.scalar(select(func.max(requests.c.request_no))) or 0) + 1
    store.execute(insert(requests).values(
        request_no=number, kind="erase", received_on=asked.received_on.isoformat(), identified_by=asked.identified_by.strip(),
        due_strict=due_strict.isoformat(), due_legal=due_legal.isoformat(), decision=decision,
        ground="GDPR 17(1)" if decision == "all" else "GDPR 18(1)", answered_on=day.isoformat(),
        removals=json.dumps(removals), decided_by=asked.decided_by, os_user=asked.os_user))
    return number


def _letter(
    home: Home, policy: Policy, number: int, decision: Decision, asked: Request, day: date, say: Callable[[str], None] | None
) -> str:
    """The reply to send, in the outbox under a number of its own; it names nobody. Gives the file's name."""
    texts = Texts(policy.language)
    file = f"answer-{number}.txt"
    content = texts.say(f"erase.letter.{decision}", controller=policy.controller.name, name=asked.decided_by,
                        received=texts.day(asked.received_on.isoformat()), day=texts.day(day.isoformat()))
    with home.database.writing("answer", day.isoformat(), say) as store, outgoing.opened(home.outbox / file) as letter:
        letter.write(content.encode())
        outgoing.record(store, outgoing.next_number(store), outgoing.Outgoing(
            "answer", file, [], 1, "data request", None, asked.decided_by, outgoing.last_day(policy, day)))
    return file

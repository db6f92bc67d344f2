"""Objecting and restricting: to direct marketing for ever, for a particular situation or on request until it is settled.

A restricted contact is stored only: it takes rows, none of them changes a value of it, and it is in no export (GDPR art. 18).
A marketing ban lies on every record of the person and, by keyed hashes of who they are, outlives them (`people.py`).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd
from sqlalchemy import select, update

from register.errors import RefusedError
from register.home import Home
from register.increments import among
from register.intake import bans
from register.intake.quarantine import asked_anew
from register.policy import Policy
from register.removal import people, requests
from register.removal.deadlines import answer_by
from register.removal.requests import Request
from register.retention.restrictions import RESTRICTIONS, Restriction, waits_of_restricted
from register.store.database import now
from register.store.store import Store
from register.store.tables import contacts, objections, observations
from register.store.tables import quarantine as waiting
from register.texts import Texts

Objection = Literal["marketing", "situation"]


@dataclass(frozen=True)
class Noted:
    """number: of the request. contacts: banned or restricted. letter: the reply's file in the outbox."""

    number: int
    contacts: int
    due_legal: date
    letter: str


@dataclass(frozen=True)
class Lifted:
    """numbers: of the requests that are settled by it. contacts: not restricted any more. letter: as in `Noted`."""

    numbers: list[int]
    contacts: int
    letter: str


def object_to(
    home: Home, policy: Policy, shown: Collection[str], to: Objection, asked: Request, day: date,
    say: Callable[[str], None] | None = None,
) -> Noted:
    """Takes a person's objection, at all their organisations: to direct marketing at once and for ever, without a reason, or
    for their particular situation, restricted until it is assessed. Source: GDPR art. 21.

    shown: records of theirs, as of `requests.meant`. Raises RefusedError for a stranger, and for a record that is nobody's.
    """
    asked.refuse_unsigned(policy)
    with home.database.writing("object", day.isoformat(), say) as store:
        theirs = _of_same_person(store, requests.meant(store, policy, shown))
        number = requests.note(store, policy, "object", to, asked, day)
        if to == "marketing":
            _ban(store, home, theirs, asked.received_on)
        else:
            put(store, theirs, to, number, asked.received_on)
        letter = requests.write_letter(store, home, policy, f"object.{to}", asked.decided_by, asked.received_on, day)
    return Noted(number, len(theirs), answer_by(asked.received_on, policy.country).legal, letter)


def restrict(
    home: Home, policy: Policy, shown: Collection[str], asked: Request, day: date, say: Callable[[str], None] | None = None,
) -> Noted:
    """Restricts contacts on request until it is lifted. Source: GDPR art. 18. shown, raises: as `object_to`."""
    asked.refuse_unsigned(policy)
    with home.database.writing("restrict", day.isoformat(), say) as store:
        wanted = requests.meant(store, policy, shown)
        number = requests.note(store, policy, "restrict", "restrict", asked, day)
        put(store, wanted, "restriction", number, asked.received_on)
        letter = requests.write_letter(
            store, home, policy, "restrict.restrict", asked.decided_by, asked.received_on, day)
    return Noted(number, len(wanted), answer_by(asked.received_on, policy.country).legal, letter)


def lift(
    home: Home, policy: Policy, shown: Collection[str], by: str, os_user: str, day: date,
    say: Callable[[str], None] | None = None,
) -> Lifted:
    """Lifts what restricts the contacts, whichever of the two; they are computed anew by the next refresh, and the person is
    told by letter (GDPR art. 18(3)). shown, raises: as `object_to`, and where none of them is restricted.
    """
    policy.refuse_stranger(by)
    with home.database.writing("lift restriction", day.isoformat(), say) as store:
        is_theirs = among(store, contacts.c.contact_id, requests.meant(store, policy, shown))
        freed = store.read(select(contacts.c.contact_id).where(is_theirs, contacts.c.restricted))["contact_id"]
        if freed.empty:
            raise RefusedError(Texts(policy.language).say("restrict.none"))
        numbers = lift_within(store, freed, by, os_user, day)
        letter = requests.write_letter(store, home, policy, "lifted", by, day, day)
    return Lifted(numbers, len(freed), letter)


def put(store: Store, ids: "pd.Series[str]", kind: Restriction, number: int, day: date) -> None:
    """Restricts contacts for the request of this number."""
    restricted = pd.DataFrame({"record_key": requests.records_of(store, ids)}).assign(
        kind=kind, objected_on=day.isoformat(), request_no=number)
    store.insert(objections, restricted)
    store.promises.put(objections, restricted)
    store.execute(update(contacts).where(among(store, contacts.c.contact_id, ids)).values(restricted=True))


def lift_within(store: Store, ids: "pd.Series[str]", by: str, os_user: str, day: date) -> list[int]:
    """Lifts what restricts contacts in the open transaction, and settles the cases of which nothing is restricted any more;
    their numbers. What was delivered meanwhile is read into the contacts' values by their next run.
    """
    records = requests.records_of(store, ids)
    standing = (objections.c.kind.in_(RESTRICTIONS), objections.c.lifted_at.is_(None))
    theirs = (*standing, among(store, objections.c.record_key, records))
    waited = store.read(select(waiting.c.record_key).where(waits_of_restricted()))["record_key"]
    lifted = store.read(select(objections.c.record_key, objections.c.kind, objections.c.request_no).where(*theirs))
    store.promises.lift(objections, lifted[["record_key", "kind"]])
    store.execute(update(objections).where(*theirs).values(lifted_at=now()))
    is_theirs = among(store, contacts.c.contact_id, ids)
    freed = store.execute(update(contacts).where(is_theirs, contacts.c.restricted).values(restricted=False)).rowcount
    if freed:
        store.execute(update(observations).where(among(store, observations.c.record_key, records)).values(changed_in=store.run))
    asked_anew(store, waited, day.isoformat())
    open_ones = set(store.read(select(objections.c.request_no).where(*standing))["request_no"].dropna())
    settled = sorted({int(number) for number in lifted["request_no"].dropna() if number not in open_ones})
    requests.settle(store, settled, by, os_user, day)
    return settled


def _ban(store: Store, home: Home, ids: "pd.Series[str]", day: date) -> None:
    """At once on the contacts, for ever on their records, and by who they are for whatever comes of them later."""
    records = requests.records_of(store, ids)
    bans.record_bans(store, records, day.isoformat())
    store.execute(update(contacts).where(among(store, contacts.c.contact_id, ids)).values(marketing_ban=True))
    people.keep_bans(store, home.keys, people.people_of(store, records))


def _of_same_person(store: Store, ids: "pd.Series[str]") -> "pd.Series[str]":
    """The contacts of the people whom some contacts are."""
    people_ids = select(contacts.c.person_id).where(among(store, contacts.c.contact_id, ids))
    return store.read(select(contacts.c.contact_id).where(contacts.c.person_id.in_(people_ids)))["contact_id"]

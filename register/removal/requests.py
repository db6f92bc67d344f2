"""What people ask of the register: who somebody is, the line of the case, until when it is answered, and the reply to send.

A case names nobody. What is done about it stands in `erasure.py` and `objections.py`.
"""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd
from sqlalchemy import func, insert, or_, select, update

from register import explain
from register import find as finding
from register.errors import RefusedError
from register.home import Home
from register.increments import among
from register.policy import Policy
from register.removal.deadlines import answer_by
from register.store.store import Store
from register.store.tables import contacts, engagements, holds, memberships, organisations, requests
from register.texts import Texts
from register.workbooks import outgoing

Kind = Literal["erase", "object", "restrict"]

GROUNDS = {
    ("erase", "all"): "GDPR 17(1)", ("erase", "details"): "GDPR 17(1)", ("erase", "restrict"): "GDPR 18(1)",
    ("object", "marketing"): "GDPR 21(2)", ("object", "situation"): "GDPR 21(1)", ("restrict", "restrict"): "GDPR 18(1)",
}
"""What may be decided of what is asked (kind, decision), and on which ground."""


@dataclass(frozen=True)
class Person:
    """contact_id: the one that was asked for. contacts: of each of the person's contacts contact_id, full_name, company,
    email, last_seen_on, records, restricted.

    records: contact_id and record_key. against: what speaks against erasing: kind (hold, open_assignment, invoice), day, text.
    """

    contact_id: str
    contacts: pd.DataFrame
    records: pd.DataFrame
    against: list[dict[str, Any]]

    @property
    def ids(self) -> "pd.Series[str]":
        """Their contacts, the one that was asked for first."""
        ids = self.contacts["contact_id"]
        return pd.concat([ids[ids == self.contact_id], ids[ids != self.contact_id]], ignore_index=True)

    def records_of(self, ids: Collection[str]) -> list[str]:
        """The records of some of their contacts, as they are shown."""
        return [str(key) for key in self.records.loc[self.records["contact_id"].isin(ids), "record_key"]]


@dataclass(frozen=True)
class Request:
    """Who asks for what: received_on, identified_by (how), decided_by one of the policy's people, and the OS user."""

    received_on: date
    identified_by: str
    decided_by: str
    os_user: str

    def refuse_unsigned(self, policy: Policy) -> None:
        """Raises RefusedError for a stranger's decision, and where nobody has said how the asker was identified."""
        policy.refuse_stranger(self.decided_by)
        if not self.identified_by.strip():
            raise RefusedError(Texts(policy.language).say("request.not_identified"))


ANSWER = "answer a request"
"""The step that writes the reply to an erasure, after the proof."""


def find(store: Store, policy: Policy, contact_id: str) -> Person:
    """The person that a contact is, at all their organisations. Raises RefusedError where nobody has the id."""
    found = explain.current_id(store, contact_id.strip().lower())
    if found is None:
        raise RefusedError(Texts(policy.language).say("explain.unknown"))
    person = select(contacts.c.person_id).where(contacts.c.contact_id == found).scalar_subquery()
    size = select(func.count()).where(memberships.c.contact_id == contacts.c.contact_id).scalar_subquery()
    rows = store.read(
        select(contacts.c.contact_id, contacts.c.full_name, organisations.c.company, contacts.c.email, contacts.c.last_seen_on,
               size.label("records"), contacts.c.restricted)
        .outerjoin(organisations, organisations.c.organisation_id == contacts.c.organisation_id)
        .where(contacts.c.person_id == person).order_by(organisations.c.company, contacts.c.contact_id))
    own = select(memberships.c.contact_id, memberships.c.record_key)
    records = store.read(own.where(among(store, memberships.c.contact_id, rows["contact_id"])))
    return Person(found, rows, records, _against(store, rows["contact_id"]))


def meant(store: Store, policy: Policy, shown: Collection[str]) -> "pd.Series[str]":
    """The contacts that are meant by now: who bears the records that were shown, merged or split though they were since.

    Raises RefusedError where one of the records is nobody's any more.
    """
    wanted = pd.Series(sorted(set(shown)), dtype="str")
    borne = store.read(select(memberships.c.record_key, memberships.c.contact_id).where(
        among(store, memberships.c.record_key, wanted)))
    if set(wanted) - set(borne["record_key"]):
        raise RefusedError(Texts(policy.language).say("request.changed"))
    return borne["contact_id"].drop_duplicates(ignore_index=True)


def unchanged(store: Store, policy: Policy, shown: Collection[str]) -> "pd.Series[str]":
    """The contacts that bear the records that were shown, and no others. Raises RefusedError where they bear more by now."""
    ids = meant(store, policy, shown)
    if set(records_of(store, ids)) != set(shown):
        raise RefusedError(Texts(policy.language).say("request.changed"))
    return ids


def records_of(store: Store, ids: "pd.Series[str]") -> "pd.Series[str]":
    """The records of contacts."""
    return store.read(select(memberships.c.record_key).where(among(store, memberships.c.contact_id, ids)))["record_key"]


def find_by_words(store: Store, policy: Policy, words: str) -> Person:
    """The one person whom an e-mail, phone or name fits, however many contacts they are.

    Raises RefusedError for none or several people: namesakes are told apart by a contact's id.
    """
    ids = finding.find(store, words, policy.country)["contact_id"]
    people = store.read(select(contacts.c.person_id).distinct().where(among(store, contacts.c.contact_id, ids)))
    if len(people) != 1:
        raise RefusedError(Texts(policy.language).say("request.several", n=len(people)))
    return find(store, policy, str(ids.iloc[0]))


def note(
    store: Store, policy: Policy, kind: Kind, decision: str, asked: Request, day: date | None, removals: Sequence[str] = ()
) -> int:
    """The line of the case, answered on the day, open without one; its number. removals: the tombstones."""
    due = answer_by(asked.received_on, policy.country)
    number = int(store.scalar(select(func.max(requests.c.request_no))) or 0) + 1
    store.execute(insert(requests).values(
        request_no=number, kind=kind, received_on=asked.received_on.isoformat(), identified_by=asked.identified_by.strip(),
        due_strict=due.strict.isoformat(), due_legal=due.legal.isoformat(), decision=decision,
        ground=GROUNDS[kind, decision], answered_on=day and day.isoformat(), removals=json.dumps(list(removals)),
        decided_by=asked.decided_by, os_user=asked.os_user))
    return number


def answer(home: Home, policy: Policy, number: int, by: str, day: date) -> str:
    """Writes the reply to an erasure whose case is open, since nothing is left of it any more; the letter's name.

    Raises RefusedError for a stranger, and for a number of which no case is open.
    """
    policy.refuse_stranger(by)
    is_open = (requests.c.request_no == number, requests.c.answered_on.is_(None))
    with home.database.writing(ANSWER, day.isoformat()) as store:
        row = store.connection.execute(select(requests.c.decision, requests.c.received_on).where(*is_open)).first()
        if row is None:
            raise RefusedError(Texts(policy.language).say("requests.not_open", n=number))
        store.execute(update(requests).where(*is_open).values(answered_on=day.isoformat()))
        return write_letter(store, home, policy, f"erase.{row.decision}", by, date.fromisoformat(row.received_on), day)


def settle(store: Store, numbers: Sequence[int], by: str, os_user: str, day: date) -> None:
    """Notes of cases that waited for an assessment by whom and when they were settled."""
    store.execute(update(requests).where(requests.c.request_no.in_(numbers), requests.c.settled_on.is_(None)).values(
        settled_on=day.isoformat(), settled_by=by, settled_os_user=os_user))


def write_letter(store: Store, home: Home, policy: Policy, what: str, by: str, received_on: date, day: date) -> str:
    """A reply to send, in the outbox under a number of its own; it names nobody. Gives the file's name.

    what: the case's kind and decision, or `lifted`.
    """
    texts, number = Texts(policy.language), outgoing.next_number(store)
    file = f"answer-{number}.txt"
    content = texts.say(f"letter.{what}", controller=policy.controller.name, name=by,
                        received=texts.day(received_on.isoformat()), day=texts.day(day.isoformat()))
    with outgoing.opened(home.outbox / file) as letter:
        letter.write(content.encode())
    outgoing.record(store, number, outgoing.Outgoing(
        "letter", file, [], 1, "data request", None, by, outgoing.last_day(policy, day)))
    return file


def forget(store: Store, pattern: str) -> None:
    """Takes whatever names somebody out of how askers were identified, of this case and earlier ones. pattern: over bytes."""
    said = store.read(select(requests.c.request_no, requests.c.identified_by))
    for number, text in said.itertuples(index=False):
        left = re.sub(pattern.encode(), b"-", text.encode()).decode(errors="replace")
        if left != text:
            store.execute(update(requests).where(requests.c.request_no == number).values(identified_by=left))


def listed(store: Store) -> list[dict[Any, Any]]:
    """The requests, the newest first: request_no, received_on, due_legal, decision, answered_on, settled_on, decided_by."""
    columns = (requests.c.request_no, requests.c.received_on, requests.c.due_legal, requests.c.decision,
               requests.c.answered_on, requests.c.settled_on, requests.c.decided_by)
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

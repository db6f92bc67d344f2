"""Exports: what each holds, as data, and how its rows are read. Restricted contacts never.

Files go to the outbox only, numbered and recorded (`outgoing.py`). Workbooks that come back: `forms.py`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, Select, Table, func, not_, select

from register.columns import ALWAYS, LISTABLE
from register.errors import RefusedError
from register.home import Home
from register.policy import Policy
from register.retention.restrictions import waits_of_restricted
from register.store.store import Store
from register.store.tables import contacts, engagements, memberships, organisations, quarantine
from register.texts import Texts
from register.workbooks import outgoing, spreadsheets
from register.workbooks.outgoing import Outgoing

What = Literal["contacts", "organisations", "engagements", "quarantine"]


@dataclass(frozen=True)
class Field:
    """One column of an export: its heading's key, its width in characters; says: prefix of the keys that tell its codes."""

    name: str
    heading: str
    width: int
    says: str = ""


def _field(name: str, width: int, says: str = "") -> Field:
    return Field(name, f"column.{name}", width, says)


def _own(name: str, width: int, says: str = "") -> Field:
    return Field(name, f"export.{name}", width, says)


ADDRESS = (_field("street", 28), _field("postcode", 12), _field("city", 18), _field("country", 8))

FIELDS: dict[What, tuple[Field, ...]] = {
    "contacts": (
        _field("company", 32), _field("business_id", 14), _field("full_name", 26), _field("first_name", 18),
        _field("last_name", 18), _field("email", 34), _field("phone", 18), _field("email_2", 34), _field("phone_2", 18),
        *ADDRESS, _field("case_number", 18), _field("is_sole_trader", 12), _field("marketing_ban", 18),
        _field("marketing_consent", 18), _own("first_seen_on", 14), _own("last_seen_on", 14), _own("contact_id", 38),
        _own("person_id", 38), _own("organisation_id", 38),
    ),
    "organisations": (
        _field("company", 32), _field("business_id", 14), _field("website", 28), *ADDRESS, _field("is_sole_trader", 12),
        _own("registry_state", 18, "export.registry_state"), _own("ceased_on", 14), _field("marketing_ban", 18),
        _own("organisation_id", 38),
    ),
    "engagements": (
        _field("company", 32), _field("business_id", 14), _own("kind", 18, "kind"), _field("event_on", 12),
        _field("event_status", 12, "export.event_status"), _field("case_number", 18), _field("invoice_number", 16),
        _field("invoice_type", 14), _field("party", 14, "export.party"), _own("feed", 18), _own("organisation_id", 38),
    ),
    "quarantine": (
        _own("feed", 18), _own("first_seen_on", 14), _own("last_seen_on", 14), _own("file_no", 10), _own("row_no", 10),
        _own("column", 16, "column"), _own("code", 60, "reason"), *(_field(name, 20) for name in (*LISTABLE, *ALWAYS)),
    ),
}
"""The columns of each export. Never provenance, keys, hashes, nor ids but those of contact, person and organisation."""

@dataclass(frozen=True)
class Order:
    """What is wanted: which rows, the file's name, for what purpose of the policy, for whom, and who exports."""

    what: What
    name: str
    purpose: str
    recipient: str | None
    exported_by: str


@dataclass(frozen=True)
class Exported:
    """Where the file lies, how many rows it holds, and the day after which it goes."""

    path: Path
    rows: int
    ends_on: str


def export(home: Home, policy: Policy, order: Order, day: date) -> Exported:
    """Writes an export into the outbox and records it; no file is left where it could not be recorded.

    Raises RefusedError for a name with a directory, another ending, a purpose that the policy does not list, too many rows for
    a sheet. Source: design, rule 19; GDPR art. 15(1)(c), 18.
    """
    texts = Texts(policy.language)
    _check(order, policy, texts)
    ends_on = outgoing.last_day(policy, day)
    path = None
    try:
        with home.database.writing("export", day.isoformat()) as store:
            number = outgoing.next_number(store)
            rows = _said(READERS[order.what](store), FIELDS[order.what], texts)
            wanted = Path(order.name)
            path = home.outbox / f"{wanted.stem}-{number}{wanted.suffix}"
            with outgoing.opened(path) as file:
                widths = [field.width for field in FIELDS[order.what]]
                spreadsheets.write(file, path, rows, texts, texts.say(f"export.sheet.{order.what}"), widths)
            columns = [field.name for field in FIELDS[order.what]]
            outgoing.record(store, number, Outgoing(
                order.what, path.name, columns, len(rows), order.purpose, order.recipient, order.exported_by, ends_on,
                [_shown(store, order.what)]))
    except BaseException:
        if path is not None:
            path.unlink(missing_ok=True)
        raise
    return Exported(path, len(rows), ends_on)


def _check(order: Order, policy: Policy, texts: Texts) -> None:
    name = Path(order.name)
    if name.name != order.name or "\\" in order.name or order.name.startswith(".") or not order.name.isprintable():
        raise RefusedError(texts.say("export.no_directory"))
    spreadsheets.check_ending(name, texts)
    if order.purpose not in policy.exports.purposes:
        raise RefusedError(texts.say("export.bad_purpose", allowed=", ".join(policy.exports.purposes)))


def _shown(store: Store, what: What) -> list[str]:
    """Records of the people whom an export shows, of firms the sole traders: it goes when one of them is removed."""
    if what == "quarantine":
        return store.read(select(quarantine.c.record_key).distinct().where(not_(waits_of_restricted())))["record_key"].tolist()
    theirs = select(memberships.c.record_key).join(contacts, contacts.c.contact_id == memberships.c.contact_id)
    theirs = theirs.where(not_(contacts.c.restricted))
    if what != "contacts":
        traders = select(organisations.c.organisation_id).where(organisations.c.is_sole_trader)
        theirs = theirs.where(contacts.c.organisation_id.in_(traders))
    return store.read(theirs.order_by(memberships.c.record_key))["record_key"].tolist()


def _contacts(store: Store) -> pd.DataFrame:
    firm = {name: organisations.c[name] for name in ("company", "business_id", "is_sole_trader")}
    query = _columns("contacts", contacts, firm).outerjoin(
        organisations, organisations.c.organisation_id == contacts.c.organisation_id)
    return store.read(query.where(not_(contacts.c.restricted)).order_by(
        organisations.c.company, contacts.c.full_name, contacts.c.contact_id))


def _organisations(store: Store) -> pd.DataFrame:
    query = _columns("organisations", organisations).where(not_(_is_restricted_trader(organisations.c.organisation_id)))
    return store.read(query.order_by(organisations.c.company, organisations.c.organisation_id))


def _engagements(store: Store) -> pd.DataFrame:
    """The firm as the register knows it, else as the row named it."""
    firm = {name: func.coalesce(organisations.c[name], engagements.c[name]).label(name) for name in ("company", "business_id")}
    query = _columns("engagements", engagements, firm).outerjoin(
        organisations, organisations.c.organisation_id == engagements.c.organisation_id)
    is_restricted = engagements.c.organisation_id.is_not(None) & _is_restricted_trader(engagements.c.organisation_id)
    return store.read(query.where(not_(is_restricted)).order_by(
        engagements.c.event_on.desc(), firm["company"], engagements.c.record_key))


def _quarantine(store: Store) -> pd.DataFrame:
    names = ("feed", "first_seen_on", "last_seen_on", "file_no", "row_no", "column", "code", "content")
    query = select(*(quarantine.c[name] for name in names)).where(not_(waits_of_restricted()))
    rows = store.read(query.order_by(quarantine.c.feed, quarantine.c.last_seen_on, quarantine.c.file_no, quarantine.c.row_no))
    delivered = [json.loads(content) for content in rows.pop("content")]
    return rows.join(pd.DataFrame(delivered, index=rows.index, columns=[*LISTABLE, *ALWAYS]).astype("str"))


READERS: dict[What, Callable[[Store], pd.DataFrame]] = {
    "contacts": _contacts, "organisations": _organisations, "engagements": _engagements, "quarantine": _quarantine,
}
"""How the rows of each export are read."""


def _columns(what: What, table: Table, others: Mapping[str, ColumnElement[Any]] = MappingProxyType({})) -> Select[Any]:
    """The export's columns of the table, those named in `others` from elsewhere."""
    names = [field.name for field in FIELDS[what]]
    return select(*(others[name] if name in others else table.c[name] for name in names)).select_from(table)


def _is_restricted_trader(organisation_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """A sole trader's firm is the person's own data: it goes with a restricted contact."""
    traders = select(contacts.c.organisation_id).join(
        organisations, organisations.c.organisation_id == contacts.c.organisation_id)
    return organisation_id.in_(traders.where(contacts.c.restricted, organisations.c.is_sole_trader))


def _said(rows: pd.DataFrame, fields: tuple[Field, ...], texts: Texts) -> pd.DataFrame:
    """The rows as people read them: yes and no and codes in words, headings from the catalogue."""
    said = rows.copy()
    for field in fields:
        values = said[field.name]
        if values.dtype == bool:
            said[field.name] = values.map({True: texts.say("export.yes"), False: texts.say("export.no")}).astype("str")
        elif field.says:
            words = {code: texts.say(f"{field.says}.{code}") for code in values.dropna().unique()}
            said[field.name] = values.map(words).astype("str")
    return said.set_axis([texts.say(field.heading) for field in fields], axis=1)

"""Finding people by what the asker knows: an e-mail, a phone, a business id, a name, a company or a contact's id. Only reads.

Every record of a contact is looked at, so that an old number finds its person too.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Table, and_, false, func, literal, or_, select, true

from register.columns import NAME
from register.corrections.told import IS_IN_FORCE
from register.explain import current_id
from register.increments import among
from register.normalise import business_id, company, email, name, phone
from register.store.store import Store
from register.store.tables import contacts, corrections, memberships, observations, organisations, quarantine, verdicts


@dataclass(frozen=True)
class Sought:
    """What the words of a search may mean; what they do not mean is empty.

    parts: of a name, folded, all of which the name must have. words: the same of a company's name.
    """

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    business_ids: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def find(store: Store, text: str, region: str) -> pd.DataFrame:
    """The contacts that the words fit, by name; restricted ones too.

    Columns: contact_id, full_name, company, business_id, email, phone, person_contacts (how many contacts the same person has),
    restricted, outcome, last_day (both missing before the first verdict).
    """
    ids = _ids(store, understood(text, region))
    known = pd.Series([current_id(store, text.strip().lower())], dtype="str").dropna()
    found = store.read(_shown().where(among(store, contacts.c.contact_id, pd.concat([ids, known]))))
    return found.sort_values(["full_name", "company", "contact_id"], ignore_index=True)


def waiting(store: Store, texts: Sequence[str], region: str) -> pd.DataFrame:
    """The rows that wait in quarantine and that each of the texts fits: feed, record_key, each once."""
    found = [_waiting(store, understood(text, region), region) for text in texts]
    return reduce(lambda fit, more: fit.merge(more, on=["feed", "record_key"]), found)


def _waiting(store: Store, sought: Sought, region: str) -> pd.DataFrame:
    rows = select(quarantine.c.feed, quarantine.c.record_key).distinct()
    found = pd.concat([store.read(rows.where(_fits(quarantine, sought))), _named_in_quarantine(store, sought, region)])
    return found.drop_duplicates(ignore_index=True)


def understood(text: str, region: str) -> Sought:
    """What the words may mean: an e-mail; else a business id or a phone, or both; else a person's or a company's name.

    >>> understood("Åkerberg Åsa", "FI").parts
    ('akerberg', 'asa')
    """
    if address := email.parse(text):
        return Sought(emails=(address,))
    number = business_id.parse(text, region)
    phones = tuple(found.number for found in phone.read(text, region) if found)
    if number or phones:
        return Sought(phones=phones, business_ids=(number,) if number else ())
    parts = tuple(part for part in name.key(text).split("-") if part)
    return Sought(parts=parts, words=tuple((company.parse(text).key or "").split()))


def _ids(store: Store, sought: Sought) -> "pd.Series[str]":
    by_record = select(memberships.c.contact_id).join(observations, observations.c.record_key == memberships.c.record_key)
    by_firm = select(contacts.c.contact_id).join(
        organisations, organisations.c.organisation_id == contacts.c.organisation_id)
    by_value = select(contacts.c.contact_id)  # a corrected one stands in no record
    queries = (by_record.where(_fits(observations, sought)), by_firm.where(_fits(organisations, sought)),
               by_value.where(_fits(contacts, sought)))
    found = [store.read(query.distinct())["contact_id"] for query in queries]
    ids: pd.Series[str] = pd.concat([*found, _by_corrected_name(store, sought)]).drop_duplicates()
    return ids


def _fits(table: Table, sought: Sought) -> ColumnElement[bool]:
    """The condition on whichever of the columns the table has."""
    wanted: dict[str, tuple[str, ...]] = {
        "email": sought.emails, "email_2": sought.emails, "phone": sought.phones, "phone_2": sought.phones,
        "business_id": sought.business_ids,
    }
    equal = [table.c[column].in_(values) for column, values in wanted.items() if column in table.c and values]
    parts = [_has_all(table.c[column], texts, between) for column, texts, between in
             (("name_key", sought.parts, "-"), ("company_key", sought.words, " ")) if column in table.c and texts]
    return or_(false(), *equal, *parts)


def _has_all(column: ColumnElement[Any], parts: tuple[str, ...], between: str) -> ColumnElement[bool]:
    whole = literal(between) + column + literal(between)
    return and_(*(whole.contains(f"{between}{part}{between}", autoescape=True) for part in parts))


def _by_corrected_name(store: Store, sought: Sought) -> "pd.Series[str]":
    query = select(contacts.c.contact_id, contacts.c.full_name).distinct()
    query = query.join(memberships, memberships.c.contact_id == contacts.c.contact_id)
    query = query.join(corrections, corrections.c.record_key == memberships.c.record_key)
    corrected = store.read(query.where(corrections.c.column.in_(NAME), IS_IN_FORCE))
    keys = corrected["full_name"].map(name.key, na_action="ignore").astype("str")
    return corrected.loc[_is_named(keys, sought.parts), "contact_id"]


def _named_in_quarantine(store: Store, sought: Sought, region: str) -> pd.DataFrame:
    """Rows that name the person: quarantined rows hold delivered text, so their names are read here."""
    query = select(quarantine.c.feed, quarantine.c.record_key, quarantine.c.content)
    rows = store.read(query.where(quarantine.c.scope == "row", true() if sought.parts else false()))
    delivered = pd.DataFrame([json.loads(content) for content in rows["content"]], index=rows.index, columns=list(NAME))
    keys = name.normalise(delivered.astype("str"), region)["name_key"]
    return rows.loc[_is_named(keys, sought.parts), ["feed", "record_key"]]


def _is_named(keys: "pd.Series[str]", parts: tuple[str, ...]) -> "pd.Series[bool]":
    fits = keys.notna() & bool(parts)
    for part in parts:
        fits &= ("-" + keys.fillna("") + "-").str.contains(f"-{part}-", regex=False)
    return fits


def _shown() -> Any:
    same = contacts.alias("same")
    of_person = select(func.count()).where(same.c.person_id == contacts.c.person_id).scalar_subquery()
    columns = (
        contacts.c.contact_id, contacts.c.full_name, organisations.c.company, organisations.c.business_id, contacts.c.email,
        contacts.c.phone, of_person.label("person_contacts"), contacts.c.restricted, verdicts.c.outcome, verdicts.c.last_day,
    )
    query = select(*columns).outerjoin(organisations, organisations.c.organisation_id == contacts.c.organisation_id)
    return query.outerjoin(verdicts, verdicts.c.contact_id == contacts.c.contact_id)

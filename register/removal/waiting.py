"""Rows in quarantine that are of people who ask to be erased: no record of a contact bears them, yet they are the person's.

Known by a personal e-mail, a mobile, or the name at the firm, as the gate knows who was erased (`people.py`).
"""

import json
from typing import Any

import pandas as pd
from sqlalchemy import select

from register.columns import NAME
from register.gate.known import ids_by_name
from register.increments import among
from register.normalise import name
from register.removal import people
from register.sets import is_among
from register.store.store import Store
from register.store.tables import observations, quarantine


def of_people(store: Store, known: pd.DataFrame) -> pd.DataFrame:
    """Rows that wait whole and are these people's: record_key, feed. known: as `people.people_of` gives it."""
    waiting = _read(store)
    is_theirs = pd.Series(False, index=waiting.index)
    told = people.traits(known)
    for basis, said in _signs(store, waiting).items():
        is_theirs |= is_among(said, told.loc[told["basis"] == basis, "text"])
    rows = waiting.loc[is_theirs & (waiting["scope"] == "row"), ["record_key", "feed"]].drop_duplicates("record_key")
    borne = store.read(select(observations.c.record_key).where(among(store, observations.c.record_key, rows["record_key"])))
    return rows[~is_among(rows["record_key"], borne["record_key"])].reset_index(drop=True)


def drop_values(store: Store, known: pd.DataFrame) -> None:
    """Ends what waits of a row that bears an e-mail or mobile of these people's."""
    waiting, told = _read(store), people.traits(known)
    is_theirs = (is_among(waiting["email"], told.loc[told["basis"] == "email", "text"])
                 | is_among(waiting["phone"], told.loc[told["basis"] == "mobile", "text"]))
    store.execute(quarantine.delete().where(among(store, quarantine.c.record_key, waiting.loc[is_theirs, "record_key"])))


def _read(store: Store) -> pd.DataFrame:
    columns = ("record_key", "feed", "scope", "content", "email", "phone", "business_id", "company_key")
    return store.read(select(*(quarantine.c[one] for one in columns)))


def _signs(store: Store, waiting: pd.DataFrame) -> "dict[str, pd.Series[str]]":
    """By basis what each row says of who its person is, as `people.traits` spells it."""
    keys = pd.Series([_name_key(json.loads(content)) for content in waiting["content"]], index=waiting.index, dtype="str")
    firms = waiting["business_id"].fillna(ids_by_name(store, waiting["company_key"]))
    return {"email": waiting["email"], "mobile": waiting["phone"], "name_firm": keys + people.PART + firms}


def _name_key(said: dict[str, Any]) -> str | None:
    full = said.get("full_name") or " ".join(said.get(part, "") for part in NAME[1:]).strip()
    return (name.parse(full).key or None) if full else None

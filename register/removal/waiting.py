"""Rows in quarantine that are of people who ask to be erased: no record of a contact bears them, yet they are the person's.

Known by a personal e-mail, a mobile, or the name at the firm, as the gate knows who was erased (`people.py`); else shown to
whoever decides, where they fit the words by which somebody was sought.
"""

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import select

from register.columns import CHANNELS, NAME
from register.gate.known import ids_by_name
from register.increments import among
from register.keys import Keys
from register.normalise import business_id, company, email, name, phone
from register.normalise.text import fold
from register.removal import people, searching
from register.removal.ties import WAITING, Group
from register.sets import is_among
from register.store.conditions import is_in
from register.store.store import Store
from register.store.tables import observations, quarantine

STEPS = (name, company, business_id, email, phone)
"""What of a delivered row tells whose it is, and from which columns."""

DELIVERED = (*NAME, *CHANNELS, "company", "business_id")


def of_people(store: Store, known: pd.DataFrame) -> pd.DataFrame:
    """Rows that wait whole and are these people's: record_key, feed. known: as `people.people_of` gives it."""
    waiting = _read(store)
    rows = waiting.loc[_are_theirs(store, waiting, known), ["record_key", "feed"]].drop_duplicates("record_key")
    borne = store.read(select(observations.c.record_key).where(among(store, observations.c.record_key, rows["record_key"])))
    return rows[~is_among(rows["record_key"], borne["record_key"])].reset_index(drop=True)


def whole(store: Store, record_keys: "pd.Series[str]") -> list[Group]:
    """Those of the rows that wait whole, each by itself, with what was delivered; nobody is sure of them."""
    rows = store.read(select(*(quarantine.c[one] for one in ("record_key", "content", "last_seen_on"))).where(
        among(store, quarantine.c.record_key, record_keys), quarantine.c.scope == "row",
        ~is_in(observations.c.record_key, quarantine.c.record_key)))
    found = []
    for row in rows.drop_duplicates("record_key").sort_values("record_key").to_dict("records"):
        said = json.loads(row["content"])
        found.append(Group("", name.delivered(said), said.get("company") or "", said.get("email") or "", row["last_seen_on"],
                           (WAITING,), (row["record_key"],), is_sure=False))
    return found


def chosen(store: Store, record_keys: Sequence[str], region: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Of rows that wait: record_key and feed; and what they say of who their people are, as `people.people_of` gives it."""
    wanted = pd.Series(list(record_keys), dtype="str")
    rows = store.read(select(*(quarantine.c[one] for one in ("record_key", "feed", "content"))).where(
        among(store, quarantine.c.record_key, wanted), quarantine.c.scope == "row"))
    rows = rows.drop_duplicates("record_key", ignore_index=True)
    said = delivered(rows["content"])
    read = pd.concat([step.normalise(said, region) for step in STEPS], axis=1)
    firms = read["business_id"].fillna(ids_by_name(store, read["company_key"]))
    known = read[list(people.TRAITS)].assign(
        record_key=rows["record_key"], business_id=firms, is_sole_trader=read["is_sole_trader"].fillna(False).astype(bool))
    return rows[["record_key", "feed"]], known.assign(objected_on=pd.Series(None, index=rows.index, dtype="str"))


def drop_values(store: Store, known: pd.DataFrame) -> None:
    """Ends what waits of rows that are these people's, and each value that waits and is their e-mail."""
    waiting = _read(store)
    emails = people.traits(known).query("basis == 'email'")["text"]
    is_theirs = _are_theirs(store, waiting, known) | is_among(waiting["email"], emails)
    store.execute(quarantine.delete().where(among(store, quarantine.c.record_key, waiting.loc[is_theirs, "record_key"])))


def erased(store: Store, keys: Keys, removal_ids: Sequence[str]) -> "pd.Series[str]":
    """Records of waiting rows that are of people whom these removals erased."""
    waiting = _read(store)
    found = people.of_removals(store, keys, _signs(store, waiting), removal_ids)
    return waiting["record_key"].iloc[found["position"].unique()]


def named(store: Store, pattern: str) -> int:
    """How many entries have a name that holds a pattern over bytes, in one cell or in two."""
    return searching.in_names(delivered(store.read(select(quarantine.c.content))["content"]), pattern)


def delivered(contents: "pd.Series[str]") -> pd.DataFrame:
    """Waiting rows as delivered text, by column."""
    said = [json.loads(content) for content in contents]
    return pd.DataFrame(said, index=contents.index, columns=list(DELIVERED)).astype("str")


def _are_theirs(store: Store, waiting: pd.DataFrame, known: pd.DataFrame) -> "pd.Series[bool]":
    told = people.traits(known)[["basis", "text"]].drop_duplicates()
    found = _signs(store, waiting).merge(told, on=["basis", "text"])["position"]
    return pd.Series(waiting.index.isin(found), index=waiting.index) & waiting["scope"].eq("row")


def _read(store: Store) -> pd.DataFrame:
    columns = ("record_key", "feed", "scope", "content", "email", "phone", "business_id", "company_key")
    return store.read(select(*(quarantine.c[one] for one in columns)))


def _signs(store: Store, waiting: pd.DataFrame) -> pd.DataFrame:
    """What each row says of who its person is, as `people.traits` spells it: position, basis, text.

    A mobile tells it with the surname, and alone only where no name stands beside it: numbers pass to others.
    """
    names = pd.DataFrame([_name_of(json.loads(content)) for content in waiting["content"]], columns=["key", "surname"],
                         index=waiting.index).astype("str")
    firms = waiting["business_id"].fillna(ids_by_name(store, waiting["company_key"])).fillna(waiting["company_key"])
    numbers = waiting["phone"].where(waiting["scope"].eq("row"))  # a value that waits is of a record that somebody bears
    said = {"email": waiting["email"], "mobile": numbers.where(names["key"].isna()),
            "mobile_surname": numbers + people.PART + names["surname"],
            "name_firm": names["key"] + people.PART + firms}
    parts = [pd.DataFrame({"position": waiting.index, "basis": basis, "text": text}) for basis, text in said.items()]
    return pd.concat(parts, ignore_index=True).dropna(subset="text")


def _name_of(said: dict[str, Any]) -> tuple[str | None, str | None]:
    full = name.delivered(said)
    read = name.parse(full) if full else name.Name()
    return read.key or None, fold(read.last) if read.last else None

"""Values that were removed as outdated or erroneous stay out, though their source goes on giving them.

They are known by their record and a keyed hash (`removed_values`): another value of the same record is taken in.
"""

from dataclasses import replace

import pandas as pd
from sqlalchemy import select

from register.columns import ADDRESS, CHANNELS, NAME, SEPARATOR
from register.feeds import Feed
from register.gate.admit import Rows
from register.gate.record_keys import hashed
from register.normalise import email
from register.sets import is_among
from register.store.store import Store
from register.store.tables import removed_values

ANY = "any"
"""Stands for the hash where no value of the column is taken in any more."""

DETAILS = "details"
"""Stands for the column where it is all contact details."""

KINDS = {"email": "email_is_role", "email_2": "email_2_is_role", "phone": "phone_type", "phone_2": "phone_2_type"}
"""What is known of a channel, beside it."""

KEPT = "email_domain"
"""A column of the archive beside the delivered ones: the domain of an address that was removed tells the firm still."""

DELIVERED = ("email", "phone", *ADDRESS)

OF_PERSON = (*NAME, "email", "phone")
"""Delivered columns that say who somebody is and how they are reached."""


def kept_domain(text: pd.DataFrame) -> "pd.Series[str]":
    """The domain that tells the firm of each row of delivered text, its address there still or removed."""
    kept = text[KEPT].astype("str") if KEPT in text else pd.Series(None, index=text.index, dtype="str")
    return kept.fillna(email.domain(email.normalise(text, "")["email"]).set_axis(text.index))


def without_person(text: pd.DataFrame) -> pd.DataFrame:
    """Delivered text less who it names: what is left is the firm's."""
    blank = {name: pd.Series(None, index=text.index, dtype="str") for name in OF_PERSON if name in text}
    return text.assign(**{KEPT: kept_domain(text)}, **blank)


def cut(store: Store, rows: Rows, feed: Feed, key: bytes) -> Rows:
    """The rows without what was removed of their records; record keys stay those of what was delivered."""
    query = select(removed_values.c.record_key, removed_values.c.column, removed_values.c.value_hash)
    if store.scalar(query.where(removed_values.c.feed == feed.name).limit(1)) is None:
        return rows
    wanted = store.keys(rows.record_key)
    removed = store.read(query.join(wanted, wanted.c.record_key == removed_values.c.record_key))
    if removed.empty:
        return rows
    bare = is_among(rows.record_key, removed.loc[removed["value_hash"] == ANY, "record_key"])
    gone = pd.MultiIndex.from_frame(removed[["record_key", "value_hash"]])
    dead = {name: _is_gone(rows, name, gone, key) for name in ("email", "email_2")}
    lost, has_lost = without_emails(without_details(rows, bare), dead), is_among(rows.record_key, removed["record_key"])
    return replace(lost, text=lost.text.assign(**{KEPT: kept_domain(rows.text).where(has_lost)}), has_lost=has_lost)


def without_erased(rows: Rows, is_nameless: "pd.Series[bool]", is_bare: "pd.Series[bool]") -> Rows:
    """The rows without whom they name where that one was erased, and without the contact details that were: what is left of the
    former is the firm's. Marks as in `Standing`.
    """
    touched = is_nameless | is_bare
    if not touched.any():
        return rows
    bare = without_details(rows, touched)
    said, kept = bare.normalised, kept_domain(rows.text)
    names = {name: said[name].mask(is_nameless) for name in (*NAME, "name_key", "full_name_code")}
    flags = {name: said[name] & ~is_nameless for name in ("marketing_ban", "marketing_consent")}
    text = {name: bare.text[name].mask(is_nameless) for name in NAME if name in bare.text}
    text[KEPT] = kept.where(touched, rows.text.get(KEPT))
    has_lost = is_bare if rows.has_lost is None else rows.has_lost | is_bare
    return replace(bare, normalised=said.assign(**names, **flags), text=bare.text.assign(**text), has_lost=has_lost)


def without_details(rows: Rows, bare: "pd.Series[bool]") -> Rows:
    """The marked rows without any channel or address."""
    said = rows.normalised
    values = {name: said[name].mask(bare) for name in (*CHANNELS, *ADDRESS)}
    kinds = {kind: said[kind] & ~bare if said[kind].dtype == bool else said[kind].mask(bare) for kind in KINDS.values()}
    codes = {name: said[name].mask(bare) for name in ("email_code", "phone_code", "postcode_code")}
    text = {name: rows.text[name].mask(bare) for name in DELIVERED if name in rows.text}
    return replace(rows, normalised=said.assign(**values, **kinds, **codes), text=rows.text.assign(**text))


def without_emails(rows: Rows, dead: "dict[str, pd.Series[bool]]") -> Rows:
    """The rows without the marked addresses, the second one in the place of the first where only that went."""
    said = rows.normalised
    values = {name: said[name].mask(dead[name]) for name in dead}
    kinds = {KINDS[name]: said[KINDS[name]] & ~dead[name] for name in dead}
    moves = values["email"].isna() & values["email_2"].notna()
    values = {"email": values["email"].where(~moves, values["email_2"]), "email_2": values["email_2"].mask(moves)}
    first, second = (kinds[KINDS[name]] for name in ("email", "email_2"))
    kinds = {"email_is_role": first.where(~moves, second), "email_2_is_role": second & ~moves}
    text = rows.text
    if "email" in text and (touched := dead["email"] | dead["email_2"]).any():
        gone = set(pd.concat([said.loc[dead[name], name] for name in dead]))
        text = text.assign(email=text["email"].mask(touched, text.loc[touched, "email"].map(lambda cell: without(cell, gone))))
    return replace(rows, normalised=said.assign(**values, **kinds), text=text)


def without(cell: str, emails: set[str]) -> str | None:
    """A delivered cell without the addresses; None where nothing else stands in it."""
    kept = [part for part in cell.split(SEPARATOR) if email.parse(part) not in emails]
    return SEPARATOR.join(kept) or None


def value_hash(emails: "pd.Series[str]", key: bytes) -> "pd.Series[str]":
    """By which a removed address is known again."""
    return hashed("email" + emails, key)


def _is_gone(rows: Rows, name: str, gone: pd.MultiIndex, key: bytes) -> "pd.Series[bool]":
    values = rows.normalised[name]
    found = pd.Series(False, index=values.index)
    given = values.dropna()
    pairs = pd.MultiIndex.from_arrays([rows.record_key[given.index], value_hash(given, key)])
    found.loc[given.index] = pairs.isin(gone)
    return found

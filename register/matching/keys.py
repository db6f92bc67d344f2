"""Match keys: what two records must share to be compared, as keyed 64-bit hashes. Scores nothing.

A key depends on one record, the home's key and the rules below, never on other records or the day. Empty never matches.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import numpy as np
import pandas as pd

from register.sets import is_among

Kind = Literal["personal", "role", "mobile", "fixed", "company"]


@dataclass(frozen=True)
class KeyRule:
    """One kind of key: channels of these kinds, together with these columns; a row that lacks one of them has no key.

    names: how many parts the row's name must have, from and to.
    """

    rule: str
    kinds: tuple[Kind, ...]
    together_with: tuple[str, ...]
    names: tuple[int, int]


NO_NAME, ANY_NAME = (0, 0), (1, 99)

RULES = (
    #        rule            channels of kinds             the same too                      name
    KeyRule("email", ("personal",), (), ANY_NAME),
    KeyRule("mobile", ("mobile",), (), ANY_NAME),
    KeyRule("name_channel", ("role", "fixed", "company"), ("organisation_id", "name_key"), ANY_NAME),
    KeyRule("mailbox", ("role",), ("organisation_id",), NO_NAME),
)
"""All keys, the strongest first (design, rule 11). What is somebody's own is a key by itself: it also finds the person at
another organisation. A key's lowest bits are the rule's place here, so that a key tells its rule."""

RULE_BITS = 2
PERSONAL_RULES = ("email", "mobile")
"""Keys that can be shared over organisations by one human."""

CHANNELS = (("email", "email_is_role"), ("email_2", "email_2_is_role"), ("phone", "phone_type"), ("phone_2", "phone_2_type"))
PART = "\x1f"


def match_keys(rows: pd.DataFrame, key: bytes) -> pd.DataFrame:
    """Keys of each record: `match_key` (signed 64 bits), `record` (its position in the rows); none twice, by record.

    rows: organisation_id, name_key and the channels with their kinds. key: the home's, 32 bytes.
    """
    channels = _channels(rows.reset_index(drop=True))
    keys = pd.concat([_of_rule(channels, rule, place, key) for place, rule in enumerate(RULES)], ignore_index=True)
    return keys.sort_values(["record", "match_key"], ignore_index=True).drop_duplicates(ignore_index=True)


def rules_of(match_keys: "pd.Series[int]") -> "pd.Series[str]":
    """The rule of each key, or of each rule's place."""
    names = pd.array([rule.rule for rule in RULES], dtype="str")
    return pd.Series(names.take(places_of(match_keys)), index=match_keys.index)


def places_of(match_keys: "pd.Series[int]") -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """The place of each key's rule in RULES: the less, the stronger."""
    places: np.ndarray[tuple[int], np.dtype[np.int64]] = match_keys.to_numpy(dtype="int64") & (2**RULE_BITS - 1)
    return places


def name_parts(name_keys: "pd.Series[str]") -> "pd.Series[int]":
    """How many parts a name key has, 0 for a missing one."""
    return (name_keys.str.count("-") + 1).fillna(0).astype("int64")


def _channels(rows: pd.DataFrame) -> pd.DataFrame:
    """One line a channel of a record, e-mails and phones alike, with its kind; the index is the record's position."""
    bare = rows[["organisation_id", "name_key"]].assign(parts=name_parts(rows["name_key"]))
    lines = [bare.assign(value=rows[value], kind=_kinds(rows[kind]))[rows[value].notna()] for value, kind in CHANNELS]
    return pd.concat(lines)


def _kinds(kinds: "pd.Series[str] | pd.Series[bool]") -> "pd.Series[str]":
    """E-mails say whether they are a role's, phones their type."""
    if kinds.dtype == bool:
        return pd.Series(np.where(kinds, "role", "personal"), index=kinds.index, dtype="str")
    return kinds.astype("str")


def _of_rule(channels: pd.DataFrame, rule: KeyRule, place: int, key: bytes) -> pd.DataFrame:
    least, most = rule.names
    fits = is_among(channels["kind"], rule.kinds) & channels["parts"].between(least, most)
    found = channels[fits & channels[list(rule.together_with)].notna().all(axis=1)]
    text = rule.rule + PART + found["value"]
    for column in rule.together_with:
        text = text + PART + found[column]
    return pd.DataFrame({"match_key": _hashed(text, key) << RULE_BITS | place, "record": found.index})


def _hashed(texts: "pd.Series[str]", key: bytes) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    codes, distinct = pd.factorize(texts)
    digests = b"".join([blake2b(text.encode(), digest_size=8, key=key).digest() for text in distinct])
    return np.frombuffer(digests, dtype="<i8").astype("int64").take(codes)

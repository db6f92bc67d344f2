"""Match keys: what two records must share to be compared, as keyed 64-bit hashes. Scores nothing.

A key depends on one record, the home's key and the rules below, never on other records or the day. Empty never matches.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Kind = Literal["personal", "role", "mobile", "fixed", "company"]
EVERY: tuple[Kind, ...] = ("personal", "role", "mobile", "fixed", "company")


@dataclass(frozen=True)
class KeyRule:
    """One kind of key: channels of these kinds, together with these columns; a row that lacks one of them has no key.

    names: how many parts the row's name must have, from and to.
    """

    rule: str
    kinds: tuple[Kind, ...]
    together_with: tuple[str, ...]
    names: tuple[int, int]


NO_NAME, ANY_NAME, FULL_NAME = (0, 0), (1, 99), (2, 99)

RULES = (
    #        rule            channels of kinds  the same too                      name
    KeyRule("email", ("personal",), ("organisation_id",), ANY_NAME),
    KeyRule("mobile", ("mobile",), ("organisation_id",), ANY_NAME),
    KeyRule("name_channel", EVERY, ("organisation_id", "name_key"), ANY_NAME),
    KeyRule("mailbox", ("role",), ("organisation_id",), NO_NAME),
    # One human at several organisations: nothing less than the full name on both sides.
    KeyRule("person_email", ("personal",), ("name_key",), FULL_NAME),
    KeyRule("person_mobile", ("mobile",), ("name_key",), FULL_NAME),
)
"""All keys, the strongest first (design, rule 11)."""

PERSON_RULES = ("person_email", "person_mobile")
CONTACT_RULES = tuple(rule.rule for rule in RULES if rule.rule not in PERSON_RULES)

CHANNELS = (("email", "email_is_role"), ("email_2", "email_2_is_role"), ("phone", "phone_type"), ("phone_2", "phone_2_type"))
PART = "\x1f"


def match_keys(rows: pd.DataFrame, key: bytes) -> pd.DataFrame:
    """Keys of each record: `match_key` (signed 64 bits), `rule`, `record_key`; none twice.

    rows: record_key, organisation_id, name_key and the channels with their kinds. key: the home's, 32 bytes.
    """
    channels = _channels(rows)
    keys = pd.concat([_of_rule(channels, rule) for rule in RULES], ignore_index=True)
    keys = keys.drop_duplicates(ignore_index=True)
    hashed = keys[["rule", "record_key"]].assign(match_key=_hashed(keys["text"], key))
    return hashed.sort_values(["match_key", "record_key"], ignore_index=True)  # in the order of the index they go into


def name_parts(name_keys: "pd.Series[str]") -> "pd.Series[int]":
    """How many parts a name key has, 0 for a missing one."""
    return (name_keys.str.count("-") + 1).fillna(0).astype("int64")


def _channels(rows: pd.DataFrame) -> pd.DataFrame:
    """One line a channel of a record, e-mails and phones alike, with its kind."""
    bare = rows[["record_key", "organisation_id", "name_key"]].assign(parts=name_parts(rows["name_key"]))
    lines = [bare.assign(value=rows[value], kind=_kinds(rows[kind])) for value, kind in CHANNELS]
    channels = pd.concat(lines, ignore_index=True)
    return channels[channels["value"].notna()]


def _kinds(kinds: "pd.Series[str] | pd.Series[bool]") -> "pd.Series[str]":
    """E-mails say whether they are a role's, phones their type."""
    if kinds.dtype == bool:
        return pd.Series(np.where(kinds, "role", "personal"), index=kinds.index, dtype="str")
    return kinds.astype("str")


def _of_rule(channels: pd.DataFrame, rule: KeyRule) -> pd.DataFrame:
    least, most = rule.names
    fits = channels["kind"].isin(rule.kinds) & channels["parts"].between(least, most)
    found = channels[fits & channels[list(rule.together_with)].notna().all(axis=1)]
    text = rule.rule + PART + found["value"]
    for column in rule.together_with:
        text = text + PART + found[column]
    return pd.DataFrame({"text": text, "rule": rule.rule, "record_key": found["record_key"]}).astype("str")


def _hashed(texts: "pd.Series[str]", key: bytes) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    codes, distinct = pd.factorize(texts)
    digests = b"".join(hashlib.blake2b(text.encode(), key=key, digest_size=8).digest() for text in distinct)
    return np.frombuffer(digests, dtype="<i8").astype("int64").take(codes)

"""Which rows are compared at all: a union of keys, each something shared together with something of the name.

A key depends on one row, the home's key and the table below, never on other rows or the day. No key is a name alone, and none
has a cap: that would make pairs depend on the other rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
import pandas as pd

from register.matching.columns import Coded, Ints, Table

Name = Literal["", "part", "initials", "beginnings"]


@dataclass(frozen=True)
class CandidateKey:
    """shared: the columns that hold the shared value, any of them. name: what of the name joins it.

    part: each word of the name, so that swapped and mistyped ones meet by the other. initials, beginnings: of both names, in
    either order.
    """

    shared: tuple[str, ...]
    name: Name


CONTACT_KEYS = (
    CandidateKey(("email", "email_2"), ""),
    CandidateKey(("phone", "phone_2"), ""),
    CandidateKey(("firm",), "part"),
    CandidateKey(("firm",), "initials"),
    CandidateKey(("employer",), "part"),
    CandidateKey(("employer",), "initials"),
    CandidateKey(("mailbox", "mailbox_2"), "part"),
    CandidateKey(("line", "line_2"), "part"),
    CandidateKey(("street",), "part"),
    CandidateKey(("postcode",), "beginnings"),
)
"""A key's lowest bits are its place here, so that a key tells its rule."""

FIRM_KEYS = tuple(key for key in CONTACT_KEYS if key.shared == ("firm",))
"""What proposes two rows of one organisation: beside them the exact keys do. Not stored: the organisation is indexed."""

UNSTORED = bytes(32)
"""The secret of keys that live as long as a call: nobody could look anything up in them."""

PLACE_BITS = 4
BEGINNING = 3
"""Letters of a name's beginning."""

Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]


def candidate_keys(keys: Sequence[CandidateKey], table: Table, secret: bytes) -> pd.DataFrame:
    """Keys of each row: `match_key` (signed 64 bits), `record` (its position). secret: the home's key, 32 bytes."""
    names = {kind: _name_hashes(kind, table, secret) for kind in dict.fromkeys(key.name for key in keys)}
    dictionaries = {id(table[column].values): table[column] for key in keys for column in key.shared}
    hashed = {number: _hashed(column.values, secret) for number, column in dictionaries.items()}
    found = [_joined(place, table[column].codes, hashed[id(table[column].values)], *names[key.name])
             for place, key in enumerate(keys) for column in key.shared]
    match_key, record = (np.concatenate(part) for part in zip(*found, strict=True))
    return pd.DataFrame({"match_key": match_key, "record": record})


def candidate_pairs(keys: pd.DataFrame) -> tuple[Ints, Ints]:
    """Pairs of rows that share a key, each once, the lesser first."""
    match_key, record = keys["match_key"].to_numpy(), keys["record"].to_numpy()
    order = np.argsort(match_key)
    match_key, record = match_key[order], record[order]
    starts = np.flatnonzero(np.append(True, match_key[1:] != match_key[:-1]))
    sizes = np.diff(np.append(starts, len(match_key)))
    first, second = within(starts, sizes)
    left, right = record[first], record[second]
    rows = int(record.max(initial=0)) + 1
    pair = np.minimum(left, right) * rows + np.maximum(left, right)
    distinct = np.sort(pair[left != right])
    distinct = distinct[np.append(True, distinct[1:] != distinct[:-1])[:len(distinct)]]
    return distinct // rows, distinct % rows


def within(starts: Ints, sizes: Ints) -> tuple[Ints, Ints]:
    """All pairs of positions within blocks of consecutive ones: each position with those behind it in its block."""
    position = np.arange(int(sizes.sum())) + np.repeat(starts - np.append(0, np.cumsum(sizes)[:-1]), sizes)
    behind = np.repeat(starts + sizes, sizes) - position - 1
    first = np.repeat(position, behind)
    return first, first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(behind) - behind, behind)


def _joined(place: int, codes: Any, hashed: Hashes, record: Ints, name: Hashes) -> tuple[Ints, Ints]:
    """Keys of one rule, of the rows that have the shared value and the name, and their rows."""
    has = codes[record] >= 0
    record, name = record[has], name[has]
    mixed = _mixed(hashed[codes[record]] * np.uint64(0x9E3779B97F4A7C15) + name + np.uint64(place))
    return (mixed << np.uint64(PLACE_BITS) | np.uint64(place)).view("int64"), record


def _mixed(hashes: Hashes) -> Hashes:
    """Each bit over all others: the finaliser of SplitMix64. Secret are the hashes that go in."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        hashes = (hashes ^ hashes >> np.uint64(shift)) * np.uint64(factor)
    return hashes ^ hashes >> np.uint64(31)


def _name_hashes(kind: Name, table: Table, secret: bytes) -> tuple[Ints, Hashes]:
    """What of each row's name joins a shared value: rows and hashes, several a row or none."""
    if not kind:
        rows = len(next(iter(table.values())).codes)
        return np.arange(rows), np.zeros(rows, dtype="uint64")
    if kind == "part":
        return _words(table["name_key"], secret)
    letters = 1 if kind == "initials" else BEGINNING
    first, last = (_by_row(table[part].by_value(lambda names: names.str[:letters]), secret) for part in ("first", "last"))
    has_both = np.flatnonzero((table["first"].codes >= 0) & (table["last"].codes >= 0))
    return has_both, (first + last)[has_both]


def _words(names: Coded, secret: bytes) -> tuple[Ints, Hashes]:
    """Words of each row's name, initials left out."""
    words = names.values.str.split("-").explode().rename("word")
    words = words[words.str.len() > 1]
    hashes = _hashed(words.astype("str"), secret)
    counts = np.bincount(words.index, minlength=len(names.values) + 1)
    starts = np.append(0, np.cumsum(counts))[names.codes]
    each = np.where(names.codes >= 0, counts[names.codes], 0)
    record = np.repeat(np.arange(len(names.codes)), each)
    place = np.arange(len(record)) - np.repeat(np.cumsum(each) - each, each)
    return record, hashes[starts[record] + place]


def _by_row(column: Coded, secret: bytes) -> Hashes:
    return np.append(_hashed(column.values, secret), np.uint64(0))[column.codes]


def _hashed(texts: "pd.Series[str]", secret: bytes) -> Hashes:
    """Of each text in itself; many are the same only among the words of names."""
    codes, distinct = pd.factorize(texts)
    digests = b"".join([blake2b(text.encode(), digest_size=8, key=secret).digest() for text in distinct.tolist()])
    return np.frombuffer(digests, dtype="<u8").astype("uint64")[codes]

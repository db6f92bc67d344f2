"""How alike two rows are, column by column: the level of each pair, all levels of a pair as one number, its pattern.

Levels are symmetric in their two sides. Equality is decided on codes; distances are asked once a distinct pair of values.
All of it can be said in SQL: CASE WHEN over equality, edit distance and a table of nicknames.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_set_ratio
from rapidfuzz.process import cpdist

from register.matching import likeness
from register.matching.columns import Coded, Ints, Table
from register.normalise import nicknames
from register.normalise.name import given_names

NAME = ("same", "near", "initial", "swapped", "similar", "akin", "other_initial", "other")
EMAIL = ("same", "close", "local", "unlike", "shared", "domain", "other")
PHONE = ("same", "close", "line", "other")
ADDRESS = ("same", "postcode", "city", "other")
VALUE = ("same", "other")

SIMILAR = 0.88
"""Jaro-Winkler similarity from which two names are similar."""

INITIAL = r"\w(?: \w)*"
"""A name of which no more is told."""

BEGINNING = 3
"""Letters at the beginning by which a short form that no table knows is like its name."""

SHORTEST = 4
"""Letters of a name in which one edit is a slip: "Aki" and "Ari" are two names."""

MISSING = "missing"
"""What a pattern says where one of the rows has no value; it counts neither for nor against."""


@dataclass(frozen=True)
class Comparison:
    """One comparison: its kind, and the columns of the table that the kind asks for, in the kind's order."""

    name: str
    kind: str
    columns: tuple[str, ...]

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of its kind, the most alike first."""
        return KINDS[self.kind][0]


class Pairs:
    """Pairs of rows of a table, as the comparisons ask of them."""

    def __init__(self, table: Table, left: Ints, right: Ints) -> None:
        self.table, self.left, self.right = table, left, right

    def codes(self, column: str) -> Any:
        """Codes of a column, left and right."""
        of = self.table[column].codes
        return of[self.left], of[self.right]

    def equal(self, column: str, other: str | None = None) -> Any:
        """Whether the left row's value in a column is the right row's in the other."""
        left, right = self.table[column].codes[self.left], self.table[other or column].codes[self.right]
        return (left == right) & (left >= 0)

    def both(self, column: str) -> Any:
        """Whether both rows have a value."""
        left, right = self.codes(column)
        return (left >= 0) & (right >= 0)

    def meet(self, first: str, second: str) -> Any:
        """Whether any value of two columns is on both sides."""
        return self.equal(first) | self.equal(second) | self.equal(first, second) | self.equal(second, first)

    def judged(self, column: str, where: Any, judge: Callable[[Coded, Any, Any], Any], ends: Any = None) -> Any:
        """What `judge` says of the values of a column where it is asked, 0 elsewhere; once a distinct pair of values.

        ends: codes to ask of instead of the column's own. The lesser code goes first, so that the sides do not matter.
        """
        left, right = (codes[where].astype("int64") for codes in (self.codes(column) if ends is None else ends))
        size = len(self.table[column].values) + 1
        which, distinct = pd.factorize(np.minimum(left, right) * size + np.maximum(left, right))
        said = np.zeros(len(where), dtype="int8")
        if len(distinct):
            said[where] = np.asarray(judge(self.table[column], distinct // size, distinct % size), dtype="int8")[which]
        return said


def patterns(comparisons: Sequence[Comparison], table: Table, left: Ints, right: Ints) -> Ints:
    """The pattern of each pair: its levels as digits of one number, the last comparison the lowest."""
    pairs = Pairs(table, left, right)
    found = np.zeros(len(left), dtype="int64")
    for comparison in comparisons:
        levels, level_of = KINDS[comparison.kind]
        found = found * (len(levels) + 1) + level_of(pairs, *comparison.columns)
    return found


def levels_of(comparisons: Sequence[Comparison], found: Ints | int) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """The level of each comparison (a row each) in each pattern; the number of its levels where it is missing."""
    sizes = [len(comparison.levels) + 1 for comparison in comparisons]
    return np.stack(np.unravel_index(np.asarray(found), sizes))


def size(comparisons: Sequence[Comparison]) -> int:
    """How many patterns there can be."""
    return int(np.prod([len(comparison.levels) + 1 for comparison in comparisons]))


def _name(pairs: Pairs, column: str, other: str) -> Any:
    """One part of a name; `other` is the part that it may have been exchanged with."""
    crossed, _ = _swapped(pairs, column, other)
    return _part(pairs, column, crossed)


def _given(pairs: Pairs, column: str, other: str) -> Any:
    """The given part: where the surname alone stands in the other place, how alike what is left is."""
    crossed, rest = _swapped(pairs, column, other)
    return np.where(crossed & (rest > 0), rest, _part(pairs, column, crossed))


def _part(pairs: Pairs, column: str, crossed: Any) -> Any:
    same = pairs.equal(column) & ~_initials(pairs.table[column])[pairs.codes(column)[0]]
    levels = np.where(same, NAME.index("same"), np.where(crossed, NAME.index("swapped"), len(NAME)))
    asked = pairs.both(column) & ~same & ~crossed
    return np.where(asked, pairs.judged(column, asked, _unequal_names), levels)


def _initials(names: Coded) -> Any:
    """Of each code, and of none (-1), whether it is an initial: "M." and "M." may be two people."""
    return np.append(names.values.str.fullmatch(INITIAL).to_numpy(dtype=bool), False)


def _swapped(pairs: Pairs, column: str, other: str) -> tuple[Any, Any]:
    """Whether both parts are each other's; or one is, and what is left is alike or not told on a side: then its level too."""
    straight = pairs.equal(column) | pairs.equal(other)
    crossed, back = pairs.equal(column, other) & ~straight, pairs.equal(other, column) & ~straight
    (left, right), (left_other, right_other) = pairs.codes(column), pairs.codes(other)
    ends = np.where(crossed, left_other, left), np.where(crossed, right, right_other)
    half = crossed ^ back
    is_told = (ends[0] >= 0) & (ends[1] >= 0)
    rest = np.where(half & ~is_told, len(NAME), pairs.judged(column, half & is_told, _unequal_names, ends))
    return (crossed & back) | (half & ((rest < NAME.index("akin")) | ~is_told)), rest


def _unequal_names(names: Coded, left: Ints, right: Ints) -> Any:
    """Middle names may be left out; else the first words speak. Two given names are two people's, though a letter apart: "Jari"
    and "Sari"; where one can be a form of the other, "Mikael" and "Mika", they are akin, and so are two names that no list has.
    """
    whole, heads = names.values, names.values.str.replace(r" .*$", "", regex=True)
    one, two = heads.take(left).tolist(), heads.take(right).tolist()
    lengths, letter, begins = heads.str.len().to_numpy(), heads.str[0].to_numpy(), heads.str[:BEGINNING].to_numpy()
    shorter = np.minimum(lengths[left], lengths[right])
    is_slip = _one_edit(one, two) & (shorter >= SHORTEST)
    is_nickname = np.array([pair in nicknames.pairs() for pair in map(_sorted, one, two)], dtype=bool)
    is_part = cpdist(whole.take(left).tolist(), whole.take(right).tolist(), scorer=token_set_ratio, score_cutoff=100) >= 100
    known = np.array([_known(*pair) for pair in zip(whole.take(left), whole.take(right), strict=True)], dtype="int8")
    is_similar = cpdist(one, two, scorer=JaroWinkler.similarity, score_cutoff=SIMILAR) >= SIMILAR
    resembles = is_similar | (begins[left] == begins[right])
    found = {
        "initial": (shorter == 1) & (letter[left] == letter[right]), "other_initial": shorter == 1,
        "near": is_part | ((is_slip | is_nickname) & (known < 2)), "similar": resembles & (known == 1),
        "akin": is_nickname | (resembles & (known == 0))}
    return np.select(list(found.values()), [NAME.index(level) for level in found], NAME.index("other"))


def _sorted(one: str, two: str) -> tuple[str, str]:
    return (one, two) if one < two else (two, one)


def _known(one: str, other: str) -> int:
    """How many of the first two words that differ are given names of the register's list.

    >>> _known("jari", "sari"), _known("jari", "jaari"), _known("anna liisa", "anna maija")
    (2, 1, 2)
    """
    words = zip(one.split(), other.split(), strict=False)
    return sum(word in given_names() for word in next((pair for pair in words if pair[0] != pair[1]), ()))


def _one_edit(one: list[str], two: list[str]) -> Any:
    return cpdist(one, two, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8) <= 1


def _slips(column: Coded, left: Ints, right: Ints) -> Any:
    return _one_edit(column.values.take(left).tolist(), column.values.take(right).tolist())


def _local_slips(locals_: Coded, left: Ints, right: Ints) -> Any:
    """One edit, but for digits: by these a firm tells its namesakes apart."""
    digits = pd.factorize(locals_.values.str.replace(r"\D", "", regex=True))[0]
    return _slips(locals_, left, right) & (digits[left] == digits[right])


def _email(
    pairs: Pairs, first: str, second: str, mailbox: str, local: str, domain: str, employer: str, spelt: str,
    given: str, family: str,
) -> Any:
    """Two addresses at one employer speak against one person. Where each spells its own row's name it only says once more how
    the names differ: never that it is nearly the same; of another surname alone, nothing.
    """
    same = pairs.meet(first, second)
    at_one, same_local, spells = pairs.equal(domain), pairs.equal(local), pairs.both(spelt)
    named_alike, surnamed_alike = pairs.equal(given), pairs.equal(family)
    close = pairs.judged(local, at_one & ~same_local & ~(spells & ~(named_alike & surnamed_alike)), _local_slips) > 0
    unlike, told = at_one & pairs.equal(employer), pairs.both(first) | pairs.both(employer)
    renamed = unlike & spells & named_alike & ~surnamed_alike
    alike = [same, close, same_local, renamed, unlike, pairs.equal(mailbox), pairs.equal(employer), told]
    levels = ("same", "close", "local", MISSING, "unlike", "shared", "domain", "other")
    return np.select(alike, [(*EMAIL, MISSING).index(level) for level in levels], len(EMAIL))


def _phone(pairs: Pairs, first: str, second: str, line: str) -> Any:
    same, both = pairs.meet(first, second), pairs.both(first)
    close = pairs.judged(first, both & ~same, _slips) > 0
    return np.select([same, close, pairs.equal(line), both], range(len(PHONE)), len(PHONE))


def _address(pairs: Pairs, street: str, postcode: str, city: str) -> Any:
    here, town = pairs.equal(postcode), pairs.equal(city)
    told = pairs.both(postcode) | pairs.both(city)
    return np.select([pairs.equal(street) & (here | town), here, town, told], range(len(ADDRESS)), len(ADDRESS))


def _value(pairs: Pairs, column: str) -> Any:
    return np.select([pairs.equal(column), pairs.both(column)], range(len(VALUE)), len(VALUE))


def _address_of_one(pairs: Pairs, column: str, local: str, domain: str) -> Any:
    """One column of e-mail addresses: whole, one edit, before the "@", after it."""
    near = pairs.judged(column, pairs.both(column) & ~pairs.equal(column), _slips) > 0
    alike = [pairs.equal(column), near, pairs.equal(local), pairs.equal(domain), pairs.both(column)]
    return np.select(alike, range(len(likeness.MAIL)), len(likeness.MAIL))


def _judged(pairs: Pairs, column: str, levels: tuple[str, ...], judge: Callable[[Coded, Any, Any], Any]) -> Any:
    """Same, or what the judge says of unequal values."""
    same, both = pairs.equal(column), pairs.both(column)
    said = pairs.judged(column, both & ~same, judge)
    return np.where(both, said, len(levels))


KINDS: dict[str, tuple[tuple[str, ...], Callable[..., Any]]] = {
    "name": (NAME, _name),           # this part, the other part
    "given": (NAME, _given),         # the same
    "email": (EMAIL, _email),        # own, own second, the role's, local part, domain, employer's domain
    "phone": (PHONE, _phone),        # own, own second, shared line
    "address": (ADDRESS, _address),  # street, postcode, city
    "value": (VALUE, _value),        # one column
    "mail": (likeness.MAIL, _address_of_one),  # one column, its local part, its domain
    # one column each, by what it holds
    "date": (likeness.DATE, partial(_judged, levels=likeness.DATE, judge=likeness.dates)),
    "code": (likeness.CODE, partial(_judged, levels=likeness.CODE, judge=likeness.codes)),
    "number": (likeness.NUMBER, partial(_judged, levels=likeness.NUMBER, judge=likeness.numbers)),
    "text": (likeness.TEXT, partial(_judged, levels=likeness.TEXT, judge=likeness.texts)),
}
"""Each kind of comparison: its levels, the most alike first, and what decides them."""

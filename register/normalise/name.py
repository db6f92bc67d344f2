"""Names of people, in Finnish and Swedish order. Knows no mailbox or company: those are read beside it."""

import re
from collections.abc import Mapping
from functools import cache, reduce
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from register.columns import NAME
from register.normalise import plain
from register.normalise.functions import COMPANY_WORDS, FUNCTIONS, TITLES
from register.normalise.text import by_distinct, codes, first_given, fold, words

PARTICLES = frozenset({"von", "af", "zu"})
"""Belong to the surname however they are written."""

LOWER_PARTICLES = frozenset({
    "de", "van", "der", "den", "du", "da", "dos", "di", "del", "della", "la", "le", "ter", "ten", "bin", "al", "el",
})
"""Belong to the surname where they are written in lower case: "Van" and "Le" are names of their own elsewhere."""

UNREADABLE = re.compile(r"[0-9@]")
INITIAL = re.compile(r"\w\.?")
SURNAME_ENDING = "nen"
SHORT = 2
"""Capitals of so few letters in a mixed text are left: initials without dots, and surnames such as "NA"."""


class Name(NamedTuple):
    """A name taken apart; a part that was not given is None."""

    full: str | None = None
    first: str | None = None
    last: str | None = None
    key: str | None = None
    failed: str | None = None


COLUMNS = ("full_name", "first_name", "last_name", "name_key", "failed")


def normalise(rows: pd.DataFrame, region: str) -> pd.DataFrame:
    """`full_name` given name first, its parts, `name_key`; first and last name in columns of their own win.

    A function or department in place of a name ("Laskutus") is a missing name. Code: name_unreadable, where digits or
    an "@" show that the text is no name.
    """
    whole, first, last = (first_given(rows, column) for column in ("full_name", "first_name", "last_name"))
    apart = last.str.replace(",", " ").fillna("") + ", " + first.str.replace(",", " ").fillna("")
    both, either = first.notna() & last.notna(), first.notna() | last.notna()
    names = by_distinct(whole.mask(both | (either & whole.isna()), apart), parse, COLUMNS, _plain)
    return names.assign(full_name_code=codes(names.pop("failed").notna(), "name_unreadable"))


def _plain(values: "pd.Series[str]") -> pd.DataFrame:
    return plain.names(values, given_names(), TITLES | FUNCTIONS | COMPANY_WORDS | PARTICLES | LOWER_PARTICLES, SURNAME_ENDING)


def parse(text: str) -> Name:
    """A written name taken apart; all parts missing where no person is named.

    >>> parse("Meikäläinen Matti Juhani").full
    'Matti Juhani Meikäläinen'
    >>> parse("Åkerberg, Åsa").key
    'akerberg-asa'
    """
    if UNREADABLE.search(text):
        return Name(failed="unreadable")
    people = re.split("[/;|&]", re.sub(r"\([^)]{0,200}\)|[\"“”]", " ", text))
    parts = next((parts for person in people if (parts := _parts(person))), [])
    if not parts or set(words(" ".join(parts)).split()) & COMPANY_WORDS:
        return Name()
    first, last = _by_comma(parts) if len(parts) > 1 else _by_order(_cased(parts[0]).split())
    full = " ".join(part for part in (first, last) if part)
    return Name(full, first or None, last or None, key(full))


def together(rows: pd.DataFrame) -> "pd.Series[str]":
    """All that stands in the name cells of each row of delivered text, whole and in parts, as one text to search."""
    cells = [rows[column].astype("str").fillna("") for column in NAME if column in rows]
    return reduce(lambda one, more: one + " " + more, cells, pd.Series("", index=rows.index, dtype="str"))


def delivered(said: Mapping[str, str]) -> str:
    """The name that a delivered row gives, whole or in parts; empty where it gives none. said: its cells by column."""
    return said.get("full_name") or " ".join(said.get(part, "") for part in ("first_name", "last_name")).strip()


def key(name: str) -> str:
    """What is equal for every order, case and accent of a name: its folded parts, sorted, "-" between.

    Hyphenated names are taken apart too: "Anna-Liisa" and "Anna Liisa" are the same two parts, each part counts once.
    """
    spoken = re.sub("['’´`]", "", name)
    return "-".join(sorted(set(words(spoken).split())))


def _parts(text: str) -> list[str]:
    """What stands between commas and is neither function nor title."""
    parts = (_untitled(part.split()) for part in text.split(","))
    return [part for part in parts if words(part)]


def _untitled(spoken: list[str]) -> str:
    """A part without titles, and without functions beside a whole name; empty where there is nothing else."""
    if words(" ".join(spoken)) in FUNCTIONS:
        return ""
    while spoken and _is_title(spoken[0], beside=len(spoken) - 1):
        spoken = spoken[1:]
    while spoken and _is_title(spoken[-1], beside=len(spoken) - 1):
        spoken = spoken[:-1]
    return " ".join(spoken).strip(" -–")


def _is_title(word: str, beside: int) -> bool:
    """`beside` counts the other words: "Anna Sales" has a surname, "Anna Virtanen sales" a function."""
    return words(word) in TITLES or (words(word) in FUNCTIONS and beside > 1)


def _by_comma(parts: list[str]) -> tuple[str, str]:
    return _cased(" ".join(parts[1:])), _cased(parts[0])


def _by_order(spoken: list[str]) -> tuple[str, str]:
    """First names and surname of words without a comma; where undecided the given name stands first."""
    if particle := next((place for place, word in enumerate(spoken) if _is_particle(word)), None):
        return " ".join(spoken[:particle]), " ".join(spoken[particle:])
    if len(spoken) == 1:
        return (spoken[0], "") if is_given(spoken[0]) else ("", spoken[0])
    if surname_words := _leading_surname(spoken):
        return " ".join(spoken[surname_words:]), " ".join(spoken[:surname_words])
    return " ".join(spoken[:-1]), spoken[-1]


def _leading_surname(spoken: list[str]) -> int:
    """How many words in front are the surname: 0 where the given name stands first."""
    if start := next((place for place, word in enumerate(spoken) if not _is_particle(word)), 0):
        return start + 1
    rest = [word for word in spoken[1:] if not INITIAL.fullmatch(word)]
    if is_given(spoken[0]) or INITIAL.fullmatch(spoken[0]):
        return 0
    if not rest or is_given(rest[-1]):
        return 1
    return int(_looks_like_surname(spoken[0]) and not _looks_like_surname(rest[-1]))


def _looks_like_surname(word: str) -> bool:
    return fold(word).endswith(SURNAME_ENDING)


def _is_particle(word: str) -> bool:
    return word in PARTICLES or word in LOWER_PARTICLES


def is_given(word: str) -> bool:
    """Whether a word, or each half of a hyphenated one, is a common given name."""
    return all(fold(half) in given_names() for half in word.split("-"))


@cache
def given_names() -> frozenset[str]:
    """Common Finnish and Swedish given names, folded, from the list beside this module."""
    listed = Path(__file__).with_name("given_names.txt").read_text(encoding="utf-8")
    return frozenset(fold(name) for name in listed.split())


def _cased(text: str) -> str:
    """As people write names, where it came in capitals or without any; particles of a surname in lower case."""
    is_plain = text.isupper() or text.islower()
    return " ".join(_cased_word(word, is_plain or (word.isupper() and len(word) > SHORT)) for word in text.split())


def _cased_word(word: str, is_plain: bool) -> str:
    if is_plain and word.lower() in LOWER_PARTICLES or word.lower() in PARTICLES:
        return word.lower()
    return word.title() if is_plain else word

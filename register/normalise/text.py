"""Delivered text before anybody reads meaning into it: spaces, folding, placeholders, work on distinct values only."""

import re
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from register.columns import SEPARATOR
from register.normalise.plain import Plain
from register.sets import is_among

PLACEHOLDERS = frozenset({
    "", "n/a", "n.a.", "#n/a", "none", "ei", "ei ole", "ei oo", "ei tiedossa", "ei tiedetä", "ei saatavilla",
    "ei puhelinta", "ei sähköpostia", "puuttuu", "tuntematon", "unknown", "not available", "saknas", "okänd", "ingen", "inget",
    "ej angivet", "tyhjä",
})
"""Texts that say "nothing here", in lower case. Not "na" and "null": surnames. Signs alone are found by their shape."""

SPACES = "[ \t\u00a0\u2007\u2009\u202f\u200b\ufeff]+"
"""Also the no-break spaces of spreadsheets and web pages."""

LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"})
"""Letters that decomposition leaves alone."""


def delivered(rows: pd.DataFrame, column: str) -> pd.Series:
    """The text of a column with single spaces and its line breaks; empty, and a column that is absent, is missing."""
    return _read(rows, column, _delivered)


def given(rows: pd.DataFrame, column: str) -> pd.Series:
    """The text of a column on one line; what only says that nothing is there is missing."""
    return _read(rows, column, _given)


def first_given(rows: pd.DataFrame, column: str) -> pd.Series:
    """As `given`, of several delivered values the first that says something: the reader has put the best first."""
    return _read(rows, column, _first_given)


def _read(rows: pd.DataFrame, column: str, read: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """What `read` makes of the distinct values of a column; all missing where it is absent."""
    if column not in rows:
        return pd.Series(None, index=rows.index, dtype="str")
    codes, distinct = pd.factorize(rows[column].astype("str"))
    return pd.Series(read(pd.Series(distinct, dtype="str")).array.take(codes, allow_fill=True), index=rows.index)


def _delivered(values: pd.Series) -> pd.Series:
    single = values.str.replace(SPACES, " ", regex=True).str.strip()
    return single.mask(single == "")


def _given(values: pd.Series) -> pd.Series:
    on_one_line = _delivered(values).str.replace(r"\s+", " ", regex=True)
    return on_one_line.mask(says_nothing(on_one_line))


def _first_given(values: pd.Series) -> pd.Series:
    first = _given(values).str.replace(rf"^(?:[^\pL\pN;]*{SEPARATOR})+", "", regex=True)
    return first.str.replace(rf"{SEPARATOR}.*$", "", regex=True)


def says_nothing(values: pd.Series) -> pd.Series:
    """True for placeholders ("ei ole") and for texts without a letter or digit ("-", "??"); False for missing ones."""
    spoken = is_among(values.str.lower(), PLACEHOLDERS)
    return spoken | (values.notna() & ~values.str.contains(r"[\pL\pN]", regex=True))


def is_placeholder(text: str) -> bool:
    """As `says_nothing`, of one text."""
    return text.strip().lower() in PLACEHOLDERS or not any(letter.isalnum() for letter in text)


def fold(text: str) -> str:
    """Lower case without accents: "Åkerberg" and "AKERBERG" are "akerberg".

    >>> fold("Mäenpään Åkerberg")
    'maenpaan akerberg'
    """
    if text.isascii():
        return text.lower()
    lower = text.lower().translate(LETTERS)
    return "".join(letter for letter in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(letter))


def words(text: str) -> str:
    """Folded, with nothing between words but single spaces: for comparing with a table of words."""
    return " ".join(re.findall(r"[^\W_]+", fold(text)))


def by_distinct(
    values: pd.Series, parse: Callable[[str], Sequence[str | None]], names: Sequence[str], plain: Plain | None = None
) -> pd.DataFrame:
    """Text columns `names`: what `parse` makes of each value, called once a distinct one and not for missing ones.

    plain: reads most values at once, with the same answers; `parse` reads those of which it leaves the first column missing.
    """
    codes, distinct = pd.factorize(values)
    held = pd.Series(distinct, dtype="str")
    quick = plain(held) if plain else pd.DataFrame(index=held.index)
    left = np.flatnonzero(quick[names[0]].isna()) if plain else np.arange(len(held))
    careful = [tuple(parse(value)) for value in held.array[left]]
    parsed = {}
    for place, name in enumerate(names):
        said = quick[name].astype("str").array.copy() if name in quick else pd.array([None] * len(held), dtype="str")
        said[left] = pd.array([row[place] for row in careful], dtype="str")
        parsed[name] = said.take(codes, allow_fill=True)
    return pd.DataFrame(parsed, index=values.index)


def codes(failed: pd.Series, code: str) -> pd.Series:
    """The reason code where `failed` is true, else missing."""
    return pd.Series(code, index=failed.index, dtype="str").where(failed)

"""What the columns of a table nobody has described hold, from their values alone: a kind, or why a column is not compared.

Titles are not looked at. Values that say nothing, and one far too frequent for its column, are missing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from register.normalise import day, website
from register.normalise.company import ANYWHERE_PATTERN
from register.normalise.text import PLACEHOLDERS, words
from register.sets import is_among

MOSTLY = 0.8
"""Share of its distinct values that make a column one of a kind."""

SEEN, LONG = 5_000, 4
"""Distinct values that decide a column's kind; digits of one length from which they are a code."""

LEAST_FILLED, MOST_ALIKE = 0.05, 0.2
"""A column filled less is nearly empty; one where two rows agree by chance more often has too few values."""

DENSE = 3
"""So many times the rows is the range of numbers that count them, gaps included."""

FREQUENT_ROWS, FREQUENT_TIMES, FREQUENT = 10, 8, 3
"""Up to FREQUENT values stand for nothing if they have so many rows, and so many times those of the next one."""

CONTAINED, ONE_TO_ONE, REPEATS = 0.95, 0.99, 5
"""Shares of rows from which a column is derived from another; rows of a value from which one-to-one is no accident."""

WORDS, EMPTY_WORDS = 12, "null|nan|nil|na|tbd|test|xx+|0+|9999+"
"""Words of a text that are compared; what says nothing in tables, beside what people write for it."""


@dataclass(frozen=True)
class Column:
    """One column. title: as delivered. place: its position. kind: "" where it is empty.

    why_not: "" where it is compared, else nearly_empty, running, few_values, derived, beyond. agree: how often two rows agree
    by chance.
    """

    title: str
    place: int
    kind: str
    filled: float
    agree: float
    why_not: str = ""

    @property
    def name(self) -> str:
        """What the comparison and the coded column are called: titles may repeat."""
        return f"c{self.place}"


def profile(frame: pd.DataFrame, known: Mapping[int, str]) -> tuple[list[Column], dict[str, "pd.Series[str]"]]:
    """The columns in their order, and the folded values of each by its name. frame: text, missing where nothing is said.

    known: kinds by position.
    """
    columns, folded = [], {}
    for place, title in enumerate(frame.columns):
        said = given(frame.iloc[:, place])
        kind = known.get(place) or kind_of(said)
        values = fold(said, kind)
        column = Column(str(title), place, kind, float(values.notna().mean()) if len(values) else 0.0, _agree(values))
        columns.append(replace(column, why_not=_why_not(column, values)))
        folded[column.name] = values
    derived = _derived([column for column in columns if not column.why_not], folded)
    return [replace(column, why_not="derived") if column.name in derived else column for column in columns], folded


def given(values: "pd.Series[str]") -> "pd.Series[str]":
    """The values without what stands for nothing."""
    spoken = values.str.strip().str.lower()
    is_nothing = is_among(spoken, PLACEHOLDERS) | spoken.str.fullmatch(rf"{EMPTY_WORDS}|(?:[^\pL\pN]|0)*", na=False)
    said = values.mask(is_nothing)
    return said.mask(is_among(said, _too_frequent(said)))


def kind_of(values: "pd.Series[str]") -> str:
    """The kind of the first test that most distinct values pass; text where none is, "" where there are no values."""
    distinct = pd.Series(values.dropna().unique()[:SEEN], dtype="str").str.strip()
    if distinct.empty:
        return ""
    return next((kind for kind, is_one in TESTS.items() if is_one(distinct)), "text")


def fold(values: "pd.Series[str]", kind: str) -> "pd.Series[str]":
    """What is equal for every way of writing the same; worked out once a distinct value."""
    codes, distinct = pd.factorize(values)
    made = FOLDS.get(kind, _squashed)(pd.Series(distinct, dtype="str"))
    return pd.Series(made.mask(made == "").array.take(codes, allow_fill=True), dtype="str")


def _mostly(pattern: str) -> Callable[[Any], bool]:
    return lambda values: bool(values.str.fullmatch(pattern).mean() >= MOSTLY)


def _is_date(values: Any) -> bool:
    shaped = values.str.fullmatch(r".*\d.*[./ -].*\d.*|(?:19|20)\d{6}")
    return bool(shaped.mean() >= MOSTLY and values[shaped].head(500).map(day.parse).notna().mean() >= MOSTLY)


def _is_digits(values: Any) -> bool:
    """Numbers all of one length, or with zeros in front, name things and count none."""
    if not values.str.fullmatch(r"\d+").mean() >= MOSTLY:
        return False
    lengths = values.str.len().value_counts(normalize=True)
    return bool((lengths.iloc[0] >= MOSTLY and lengths.index[0] >= LONG) or values.str.match(r"0\d").mean() > 1 - MOSTLY)


TESTS: Mapping[str, Callable[[Any], bool]] = {
    "email": _mostly(r"\S+@\S+\.\w+"),
    "date": _is_date,
    "phone": _mostly(r"(?=(?:\D*\d){7})[+(]?[\d()/ .-]*[+( )/-][\d()/ .-]*"),
    "digits": _is_digits,
    "number": _mostly(r"[+-]?\d[\d ]*(?:[.,]\d+)?"),
    "web": _mostly(r"(?:https?://|www\.)\S+|\S+\.[a-z]{2,6}(?:/\S*)?"),
    "code": _mostly(r"(?=\S*\d)\S+"),
    "name": _mostly(r"\pL[\pL.'’-]*"),
}
"""Kinds in the order in which they are asked for; phone and digits are compared as codes are."""


def _squashed(values: Any) -> Any:
    return values.str.lower().str.replace(r"[^\pL\pN]", "", regex=True)


def _days(values: Any) -> Any:
    read = values.map(day.parse).astype("str").str.replace("-", "", regex=False)
    return read.fillna(values.str.replace(r"\D", "", regex=True))


def _sites(values: Any) -> Any:
    return values.map(website.parse).astype("str").str.replace(r"^www\.", "", regex=True).fillna(values.str.lower())


def _numbers(values: Any) -> Any:
    plain = values.str.replace(" ", "", regex=False).str.replace(",", ".", regex=False)
    return plain.where(plain.str.fullmatch(r"[+-]?\d+(?:\.\d+)?")).str.replace(r"^\+|(?<=\d)\.0+$", "", regex=True)


def _spoken(values: Any) -> Any:
    made = pd.Series([" ".join(words(text).split()[:WORDS]) for text in values.tolist()], dtype="str")
    bare = made.str.replace(ANYWHERE_PATTERN.pattern, "", regex=True).str.split().str.join(" ")
    return bare.where(bare != "", made)


FOLDS: Mapping[str, Callable[[Any], Any]] = {
    "email": lambda values: values.str.lower().str.strip(),
    "date": _days,
    "number": _numbers,
    "phone": lambda values: values.str.replace(r"\D", "", regex=True).str.replace(r"^(?:00)?358|^0", "", regex=True),
    "web": _sites,
    "name": _spoken,
    "text": _spoken,
}
"""How the values of each kind are folded; codes lose all but letters and digits."""


def _too_frequent(values: "pd.Series[str]") -> "pd.Series[str]":
    counts = values.value_counts()
    for many in range(min(FREQUENT, len(counts) - 1), 0, -1):
        if counts.iloc[many - 1] >= max(FREQUENT_ROWS, FREQUENT_TIMES * counts.iloc[many]):
            return pd.Series(counts.index[:many], dtype="str")
    return pd.Series([], dtype="str")


def _agree(values: "pd.Series[str]") -> float:
    counts = values.value_counts().to_numpy(dtype="float64")
    pairs = counts.sum() * (counts.sum() - 1)
    return float((counts * (counts - 1)).sum() / pairs) if pairs else 1.0


def _why_not(column: Column, values: "pd.Series[str]") -> str:
    if column.filled < LEAST_FILLED:
        return "nearly_empty"
    if not column.agree and column.kind in ("number", "digits") and _is_running(values):
        return "running"
    return "few_values" if column.agree > MOST_ALIKE else ""


def _is_running(values: "pd.Series[str]") -> bool:
    """Whether numbers that never repeat lie so close together that they count the rows."""
    number = pd.to_numeric(values, errors="coerce")
    return bool(number.max() - number.min() < DENSE * len(values))


def _derived(columns: list[Column], folded: Mapping[str, Any]) -> set[str]:
    """Columns that others say: what stands in several is told by these, what stands in one by that; else one-to-one."""
    inside = {(part.name, whole.name) for part in columns for whole in columns
              if part is not whole and _is_within(folded[part.name], folded[whole.name])}
    found: set[str] = set()
    for whole in columns:
        parts = {part for part, of in inside if of == whole.name} - found
        if len(parts) > 1:
            found.add(whole.name)
        elif whole.name not in found:
            found |= parts
    left = [column for column in columns if column.name not in found]
    found |= {two.name for place, one in enumerate(left) for two in left[place + 1:]
              if one.name not in found and _is_one_to_one(folded[one.name], folded[two.name])}
    return found


def _is_within(part: Any, whole: Any) -> bool:
    """Whether one column's value stands in the other's, in most rows; asked of some first."""
    both = (part.notna() & whole.notna()).to_numpy()
    if both.mean() < MOSTLY * part.notna().mean():
        return False
    chosen = np.flatnonzero(both)[:SEEN]
    if not len(chosen):
        return False
    held = [one in other for one, other in zip(part.array.take(chosen), whole.array.take(chosen), strict=True)]
    return float(np.mean(held)) >= CONTAINED and len(part.array.take(chosen).unique()) > 1


def _is_one_to_one(one: Any, other: Any) -> bool:
    both = (one.notna() & other.notna()).to_numpy()
    if both.mean() < MOSTLY:
        return False
    first, second = (pd.factorize(values[both])[0] for values in (one, other))
    pairs = pd.DataFrame({"one": first, "other": second}).value_counts()
    repeats = both.sum() / max(len(np.unique(first)), len(np.unique(second)))
    return bool(repeats >= REPEATS and _most(pairs, "one") >= ONE_TO_ONE and _most(pairs, "other") >= ONE_TO_ONE)


def _most(pairs: Any, end: str) -> float:
    """Share of rows whose pair of values is the most frequent one of its `end`."""
    return float(pairs.groupby(level=end).max().sum() / pairs.sum())

"""Why two rows are taken for one, or not: the pieces of one sentence, as text keys with their values. Words nothing itself."""

from collections.abc import Mapping
from typing import NamedTuple

from register.matching.levels import MISSING, levels_of
from register.matching.model import COMPARISONS

VALUES = {"first": "first_name", "last": "last_name"}
"""Comparisons whose two values the sentence shows where they differ."""

ORDER = ("email", "phone", "last", "first", "address", "firm")
"""How the sentence names the comparisons."""

UNSAID = frozenset({("firm", "same"), *((name, MISSING) for name in ORDER)})
"""What goes without saying."""


class Piece(NamedTuple):
    """A text key, and what fills it: `left` and `right` where two values differ."""

    key: str
    values: dict[str, str]


def why(pattern: int, left: Mapping[str, object], right: Mapping[str, object]) -> list[Piece]:
    """The pieces of "same mobile, same surname, first name Matti/Masa, other street", in the sentence's order.

    pattern: of the pair. left, right: the two rows, for first_name and last_name. Keys: `match.<comparison>.<level>`.
    """
    said = levels(pattern)
    return [Piece(f"match.{name}.{said[name]}", _values(name, said[name], left, right))
            for name in ORDER if (name, said[name]) not in UNSAID]


def levels(pattern: int) -> dict[str, str]:
    """The level of each comparison in a pattern, "missing" where a row has no value."""
    places = levels_of(COMPARISONS, pattern)
    return {of.name: (*of.levels, MISSING)[int(place)] for of, place in zip(COMPARISONS, places, strict=True)}


def _values(name: str, level: str, left: Mapping[str, object], right: Mapping[str, object]) -> dict[str, str]:
    """Both values, the lesser first, so that a sentence does not depend on the side."""
    if name not in VALUES or level in ("same", "swapped"):
        return {}
    one, other = sorted(str(row[VALUES[name]]) for row in (left, right))
    return {"left": one, "right": other}

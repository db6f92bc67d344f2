"""Which columns of a table describe a thing that several rows share: the firm of colleagues, the place of neighbours.

Measured: of the pairs that agree on one column, how many agree on another, as a share of the most that any column reaches
there, so that noise is not taken for structure. A column that says others and does not fix the rest tells a context.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from register.matching.columns import Ints, Table

SAMPLE = 50_000
"""Pairs that agree on a column, of which the others are counted."""

TOGETHER, FIXED = 0.5, 0.5
"""Shares of the best agreement: from the first a column says another; a context says less of what is outside it."""

TELLS = 0.8
"""A column that says so much of the others tells one thing from another: what says it is the match itself, no context."""

MOST = 4
"""Contexts at most."""

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Context:
    """Columns of a shared thing, and the one of them that tells it: pairs that agree there share it."""

    anchor: str
    columns: frozenset[str]


def contexts(table: Table, columns: Sequence[str], dice: np.random.Generator) -> list[Context]:
    """The contexts of a table: of each column those that it says, none of a single column; the most shared first."""
    given = {name: _given_equal(table, name, columns, dice) for name in columns}
    share = np.array([[given[one][other] for other in columns] for one in columns]).reshape(len(columns), len(columns))
    np.fill_diagonal(share, 0)
    relative = share / np.maximum(share.max(axis=0, initial=0), 1e-9)
    tells_one = _mean_of_others(relative) >= TELLS
    found = []
    for place, anchor in enumerate(columns):
        said = (relative[place] >= TOGETHER) | (np.arange(len(columns)) == place)
        if 1 < said.sum() < len(columns) and relative[place, ~said].mean() < FIXED and not tells_one[said].any():
            found.append(Context(anchor, frozenset(name for name, is_said in zip(columns, said, strict=True) if is_said)))
    found.sort(key=lambda context: -pairs_of(table[context.anchor].codes))
    distinct = {context.columns: context for context in reversed(found)}
    return [context for context in found if distinct[context.columns] is context][:MOST]


def _mean_of_others(relative: Floats) -> Floats:
    """Of each column, how much it says of the others on the whole."""
    mean: Floats = relative.sum(axis=1) / max(len(relative) - 1, 1)
    return mean


def same_value(codes: Any, dice: np.random.Generator, count: int) -> tuple[Ints, Ints]:
    """Random pairs of rows with the same value, every pair as likely."""
    order = np.argsort(codes, kind="stable")
    order = order[codes[order] >= 0]
    sizes = np.bincount(codes[order])
    weight = sizes * (sizes - 1.0)
    if not weight.sum():
        return order[:0], order[:0]
    starts = np.append(0, np.cumsum(sizes)[:-1])
    which = np.searchsorted(np.cumsum(weight / weight.sum())[:-1], dice.random(count))
    left, right = (starts[which] + (dice.random(count) * sizes[which]).astype("int64") for _ in range(2))
    return order[left[left != right]], order[right[left != right]]


def pairs_of(codes: Any) -> float:
    """How many pairs of rows have the same value."""
    sizes = np.bincount(codes[codes >= 0]).astype("float64")
    return float((sizes * (sizes - 1) / 2).sum())


def _given_equal(table: Table, name: str, columns: Sequence[str], dice: np.random.Generator) -> Mapping[str, float]:
    """Of pairs that agree on the column, the share that agrees on each other one, where both rows have it."""
    left, right = same_value(table[name].codes, dice, SAMPLE)
    found = {}
    for other in columns:
        one, two = table[other].codes[left], table[other].codes[right]
        both = (one >= 0) & (two >= 0)
        found[other] = float((one == two)[both].mean()) if both.any() else 0.0
    return found

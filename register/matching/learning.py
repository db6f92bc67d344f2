"""The classes of an unknown table, and what is learned of them: strangers, those who share a context, and matches.

u is what random pairs say, less the matches they hold; matches start from a fixed prior, so that small tables stay sane.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from register.matching.blocks import ALL, is_whole
from register.matching.classes import Estimate, Floats, LatentClass, Structure, fit, start, strangers
from register.matching.columns import Flags, Ints, Table
from register.matching.dependence import Context, contexts, pairs_of, same_value
from register.matching.levels import Comparison, levels_of, patterns

SEED = 20261124
SAMPLE = 500_000
"""Random pairs that say what agrees by chance; of a small table all pairs say it."""

SAME, CONTRADICTS = 0.85, 0.02
"""Weights of agreement and of contradiction in a match before anything is learned; between them each level halves."""

MATCHES_A_ROW = 0.5
"""Before anything is learned."""


@dataclass(frozen=True)
class Rows:
    """The coded rows, what is compared of them, and the file of each: several files are compared across alone."""

    table: Table
    comparisons: tuple[Comparison, ...]
    side: Ints

    @property
    def is_linked(self) -> bool:
        """Whether there are two files."""
        return bool(self.side.max(initial=0))

    @property
    def pairs(self) -> float:
        """Pairs of rows that may be one."""
        rows = len(self.side)
        first = float((self.side == 0).sum())
        return first * (rows - first) if self.is_linked else rows * (rows - 1) / 2


def learn(rows: Rows, left: Ints, right: Ints, found: Ints) -> tuple[Structure, Estimate]:
    """Classes and their odds from the candidates and their patterns; twice, the second time with u of strangers alone."""
    dice = np.random.default_rng(SEED)
    shared = contexts(rows.table, [comparison.name for comparison in rows.comparisons], dice)
    seen = _seen(rows, shared, (left, right), found, dice)
    chance = _random(rows, found, dice)
    weight = np.ones(len(chance))
    by_chance = _chance(rows, chance, weight)
    structure = _structure(rows, shared, by_chance, chance)
    sizes, counts = _sizes(rows, shared), np.asarray(seen, dtype="float64")
    for _ in range(2):
        begun = start(structure, sizes, by_chance)
        estimate = fit(structure, begun, seen.index.to_numpy(), counts, rows.pairs, ("stranger",))
        weight = strangers(structure, estimate, chance.index.to_numpy())
        sizes, by_chance = estimate.sizes, _chance(rows, chance, weight)
    return structure, estimate


def _seen(
    rows: Rows, shared: Sequence[Context], ends: tuple[Ints, Ints], found: Ints, dice: np.random.Generator
) -> "pd.Series[float]":
    """Patterns, and how many pairs of the table have each: of each context by a sample, since candidates are those of them that
    resemble each other; else the candidates.
    """
    if len(rows.side) <= ALL:
        return pd.Series(found).value_counts(sort=False).sort_index().astype("float64")
    strata = [(found[~_shares(rows, shared, *ends)], 1.0)]
    for place, context in enumerate(shared):
        left, right = same_value(rows.table[context.anchor].codes, dice, SAMPLE)
        is_asked = ~_shares(rows, shared[:place], left, right)
        if rows.is_linked:
            is_asked &= rows.side[left] != rows.side[right]
        weight = pairs_of(rows.table[context.anchor].codes) / max(len(left), 1)
        strata.append((patterns(rows.comparisons, rows.table, left[is_asked], right[is_asked]), weight))
    return pd.concat([pd.Series(weight, index=some) for some, weight in strata]).groupby(level=0).sum()


def _shares(rows: Rows, shared: Sequence[Context], left: Ints, right: Ints) -> Flags:
    """Which pairs agree on the anchor of any context."""
    found = np.zeros(len(left), dtype=bool)
    for context in shared:
        codes = rows.table[context.anchor].codes
        found |= (codes[left] == codes[right]) & (codes[left] >= 0)
    return found


def _named(place: int) -> str:
    return f"context {place}"


def _sizes(rows: Rows, shared: Sequence[Context]) -> dict[str, float]:
    count = len(rows.side)
    across = rows.pairs / max(count * (count - 1) / 2, 1)
    return {"stranger": rows.pairs, "match": MATCHES_A_ROW * count,
            **{_named(place): pairs_of(rows.table[context.anchor].codes) * across for place, context in enumerate(shared)}}


def _structure(rows: Rows, shared: Sequence[Context], by_chance: Mapping[str, Floats], chance: "pd.Series[int]") -> Structure:
    names = [comparison.name for comparison in rows.comparisons]
    ways = [{name: "own" if name in context.columns else "partly" for name in names} for context in shared]
    classes = [LatentClass("stranger", dict.fromkeys(names, "chance")),
               *(LatentClass(_named(place), way) for place, way in enumerate(ways)),
               LatentClass("match", dict.fromkeys(names, "own"), is_contact=True, is_person=True)]
    of_one = {comparison.name: _of_one(len(comparison.levels)) for comparison in rows.comparisons}
    priors = {"match": of_one} | {
        _named(place): {name: of_one[name] if name in context.columns else tuple(by_chance[name]) for name in names}
        for place, context in enumerate(shared)}
    telling = {name: ("same",) for name in names if is_whole(rows.table[name].codes, len(rows.side))}
    return Structure(rows.comparisons, classes, priors, telling, frozenset(), _told(rows, chance))


def _of_one(levels: int) -> tuple[float, ...]:
    between = [(1 - SAME) / 2 ** place for place in range(1, levels - 1)]
    return (SAME, *between, max(CONTRADICTS, (1 - SAME) / 2 ** (levels - 1)))


def _random(rows: Rows, found: Ints, dice: np.random.Generator) -> "pd.Series[int]":
    """Patterns of random pairs, and how many have each."""
    count = len(rows.side)
    if count <= ALL:
        return pd.Series(found).value_counts(sort=False).sort_index()
    if rows.is_linked:
        left, right = (dice.choice(np.flatnonzero(rows.side == file), SAMPLE) for file in (0, 1))
    else:
        left, right = dice.integers(0, count, (2, SAMPLE))
    is_pair = left != right
    return pd.Series(patterns(rows.comparisons, rows.table, left[is_pair], right[is_pair])).value_counts().sort_index()


def _chance(rows: Rows, chance: "pd.Series[int]", weight: Floats) -> dict[str, Floats]:
    """Levels of random pairs that are strangers; agreement on values with many rows by the counts of the values."""
    levels = levels_of(rows.comparisons, chance.index.to_numpy())
    found = {}
    for place, comparison in enumerate(rows.comparisons):
        seen = np.bincount(levels[place], chance.to_numpy() * weight, len(comparison.levels) + 1)[:-1] + 0.5
        odds = seen / seen.sum()
        codes = rows.table[comparison.name].codes
        if not is_whole(codes, len(codes)):
            odds[0] = max(odds[0], pairs_of(codes) / max((codes >= 0).sum() ** 2 / 2, 1))
        found[comparison.name] = odds / odds.sum()
    return found


def _told(rows: Rows, chance: "pd.Series[int]") -> dict[str, float]:
    levels: Any = levels_of(rows.comparisons, chance.index.to_numpy())
    count = chance.to_numpy()
    share = {comparison.name: float(count[levels[place] < len(comparison.levels)].sum() / max(count.sum(), 1))
             for place, comparison in enumerate(rows.comparisons)}
    return {name: max(told, 1 / SAMPLE) for name, told in share.items()}

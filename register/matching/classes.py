"""What kinds of pairs there are, and how probable each level is in each: Fellegi-Sunter with several latent classes.

Learns from distinct patterns and their counts, knows no column by name: the classes come as a table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from register.matching.columns import Ints
from register.matching.levels import Comparison, levels_of, size
from register.matching.linkage import CLIPPED, UNIT

Floats = np.ndarray[Any, np.dtype[np.float64]]

PRIOR_PAIRS = 50.0
"""A prior is worth so many pairs: a small table stays sane, a large one speaks for itself."""

LEAST = 1e-9
"""No level is quite impossible."""

ROUNDS = 60


@dataclass(frozen=True)
class LatentClass:
    """One kind of pairs.

    ways: by comparison, where its levels' probabilities come from: "chance" as strangers, "own" learned from the class alone,
    "partly" its own but for the levels that show one person, which stay as rare as by chance; another class: learned
    together with that one; a level: always that one. is_contact, is_person: what two such rows are.
    """

    name: str
    ways: Mapping[str, str]
    is_contact: bool = False
    is_person: bool = False


@dataclass(frozen=True)
class Structure:
    """Classes, strangers first, and what they start from. priors: class -> comparison -> weights of the levels.

    telling: levels that show one person; every pair that has one is a candidate. per_row: classes whose pairs grow with the
    rows; the others' grow with the square. told: share of all pairs whose two rows both have a value, 1 where it is not given.
    """

    comparisons: Sequence[Comparison]
    classes: Sequence[LatentClass]
    priors: Mapping[str, Mapping[str, tuple[float, ...]]]
    telling: Mapping[str, tuple[str, ...]]
    per_row: frozenset[str]
    told: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Estimate:
    """sizes: pairs of each class. odds: probability of each level, by class and comparison, as arrays."""

    sizes: dict[str, float]
    odds: dict[str, dict[str, Floats]]


def start(structure: Structure, sizes: Mapping[str, float], chance: Mapping[str, Floats]) -> Estimate:
    """What is taken for true before anything is learned. chance: levels of strangers. sizes: pairs of each class."""
    odds = {of.name: {c.name: _first(structure, of, c, chance[c.name]) for c in structure.comparisons}
            for of in structure.classes}
    return Estimate(dict(sizes), odds)


def fit(structure: Structure, begun: Estimate, patterns: Ints, counts: Floats, pairs: float, given: Sequence[str]) -> Estimate:
    """Learns from patterns and how many pairs have each. pairs: of the whole table. given: classes whose size is known."""
    levels = levels_of(structure.comparisons, patterns)
    estimate = begun
    for _ in range(ROUNDS):
        share = counts * _shares(structure, estimate, levels)
        estimate = _learned(structure, estimate, levels, share, pairs, given)
    return estimate


def log_odds(structure: Structure, estimate: Estimate, patterns: Ints | None = None) -> dict[str, Ints]:
    """Of the patterns, else of every one there can be: log-odds, in UNITs, of one contact and of one person."""
    levels = levels_of(structure.comparisons, np.arange(size(structure.comparisons)) if patterns is None else patterns)
    weights = _log_weights(structure, estimate, levels)
    return {side: _odds(weights, np.array([getattr(of, side) for of in structure.classes]))
            for side in ("is_contact", "is_person")}


def strangers(structure: Structure, estimate: Estimate, patterns: Ints) -> Floats:
    """Of each pattern: which share of its pairs are strangers."""
    found: Floats = _shares(structure, estimate, levels_of(structure.comparisons, patterns))[0]
    return found


def scaled(structure: Structure, estimate: Estimate, rows: int, reference: int) -> Estimate:
    """The same for a table of another size."""
    by = {of.name: reference / rows if of.name in structure.per_row else (reference / rows) ** 2 for of in structure.classes}
    return replace(estimate, sizes={name: pairs * by[name] for name, pairs in estimate.sizes.items()})


def _first(structure: Structure, of: LatentClass, comparison: Comparison, chance: Floats) -> Floats:
    way = of.ways[comparison.name]
    if way in comparison.levels:
        return _normal(np.array([float(level == way) for level in comparison.levels]))
    if way == "chance":
        return chance
    return _normal(_prior(structure, of if way in ("own", "partly") else _named(structure, way), comparison))


def _named(structure: Structure, name: str) -> LatentClass:
    return next(of for of in structure.classes if of.name == name)


def _prior(structure: Structure, of: LatentClass, comparison: Comparison) -> Floats:
    return np.array(structure.priors[of.name][comparison.name], dtype="float64")


def _normal(weights: Floats) -> Floats:
    sure: Floats = np.maximum(weights / weights.sum(), LEAST)
    return sure


def _log_weights(structure: Structure, estimate: Estimate, levels: Ints) -> Floats:
    """Of each class (a row) and pattern: the log of how many such pairs there are to be; a missing level says nothing."""
    rows = []
    for of in structure.classes:
        each = [np.append(np.log(estimate.odds[of.name][c.name]), 0.0)[levels[place]]
                for place, c in enumerate(structure.comparisons)]
        rows.append(np.log(max(estimate.sizes[of.name], LEAST)) + np.sum(each, axis=0))
    return np.stack(rows)


def _shares(structure: Structure, estimate: Estimate, levels: Ints) -> Floats:
    weights = _log_weights(structure, estimate, levels)
    likely = np.exp(weights - weights.max(axis=0))
    shares: Floats = likely / likely.sum(axis=0)
    return shares


def _learned(
    structure: Structure, before: Estimate, levels: Ints, share: Floats, pairs: float, given: Sequence[str]
) -> Estimate:
    by_class = dict(zip((of.name for of in structure.classes), share, strict=True))
    sizes = {name: before.sizes[name] if name in given else float(weight.sum()) + 1 for name, weight in by_class.items()}
    counted = {name: {c.name: np.bincount(levels[place], weight, len(c.levels) + 1)[:-1]
                      for place, c in enumerate(structure.comparisons)} for name, weight in by_class.items()}
    chance = {c.name: _chance(structure, before, c, counted, pairs) for c in structure.comparisons}
    odds = {of.name: {c.name: _renewed(structure, of, c, counted, before, chance[c.name]) for c in structure.comparisons}
            for of in structure.classes}
    return Estimate(sizes, odds)


def _chance(structure: Structure, before: Estimate, comparison: Comparison, counted: Any, pairs: float) -> Floats:
    """Of strangers: telling levels from the candidates, which hold them all; the others as random pairs said."""
    chance = before.odds[structure.classes[0].name][comparison.name].copy()
    for level in structure.telling.get(comparison.name, ()):
        place = comparison.levels.index(level)
        met = sum(counted[of.name][comparison.name][place] for of in structure.classes if of.ways[comparison.name] == "chance")
        chance[place] = max((met + 0.5) / (pairs * structure.told.get(comparison.name, 1.0)), LEAST)
    return chance


def _renewed(
    structure: Structure, of: LatentClass, comparison: Comparison, counted: Any, before: Estimate, chance: Floats
) -> Floats:
    way = of.ways[comparison.name]
    if way == "chance":
        return chance
    if way in comparison.levels:
        return before.odds[of.name][comparison.name]
    source = of.name if way in ("own", "partly") else way
    together = [one.name for one in structure.classes if one.name == source or one.ways[comparison.name] == source]
    seen = sum(counted[name][comparison.name] for name in together)
    prior = _prior(structure, _named(structure, source), comparison)
    found = _normal(seen + prior / prior.sum() * PRIOR_PAIRS)
    return _kept_rare(found, comparison, structure.telling, chance) if way == "partly" else found


def _kept_rare(found: Floats, comparison: Comparison, telling: Mapping[str, tuple[str, ...]], chance: Floats) -> Floats:
    """A context that agrees on what shows one person is no context: there it is as rare as among strangers."""
    rare = [comparison.levels.index(level) for level in telling.get(comparison.name, ())]
    found = found.copy()
    found[rare] = 0
    found = _normal(found)
    found[rare] = chance[rare]
    return found


def _odds(weights: Floats, is_match: Any) -> Ints:
    odds = np.logaddexp.reduce(weights[is_match], axis=0) - np.logaddexp.reduce(weights[~is_match], axis=0)
    clipped: Ints = np.round(odds * UNIT).astype("int64").clip(-CLIPPED, CLIPPED)
    return clipped

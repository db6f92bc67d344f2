"""Trains the contacts model on made-up people, without their truth, and freezes it: `python -m benchmarks.train [ROWS]`.

All pairs of one firm, and all of one name, are seen by a sample with its weight, of the others the candidates; chance is what
random pairs say. So no share is taken from candidates, which are chosen for being alike.
"""

import json
import sys
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import people
from register.matching.candidates import CONTACT_KEYS, UNSTORED, candidate_keys, candidate_pairs
from register.matching.classes import Estimate, Floats, fit, scaled, start
from register.matching.columns import Ints, Table, contact_columns
from register.matching.levels import Comparison, levels_of, patterns
from register.matching.model import COMPARISONS, CONTACTS, FROZEN

VERSION = "contacts 2"
REFERENCE = 1_000_000
"""Rows of the table whose shares the frozen model has."""

SAMPLE = 500_000
ROWS = 200_000
SEED = 20261124


def main(rows: int) -> None:
    made = people.rows(rows, SEED).sort_values("record_key", ignore_index=True)
    learned = scaled(CONTACTS, train(contact_columns(made)), rows, REFERENCE)
    odds = {name: {column: [float(f"{value:.4g}") for value in values] for column, values in by.items()}
            for name, by in learned.odds.items()}
    sizes = {name: float(f"{pairs:.4g}") for name, pairs in learned.sizes.items()}
    lines = json.dumps({"version": VERSION, "reference_rows": REFERENCE, "sizes": sizes, "odds": odds}, indent=1)
    FROZEN.write_text(lines + "\n", encoding="utf-8")


def train(table: Table) -> Estimate:
    """What the pairs of a table say."""
    dice = np.random.default_rng(SEED)
    firm = table["firm"].codes
    rows = len(firm)
    chance_pairs = patterns(COMPARISONS, table, *_random(rows, dice))
    by_chance = zip(COMPARISONS, levels_of(COMPARISONS, chance_pairs), strict=True)
    chance = {comparison.name: _chance(comparison, level, table) for comparison, level in by_chance}
    seen, count = _seen(table, dice)
    pairs = rows * (rows - 1) / 2
    a_row = {"namesake": 0.1, "family": 0.01, "match": 0.5, "moved": 0.05}
    sizes = {"stranger": pairs, "colleague": _pairs_of(firm)} | {name: rows * share for name, share in a_row.items()}
    return fit(CONTACTS, start(CONTACTS, sizes, chance), seen, count, pairs, ("stranger",))


def _seen(table: Table, dice: np.random.Generator) -> tuple[Ints, Floats]:
    """Patterns, and how many pairs of the table have each: at one firm and of one name by a sample, else the candidates."""
    firm = table["firm"].codes
    left, right = candidate_pairs(candidate_keys(CONTACT_KEYS, table, UNSTORED))
    name = table["name_key"].codes
    is_left = ~_equal(firm, left, right) & ~_equal(name, left, right)
    strata = [((left[is_left], right[is_left]), float(is_left.sum()))]
    strata += [(_sample(firm, dice), _pairs_of(firm))]
    one, two = _sample(name, dice)
    is_elsewhere = ~_equal(firm, one, two)
    strata += [((one[is_elsewhere], two[is_elsewhere]), _pairs_of(name) * is_elsewhere.mean())]
    found = [pd.Series(pairs / len(ends[0]), patterns(COMPARISONS, table, *ends)) for ends, pairs in strata]
    counted = pd.concat(found).groupby(level=0).sum()
    return counted.index.to_numpy(), counted.to_numpy()


def _equal(codes: Any, left: Ints, right: Ints) -> Any:
    return (codes[left] == codes[right]) & (codes[left] >= 0)


def _random(rows: int, dice: np.random.Generator) -> tuple[Ints, Ints]:
    left, right = dice.integers(0, rows, (2, SAMPLE))
    return left[left != right], right[left != right]


def _sample(codes: Any, dice: np.random.Generator) -> tuple[Ints, Ints]:
    """Random pairs of rows with the same value, every pair as likely."""
    order = np.argsort(codes, kind="stable")
    order = order[codes[order] >= 0]
    sizes = np.bincount(codes[order])
    starts = np.append(0, np.cumsum(sizes)[:-1])
    weight = sizes * (sizes - 1) / 2
    which = np.searchsorted(np.cumsum(weight / weight.sum())[:-1], dice.random(SAMPLE))
    left, right = (starts[which] + (dice.random(SAMPLE) * sizes[which]).astype("int64") for _ in range(2))
    return order[left[left != right]], order[right[left != right]]


def _chance(comparison: Comparison, level: Ints, table: Table) -> Floats:
    """Levels of random pairs; of equal names what the counts of their values say."""
    seen = np.bincount(level, minlength=len(comparison.levels) + 1)[:-1] + 0.5
    odds = seen / seen.sum()
    if comparison.kind in ("name", "given"):
        names = table[comparison.name]
        is_told = names.values.str.len().gt(1).to_numpy()[names.codes] & (names.codes >= 0)
        odds[0] = _pairs_of(names.codes[is_told]) / ((names.codes >= 0).sum() ** 2 / 2)
    return odds / odds.sum()


def _pairs_of(codes: Any) -> float:
    sizes = np.bincount(codes[codes >= 0]).astype("float64")
    return float((sizes * (sizes - 1) / 2).sum())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)

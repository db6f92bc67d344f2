"""How alike two values of one column are, by the kind of thing it holds: what a level's number is, for unequal values only.

Each judge takes a column and distinct pairs of its codes; the number it gives is a place in the kind's levels. All are
symmetric in their two sides. Names and e-mails are judged in `levels.py`, as the contacts are.
"""

from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio, token_set_ratio, token_sort_ratio
from rapidfuzz.process import cpdist

from register.matching.columns import Coded, Ints

MAIL = ("same", "near", "local", "domain", "other")
DATE = ("same", "near", "partly", "other")
CODE = ("same", "near", "similar", "other")
NUMBER = ("same", "near", "similar", "other")
TEXT = ("same", "near", "contained", "similar", "other")

SLIP, ALIKE = 90, 70
"""Similarities of two texts, of 100: a slip or two; more in common than not."""

SHORT_CODE, LONG_CODE, LONG_NUMBER = 4, 7, 3
"""Characters from which one edit of a code is a slip, from which two are; digits from which one of a number is."""

NEAR_NUMBER, SIMILAR_NUMBER = 0.01, 0.1
"""Relative differences of two numbers."""


def dates(column: Coded, left: Ints, right: Ints) -> Any:
    """Days as digits: one edit, or day and month exchanged; two of year, month and day."""
    year, month, day = (_codes(column.values.str[part]) for part in (slice(0, 4), slice(4, 6), slice(6, 8)))
    same = [part[left] == part[right] for part in (year, month, day)]
    mirrored = _codes(column.values.str[:4] + column.values.str[6:8] + column.values.str[4:6], like=column.values)
    is_near = (_edits(column.values, left, right, 1) <= 1) | (mirrored[left] == right)
    return np.select([is_near, np.sum(same, axis=0) > 1], [1, 2], 3)


def codes(column: Coded, left: Ints, right: Ints) -> Any:
    """One edit; two, or the beginning of the other."""
    length = column.values.str.len().to_numpy()
    shorter = np.minimum(length[left], length[right])
    edits = _edits(column.values, left, right, 2)
    return np.select([(edits <= 1) & (shorter >= SHORT_CODE), (edits <= 1) | ((edits <= 2) & (shorter >= LONG_CODE))],
                     [1, 2], 3)


def numbers(column: Coded, left: Ints, right: Ints) -> Any:
    """A small difference, or one edit."""
    value = column.values.astype("float64").to_numpy()
    greater = np.maximum(np.abs(value[left]), np.abs(value[right]))
    apart = np.abs(value[left] - value[right]) / np.maximum(greater, 1e-9)
    length = column.values.str.len().to_numpy()
    shorter, is_edit = np.minimum(length[left], length[right]), _edits(column.values, left, right, 1) <= 1
    return np.select([(apart <= NEAR_NUMBER) | (is_edit & (shorter >= LONG_NUMBER)),
                      (apart <= SIMILAR_NUMBER) | (is_edit & (shorter > 1))], [1, 2], 3)


def texts(column: Coded, left: Ints, right: Ints) -> Any:
    """Words in any order: a slip; all of one in the other; more in common than not. Other numbers are never a slip."""
    one, two = column.values.take(left).tolist(), column.values.take(right).tolist()
    bare = column.values.str.replace(" ", "", regex=False)
    digits = column.values.str.replace(r"\D+", " ", regex=True).str.strip()
    number = _codes(digits)
    is_other = (number[left] != number[right]) & ((digits != "").to_numpy()[left] & (digits != "").to_numpy()[right])
    in_order = cpdist(bare.take(left).tolist(), bare.take(right).tolist(), scorer=ratio, score_cutoff=SLIP)
    sorted_ = cpdist(one, two, scorer=token_sort_ratio, score_cutoff=ALIKE)
    shared = cpdist(one, two, scorer=token_set_ratio, score_cutoff=ALIKE)
    is_near = np.maximum(in_order, sorted_) >= SLIP
    return np.select([is_near & ~is_other, (shared >= 100) & ~is_other, np.maximum(sorted_, shared) >= ALIKE], [1, 2, 3], 4)


def _edits(values: "pd.Series[str]", left: Ints, right: Ints, most: int) -> Any:
    one, two = values.take(left).tolist(), values.take(right).tolist()
    return cpdist(one, two, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8)


def _codes(values: "pd.Series[str]", like: "pd.Series[str] | None" = None) -> Any:
    """A number for each text; with `like` its place there, -1 where it has none."""
    return pd.factorize(values)[0] if like is None else pd.Index(like).get_indexer(pd.Index(values))

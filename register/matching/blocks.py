"""Which rows of an unknown table are compared: all of a small one; of a large one those that share a value, or a part of it.

Where a value has too many rows, those are compared that share another such value with it. No block is cut: it is taken whole
or left out, so that which pairs are compared depends on counts alone, never on the order of rows.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from register.matching.candidates import within
from register.matching.columns import Coded, Ints, Table
from register.matching.profile import Column

ALL = 2_000
"""Rows up to which every pair is compared."""

LARGEST = 40
"""Rows of a block that is compared whole."""

BEGINNING = 4
"""Letters by which mistyped names still meet."""

Block = tuple[Any, Any]
"""Keys and their rows."""


def candidates(table: Table, columns: Sequence[Column], side: Ints) -> tuple[Ints, Ints]:
    """Pairs of rows to be compared, the lesser first, each once. side: the file of each row; several: across files alone."""
    if len(side) <= ALL:
        left, right = np.triu_indices(len(side), 1)
    else:
        left, right = _by_keys(table, columns, len(side))
    is_asked = (side[left] != side[right]) | (side.max(initial=0) == 0)
    return left[is_asked].astype("int64"), right[is_asked].astype("int64")


def is_whole(codes: Any, rows: int) -> bool:
    """Whether every pair that agrees on a column is compared."""
    return rows <= ALL or int(np.bincount(codes[codes >= 0]).max(initial=0)) <= LARGEST


def _by_keys(table: Table, columns: Sequence[Column], rows: int) -> tuple[Ints, Ints]:
    values = {column.name: (table[column.name].codes[has], has) for column in columns
              if len(has := np.flatnonzero(table[column.name].codes >= 0))}
    parts = [_parts(table[column.name], column.kind) for column in columns]
    single = [_small(block) for block in (*values.values(), *parts)]
    large = {name: _large(block, rows) for name, block in values.items()}
    double = [_small(_both(large[one], large[other])) for one, other in combinations(large, 2)]
    pair = np.concatenate([_pairs(block, rows) for block in (*single, *double)])
    distinct = np.unique(pair)
    return distinct // rows, distinct % rows


def _parts(column: Coded, kind: str) -> Block:
    """Of names their beginnings, of texts each word, of e-mails the local part."""
    if kind == "text":
        words = column.values.str.split().explode()
        return _spread(column, words[words.str.len() > 1])
    if kind == "email":
        return _spread(column, column.values.str.replace(r"@.*$", "", regex=True))
    if kind == "name":
        return _spread(column, column.values.str[:BEGINNING])
    return np.empty(0, dtype="int64"), np.empty(0, dtype="int64")


def _spread(column: Coded, parts: "pd.Series[str]") -> Block:
    """Keys of the rows whose value has a part. parts: by the value's code, several or none each."""
    keys = pd.factorize(parts)[0]
    counts = np.bincount(parts.index, minlength=len(column.values) + 1)
    starts = np.append(0, np.cumsum(counts))
    rows = np.flatnonzero(column.codes >= 0)
    codes = column.codes[rows]
    each = counts[codes]
    place = np.repeat(starts[codes], each) + np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    return keys[place], np.repeat(rows, each)


def _small(block: Block) -> Block:
    """What is in blocks of two rows up to LARGEST."""
    keys, rows = block
    if not len(keys):
        return block
    size = np.bincount(keys)[keys]
    return keys[(size > 1) & (size <= LARGEST)], rows[(size > 1) & (size <= LARGEST)]


def _large(block: Block, rows: int) -> Ints:
    """The key of each row that is in too large a block, else -1."""
    keys, of = block
    is_large = np.bincount(keys)[keys] > LARGEST
    found = np.full(rows, -1)
    found[of[is_large]] = keys[is_large]
    return found


def _both(one: Ints, other: Ints) -> Block:
    rows = np.flatnonzero((one >= 0) & (other >= 0))
    return pd.factorize(one[rows] * (other.max(initial=0) + 1) + other[rows])[0], rows


def _pairs(block: Block, count: int) -> Ints:
    keys, rows = block
    order = np.lexsort((rows, keys))
    keys, rows = keys[order], rows[order]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[:len(keys)])
    first, second = within(starts, np.diff(np.append(starts, len(keys))))
    left, right = rows[first], rows[second]
    pair: Ints = (np.minimum(left, right) * count + np.maximum(left, right))[left != right]
    return pair

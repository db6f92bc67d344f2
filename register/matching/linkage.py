"""Scored pairs -> clusters by average linkage: two merge while the mean log-odds of all their pairs is above the cut.

Knows no column. All best mutual pairs merge at once, round by round: the same tree as one by one. Sums are whole numbers
and ties go to the first rows, so that with rows in the order of their keys the order of pairs decides nothing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from register.matching.columns import Flags, Ints

UNIT = 1000
"""Log-odds as whole numbers: thousandths."""

SURE, POSSIBLE = 2944, -2944
"""Log-odds of p .95 and .05: from the first the register merges by itself, from the second on it asks (design)."""

CLIPPED = 12 * UNIT
"""No pair says more than that, for or against; one that nobody has scored says so much against."""


@dataclass(frozen=True)
class Edges:
    """Scored pairs: their ends, log-odds in UNITs, and whether they must never be linked."""

    left: Ints
    right: Ints
    log_odds: Ints
    is_apart: Flags

    def with_(self, other: "Edges") -> "Edges":
        """Both."""
        return Edges(np.append(self.left, other.left), np.append(self.right, other.right),
                     np.append(self.log_odds, other.log_odds), np.append(self.is_apart, other.is_apart))


def average_linkage(rows: int, edges: Edges, cut: int = 0, groups: Ints | None = None, joined: Ints | None = None) -> Ints:
    """The cluster of each row: the number of its first row.

    cut: log-odds in UNITs above which two clusters are one. groups: a number a row, -1 for none: two groups are never one.
    joined: a number a row: what bears the same is one from the start.
    """
    label = np.arange(rows) if joined is None else _firsts(joined)
    size = np.bincount(label, minlength=rows)
    group = np.full(rows, -1) if groups is None else _greatest(groups, label)
    bonds = _summed(_bonds(edges), label)
    while len(bonds.left):
        mean, may = _means(bonds, size, group, cut)
        kept, taken = _best_mutual(bonds.left[may], bonds.right[may], mean[may], rows)
        if not len(kept):
            break
        target = np.arange(rows)
        target[taken] = kept
        size[kept] += size[taken]
        group[kept] = np.maximum(group[kept], group[taken])
        label = target[label]
        bonds = _summed(_live(bonds, may, rows), target)
    return label


def components(rows: int, left: Ints, right: Ints) -> Ints:
    """A number for each row: the same for what the pairs connect."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(left), dtype=bool), (left, right)), shape=(rows, rows))
    return np.asarray(connected_components(graph, directed=False)[1], dtype="int64")


@dataclass(frozen=True)
class _Bonds:
    """Between two clusters: the sum of log-odds over the scored pairs of their rows, how many those are, and any is_apart."""

    left: Ints
    right: Ints
    log_odds: Ints
    pairs: Ints
    is_apart: Flags

    def where(self, chosen: Any) -> "_Bonds":
        return _Bonds(self.left[chosen], self.right[chosen], self.log_odds[chosen], self.pairs[chosen], self.is_apart[chosen])


def means(edges: Edges, label: Ints) -> pd.DataFrame:
    """What speaks between each two finished clusters with a scored pair: left < right (labels), mean log-odds, is_apart."""
    bonds = _summed(_bonds(edges), label)
    mean = _mean(bonds, np.bincount(label, minlength=len(label)))
    return pd.DataFrame({"left": bonds.left, "right": bonds.right, "mean": mean, "is_apart": bonds.is_apart})


def _bonds(edges: Edges) -> _Bonds:
    clipped = edges.log_odds.clip(-CLIPPED, CLIPPED)
    return _Bonds(edges.left, edges.right, clipped, np.ones(len(clipped), dtype="int64"), edges.is_apart)


def _mean(bonds: _Bonds, size: Ints) -> Any:
    """Mean log-odds over all pairs between two clusters, the unscored against."""
    pairs = size[bonds.left] * size[bonds.right]
    return (bonds.log_odds - CLIPPED * (pairs - bonds.pairs)) / pairs


def _means(bonds: _Bonds, size: Ints, group: Ints, cut: int) -> tuple[Any, Flags]:
    """The means, and which two may merge."""
    left, right, mean = bonds.left, bonds.right, _mean(bonds, size)
    is_one_group = (group[left] == group[right]) | (group[left] < 0) | (group[right] < 0)
    return mean, (mean > cut) & ~bonds.is_apart & is_one_group


def _best_mutual(left: Ints, right: Ints, mean: Any, rows: int) -> tuple[Ints, Ints]:
    """Pairs that are the best of both their ends; of equal means the first rows' is the better. By left and right."""
    order = np.argsort(-mean, kind="stable")
    left, right, rank = left[order], right[order], np.arange(len(order))
    best = np.full(rows, len(order))
    np.minimum.at(best, left, rank)
    np.minimum.at(best, right, rank)
    is_best = (best[left] == rank) & (best[right] == rank)
    return left[is_best], right[is_best]


def _live(bonds: _Bonds, may: Flags, rows: int) -> _Bonds:
    """Those between clusters that can still merge: where nothing is above the cut, no merger brings it there."""
    is_end = np.zeros(rows, dtype=bool)
    is_end[bonds.left[may]] = is_end[bonds.right[may]] = True
    return bonds.where(is_end[bonds.left] & is_end[bonds.right])


def _summed(bonds: _Bonds, label: Ints) -> _Bonds:
    """The bonds between the clusters that theirs have become, each once, by the lesser end and the other."""
    left, right = np.minimum(label[bonds.left], label[bonds.right]), np.maximum(label[bonds.left], label[bonds.right])
    pair = left * len(label) + right
    order = np.argsort(pair, kind="stable")
    order = order[left[order] != right[order]]
    pair, bonds = pair[order], bonds.where(order)
    starts = np.flatnonzero(np.append(True, pair[1:] != pair[:-1])[:len(pair)])
    if not len(starts):
        return bonds
    sums = (bonds.log_odds, bonds.pairs, bonds.is_apart.astype("int64"))
    log_odds, pairs, apart = (np.add.reduceat(part, starts) for part in sums)
    return _Bonds(pair[starts] // len(label), pair[starts] % len(label), log_odds, pairs, apart > 0)


def _firsts(numbers: Ints) -> Ints:
    """For each row the first one that bears the same number."""
    _, first, which = np.unique(numbers, return_index=True, return_inverse=True)
    return first[which]


def _greatest(groups: Ints, label: Ints) -> Ints:
    found = np.full(len(groups), -1)
    np.maximum.at(found, label, groups)
    return found

"""A table nobody has described -> clusters of rows that are one: everything from its values, one default for every table.

profile -> comparing -> blocks -> levels -> learning (dependence, classes) -> linkage. Rows are sorted by what they say, so that
their order decides nothing. Warnings are codes; worded nowhere here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from register.matching import blocks, comparing, learning
from register.matching.classes import Estimate, Structure, log_odds
from register.matching.columns import Flags, Ints
from register.matching.learning import Rows
from register.matching.levels import Comparison, patterns
from register.matching.linkage import CLIPPED, POSSIBLE, SURE, Edges, average_linkage, components, means
from register.matching.matcher import LARGEST, inside
from register.matching.profile import Column, profile

FEW, DOUBTFUL = 3, 0.2
"""Fewer compared columns decide too little; a larger share of doubtful rows among those with a likely other shows it."""

PAIRS = ("left", "right", "pattern", "log_odds")


@dataclass(frozen=True)
class Found:
    """cluster: of each row the number of the first row in it. pairs: PAIRS by row number, log_odds in thousandths.

    log_odds: of each row, the mean with the others of its cluster; 0 where it is alone. doubtful: rows that may belong
    elsewhere, or not where they are. columns: all of the table. warnings: nothing_to_compare, few_columns, many_doubtful,
    too_alike.
    """

    cluster: Ints
    pairs: pd.DataFrame
    log_odds: Ints
    doubtful: Flags
    columns: list[Column]
    comparisons: tuple[Comparison, ...]
    warnings: tuple[str, ...]


def match(frame: pd.DataFrame, side: Ints, known: Mapping[int, str]) -> Found:
    """The clusters of a table. frame: text, missing where nothing is said. side: the file of each row, 0 and 1 of two.

    known: the kinds of columns by position, where the title tells them. Two rows of one file are in one cluster only where a
    row of the other file is.
    """
    by_content = order(frame, side)
    return unsorted(_match(frame.iloc[by_content].reset_index(drop=True), side[by_content], known), by_content)


def order(frame: pd.DataFrame, side: Ints) -> Ints:
    """Rows by what they say, whatever their order."""
    codes = [pd.factorize(frame.iloc[:, place], sort=True)[0] for place in range(frame.shape[1])]
    return np.lexsort((side, *codes[::-1]))


def unsorted(found: Found, by_content: Ints) -> Found:
    """The same of the rows as they were. by_content: their order."""
    place = np.argsort(by_content)
    ends = np.sort(by_content[found.pairs[["left", "right"]].to_numpy(dtype="int64")], axis=1)
    pairs = found.pairs.assign(left=ends[:, 0], right=ends[:, 1])
    return replace(found, cluster=first_rows(by_content[found.cluster][place]), pairs=pairs, log_odds=found.log_odds[place],
                   doubtful=found.doubtful[place])


def first_rows(label: Ints) -> Ints:
    """For each row the first one of its label."""
    _, first, which = np.unique(label, return_index=True, return_inverse=True)
    return first[which]


def _match(frame: pd.DataFrame, side: Ints, known: Mapping[int, str]) -> Found:
    profiled, folded = profile(frame, known)
    columns = comparing.at_most_compared(profiled)
    compared = [column for column in columns if not column.why_not]
    if not compared or len(frame) < 2:
        return _nothing(len(frame), columns)
    table, comparisons = comparing.compared(compared, folded)
    rows = Rows(table, comparisons, side)
    left, right = blocks.candidates(table, compared, side)
    found = patterns(comparisons, table, left, right)
    model = learning.learn(rows, left, right, found)
    pairs = _completed(rows, model, _scored(model, left, right, found))
    ends, is_apart = (pairs["left"].to_numpy(), pairs["right"].to_numpy()), np.zeros(len(pairs), dtype=bool)
    cluster = linked(average_linkage(len(side), Edges(*ends, pairs["log_odds"].to_numpy(), is_apart)), side)
    made = found_of(pairs, cluster, is_apart, side)
    few = ("few_columns",) if len(compared) < FEW else ()
    return replace(made, columns=columns, comparisons=comparisons, warnings=few + made.warnings)


def found_of(pairs: pd.DataFrame, cluster: Ints, is_apart: Flags, side: Ints) -> Found:
    """What scored pairs and clusters of them say of each row. side: the file of each; of two, pairs of both are asked."""
    inner = _mean_inside(pairs, cluster)
    doubtful = _doubtful(pairs[~is_apart], cluster, inner, side)
    return Found(cluster, pairs, inner, doubtful, [], (), _warnings(cluster, doubtful))


def linked(label: Ints, side: Ints) -> Ints:
    """Of two files the clusters that hold rows of both; every other row is alone."""
    if not side.max(initial=0):
        return label
    has_both = np.all([np.bincount(label[side == file], minlength=len(label)) > 0 for file in (0, 1)], axis=0)
    return np.where(has_both[label], label, np.arange(len(label)))


def _nothing(rows: int, columns: list[Column]) -> Found:
    none = pd.DataFrame({name: np.empty(0, dtype="int64") for name in PAIRS})
    zeros = np.zeros(rows, dtype="int64")
    return Found(np.arange(rows), none, zeros, zeros > 0, columns, (), ("nothing_to_compare",))


def _scored(model: tuple[Structure, Estimate], left: Ints, right: Ints, found: Ints) -> pd.DataFrame:
    which, distinct = pd.factorize(found)
    odds = log_odds(*model, np.asarray(distinct))["is_contact"]
    return pd.DataFrame({"left": left, "right": right, "pattern": found, "log_odds": odds[which]})


def _completed(rows: Rows, model: tuple[Structure, Estimate], pairs: pd.DataFrame) -> pd.DataFrame:
    """With all pairs of each component of likely ones, those of one file too."""
    count = len(rows.side)
    likely = pairs[pairs["log_odds"] > 0]
    left, right = inside(components(count, likely["left"].to_numpy(), likely["right"].to_numpy()))
    is_new = ~pd.Index(left * count + right).isin(pairs["left"] * count + pairs["right"])
    left, right = left[is_new], right[is_new]
    if not len(left):
        return pairs
    fresh = _scored(model, left, right, patterns(rows.comparisons, rows.table, left, right))
    return pd.concat([pairs, fresh], ignore_index=True)


def _mean_inside(pairs: pd.DataFrame, cluster: Ints) -> Ints:
    """Of each row the mean log-odds with the others of its cluster, a pair that nobody scored against."""
    within = pairs[cluster[pairs["left"]] == cluster[pairs["right"]]]
    clipped = within["log_odds"].clip(-CLIPPED, CLIPPED).to_numpy() + CLIPPED
    total = sum(np.bincount(within[end], clipped, len(cluster)) for end in ("left", "right"))
    others = np.bincount(cluster, minlength=len(cluster))[cluster] - 1
    mean: Ints = np.where(others > 0, total / np.maximum(others, 1) - CLIPPED, 0).astype("int64")
    return mean


def _doubtful(pairs: pd.DataFrame, cluster: Ints, inner: Ints, side: Ints) -> Flags:
    """Rows less than sure of their cluster, and the most alike ones of two clusters that are possibly one."""
    sizes = np.bincount(cluster, minlength=len(cluster))
    doubtful: Flags = (sizes[cluster] > 1) & (inner < SURE)
    left, right, log_odds = (pairs[name].to_numpy(dtype="int64") for name in ("left", "right", "log_odds"))
    edges = Edges(left, right, log_odds, np.zeros(len(pairs), dtype=bool))
    between = means(edges, cluster)
    possible = between.loc[between["mean"] > POSSIBLE, ["left", "right"]]
    ends = cluster[left], cluster[right]
    met = pd.MultiIndex.from_arrays([np.minimum(*ends), np.maximum(*ends)]).isin(pd.MultiIndex.from_frame(possible))
    is_asked = (side[left] != side[right]) | (side.max(initial=0) == 0)
    near = pairs[met & is_asked & (pairs["log_odds"] > POSSIBLE)]
    doubtful[near["left"]] = doubtful[near["right"]] = True
    return doubtful


def _warnings(cluster: Ints, doubtful: Flags) -> tuple[str, ...]:
    sizes = np.bincount(cluster, minlength=len(cluster))
    likely = (sizes[cluster] > 1) | doubtful
    said = {"many_doubtful": doubtful.sum() > DOUBTFUL * max(likely.sum(), 1), "too_alike": sizes.max(initial=0) > LARGEST}
    return tuple(code for code, is_so in said.items() if is_so)

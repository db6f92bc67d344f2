"""Exact clusters, scored pairs and decisions -> clusters, and the pairs of clusters that remain in doubt.

What exact keys join stays together unless the steward said otherwise; the model joins clusters from p .95 on the mean of all
their pairs; what lies between .05 and .95 is for the steward. Knows no column.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from register.matching.clusters import Clusters
from register.matching.columns import Flags, Ints
from register.matching.linkage import CLIPPED, POSSIBLE, SURE, Edges, average_linkage, components, means
from register.matching.matcher import inside
from register.matching.model import probability
from register.matching.pairs import CERTAIN, PAIRS

BY_MODEL, BY_DECISION = "likeness", "decision"
"""Rules of the pairs that no exact key joins."""

TWO = POSSIBLE
"""Log-odds up to which two rows are two, and nobody is asked: a row that fits both is torn between them."""


@dataclass(frozen=True)
class Decisions:
    """The steward's: pairs of rows (left, right) that are one, and pairs that are not."""

    same: pd.DataFrame
    different: pd.DataFrame


@dataclass(frozen=True)
class Joined:
    """labels: a number for each row; the same is one. pairs: those that hold, as PAIRS. doubts: left, right, probability.

    A doubt's ends are the most alike rows of two clusters; its probability is that of all their pairs.
    """

    labels: Ints
    pairs: pd.DataFrame
    doubts: pd.DataFrame


def join(exact: Clusters, scored: pd.DataFrame, decisions: Decisions, groups: Ints | None = None) -> Joined:
    """The clusters of rows in the order of their keys.

    scored: left < right, log_odds in thousandths, is_apart. groups: a number for each row; two groups are never one.
    """
    rows = len(exact.labels)
    same = decisions.same if groups is None else _within(decisions.same, groups)
    disputed = _disputed(exact.labels, decisions.different)
    start = _start(exact.labels, same, disputed)
    scored = scored.assign(log_odds=_unambiguous(scored, start))
    edges = _edges(scored).with_(_inner(exact.labels, disputed)).with_(_apart(decisions.different))
    labels = average_linkage(rows, edges, SURE, groups, start)
    told = same.assign(weight=CERTAIN, rule=BY_DECISION)
    likely = scored.assign(weight=probability(scored["log_odds"]), rule=BY_MODEL)[scored["log_odds"] > SURE]
    pairs = pd.concat([told, exact.pairs, likely], ignore_index=True)[PAIRS]
    held = pairs[labels[pairs["left"]] == labels[pairs["right"]]]
    return Joined(labels, held.drop_duplicates(["left", "right"], ignore_index=True), _doubts(labels, edges))


def _unambiguous(scored: pd.DataFrame, start: Ints) -> "pd.Series[int]":
    """Log-odds, undecided where a row could be either of two rows that are not one: nobody but the steward can tell.

    start: what is one from the start; between its rows nothing is open.
    """
    is_open = start[scored["left"]] != start[scored["right"]]
    likely = scored.loc[is_open & (scored["log_odds"] > SURE), ["left", "right"]].rename_axis("pair").reset_index()
    swapped = likely.rename(columns={"left": "right", "right": "left"})
    each = pd.concat([likely, swapped]).rename(columns={"left": "row", "right": "by"})
    is_two = is_open & (scored["is_apart"] | (scored["log_odds"] <= TWO))
    asked = is_two & scored["left"].isin(each["row"]) & scored["right"].isin(each["row"])
    to_one = scored.loc[asked, ["left", "right"]].merge(each, left_on="left", right_on="row")
    torn = to_one.merge(each, left_on=["right", "by"], right_on=["row", "by"], suffixes=("", "_2"))
    return scored["log_odds"].mask(scored.index.isin(torn["pair"]) | scored.index.isin(torn["pair_2"]), 0)


def _within(pairs: pd.DataFrame, groups: Ints) -> pd.DataFrame:
    within: pd.DataFrame = pairs[groups[pairs["left"]] == groups[pairs["right"]]]
    return within


def _disputed(labels: Ints, different: pd.DataFrame) -> Flags:
    """Rows of exact clusters of which the steward told two rows apart: their pairs are weighed one by one."""
    left, right = (labels[different[end].to_numpy(dtype="int64")] for end in ("left", "right"))
    return np.isin(labels, left[left == right])


def _start(labels: Ints, same: pd.DataFrame, disputed: Flags) -> Ints:
    """What is one from the start: exact clusters that nobody disputes, and what the steward joined."""
    alone = len(labels) + np.arange(len(labels))
    first = pd.Series(np.arange(len(labels))).groupby(np.where(disputed, alone, labels)).transform("first").to_numpy()
    left, right = (np.append(ends, same[end].to_numpy(dtype="int64"))
                   for end, ends in (("left", first), ("right", np.arange(len(labels)))))
    return components(len(labels), left, right)


def _edges(scored: pd.DataFrame) -> Edges:
    left, right, log_odds = (scored[name].to_numpy(dtype="int64") for name in ("left", "right", "log_odds"))
    return Edges(left, right, log_odds, scored["is_apart"].to_numpy(dtype=bool))


def _inner(labels: Ints, disputed: Flags) -> Edges:
    """All pairs within disputed clusters: each speaks for its two as an exact key does."""
    rows = np.flatnonzero(disputed)
    left, right = inside(pd.factorize(labels[rows])[0].astype("int64"))
    return Edges(rows[left], rows[right], np.full(len(left), CLIPPED), np.zeros(len(left), dtype=bool))


def _apart(different: pd.DataFrame) -> Edges:
    left, right = (different[end].to_numpy(dtype="int64") for end in ("left", "right"))
    return Edges(left, right, np.full(len(left), -CLIPPED), np.ones(len(left), dtype=bool))


def _doubts(labels: Ints, edges: Edges) -> pd.DataFrame:
    between = means(edges, labels)
    found = between[between["mean"].between(POSSIBLE, SURE) & ~between["is_apart"]]
    ends = labels[edges.left], labels[edges.right]
    rows = pd.DataFrame({"left": edges.left, "right": edges.right, "log_odds": edges.log_odds}, index=pd.MultiIndex.from_arrays(
        [np.minimum(*ends), np.maximum(*ends)], names=["one", "other"])).reset_index()
    told = rows.merge(found.rename(columns={"left": "one", "right": "other"}), on=["one", "other"])
    best = told.sort_values(["log_odds", "left", "right"], ascending=[False, True, True]).drop_duplicates(["one", "other"])
    doubts: pd.DataFrame = best.assign(probability=probability(best["mean"]))[["left", "right", "probability"]]
    return doubts.sort_values(["left", "right"], ignore_index=True)

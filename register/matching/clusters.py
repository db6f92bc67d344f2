"""Pairs -> clusters: components, with one law on top: two people whose names contradict are never one.

Knows no rule and no weight: a probabilistic matcher's pairs are clustered the same way.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from register.matching.keys import name_parts
from register.matching.pairs import compatible

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Clusters:
    """labels: a number for each record; the same number is the same contact. pairs: those that held."""

    labels: Ints
    pairs: pd.DataFrame


def clusters(names: "pd.Series[str]", pairs: pd.DataFrame) -> Clusters:
    """The cluster of each record.

    names: name key of each record, missing where it names nobody. pairs: `left` and `right` are positions in them. A component
    with two incompatible names keeps only its pairs of equal names, so that "Matti" never bridges Matti Virtanen and Matti
    Korhonen.
    """
    left, right = (pairs[end].to_numpy(dtype="int64") for end in ("left", "right"))
    labels = _components(len(names), left, right)
    name = pd.factorize(names)[0]
    held = ~np.isin(labels[left], _contradicting(names, labels)) | (name[left] == name[right])
    labels = _components(len(names), left[held], right[held])
    return Clusters(labels, pairs[held])


def _components(records: int, left: Ints, right: Ints) -> Ints:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(left), dtype=bool), (left, right)), shape=(records, records))
    return np.asarray(connected_components(graph, directed=False)[1], dtype="int64")


def _contradicting(names: "pd.Series[str]", labels: Ints) -> Ints:
    """Labels of components with two incompatible names: ordered by parts, each name must be within the next."""
    codes, distinct = pd.factorize(names)
    said = pd.DataFrame({"label": labels, "code": codes})[codes >= 0].drop_duplicates()
    said = said[said.duplicated("label", keep=False)]
    said = said.assign(name=pd.Series(distinct.take(said["code"].to_numpy()), index=said.index, dtype="str"))
    said = said.assign(parts=name_parts(said["name"])).sort_values(["label", "parts", "name"])
    following = said.shift(-1)
    is_within = compatible(said["name"], following["name"]) | (said["label"] != following["label"])
    return said.loc[~is_within, "label"].unique()

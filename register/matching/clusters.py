"""Pairs -> clusters: components, with one law on top: two people whose names contradict are never one.

Knows no rule and no weight: a probabilistic matcher's pairs are clustered the same way.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from register.matching.keys import name_parts
from register.matching.pairs import compatible


@dataclass(frozen=True)
class Clusters:
    """labels: a number for each record, by record key; the same number is the same contact. pairs: those that held."""

    labels: "pd.Series[int]"
    pairs: pd.DataFrame


def clusters(names: "pd.Series[str]", pairs: pd.DataFrame) -> Clusters:
    """The cluster of each record.

    names: name key by record key, missing where the record names nobody. A component with two incompatible names keeps
    only its pairs of equal names, so that "Matti" never bridges Matti Virtanen and Matti Korhonen.
    """
    names = names.sort_index()
    ends = names.index.get_indexer(pd.Index(pairs["left"])), names.index.get_indexer(pd.Index(pairs["right"]))
    labels = _components(len(names), *ends)
    name = names.fillna("").to_numpy()
    held = ~np.isin(labels[ends[0]], _contradicting(names, labels)) | (name[ends[0]] == name[ends[1]])
    labels = _components(len(names), ends[0][held], ends[1][held])
    return Clusters(pd.Series(labels, index=names.index, dtype="int64"), pairs[held])


def _components(
    records: int, left: "np.ndarray[tuple[int], np.dtype[np.intp]]", right: "np.ndarray[tuple[int], np.dtype[np.intp]]"
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    graph = coo_array((np.ones(len(left), dtype=bool), (left, right)), shape=(records, records))
    return np.asarray(connected_components(graph, directed=False)[1], dtype="int64")


def _contradicting(
    names: "pd.Series[str]", labels: "np.ndarray[tuple[int], np.dtype[np.int64]]"
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Labels of components with two incompatible names: ordered by parts, each name must be within the next."""
    said = pd.DataFrame({"label": labels, "name": names.to_numpy()}).dropna().drop_duplicates()
    said = said[said.duplicated("label", keep=False)]
    said = said.assign(parts=name_parts(said["name"])).sort_values(["label", "parts", "name"])
    following = said.shift(-1)
    is_within = compatible(said["name"], following["name"]) | (said["label"] != following["label"])
    return said.loc[~is_within, "label"].unique()

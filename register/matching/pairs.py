"""Pairs of records that are one contact by an exact key. A score depends on two records and the model only.

Of many records with the same key and name each is paired with the first alone: the clusters are the same, the pairs few.
"""

import pandas as pd

from register.matching.keys import RULES

MODEL = "keys v1"
"""Names the model in `memberships.decided_by`; a new version computes all contacts anew."""

CERTAIN = 1.0
"""An exact key with compatible names leaves no doubt; a probabilistic matcher gives its probability here."""

ORDER = {rule.rule: place for place, rule in enumerate(RULES)}

PAIRS = ["left", "right", "weight", "rule"]


def exact_pairs(candidates: pd.DataFrame) -> pd.DataFrame:
    """Pairs `left` < `right` (record keys) with `weight` and `rule`, the strongest rule of each pair.

    candidates: match_key, rule, record_key and the record's name_key; the same match_key makes two records comparable.
    """
    named = candidates.assign(name=candidates["name_key"].fillna(""))
    named = named.sort_values(["match_key", "name", "record_key"], ignore_index=True)
    pairs = pd.concat([_same_name(named), _other_names(named)], ignore_index=True)
    pairs = pairs[pairs["left"] != pairs["right"]]
    swapped = pairs["left"] > pairs["right"]
    left, right = pairs["left"].mask(swapped, pairs["right"]), pairs["right"].mask(swapped, pairs["left"])
    pairs = pairs.assign(left=left, right=right, weight=CERTAIN, place=pairs["rule"].map(ORDER))
    pairs = pairs.sort_values(["left", "right", "place"]).drop_duplicates(["left", "right"])
    return pairs[PAIRS].reset_index(drop=True)


def compatible(left: "pd.Series[str]", right: "pd.Series[str]") -> "pd.Series[bool]":
    """Whether the parts of one name key are among those of the other; a missing name is compatible with none.

    Asked once a distinct pair of names. Source: design, rule 11.
    """
    names = pd.DataFrame({"left": left, "right": right})
    distinct = names.dropna().drop_duplicates()
    verdicts = {pair: _is_part(*pair) for pair in distinct.itertuples(index=False, name=None)}
    answers = [verdicts.get(pair, False) for pair in zip(names["left"], names["right"], strict=True)]
    return pd.Series(answers, index=left.index, dtype=bool)


def _is_part(left: str, right: str) -> bool:
    """Whether all parts of one name are parts of the other.

    >>> _is_part("matti", "matti-virtanen"), _is_part("matti-virtanen", "korhonen-matti")
    (True, False)
    """
    one, other = set(left.split("-")), set(right.split("-"))
    return one <= other or other <= one


def _same_name(named: pd.DataFrame) -> pd.DataFrame:
    first = named.groupby(["match_key", "name"], sort=False)["record_key"].transform("first")
    return pd.DataFrame({"left": first, "right": named["record_key"], "rule": named["rule"]})


def _other_names(named: pd.DataFrame) -> pd.DataFrame:
    """Pairs between the first records of two compatible names under one key."""
    firsts = named.drop_duplicates(["match_key", "name"])
    firsts = firsts[firsts.duplicated("match_key", keep=False)]
    both = firsts.merge(firsts, on="match_key", suffixes=("", "_2"))
    both = both[both["name"] < both["name_2"]]
    both = both[compatible(both["name_key"], both["name_key_2"])]
    return pd.DataFrame({"left": both["record_key"], "right": both["record_key_2"], "rule": both["rule"]})

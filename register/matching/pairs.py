"""Pairs of records that are one contact by an exact key. A score depends on two records and the model only.

Of many records with the same key and name each is paired with the first alone: the clusters are the same, the pairs few.
"""

import numpy as np
import pandas as pd

from register.matching.keys import PERSONAL_RULES, name_parts, places_of, rules_of
from register.sets import is_among

MODEL = "keys v2"
"""Names the model in `memberships.decided_by`; a new version computes all contacts anew."""

CERTAIN = 1.0
"""An exact key with compatible names leaves no doubt; a probabilistic matcher gives its probability here."""

PAIRS = ["left", "right", "weight", "rule"]

FULL_NAME = 2
"""Parts of a name that says who somebody is, also at another organisation."""


def contact_pairs(keys: pd.DataFrame, organisation_id: "pd.Series[str]", name_key: "pd.Series[str]") -> pd.DataFrame:
    """Pairs of records of one organisation. keys: match_key, record; the others by record, sorted by its key."""
    firm = pd.factorize(organisation_id)[0]
    shared = keys[keys.duplicated("match_key", keep=False)]
    placed = shared.assign(firm=firm[shared["record"]])
    return exact_pairs(placed[placed["firm"] >= 0], ["match_key", "firm"], name_key)


def person_pairs(keys: pd.DataFrame, name_key: "pd.Series[str]") -> pd.DataFrame:
    """Pairs of those who share something personal and the full name. keys: match_key, record, name_key of the record.

    name_key: of those who are paired, missing, since the block holds it.
    """
    is_personal = is_among(rules_of(keys["match_key"]), PERSONAL_RULES)
    shared = keys[is_personal & name_parts(keys["name_key"]).ge(FULL_NAME)]
    named = shared.assign(name=pd.factorize(shared["name_key"])[0]).drop(columns="name_key").drop_duplicates()
    return exact_pairs(named, ["match_key", "name"], name_key)


def exact_pairs(candidates: pd.DataFrame, block: list[str], name_key: "pd.Series[str]") -> pd.DataFrame:
    """Pairs `left` < `right` (records) with `weight` and `rule`, the strongest rule of each pair.

    candidates: match_key, record and the columns of the block, within which two are comparable. name_key: by record.
    """
    shared = candidates[candidates.duplicated(block, keep=False)]
    name = pd.factorize(name_key)[0]
    named = pd.DataFrame({"block": shared.groupby(block, sort=False).ngroup(), "name": name[shared["record"]],
                          "record": shared["record"], "place": places_of(shared["match_key"])})
    named = named.sort_values(["block", "name", "record"], ignore_index=True)
    pairs = pd.concat([_same_name(named), _other_names(named, name_key)], ignore_index=True)
    pairs = pairs[pairs["left"] != pairs["right"]]
    ends = np.sort(pairs[["left", "right"]].to_numpy(), axis=1)
    pairs = pd.DataFrame({"left": ends[:, 0], "right": ends[:, 1], "place": pairs["place"].to_numpy(), "weight": CERTAIN})
    pairs = pairs.sort_values(["left", "right", "place"]).drop_duplicates(["left", "right"], ignore_index=True)
    return pairs.assign(rule=rules_of(pairs["place"]))[PAIRS]


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
    """Each record with the first of its name in the block: named is sorted so."""
    is_first = (named[["block", "name"]].diff() != 0).any(axis=1).to_numpy()
    first = named["record"].to_numpy()[np.maximum.accumulate(np.where(is_first, np.arange(len(named)), 0))]
    return pd.DataFrame({"left": first, "right": named["record"], "place": named["place"]})


def _other_names(named: pd.DataFrame, name_key: "pd.Series[str]") -> pd.DataFrame:
    """Pairs between the first records of two compatible names in one block."""
    firsts = named.drop_duplicates(["block", "name"])
    firsts = firsts[firsts.duplicated("block", keep=False)]
    both = firsts.merge(firsts, on="block", suffixes=("", "_2"))
    both = both[both["name"] < both["name_2"]].reset_index(drop=True)
    left, right = (name_key.iloc[both[end]].reset_index(drop=True) for end in ("record", "record_2"))
    both = both[compatible(left, right)]
    return pd.DataFrame({"left": both["record"], "right": both["record_2"], "place": both["place"]})

"""Which rows are compared, and how alike they are by the contacts model: within one organisation, and of people elsewhere.

The rows of an organisation are found by its id and compared where a key of the name proposes it; people at two organisations
where they share a personal e-mail or a mobile, which are exact keys.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from register.matching.candidates import FIRM_KEYS, UNSTORED, candidate_keys, candidate_pairs
from register.matching.clusters import Clusters
from register.matching.columns import Flags, Ints, contact_columns, name_columns
from register.matching.keys import PERSONAL_RULES, name_parts, rules_of
from register.matching.linkage import POSSIBLE
from register.matching.matcher import scored_pairs
from register.matching.model import contacts_model
from register.matching.pairs import FULL_NAME
from register.matching.why import Piece, why
from register.sets import is_among


def alike(rows: pd.DataFrame, exact: Clusters) -> pd.DataFrame:
    """Pairs of rows of one organisation: left < right, log_odds in thousandths, is_apart.

    rows: columns of observations, by record key. exact: their exact clusters, whose pairs are scored too.
    """
    table = contact_columns(rows)
    keys = candidate_keys(FIRM_KEYS, table, UNSTORED)
    ends = (exact.pairs[end].to_numpy(dtype="int64") for end in ("left", "right"))
    pairs = scored_pairs(contacts_model(), table, keys, "contact", POSSIBLE, (next(ends), next(ends)))
    firm = table["firm"].codes
    is_one_firm = (firm[pairs["left"]] == firm[pairs["right"]]) & (firm[pairs["left"]] >= 0)
    found: pd.DataFrame = pairs[is_one_firm].rename(columns={"contact": "log_odds"})[["left", "right", "log_odds", "is_apart"]]
    return found


def proposed(rows: pd.DataFrame) -> tuple[Ints, Ints]:
    """Pairs of rows of one organisation that are compared. rows: organisation_id, name_key, first_name, last_name."""
    table = name_columns(rows)
    return candidate_pairs(candidate_keys(FIRM_KEYS, table, UNSTORED))


def likely(rows: pd.DataFrame, left: Ints, right: Ints) -> Flags:
    """Of pairs of rows, whether the model does not take them for two."""
    found: Flags = (contacts_model().scored(contact_columns(rows), left, right)["contact"] > POSSIBLE).to_numpy()
    return found


def holders_of(keys: pd.DataFrame, exact: Clusters) -> pd.DataFrame:
    """Of the keys that are somebody's own those that contacts of several people have. keys: match_key, record_key, contact."""
    personal = keys[is_among(rules_of(keys["match_key"]), PERSONAL_RULES)]
    person = pd.Series(exact.labels[personal["contact"]], index=personal.index)
    shared: pd.DataFrame = personal[person.groupby(personal["match_key"]).transform("nunique") > 1]
    return shared[["match_key", "record_key", "contact"]]


def alike_people(rows: pd.DataFrame, holders: pd.DataFrame, exact: Clusters) -> pd.DataFrame:
    """Pairs of contacts at two organisations that share something personal: left < right, log_odds, is_apart, and whose rows
    say so most, left_key and right_key. A part of a name leaves them in doubt: it may be another's, elsewhere.

    rows: columns of observations, the holders' among them. holders: as `holders_of` gives them. exact: of the contacts; those
    that it holds together are left out.
    """
    rows = rows[is_among(rows["record_key"], holders["record_key"])].reset_index(drop=True)
    holders = holders.sort_values("record_key").drop_duplicates(["match_key", "contact"], ignore_index=True)
    one, other = candidate_pairs(holders[["match_key"]].assign(record=holders.index))
    place = pd.Index(rows["record_key"]).get_indexer(pd.Index(holders["record_key"]))
    table = contact_columns(rows)
    scored = contacts_model().scored(table, place[one], place[other])
    firm = table["firm"].codes
    contact, key = holders["contact"].to_numpy(dtype="int64"), holders["record_key"].array
    swapped = contact[one] > contact[other]
    one, other = np.where(swapped, other, one), np.where(swapped, one, other)
    found = pd.DataFrame({
        "left": contact[one], "right": contact[other], "log_odds": scored["person"], "is_apart": scored["is_apart"],
        "left_key": key.take(one), "right_key": key.take(other)})
    is_full = name_parts(rows["name_key"]).ge(FULL_NAME).to_numpy()
    found["log_odds"] = found["log_odds"].mask(~(is_full[place[one]] & is_full[place[other]]), found["log_odds"].clip(upper=0))
    found = found[(firm[place[one]] != firm[place[other]]) & (exact.labels[found["left"]] != exact.labels[found["right"]])]
    found = found.sort_values(["log_odds", "left_key", "right_key"], ascending=[False, True, True])
    best: pd.DataFrame = found.drop_duplicates(["left", "right"], ignore_index=True)
    return best


def reasons(left: Mapping[str, object], right: Mapping[str, object]) -> list[Piece]:
    """Why two rows are taken for one, or not: pieces of one sentence. left, right: columns of observations."""
    model, table = contacts_model(), contact_columns(pd.DataFrame([left, right]))
    pattern = model.scored(table, np.array([0]), np.array([1]))["pattern"].iloc[0]
    return why(int(pattern), left, right)

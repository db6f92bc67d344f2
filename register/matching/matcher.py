"""Rows -> scored pairs -> clusters of contacts and of people, by the model alone: tables outside the register, and benchmarks.

What the register joins by exact keys and decisions besides stands in `joining.py`. Rows are sorted throughout: the order
decides ties.
"""

import numpy as np
import pandas as pd

from register.matching.candidates import candidate_pairs, within
from register.matching.columns import Flags, Ints, Table
from register.matching.linkage import POSSIBLE, Edges, average_linkage, components
from register.matching.model import Model
from register.normalise.name import given_names
from register.sets import is_among

LARGEST = 200
"""Rows of a component whose pairs are all scored; in a larger one those that no key proposed count as against."""

Links = tuple[Ints, Ints]
NO_LINKS: Links = (np.empty(0, dtype="int64"), np.empty(0, dtype="int64"))


def scored_pairs(
    model: Model, table: Table, keys: pd.DataFrame, odds: str = "person", above: int = 0, linked: Links = NO_LINKS
) -> pd.DataFrame:
    """Every pair that a key proposes or a component of likely pairs holds. keys: match_key, record (a position).

    odds: which ones, when they are `above`, make a pair likely. linked: pairs that hold a component together besides.
    Columns as `Model.scored` has them, left < right, each pair once.
    """
    proposed = model.scored(table, *candidate_pairs(keys))
    likely = proposed[proposed[odds] > above]
    ends = (np.append(likely[end].to_numpy(), other) for end, other in zip(("left", "right"), linked, strict=True))
    left, right = inside(components(_rows(table), *ends))
    is_new = ~pd.Index(left * _rows(table) + right).isin(proposed["left"] * _rows(table) + proposed["right"])
    return _surnames_asked(table, pd.concat([proposed, model.scored(table, left[is_new], right[is_new])], ignore_index=True))


def _surnames_asked(table: Table, pairs: pd.DataFrame) -> pd.DataFrame:
    """Undecided where a third surname or another given name meets two: one person has a new surname at times, several share
    a mobile.
    """
    renamed = pairs[pairs["is_renamed"] & (pairs["contact"] > POSSIBLE)]
    parts = pd.DataFrame({name: table[name].codes for name in ("firm", "first", "last")})
    name = parts.groupby(list(parts), sort=False).ngroup().to_numpy()
    left, right = renamed["left"].to_numpy(), renamed["right"].to_numpy()
    crowded = _crowded(table, np.union1d(left, right))
    asked = renamed.index[_in_threes(name[left], name[right], _rows(table)) | (crowded[left] & crowded[right])]
    is_asked = pairs.index.isin(asked)
    return pairs.assign(**{odds: pairs[odds].mask(is_asked, pairs[odds].clip(upper=0)) for odds in ("contact", "person")})


def _in_threes(left: Ints, right: Ints, size: int) -> Flags:
    """Of pairs of names whether a third one makes a pair with both."""
    from scipy.sparse import csr_array

    ends = np.append(left, right), np.append(right, left)
    met = csr_array((np.ones(len(ends[0]), dtype=bool), ends), shape=(size, size))
    of_three = (met @ met).multiply(met).tocoo()
    found: Flags = np.isin(left * size + right, of_three.row.astype("int64") * size + of_three.col)
    return found


def _crowded(table: Table, asked: Ints) -> Flags:
    """Of rows whether several given names at the firm have their mobile or e-mail. asked: the rows whose are looked at."""
    given = table["first"].by_value(_known_given).codes
    held = []
    for kind in ("phone", "email"):
        codes = np.concatenate([table[column].codes for column in (kind, f"{kind}_2")])
        row = np.tile(np.arange(_rows(table)), 2)
        is_looked_at = np.isin(codes, codes[np.isin(row, asked)]) & (codes >= 0)
        held.append(pd.DataFrame({"kind": kind, "value": codes, "row": row})[is_looked_at])
    found = pd.concat(held, ignore_index=True)
    found = found.assign(firm=table["firm"].codes[found["row"]], given=given[found["row"]])
    by = ["kind", "value", "firm"]
    told = found[found["given"] >= 0].drop_duplicates([*by, "given"])
    shared = pd.MultiIndex.from_frame(told.loc[told.duplicated(by), by])
    crowded = np.zeros(_rows(table), dtype=bool)
    crowded[found.loc[pd.MultiIndex.from_frame(found[by]).isin(shared), "row"]] = True
    return crowded


def _known_given(names: "pd.Series[str]") -> "pd.Series[str]":
    """The first word where it is a given name of the register's list: of slips and short forms nobody is counted twice."""
    heads = names.str.replace(r" .*$", "", regex=True)
    return heads.where(is_among(heads, given_names()))


def contacts(table: Table, pairs: pd.DataFrame, cut: int = 0) -> Ints:
    """The contact of each row: the number of its first row. cut: log-odds in thousandths (0: p .5).

    Never one: two organisations, clearly different names on what is shared.
    """
    ends = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    edges = Edges(*ends, pairs["contact"].to_numpy(), pairs["is_apart"].to_numpy(dtype=bool))
    return average_linkage(_rows(table), edges, cut, table["firm"].codes.astype("int64"))


def people(table: Table, pairs: pd.DataFrame, contact: Ints, cut: int = 0) -> Ints:
    """The person of each row: the number of its first row. contact: of each row, as `contacts` gives it.

    Contacts of two organisations speak by their most telling pair of rows, two of one organisation by all: they are one
    person only if they should have been one contact. Apart are those of whom more pairs are apart than speak for one person.
    """
    left, right, odds, is_apart, starts = _between(pairs, contact)
    if not len(starts):
        return contact
    best, total = np.maximum.reduceat(odds, starts), np.add.reduceat(odds, starts)
    against = np.add.reduceat(is_apart.astype("int64") - (odds > 0), starts)
    left, right, firm = left[starts], right[starts], _firms(table, contact)
    is_one_firm = (firm[left] == firm[right]) & (firm[left] >= 0)
    spoken = np.where(is_one_firm, total // np.diff(np.append(starts, len(odds))), best)
    return average_linkage(len(contact), Edges(left, right, spoken, against > 0), cut)[contact]


def _between(pairs: pd.DataFrame, contact: Ints) -> tuple[Ints, Ints, Ints, Flags, Ints]:
    """Pairs of rows of two contacts, those of the same two together: contacts, log-odds, is_apart, and where each two start."""
    left, right, odds = (pairs[name].to_numpy(dtype="int64") for name in ("left", "right", "person"))
    left, right = np.minimum(contact[left], contact[right]), np.maximum(contact[left], contact[right])
    order = np.lexsort((right, left))
    order = order[left[order] != right[order]]
    left, right, is_apart = left[order], right[order], pairs["is_apart"].to_numpy(dtype=bool)[order]
    starts = np.flatnonzero(np.append(True, (left[1:] != left[:-1]) | (right[1:] != right[:-1]))[:len(left)])
    return left, right, odds[order], is_apart, starts


def _firms(table: Table, contact: Ints) -> Ints:
    """The organisation of each contact, by its number; -1 where none of its rows has one."""
    found = np.full(len(contact), -1)
    np.maximum.at(found, contact, table["firm"].codes)
    return found


def inside(label: Ints) -> tuple[Ints, Ints]:
    """All pairs within components that are not too large, the lesser first."""
    order = np.argsort(label, kind="stable")
    sizes = np.bincount(label)
    starts = np.append(0, np.cumsum(sizes)[:-1])
    is_whole = (sizes > 1) & (sizes <= LARGEST)
    first, second = within(starts[is_whole], sizes[is_whole])
    return order[first], order[second]


def _rows(table: Table) -> int:
    return len(next(iter(table.values())).codes)

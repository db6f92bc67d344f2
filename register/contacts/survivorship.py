"""One value of many, and why: correction > newest of the most trusted (design, rule 14). Knows no field by name.

Everything is one sort and the position of the first eligible value of each group: the position that wins is the provenance.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from register.feeds import TRUST, Feeds
from register.sets import is_among

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

ALWAYS_NEWEST = "9999-12-31"
"""The day of a living row of a snapshot: its source says so today, so that two daily sources do not take turns."""

NOTHING = -1
TRUSTS = 101
RANKS = 64
"""How many trusts (0 to 100) and ranks below trust there are: digits of the number that orders the values."""

TEXT = pa.large_string()
NO_TEXT = pa.scalar("", type=TEXT)

WHYS = np.array(["only", "newest", "trusted", "personal"], dtype=object)
ONLY, NEWEST, TRUSTED, PERSONAL = range(4)


@dataclass(frozen=True)
class Ranked:
    """Rows sorted by group, then living, trusted and newest first.

    ids: of each group. group: number of each row's group. starts: each group's first row. trust, withdrawn: of each row.
    """

    rows: pd.DataFrame
    ids: "pd.Series[str]"
    group: Ints
    starts: Ints
    trust: Ints
    withdrawn: Ints


@dataclass(frozen=True)
class Candidates:
    """Values of one field that compete, `slots` a row, in row order.

    codes: equal for equal values, -1 for none. before: 0 or 1, decides before trust. after: 0 to 63, decides after trust,
    before age. word: why a value won that `before` decided.
    """

    codes: Ints
    before: Ints
    after: Ints
    slots: int = 1
    word: int = ONLY


@dataclass(frozen=True)
class Chosen:
    """Of each group the winning place (row * slots + slot; -1 where nobody has a value) and why it won."""

    places: Ints
    why: Ints


@dataclass
class Golden:
    """Golden columns as they are found, with the provenance of each value."""

    ranked: Ranked
    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[tuple[str, ...], Chosen] = field(default_factory=dict)

    def take(self, columns: tuple[str, ...], chosen: Chosen) -> None:
        """The columns go together: all from the row that was chosen."""
        for column in columns:
            self.values[column] = pd.Series(self.ranked.rows[column].array.take(chosen.places, allow_fill=True))
        self.sources[columns] = chosen

    def put(self, column: str, values: "pd.Series[Any]", chosen: Chosen) -> None:
        """One column, with the row each value is from."""
        self.values[column] = values
        self.sources[(column,)] = chosen

    def frame(self, key: str, corrections: pd.DataFrame) -> pd.DataFrame:
        """A row a group: key, the values with corrections over them, and `provenance`."""
        values = pd.DataFrame({key: self.ranked.ids, **self.values})
        own = corrections[corrections["column"].isin([column for columns in self.sources for column in columns])]
        provenance = self._provenance(own)
        for column, corrected in own.groupby("column"):
            values.loc[corrected["group"], column] = corrected["value"].to_numpy()
        return values.assign(provenance=provenance)

    def _provenance(self, corrections: pd.DataFrame) -> "pd.Series[str]":
        """The form of `provenance.py`. Names of feeds, days and keys need no escaping."""
        said = _said(self.ranked.rows)
        pieces = [_piece(self._named(columns, corrections), said, chosen) for columns, chosen in self.sources.items()]
        pieces.append(_corrected(corrections, len(self.ranked.ids)))
        joined = pc.binary_join_element_wise(*pieces, NO_TEXT, null_handling="replace", null_replacement="")
        return "{" + pd.Series(joined, dtype="str").str.slice(2) + "}"

    def _named(self, columns: tuple[str, ...], corrections: pd.DataFrame) -> pa.Array:
        """Which of the columns have a value of their own, by name; null for none."""
        which = np.zeros(len(self.ranked.ids), dtype="int64")
        for place, column in enumerate(columns):
            has = self.values[column].notna().to_numpy(copy=True)
            has[corrections.loc[corrections["column"] == column, "group"]] = False
            which |= has.astype("int64") << place
        names = [" ".join(column for place, column in enumerate(columns) if some >> place & 1) or None
                 for some in range(2 ** len(columns))]
        return pa.array(names, type=TEXT).take(pa.array(which))


def ranked(rows: pd.DataFrame, by: str) -> Ranked:
    """Sorts rows for choosing. rows: `by`, record_key, withdrawn, trust (0 to 100), newest_on and whatever is chosen from."""
    group, ids = pd.factorize(rows[by], sort=True)
    age = pd.factorize(rows["newest_on"], sort=True)[0]
    record = pd.factorize(rows["record_key"], sort=True)[0]
    order = np.lexsort((record, -age, -rows["trust"].to_numpy(), rows["withdrawn"].to_numpy(), group))
    placed = rows.iloc[order].reset_index(drop=True)
    group = group[order].astype("int64")
    starts = np.flatnonzero(np.diff(group, prepend=NOTHING)).astype("int64")
    trust, withdrawn = placed["trust"].to_numpy("int64"), placed["withdrawn"].to_numpy("int64")
    return Ranked(placed, pd.Series(ids, dtype="str"), group, starts, trust, withdrawn)


def weighed(rows: pd.DataFrame, feeds: Feeds) -> pd.DataFrame:
    """Rows with `trust` by feed, `newest_on`, and `said_on` for the provenance.

    A feed that the file describes with a mistake keeps its kind's trust; one no longer in the file has none.
    """
    is_snapshot = is_among(rows["feed"], {feed.name for feed in feeds.good if feed.gives == "snapshot"})
    by_kind = {feed.name: TRUST[feed.kind] for feed in feeds.broken if feed.kind}
    trusts = by_kind | {feed.name: feed.trust for feed in feeds.good}
    trust = rows["feed"].map(trusts).fillna(0).astype("int64")
    said_on = rows["event_on"].fillna(rows["last_seen_on"])
    newest_on = said_on.mask(is_snapshot, rows["last_seen_on"].where(rows["withdrawn"], ALWAYS_NEWEST))
    return rows.assign(trust=trust, said_on=said_on, newest_on=newest_on)


def codes(values: "pd.Series[Any]") -> Ints:
    """Equal numbers for equal values, -1 for missing ones."""
    return pd.factorize(values)[0].astype("int64")


def plain(codes: Ints) -> Candidates:
    """A field for which only trust and age count."""
    return Candidates(codes, np.zeros_like(codes), np.zeros_like(codes))


def choose(ranked: Ranked, candidates: Candidates) -> Chosen:
    """The best value of each group, and why it beat the best other one."""
    order = _order(ranked, candidates)
    places = _best(ranked, candidates, order, candidates.codes)
    winning = np.where(places == NOTHING, NOTHING, candidates.codes[places])
    group = np.repeat(ranked.group, candidates.slots)
    others = np.where(candidates.codes == winning[group], NOTHING, candidates.codes)
    return Chosen(places, _why(ranked, candidates, places, _best(ranked, candidates, order, others)))


def _order(ranked: Ranked, candidates: Candidates) -> Ints:
    """One number a value: living, `before`, trusted, `after`, then the place in the sorted rows; less is better."""
    withdrawn, trust = (np.repeat(values, candidates.slots) for values in (ranked.withdrawn, ranked.trust))
    class_ = (withdrawn * 2 + candidates.before) * TRUSTS + (TRUSTS - 1 - trust)
    return (class_ * RANKS + candidates.after) * len(class_) + np.arange(len(class_))


def _best(ranked: Ranked, candidates: Candidates, order: Ints, codes: Ints) -> Ints:
    most = np.iinfo("int64").max
    least = np.minimum.reduceat(np.where(codes == NOTHING, most, order), ranked.starts * candidates.slots)
    return np.where(least == most, NOTHING, least % len(order))


def _why(ranked: Ranked, candidates: Candidates, places: Ints, rivals: Ints) -> Ints:
    """The first difference between the winner and the best other value; a value that says more has no rival."""
    rows, other_rows = places // candidates.slots, rivals // candidates.slots
    return np.select(
        [
            rivals == NOTHING,
            ranked.withdrawn[rows] != ranked.withdrawn[other_rows],
            candidates.before[places] != candidates.before[rivals],
            ranked.trust[rows] != ranked.trust[other_rows],
            candidates.after[places] != candidates.after[rivals],
        ],
        [ONLY, NEWEST, candidates.word, TRUSTED, ONLY],
        NEWEST,
    )


def _said(rows: pd.DataFrame) -> pa.Array:
    """Who said it when, of each row, as the inner part of the JSON."""
    feed, day, record_key = (pa.array(rows[name], type=TEXT, from_pandas=True) for name in ("feed", "said_on", "record_key"))
    return _joined('"', feed, '", "', day, '", "', record_key, '", "')


def _piece(names: pa.Array, said: pa.Array, chosen: Chosen) -> pa.Array:
    """`, "email": [...]` of each group, null where it has no value."""
    source = said.take(pa.array(chosen.places, mask=chosen.places == NOTHING))
    return _joined(', "', names, '": [', source, pa.array(WHYS, type=TEXT).take(pa.array(chosen.why)), '"]')


def _corrected(corrections: pd.DataFrame, groups: int) -> pa.Array:
    """The same of the corrected fields of each group, null where none is."""
    texts = np.full(groups, None, dtype=object)
    for row in corrections.to_dict("records"):
        entry = json.dumps([row["feed"], row["decided_on"], row["record_key"], "correction"])
        texts[row["group"]] = f'{texts[row["group"]] or ""}, "{row["column"]}": {entry}'
    return pa.array(texts, type=TEXT)


def _joined(*parts: str | pa.Array) -> pa.Array:
    """The parts of each row one after the other, null where one of them is."""
    texts = (pa.scalar(part, type=TEXT) if isinstance(part, str) else part for part in parts)
    return pc.binary_join_element_wise(*texts, NO_TEXT)

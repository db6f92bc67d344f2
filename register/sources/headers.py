"""From a header row to a frame with canonical columns: which row it is, what its words mean, what is only counted.

Knows no file format. Labels: canonical names; `key.N` for the feed's N-th key column; `unlisted.WORD` for what is
known and not kept; `column N` by position for the rest, since an unknown header may be somebody's data.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from register.columns import CANONICAL, SEPARATOR
from register.feeds import Feed
from register.sources.aliases import (
    EITHER,
    JOINED,
    KNOWN,
    LABELLED,
    NOT_AT_WORK,
    OF_ONE_ADDRESS,
    ONLY_OF,
    RANKS,
    UNLISTED,
    fold,
)
from register.sources.delivery import MAX_CELL, MAX_COLUMNS, Delivery, unreadable

LOOKED_AT = 10
"""Records among which the header row is sought."""

CLEAR = 2
"""Known words that make a row a header for certain."""

CELLS_OF_A_ROW = 3
"""A line above the header with as many filled cells is a row, not a title."""

DATA = re.compile(r"@|(?<!\d)\d{7}\s?[-–]\s?\d(?!\d)|\bFI\d{8}\b|^\s*(?=(?:\D*\d){7})(?:\+|0|\(0|358)[\d\s()/–-]+$")
"""What stands in no header: an e-mail, a business id, a phone number."""


@dataclass(frozen=True)
class Layout:
    """What becomes of each delivered column of one file; positions count from 0."""

    delivery: Delivery
    kept: dict[str, tuple[int, ...]]  # canonical -> positions, best first
    keys: tuple[int | None, ...]      # in the order of the feed's key; None: not delivered
    rest: dict[str, int]              # label -> position of what the gate drops and counts
    kinds_of: dict[int, int]          # position -> position of the column that says what kind of value it is


def words_known(record: Sequence[str], feed: Feed) -> int:
    """How many cells of a record are headers that the feed or the aliases know."""
    own = {squash(word) for word in (*feed.columns.values(), *feed.key)}
    return sum(squash(cell) in own or fold(cell) in KNOWN for cell in record)


def find(records: Sequence[Sequence[str]], delivery: Delivery, feed: Feed) -> int:
    """Position of the header row among the first records.

    The first with CLEAR known words, else the first that is not blank. Raises UnreadableDelivery: empty_file, or
    no_header_row where it, or a row above it, holds an e-mail, a phone or a business id: that is somebody's data.
    """
    filled = [position for position, record in enumerate(records) if any(cell.strip() for cell in record)]
    if not filled:
        raise unreadable(delivery, "empty_file")
    found = next((position for position in filled if words_known(records[position], feed) >= CLEAR), filled[0])
    looked_at = (position for position in filled if position == found or _is_row_above(records, position, found))
    data = next((position for position in looked_at if any(DATA.search(cell) for cell in records[position])), None)
    if data is not None:
        raise unreadable(delivery, "no_header_row", row=data + 1)
    return found


def _is_row_above(records: Sequence[Sequence[str]], position: int, found: int) -> bool:
    return position < found and sum(bool(cell.strip()) for cell in records[position]) >= CELLS_OF_A_ROW


def squash(header: str) -> str:
    """A header as feeds.toml names it: case and space do not matter, punctuation does ("1.3" is not "13")."""
    return "".join(header.casefold().split())


def layout(headers: Sequence[str], delivery: Delivery, feed: Feed) -> Layout:
    """What each delivered column becomes: `feed.columns` first, then the aliases.

    Raises UnreadableDelivery: too_large for too many columns, no_known_column where none would be kept.
    """
    if len(headers) > MAX_COLUMNS:
        raise unreadable(delivery, "too_large", found=len(headers), allowed=MAX_COLUMNS)
    where = {squash(header): position for position, header in reversed(list(enumerate(headers)))}
    told = {name: where[squash(word)] for name, word in feed.columns.items() if squash(word) in where}
    kept = _by_alias(headers, feed, told) | {name: (position,) for name, position in told.items()}
    if not kept:
        raise unreadable(delivery, "no_known_column", found=len(headers))
    used = {position for positions in kept.values() for position in positions}
    keys = tuple(where.get(squash(word)) for word in feed.key)
    ordered = {name: kept[name] for name in CANONICAL if name in kept}
    return Layout(delivery, ordered, keys, _rest(headers, used), _kinds(headers, used))


def _by_alias(headers: Sequence[str], feed: Feed, told: dict[str, int]) -> dict[str, tuple[int, ...]]:
    ranked: dict[str, list[tuple[int, int]]] = {}
    free = {position: fold(header) for position, header in enumerate(headers) if position not in told.values()}
    for position, word in free.items():
        name, rank = RANKS.get(word, ("", 0))
        if name and name not in told and feed.kind in ONLY_OF.get(name, (feed.kind,)):
            ranked.setdefault(name, []).append((rank, position))
    either = [(0, position) for position, word in free.items() if word in EITHER]
    meaning = _company_or_person(ranked, told)
    if either and meaning not in told:
        ranked.setdefault(meaning, []).extend(either)
    return {name: _chosen(name, sorted(found)) for name, found in ranked.items()}


def _company_or_person(ranked: dict[str, list[tuple[int, int]]], told: dict[str, int]) -> str:
    names = ranked.keys() | told.keys()
    return "company" if "company" not in names and names & {"business_id", "full_name"} else "full_name"


def _chosen(name: str, found: list[tuple[int, int]]) -> tuple[int, ...]:
    return tuple(position for _, position in (found[:1] if name in OF_ONE_ADDRESS else found))


def _rest(headers: Sequence[str], used: set[int]) -> dict[str, int]:
    labels: dict[str, int] = {}
    met: Counter[str] = Counter()
    for position, header in enumerate(headers):
        if position in used:
            continue
        word = _word(fold(header))
        met[word] += 1
        repeat = f" {met[word]}" if met[word] > 1 else ""
        labels[f"unlisted.{word}{repeat}" if word else f"column {position + 1}"] = position
    return labels


def _word(folded: str) -> str:
    if folded in RANKS:
        return RANKS[folded][0]
    return "name" if folded in EITHER else UNLISTED.get(folded, "")


def _kinds(headers: Sequence[str], used: set[int]) -> dict[int, int]:
    where = {fold(header): position for position, header in enumerate(headers)}
    stems = {position: LABELLED.fullmatch(fold(headers[position])) for position in used}
    return {
        position: where[stem["stem"] + word]
        for position, stem in stems.items() if stem
        for word in ("label", "type") if stem["stem"] + word in where
    }


def frame(columns: Sequence[pa.Array], first: int, plan: Layout) -> pd.DataFrame:
    """The delivered columns as a frame: text or missing, blank rows left out; the index counts records from `first`.

    Raises UnreadableDelivery: too_large for a value of more than MAX_CELL bytes.
    """
    cells = [_filled(column, position, first, plan.delivery) for position, column in enumerate(columns)]
    for position, kind in plan.kinds_of.items():
        private = pc.fill_null(pc.match_substring_regex(cells[kind], NOT_AT_WORK), False)
        cells[position] = pc.if_else(private, pa.scalar(None, pa.string()), cells[position])
    made = {name: _one(name, [cells[position] for position in positions]) for name, positions in plan.kept.items()}
    made |= {f"key.{n}": _key(cells, position) for n, position in enumerate(plan.keys, start=1)}
    made |= {label: cells[position] for label, position in plan.rest.items()}
    numbers = np.arange(first, first + len(cells[0]))
    rows: pd.DataFrame = pa.table(made).to_pandas()
    return rows.set_axis(numbers).loc[_is_record(cells)]


def _filled(column: pa.Array, position: int, first: int, delivery: Delivery) -> pa.Array:
    longest = pc.max(pc.binary_length(column)).as_py() or 0
    if longest > MAX_CELL:
        row = first + pc.index(pc.binary_length(column), longest).as_py()
        raise unreadable(delivery, "too_large", row=row, column_no=position + 1, found=longest, allowed=MAX_CELL)
    return pc.if_else(pc.equal(pc.utf8_trim_whitespace(column), ""), pa.scalar(None, pa.string()), column)


def _is_record(cells: list[pa.Array]) -> npt.NDArray[np.bool_]:
    said = np.zeros(len(cells[0]), dtype=bool)
    for cell in cells:
        said |= cell.is_valid().to_numpy(zero_copy_only=False)
    return said


def _key(cells: list[pa.Array], position: int | None) -> pa.Array:
    return pa.nulls(len(cells[0]), pa.string()) if position is None else cells[position]


def _one(name: str, delivered: list[pa.Array]) -> pa.Array:
    if name not in JOINED:
        return pc.coalesce(*delivered)
    joined = delivered[0]
    for other in delivered[1:]:
        joined = _join(joined, other)
    return joined


def _join(better: pa.Array, other: pa.Array) -> pa.Array:
    both = pc.binary_join_element_wise(better, other, SEPARATOR)
    repeated = pc.fill_null(pc.equal(better, other), False)
    return pc.if_else(repeated, better, pc.coalesce(both, better, other))

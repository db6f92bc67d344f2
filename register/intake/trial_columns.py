"""What becomes of each delivered column of a file that is tried: where it goes, how much of it can be read, one example."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from register.columns import CANONICAL, NAME, READ_ONLY, SEPARATOR
from register.feeds import Feed, Format
from register.gate.strip import KEY_COLUMN, Stripped
from register.intake.lookup import KEPT as LOOKED_UP
from register.sources import Delivery, delimited, headers, webform, workbook

Fate = Literal["kept", "looked_up", "key", "read", "not_listed", "dropped"]

PLAIN = ("event_status", "party", "marketing_ban", "marketing_consent", "deleted")
"""Columns whose normalised values are words of ours, never somebody's data: they need no mask."""

TWO_PLACES = ("email", "phone")


@dataclass(frozen=True)
class Column:
    """One line of the trial.

    headers: the delivered headers that go into it, as written; empty where the format has none, or where nobody knows the
    header, which may be somebody's data. label: canonical name, `key.N`, `unlisted.WORD` or `column N`. fate: kept; looked_up,
    in a registry's bulk; key, a part of the record key; read, by the gate only; not_listed, the policy does not keep it;
    dropped. unreadable: code -> values. before, after: the example, masked unless it is to be shown.
    """

    headers: tuple[str, ...]
    label: str
    fate: Fate
    filled: int
    unreadable: dict[str, int]
    before: str | None = None
    after: str | bool | None = None


def told(
    delivery: Delivery, feed: Feed, rows: pd.DataFrame, stripped: Stripped, normalised: pd.DataFrame, *, is_shown: bool
) -> list[Column]:
    """A line for each column of the reader's frame. rows: as read; stripped, normalised: of the same rows."""
    written = _written(delivery, feed)
    of_keys = [names for label, names in written.items() if KEY_COLUMN.fullmatch(label)]
    lines = []
    for label in (str(column) for column in rows):
        if label.startswith("unlisted.") and written.get(label) in of_keys:
            continue  # told as a key already
        fate = _fate(label, stripped, feed)
        before, after = _example(label, stripped.rows, normalised) if fate == "kept" else (None, None)
        lines.append(Column(
            written.get(label, ()), label, fate, int(rows[label].notna().sum()),
            _unreadable(label, stripped.rows, normalised) if fate == "kept" else {},
            before if is_shown else _mask(before), after if is_shown or label in PLAIN else _mask(after)))
    return lines


def masked(text: str) -> str:
    """Letters as x or X, digits as 9, everything else as it stands.

    >>> masked("Matti.Meikäläinen@kopare.example, (09) 542 1222")
    'Xxxxx.Xxxxxxxxxxx@xxxxxx.xxxxxxx, (99) 999 9999'
    """
    return "".join(_mask_one(letter) for letter in text)


def _mask_one(letter: str) -> str:
    if letter.isnumeric():
        return "9"
    return ("X" if letter.isupper() else "x") if letter.isalpha() else letter


def _mask(value: str | bool | None) -> str | None:
    return masked(value) if isinstance(value, str) else None


def _fate(label: str, stripped: Stripped, feed: Feed) -> Fate:
    if label in stripped.rows:
        return "kept"
    if feed.is_lookup and label in LOOKED_UP:
        return "looked_up"
    if KEY_COLUMN.fullmatch(label):
        return "key"
    if label in READ_ONLY:
        return "read"
    return "not_listed" if label in CANONICAL else "dropped"


def _unreadable(label: str, rows: pd.DataFrame, normalised: pd.DataFrame) -> dict[str, int]:
    """Names have one code for all their columns: it is told with the first of them."""
    is_name = label in NAME and label == next(column for column in NAME if column in rows)
    column = f"{'full_name' if is_name else label}_code"
    if column not in normalised or (label in NAME and not is_name):
        return {}
    return {str(code): int(count) for code, count in normalised[column].value_counts().items()}


def _example(label: str, rows: pd.DataFrame, normalised: pd.DataFrame) -> tuple[str | None, str | bool | None]:
    """A value that was changed, else one that was read as it stands, else one that could not be read."""
    if label not in normalised or not rows[label].notna().any():
        return None, None
    before, after = rows[label], normalised[label]
    rank = before.isna() * 4 + after.isna() * 2 + before.eq(after.astype("str")).fillna(False)
    place = int(rank.to_numpy(dtype="int64").argmin())
    second = normalised[f"{label}_2"].iloc[place] if label in TWO_PLACES else None
    values = [value for value in (after.iloc[place], second) if isinstance(value, str)]
    return before.iloc[place], SEPARATOR.join(values) or None if after.dtype != bool else bool(after.iloc[place])


def _written(delivery: Delivery, feed: Feed) -> dict[str, tuple[str, ...]]:
    """Label -> the headers as written, of those that the feed or the alias table knows."""
    if feed.format not in HEADERS:
        return {}
    header = HEADERS[feed.format](delivery, feed)
    plan = headers.layout(header, delivery, feed)
    written = {name: tuple(header[place] for place in places) for name, places in plan.kept.items()}
    written |= {label: (header[place],) for label, place in plan.rest.items() if label.startswith("unlisted.")}
    keys = {f"key.{number}": place for number, place in enumerate(plan.keys, start=1)}
    return written | {label: (header[place],) for label, place in keys.items() if place is not None}


HEADERS: dict[Format, Callable[[Delivery, Feed], Sequence[str]]] = {
    "csv": delimited.header, "xlsx": workbook.header, "webform": webform.header,
}
"""The header of each format that has one; the others name their columns by their own standard."""

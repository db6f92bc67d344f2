"""Answers of web forms as JSON: Contact Form 7 posts and Gravity Forms entries, one, a list, or one a line.

Fields are named as columns are (`headers.py`); Gravity's numbered fields need the feed's `columns`. Values inside
values are not read.
"""

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa

from register.columns import SEPARATOR
from register.feeds import Feed
from register.sources import headers
from register.sources.characters import whole
from register.sources.delivery import MAX_CELLS, MAX_DOCUMENT, Delivery, rows_at_once, unreadable

LIST_KEYS = ("entries", "submissions")
"""An answer of a form's API holds its records under one of these."""

GRAVITY_DAY = "date_created"
"""Gravity Forms: when it was sent, in UTC; its CSV export says the site's own time under another name."""

Record = dict[str, Any]


def read(delivery: Delivery, feed: Feed) -> Iterator[pd.DataFrame]:
    """Answers of a form as text, at most CHUNK at a time; the index counts them from 1.

    A Gravity entry's instant becomes its day in Helsinki. Raises UnreadableDelivery: broken_json, empty_file,
    no_known_column, too_large, never a value.
    """
    records = _records(delivery)
    if not records:
        raise unreadable(delivery, "empty_file")
    names = _names(records)
    plan = headers.layout(names, delivery, feed)
    if (cells := len(names) * len(records)) > MAX_CELLS:
        raise unreadable(delivery, "too_large", found=cells, allowed=MAX_CELLS)
    step = rows_at_once(len(names))
    for first in range(0, len(records), step):
        chunk = records[first:first + step]
        columns = [_column(name, [record.get(name) for record in chunk]) for name in names]
        yield headers.frame(columns, first + 1, plan)


def header(delivery: Delivery, feed: Feed) -> list[str]:
    """The names of all fields as written. Raises UnreadableDelivery as `read` does."""
    return _names(_records(delivery))


def _names(records: list[Record]) -> list[str]:
    return list(dict.fromkeys(name for record in records for name in record))


def _records(delivery: Delivery) -> list[Record]:
    size = delivery.path.stat().st_size
    if size > MAX_DOCUMENT:
        raise unreadable(delivery, "too_large", found=size, allowed=MAX_DOCUMENT)
    try:
        text = delivery.path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise unreadable(delivery, "unknown_encoding") from None
    return _checked(_parsed(text, delivery), delivery)


def _parsed(text: str, delivery: Delivery) -> list[Any]:
    try:
        content = json.loads(text)
    except RecursionError:
        raise unreadable(delivery, "broken_json") from None
    except ValueError:
        return _lines(text, delivery)
    if isinstance(content, dict):
        content = next((content[key] for key in LIST_KEYS if isinstance(content.get(key), list)), [content])
    return content if isinstance(content, list) else [content]


def _lines(text: str, delivery: Delivery) -> list[Any]:
    records = []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            records += [json.loads(line)] if line.strip() else []
        except (ValueError, RecursionError):
            raise unreadable(delivery, "broken_json", row=number) from None
    return records


def _checked(records: list[Any], delivery: Delivery) -> list[Record]:
    wrong = next((number for number, record in enumerate(records, start=1) if not isinstance(record, dict)), None)
    if wrong is not None:
        raise unreadable(delivery, "broken_json", row=wrong)
    return records


def _column(name: str, values: list[Any]) -> pa.Array:
    texts = [_text(value) for value in values]
    return pa.array(_days(texts) if name == GRAVITY_DAY else texts, pa.string())


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list):
        return whole(SEPARATOR.join(str(part) for part in value if isinstance(part, str | int | float) and part != ""))
    return None if value is None or isinstance(value, dict) else whole(str(value))


def _days(texts: list[str | None]) -> list[str | None]:
    instants = pd.to_datetime(pd.Series(texts, dtype="str"), format="%Y-%m-%d %H:%M:%S", errors="coerce", utc=True)
    days = instants.dt.tz_convert("Europe/Helsinki").dt.strftime("%Y-%m-%d")
    return [text if pd.isna(day) else day for day, text in zip(days, texts, strict=True)]

"""The files of `register match`: any CSV or workbook read with all its columns, and the answer written whole or not at all.

What the columns mean is the readers' to say (`sources/`); nothing is kept, and no file but the one asked for is left.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from register import sources
from register.columns import LISTABLE
from register.errors import RefusedError, UnreadableDelivery
from register.feeds import Feed, Format
from register.sources import Delivery, delimited, headers, workbook
from register.texts import Texts
from register.unfinished import clear_unfinished, keep, unfinished
from register.workbooks import spreadsheets

FEED = Feed(
    name="register match", kind="provider", format="csv", gives="snapshot", key=(), path="*", region="FI", trust=0, columns={},
    patterns={}, sheet=None, history_from=None, late_after_days=1, owner=None, retired=False, own_business_ids=())
"""How a file is read that no feed describes."""

PACKED = b"PK"
"""How a workbook begins."""

NOTHING_KNOWN = "case_number"
"""What the first column is read as where no title is known: the readers want one."""

HEADERS = {"csv": delimited.header, "xlsx": workbook.header}


@dataclass(frozen=True)
class Delivered:
    """raw: every column as delivered, by title; the index is the record's number in the file. canonical: what is known of them.

    known: position -> canonical name. taken: title -> canonical name.
    """

    raw: pd.DataFrame
    canonical: pd.DataFrame
    known: dict[int, str]

    @property
    def taken(self) -> dict[str, str]:
        """The known columns by their titles."""
        return {str(self.raw.columns[place]): name for place, name in sorted(self.known.items())}


def check(files: Sequence[Path], out: Path, texts: Texts) -> None:
    """Raises RefusedError for an `out` of another ending, in no directory, or that is one of the files or no plain file."""
    spreadsheets.check_ending(out, texts)
    if not out.parent.is_dir():
        raise RefusedError(texts.say("match.no_directory"))
    if out.exists() and (not out.is_file() or any(path.exists() and out.samefile(path) for path in files)):
        raise RefusedError(texts.say("match.out_is_input"))


def read(path: Path, number: int, columns: Mapping[str, str], day: str, texts: Texts) -> Delivered:
    """A file with all its columns. columns: canonical = delivered.

    Raises UnreadableDelivery, and RefusedError for a column that is named and not there, and for two of one title.
    """
    delivery = Delivery(FEED.name, day, number, path.resolve())
    if not delivery.path.is_file():
        raise UnreadableDelivery(FEED.name, day, number, "not_a_file")
    feed = replace(FEED, format=_format(path), columns=dict(columns))
    header = _header(delivery, feed)
    _check_columns(header, number, columns, texts)
    plan, feed = _planned(header, delivery, feed)
    frame = pd.concat(sources.read(delivery, feed))
    labels = {place: label for label, place in plan.rest.items()}
    keys = {headers.squash(word): f"key.{place}" for place, word in enumerate(feed.key, start=1)}
    raw = frame[[labels.get(place) or keys[headers.squash(title)] for place, title in enumerate(header)]]
    known = {place: name for name, places in plan.kept.items() for place in places if name != NOTHING_KNOWN}
    titles = [title.strip() or f"column {place}" for place, title in enumerate(header, start=1)]
    canonical = frame[[name for name in plan.kept if name in known.values()]]
    return Delivered(raw.set_axis(titles, axis=1).astype("str"), canonical, known)


def write(out: Path, rows: pd.DataFrame, texts: Texts) -> None:
    """Text columns as CSV or workbook, for the owner's eyes only; what stood there is replaced when the new one is whole."""
    clear_unfinished(out.parent)
    with unfinished(out.parent) as folder:
        path = folder / f"table{out.suffix.lower()}"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            spreadsheets.write(file, path, rows, texts, texts.say("match.sheet"))
        keep(path, out)


def _format(path: Path) -> Format:
    with path.open("rb") as file:
        return "xlsx" if file.read(len(PACKED)) == PACKED else "csv"


def _header(delivery: Delivery, feed: Feed) -> list[str]:
    """Raises UnreadableDelivery, whatever a library says of a broken file."""
    if not delivery.path.stat().st_size:
        raise UnreadableDelivery(delivery.feed, delivery.day, delivery.file_no, "empty_file")
    try:
        return HEADERS[feed.format](delivery, feed)
    except UnreadableDelivery:
        raise
    except Exception:
        raise UnreadableDelivery(delivery.feed, delivery.day, delivery.file_no, "reader_failed") from None


def _check_columns(header: Sequence[str], number: int, columns: Mapping[str, str], texts: Texts) -> None:
    titles = [headers.squash(title) for title in header]
    for name, title in columns.items():
        if name not in LISTABLE:
            raise RefusedError(texts.say("match.unknown_name", allowed=", ".join(LISTABLE)))
        if headers.squash(title) not in titles:
            raise RefusedError(texts.say("match.no_such_column", n=number, name=name))
    twice = next((place for place, title in enumerate(titles) if title and title in titles[:place]), None)
    if twice is not None:
        raise RefusedError(texts.say("match.same_title", n=number, column=twice + 1, other=titles.index(titles[twice]) + 1))


def _planned(header: list[str], delivery: Delivery, feed: Feed) -> tuple[headers.Layout, Feed]:
    """Every column is also asked for as a key, so that it comes as delivered; where no title is known, one stands for all."""
    feed = replace(feed, key=tuple(title for title in header if title.strip()))
    try:
        return headers.layout(header, delivery, feed), feed
    except UnreadableDelivery as error:
        if error.code != "no_known_column":
            raise
    feed = replace(feed, columns={NOTHING_KNOWN: feed.key[0]})
    return headers.layout(header, delivery, feed), feed

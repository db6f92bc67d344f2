"""A delivery's files, or an archived day, as one batch of rows: read, stripped, normalised and keyed. Asks no database."""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from register import inbox, normalise, sources
from register.errors import UnreadableDelivery
from register.feeds import Feed
from register.gate.admit import Rows
from register.gate.record_keys import record_keys
from register.gate.strip import Stripped, strip
from register.inbox import Letter
from register.policy import Policy
from register.sources import Delivery

POSITION = ["file_no", "row_no"]


@dataclass
class Batch:
    """What the files of a feed gave for a day.

    rows: on one RangeIndex. columns: canonical columns that were delivered. dropped: labels of those that are not kept.
    letters: the files that were read, by number. unreadable: those that were not, with the reason.
    """

    rows: Rows
    columns: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    letters: dict[int, Letter] = field(default_factory=dict)
    unreadable: list[tuple[Letter, UnreadableDelivery]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many rows were read."""
        return len(self.rows.record_key)


@dataclass
class _Part:
    stripped: Stripped
    normalised: pd.DataFrame
    file_no: int


def read_letters(
    letters: list[Letter], feed: Feed, day: str, policy: Policy, key: bytes, *, after_file: int, folder: Path
) -> Batch:
    """Reads files into one batch, numbering them from `after_file` + 1; a file that cannot be read is named, not raised.

    folder: where files from outside the home are copied for as long as they are read.
    """
    parts: list[_Part] = []
    read, unreadable = {}, []
    with TemporaryDirectory(dir=folder, prefix=".reading-") as copies:
        for number, letter in enumerate(letters, start=after_file + 1):
            try:
                parts += _read_file(letter, feed, day, policy, number, Path(copies))
                read[number] = letter
            except UnreadableDelivery as error:
                unreadable.append((letter, error))
    return _batch(parts, feed, key, read, unreadable)


def from_archive(archived: pd.DataFrame, feed: Feed, day: str, policy: Policy) -> Batch:
    """An archived day's rows, read again under today's policy; their record keys stay. archived: as `Archive.read` gives it."""
    archived = archived.reset_index(drop=True)
    stripped = strip(archived.drop(columns=["record_key", *POSITION], errors="ignore"), feed, policy)
    rows = Rows(
        text=stripped.rows.assign(**{name: archived[name] for name in POSITION}),
        normalised=normalise.rows(stripped.rows, feed, day),
        record_key=archived["record_key"],
        is_private=stripped.is_private,
        identity_numbers=int(stripped.identity_numbers.sum()),
    )
    return Batch(rows, columns=tuple(stripped.rows.columns))


def _read_file(letter: Letter, feed: Feed, day: str, policy: Policy, number: int, folder: Path) -> list[_Part]:
    delivery = Delivery(feed.name, day, number, inbox.copy_in(letter, folder))
    parts = []
    for frame in sources.read(delivery, feed):
        stripped = strip(frame, feed, policy)
        parts.append(_Part(stripped, normalise.rows(stripped.rows, feed, day), number))
    return parts


def _batch(
    parts: list[_Part], feed: Feed, key: bytes, read: dict[int, Letter], unreadable: list[tuple[Letter, UnreadableDelivery]]
) -> Batch:
    if not parts:
        return Batch(_no_rows(feed), letters=read, unreadable=unreadable)
    text = pd.concat([part.stripped.rows.assign(file_no=part.file_no, row_no=part.stripped.rows.index) for part in parts],
                     ignore_index=True)
    normalised = pd.concat([part.normalised for part in parts], ignore_index=True)
    delivered_key = pd.concat([part.stripped.delivered_key for part in parts], ignore_index=True)
    rows = Rows(
        text=text,
        normalised=normalised,
        record_key=record_keys(normalised, delivered_key, feed, key),
        is_private=pd.concat([part.stripped.is_private for part in parts], ignore_index=True),
        identity_numbers=sum(int(part.stripped.identity_numbers.sum()) for part in parts),
    )
    dropped = dict.fromkeys(label for part in parts for label in part.stripped.dropped)
    return Batch(rows, tuple(name for name in text.columns if name not in POSITION), tuple(dropped), read, unreadable)


def _no_rows(feed: Feed) -> Rows:
    return Rows(
        text=pd.DataFrame({name: pd.Series(dtype="int64") for name in POSITION}),
        normalised=normalise.rows(pd.DataFrame({"company": pd.Series(dtype="str")}), feed, ""),
        record_key=pd.Series(dtype="str"), is_private=pd.Series(dtype=bool), identity_numbers=0)


def part_of(rows: Rows, keep: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Rows:
    """The rows for which `keep` is true, on a fresh RangeIndex."""
    return Rows(
        text=rows.text[keep].reset_index(drop=True),
        normalised=rows.normalised[keep].reset_index(drop=True),
        record_key=rows.record_key[keep].reset_index(drop=True),
        is_private=rows.is_private[keep].reset_index(drop=True),
        identity_numbers=0,
    )

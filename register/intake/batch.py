"""A delivery's files, or an archived day, as one batch of rows: read, stripped, normalised and keyed. Asks no database."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from register import normalise, sources
from register.columns import NORMALISED
from register.errors import UnreadableDelivery
from register.feeds import Feed
from register.gate import own_people
from register.gate.admit import Rows
from register.gate.record_keys import record_keys
from register.gate.removed_values import KEPT
from register.gate.strip import Stripped, strip
from register.intake import inbox
from register.intake.inbox import Letter
from register.policy import Policy
from register.sources import Delivery
from register.sources.delivery import unreadable as cannot_read
from register.unfinished import unfinished

POSITION = ["file_no", "row_no"]

TRIES = 3
"""How often a file is read that is saved again meanwhile."""


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

    @property
    def contents(self) -> list[str]:
        """The hashes of the files that were read."""
        return [letter.content_hash for letter in self.letters.values()]


@dataclass
class _Part:
    stripped: Stripped
    normalised: pd.DataFrame
    file_no: int


def read_letters(
    letters: list[Letter], feed: Feed, day: str, policy: Policy, key: bytes, *, after_file: int, folder: Path
) -> Batch:
    """Reads files into one batch, numbering them from `after_file` + 1; a file that cannot be read is named, not raised.

    The same content is read once, however often it lies there. folder: where files from outside the home are copied for as
    long as they are read.
    """
    parts: list[_Part] = []
    read, unreadable = {}, []
    once = {letter.content_hash: letter for letter in reversed(letters)}.values()
    with unfinished(folder) as copies:
        for number, letter in enumerate(reversed(once), start=after_file + 1):
            try:
                read[number], found = _read_file(letter, feed, day, policy, number, copies)
                parts += found
            except UnreadableDelivery as error:
                unreadable.append((letter, error))
    try:
        return _batch(parts, feed, policy, key, read, unreadable)
    except Exception:  # as of one file
        failed = [(letter, cannot_read(Delivery(feed.name, day, number, letter.path), "reader_failed"))
                  for number, letter in read.items()]
        return Batch(_no_rows(), unreadable=[*unreadable, *failed])


def from_archive(archived: pd.DataFrame, feed: Feed, day: str, policy: Policy) -> Batch:
    """An archived day's rows, read again under today's policy; their record keys stay. archived: as `Archive.read` gives it."""
    if archived.empty:
        return Batch(_no_rows())
    archived = archived.reset_index(drop=True)
    stripped = strip(archived.drop(columns=["record_key", *POSITION, KEPT], errors="ignore"), feed, policy)
    rows = Rows(
        text=stripped.rows.assign(**{name: archived[name] for name in (*POSITION, KEPT) if name in archived}),
        normalised=normalise.rows(stripped.rows, feed, day),
        record_key=archived["record_key"],
        is_private=stripped.is_private,
        identity_numbers=int(stripped.identity_numbers.sum()),
    )
    return Batch(own_people.cut(rows, feed, policy), columns=tuple(stripped.rows.columns))


def _read_file(
    letter: Letter, feed: Feed, day: str, policy: Policy, number: int, folder: Path
) -> tuple[Letter, list[_Part]]:
    """A file, by the content that it had from the first row to the last; it may be another than when it was looked at.

    Raises UnreadableDelivery, and nothing else: no fault of one file may stop the other feeds (design, rule 7).
    """
    delivery = Delivery(feed.name, day, number, letter.path)
    try:
        delivery = Delivery(feed.name, day, number, inbox.copy_in(letter, folder))
        for _ in range(TRIES):
            content = inbox.content_hash(delivery.path)
            parts = [_part(frame, feed, day, policy, number) for frame in sources.read(delivery, feed)]
            if inbox.content_hash(delivery.path) == content:
                return replace(letter, content_hash=content), parts
    except UnreadableDelivery:
        raise
    except Exception:  # whatever it was, its text may quote values
        raise cannot_read(delivery, "reader_failed") from None
    raise cannot_read(delivery, "reader_failed")


def _part(frame: pd.DataFrame, feed: Feed, day: str, policy: Policy, number: int) -> _Part:
    stripped = strip(frame, feed, policy)
    return _Part(stripped, normalise.rows(stripped.rows, feed, day), number)


def _batch(
    parts: list[_Part], feed: Feed, policy: Policy, key: bytes, read: dict[int, Letter],
    unreadable: list[tuple[Letter, UnreadableDelivery]],
) -> Batch:
    if not parts:
        return Batch(_no_rows(), letters=read, unreadable=unreadable)
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
    columns = tuple(name for name in text.columns if name not in POSITION)
    return Batch(own_people.cut(rows, feed, policy), columns, tuple(dropped), read, unreadable)


def _no_rows() -> Rows:
    kinds = {**NORMALISED, "is_dated": "bool", **dict.fromkeys(normalise.CODES, "str")}
    return Rows(
        text=pd.DataFrame({name: pd.Series(dtype="int64") for name in POSITION}),
        normalised=pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()}),
        record_key=pd.Series(dtype="str"), is_private=pd.Series(dtype=bool), identity_numbers=0)

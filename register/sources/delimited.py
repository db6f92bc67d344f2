"""Text files with one record a line: any encoding, separator and line end, titles above the header, line breaks in
quotes.

Arrow reads; Python's stricter csv module looks for the place where something is wrong. What headers mean is
`headers.py`'s.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from register.feeds import Feed
from register.sources import encodings, headers
from register.sources.delivery import CHUNK, MAX_CELL, MAX_DOCUMENT, Delivery, unreadable

SEPARATORS = ";,\t|"
HEAD = 2**20
"""Characters in which the header row must end."""

BLOCK = 2**23
"""Bytes that Arrow parses at a time; also the longest record."""


class _Endless(csv.Error):
    """A line longer than anything that may be held whole."""


@dataclass(frozen=True)
class Head:
    """What the beginning of a file says of the rest.

    header_no: the header's number among the records. lines: how many stand above the data. is_all: nothing stands below it.
    """

    separator: str
    header: list[str]
    header_no: int
    lines: int
    is_all: bool


def read(delivery: Delivery, feed: Feed) -> Iterator[pd.DataFrame]:
    """Rows of a delimited text file, at most CHUNK at a time; the index counts records, the header row has its own number.

    A file with nothing below its header gives one frame without rows. Raises UnreadableDelivery: empty_file,
    unknown_encoding, no_header_row, no_known_column, too_large, broken_table (found and allowed columns), never a
    value.
    """
    encoding = encodings.detect(delivery)
    head = _head(delivery, feed, encoding)
    plan = headers.layout(head.header, delivery, feed)
    if encoding.has_nul:
        _find_fault(delivery, encoding, head)
    if head.is_all:
        yield headers.frame([pa.array([], pa.string())] * len(head.header), head.header_no + 1, plan)
        return
    first = head.header_no + 1
    for batch in _batches(delivery, encoding, head):
        yield headers.frame(batch.columns, first, plan)
        first += batch.num_rows


def header(delivery: Delivery, feed: Feed) -> list[str]:
    """The header row as written. Raises UnreadableDelivery as `read` does."""
    return _head(delivery, feed, encodings.detect(delivery)).header


def _head(delivery: Delivery, feed: Feed, encoding: encodings.Encoding) -> Head:
    try:
        with delivery.path.open(encoding=encoding.name, newline="") as file:
            text = file.read(HEAD)
    except UnicodeDecodeError:
        raise unreadable(delivery, "unknown_encoding") from None
    parsed = [(separator, *_first_records(text, separator)) for separator in SEPARATORS]
    separator, records, lines = max(parsed, key=lambda one: _best_header(one[1], feed))
    found = headers.find(records, delivery, feed)
    below = list(io.StringIO(text, newline=""))[lines[found]:]
    is_all = len(text) < HEAD and not "".join(below).strip()
    return Head(separator, records[found], found + 1, lines[found], is_all)


def _best_header(records: list[list[str]], feed: Feed) -> tuple[int, int]:
    return max(((headers.words_known(record, feed), len(record)) for record in records), default=(0, 0))


def _first_records(text: str, separator: str) -> tuple[list[list[str]], list[int]]:
    """The first records, and how many lines of the file end with each."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    records: list[list[str]] = []
    lines: list[int] = []
    try:
        for record in reader:
            records.append(record)
            lines.append(reader.line_num)
            if len(records) == headers.LOOKED_AT:
                break
    except csv.Error:
        pass  # half a quote or an endless cell: the header may stand above it, and the data is read strictly
    return records, lines


def _batches(delivery: Delivery, encoding: encodings.Encoding, head: Head) -> Iterator[pa.RecordBatch]:
    is_checked = not encoding.has_quotes
    try:
        for batch in _parsed(delivery, encoding, head):
            if not is_checked and _has_line_break(batch):
                _find_fault(delivery, encoding, head)  # half a quote swallows whole records, which Arrow lets pass
                is_checked = True
            yield from (batch.slice(start, CHUNK) for start in range(0, batch.num_rows, CHUNK))
    except pa.ArrowInvalid:
        _find_fault(delivery, encoding, head)
        raise unreadable(delivery, "too_large", allowed=BLOCK) from None


def _parsed(delivery: Delivery, encoding: encodings.Encoding, head: Head) -> Iterator[pa.RecordBatch]:
    names = [str(position) for position in range(len(head.header))]
    reading = pa_csv.ReadOptions(
        column_names=names, skip_rows=head.lines, block_size=BLOCK, encoding=_for_arrow(encoding.name))
    # Blank lines become blank rows, so that records keep their numbers.
    parsing = pa_csv.ParseOptions(delimiter=head.separator, newlines_in_values=True, ignore_empty_lines=False)
    converting = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    with pa.OSFile(str(delivery.path)) as file, pa_csv.open_csv(file, reading, parsing, converting) as batches:
        yield from batches


def _for_arrow(name: str) -> str:
    return "utf8" if name.startswith("utf-8") else name


def _has_line_break(batch: pa.RecordBatch) -> bool:
    characters = (column.buffers()[2] for column in batch.columns)  # searched at once, some twenty times faster than by value
    return any(mark in text.to_pybytes() for text in characters if text for mark in (b"\n", b"\r"))


def _find_fault(delivery: Delivery, encoding: encodings.Encoding, head: Head) -> None:
    """Raises UnreadableDelivery for the first broken record: its columns, half a quote, a NUL byte, an endless value."""
    row, allowed = head.header_no, len(head.header)
    try:
        for row, record in enumerate(_records(delivery, encoding, head), start=head.header_no + 1):
            if (record and len(record) != allowed) or any("\0" in cell for cell in record):
                raise unreadable(delivery, "broken_table", row=row, found=len(record), allowed=allowed)
            _refuse_long(record, row, delivery)
    except _Endless:
        raise unreadable(delivery, "too_large", row=row + 1, allowed=MAX_DOCUMENT) from None
    except csv.Error:
        raise unreadable(delivery, "broken_table", row=row + 1, found=1, allowed=allowed) from None


def _records(delivery: Delivery, encoding: encodings.Encoding, head: Head) -> Iterator[list[str]]:
    """The records below the header; raises csv.Error where half a quote stands, or swallows all that may be held whole."""
    with _longer_values(), delivery.path.open(encoding=encoding.name, newline="") as file:
        for _ in range(head.lines):
            file.readline()
        yield from csv.reader(_lines(file), delimiter=head.separator, strict=True)


def _lines(file: TextIO) -> Iterator[str]:
    while line := file.readline(MAX_DOCUMENT):
        if len(line) == MAX_DOCUMENT:
            raise _Endless
        yield line


@contextmanager
def _longer_values() -> Iterator[None]:
    """The csv module stops at 131,072 characters, which could be a long value or half a quote; further on one can tell."""
    limit = csv.field_size_limit(MAX_DOCUMENT)
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _refuse_long(record: list[str], row: int, delivery: Delivery) -> None:
    for column_no, cell in enumerate(record, start=1):
        if len(cell) * 4 > MAX_CELL and (found := len(cell.encode())) > MAX_CELL:
            raise unreadable(delivery, "too_large", row=row, column_no=column_no, found=found, allowed=MAX_CELL)

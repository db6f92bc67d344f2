"""What a workbook would unpack to, found before a library is given it: bytes, cells, and the rectangle they span.

The library lays a sheet out as a rectangle in memory, 32 bytes a cell, so that one value at XFD1048576 asks for 512 GB and
ends the process. Sizes are counted while unpacking, never believed. Values are not looked at.
"""

import zlib
from collections.abc import Iterator
from functools import lru_cache
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from register.sources.delivery import MAX_CELLS, Delivery, unreadable, unzip

OTHER_FORMATS = ("content.xml", "xl/workbook.bin")
"""What the other formats hold that the library would open by their names or contents."""

MAX_SHEET = 2**30
"""Bytes of a sheet, unpacked; the library streams it."""

MAX_HELD = 128 * 2**20
"""Bytes of any other part, unpacked; the library holds them whole: texts above all."""

BLOCK = 2**20
SHEET = b"sheetData"
"""Stands in every part that the library reads as a sheet, whatever its name."""

BROKEN = (BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, expat.ExpatError, ValueError)


class _TooLarge(Exception):
    def __init__(self, found: int, allowed: int) -> None:
        self.found, self.allowed = found, allowed


def check(delivery: Delivery) -> None:
    """Raises UnreadableDelivery: too_large, or broken_workbook where it is no workbook of this format."""
    try:
        with unzip(delivery, "broken_workbook") as archive:
            names = (name.replace("\\", "/").lower() for name in archive.namelist())
            if any(name in OTHER_FORMATS for name in names):
                raise unreadable(delivery, "broken_workbook")
            for member in archive.infolist():
                _check_part(archive, member)
    except _TooLarge as error:
        raise unreadable(delivery, "too_large", found=error.found, allowed=error.allowed) from None
    except BROKEN:
        raise unreadable(delivery, "broken_workbook") from None


def _check_part(archive: ZipFile, member: ZipInfo) -> None:
    unpacked, end = 0, b""
    for block in _blocks(archive, member):
        if SHEET in end + block:
            _check_sheet(archive, member)
            return
        unpacked, end = unpacked + len(block), block[-len(SHEET):]
        if unpacked > MAX_HELD:
            raise _TooLarge(unpacked, MAX_HELD)


def _check_sheet(archive: ZipFile, member: ZipInfo) -> None:
    extent, unpacked = _Extent(), 0
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = extent.begin, extent.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    for block in _blocks(archive, member):
        parser.Parse(block)
        unpacked += len(block)
        if unpacked > MAX_SHEET or extent.size > MAX_CELLS:
            raise _TooLarge(*((unpacked, MAX_SHEET) if unpacked > MAX_SHEET else (extent.size, MAX_CELLS)))
    parser.Parse(b"", True)


def _blocks(archive: ZipFile, member: ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as file:
        while block := file.read(BLOCK):
            yield block


def _refuse_doctype(*_: object) -> None:
    """It could give cells a place by default, which the library does not read."""
    raise ValueError("no workbook has a DOCTYPE")


class _Extent:
    """How far the cells of a sheet reach; a cell or row without a place of its own follows the one before."""

    def __init__(self) -> None:
        self.cells = self.last_row = self.last_column = 0
        self._row, self._column = 1, 1

    @property
    def size(self) -> int:
        return max(self.cells, self.last_row * self.last_column)

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "row" and "r" in attributes:
            self._row = int(attributes["r"])
        elif kind == "c":
            self._add(attributes.get("r"))

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] == "row":
            self._row, self._column = self._row + 1, 1

    def _add(self, reference: str | None) -> None:
        row = self._row
        if reference is not None:
            letters = reference.rstrip("0123456789")
            row, self._column = int(reference[len(letters):]), _column_no(letters)
        self.cells += 1
        self.last_row, self.last_column = max(self.last_row, row), max(self.last_column, self._column)
        self._column += 1


@lru_cache(maxsize=20_000)
def _column_no(letters: str) -> int:
    """Raises ValueError for what is no column."""
    number = 0
    for letter in letters:
        number = number * 26 + int(letter, 36) - 9
    return number

"""One file of a delivery, the limits every reader keeps, and the one error a reader may raise. Reads nothing itself."""

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from register.errors import UnreadableDelivery

CHUNK = 100_000
"""Rows of a frame at most."""

MAX_COLUMNS = 2_000
MAX_CELL = 131_072
"""Bytes of one value in UTF-8; Python's csv module stops at as many characters."""

MAX_CELLS = 2**24
"""Cells of what is laid out as a rectangle, whatever is filled of it: a full sheet of 16 columns."""

MAX_FRAME = 2**22
"""Cells of a frame at most."""

MAX_DOCUMENT = 16 * 2**20
"""Bytes of what has to be held whole: a file of forms, one invoice, one line; parsed it takes some thirty times as many."""

MAX_UNPACKED = 8 * 2**30
"""Bytes of one packed file; the companies' registry has 1.5 GB."""

MAX_RATIO = 200
"""Unpacked to packed; honest spreadsheets and registries stay below 50."""

SMALL = 10 * 2**20
"""Bytes under which a packed file may have any ratio."""


@dataclass(frozen=True)
class Delivery:
    """One file of what a feed gave for a day; `file_no` 1 is the first, its name is never shown."""

    feed: str
    day: str
    file_no: int
    path: Path


def rows_at_once(columns: int) -> int:
    """Rows of a frame of so many columns."""
    return max(1, min(CHUNK, MAX_FRAME // columns))


def unreadable(
    delivery: Delivery, code: str, *, row: int | None = None, column_no: int | None = None, **detail: int | str
) -> UnreadableDelivery:
    """The error of a file that cannot be read; raise it `from None`, since its cause has seen data."""
    return UnreadableDelivery(delivery.feed, delivery.day, delivery.file_no, code, row, column_no, detail)


def unzip(delivery: Delivery, code: str) -> ZipFile:
    """The opened archive of a delivery. Raises UnreadableDelivery: `code` where it is none, too_large for a ZIP bomb."""
    try:
        archive = ZipFile(delivery.path)
    except (BadZipFile, OSError):
        raise unreadable(delivery, code) from None
    for member in archive.infolist():
        allowed = max(SMALL, min(MAX_UNPACKED, MAX_RATIO * member.compress_size))
        if member.file_size > allowed:
            archive.close()
            raise unreadable(delivery, "too_large", found=member.file_size, allowed=allowed)
    return archive

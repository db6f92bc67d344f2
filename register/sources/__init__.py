"""Where deliveries are read: one module a format, all with the same `read`. Nothing is judged or kept here.

Frames hold text only, missing where nothing was delivered; columns and labels as `headers.py` says; the index is the
record's number in its file.
"""

from collections.abc import Callable, Iterator

import pandas as pd

from register.errors import UnreadableDelivery
from register.feeds import Feed, Format
from register.sources import delimited, finvoice, prh_bulk, webform, workbook
from register.sources.delivery import CHUNK, Delivery, unreadable

__all__ = ["CHUNK", "Delivery", "read"]

Reader = Callable[[Delivery, Feed], Iterator[pd.DataFrame]]

READERS: dict[Format, Reader] = {
    "csv": delimited.read,
    "xlsx": workbook.read,
    "webform": webform.read,
    "finvoice": finvoice.read,
    "prh_bulk": prh_bulk.read,
}
"""The reader of each format."""


def read(delivery: Delivery, feed: Feed) -> Iterator[pd.DataFrame]:
    """Rows of one file as text in canonical columns, at most CHUNK at a time; the index is the record's number in its file.

    Raises UnreadableDelivery, and nothing else: feed, day, file, row, counts. Never a value.
    """
    if delivery.path.is_symlink() or not delivery.path.is_file():
        raise unreadable(delivery, "not_a_file")
    if not delivery.path.stat().st_size:
        raise unreadable(delivery, "empty_file")
    try:
        yield from READERS[feed.format](delivery, feed)
    except UnreadableDelivery:
        raise
    except Exception:  # whatever a library says of a broken file has seen its data
        raise unreadable(delivery, "reader_failed") from None

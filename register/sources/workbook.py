"""Spreadsheets: the feed's sheet, else the first that holds something, with titles above the header. What headers
mean is `headers.py`'s; what Excel did to a number before it was saved is `normalise/`'s to mend.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain, islice

import pandas as pd
import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from register.feeds import Feed
from register.sources import extent, headers
from register.sources.delivery import Delivery, rows_at_once, unreadable

Cell = int | float | str | bool | time | date | datetime | timedelta


def read(delivery: Delivery, feed: Feed) -> Iterator[pd.DataFrame]:
    """Rows of one sheet as text, at most CHUNK at a time; the index is the sheet's own row number.

    Whole numbers lose Excel's ".0", days are ISO, yes and no are 1 and 0. Raises UnreadableDelivery: broken_workbook,
    sheet_missing, empty_file, no_header_row, no_known_column, too_large, never a value.
    """
    rows = _rows(_sheet(delivery, feed))
    first, found = _first(rows, delivery, feed)
    width = len(first[found])
    plan = headers.layout(first[found], delivery, feed)
    below = chain(first[found + 1:], rows)
    row_no = found + 2
    while chunk := list(islice(below, rows_at_once(width))) or (row_no == found + 2 and [[""] * width]):
        yield headers.frame([pa.array(cells, pa.string()) for cells in zip(*chunk, strict=True)], row_no, plan)
        row_no += len(chunk)


def header(delivery: Delivery, feed: Feed) -> list[str]:
    """The header row as written. Raises UnreadableDelivery as `read` does."""
    first, found = _first(_rows(_sheet(delivery, feed)), delivery, feed)
    return first[found]


def _first(rows: Iterator[list[str]], delivery: Delivery, feed: Feed) -> tuple[list[list[str]], int]:
    """The first rows, and which of them is the header."""
    first = list(islice(rows, headers.LOOKED_AT))
    return first, headers.find(first, delivery, feed)


def _sheet(delivery: Delivery, feed: Feed) -> CalamineSheet:
    extent.check(delivery)
    try:
        with CalamineWorkbook.from_path(delivery.path) as workbook:
            return _named(workbook, delivery, feed) if feed.sheet is not None else _first_filled(workbook, delivery)
    except CalamineError:
        raise unreadable(delivery, "broken_workbook") from None


def _named(workbook: CalamineWorkbook, delivery: Delivery, feed: Feed) -> CalamineSheet:
    if feed.sheet not in workbook.sheet_names:
        raise unreadable(delivery, "sheet_missing", found=len(workbook.sheet_names))
    return workbook.get_sheet_by_name(feed.sheet)


def _first_filled(workbook: CalamineWorkbook, delivery: Delivery) -> CalamineSheet:
    shown = [sheet.name for sheet in workbook.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
    for name in shown:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.height:
            return sheet
    raise unreadable(delivery, "empty_file")


def _rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    if sheet.start is None:
        return
    left = [""] * sheet.start[1]  # columns before the first filled one keep their positions
    for row in sheet.iter_rows():
        yield left + [_text(cell) for cell in row]


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)

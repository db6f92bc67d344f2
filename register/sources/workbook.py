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
from register.sources import headers
from register.sources.delivery import CHUNK, Delivery, unreadable, unzip

Cell = int | float | str | bool | time | date | datetime | timedelta


def read(delivery: Delivery, feed: Feed) -> Iterator[pd.DataFrame]:
    """Rows of one sheet as text, at most CHUNK at a time; the index is the sheet's own row number.

    Whole numbers lose Excel's ".0", days are ISO, yes and no are 1 and 0. Raises UnreadableDelivery: broken_workbook,
    sheet_missing, empty_file, no_header_row, no_known_column, too_large, never a value.
    """
    unzip(delivery, "broken_workbook").close()
    try:
        sheet = _sheet(delivery, feed)
    except CalamineError:
        raise unreadable(delivery, "broken_workbook") from None
    rows = _rows(sheet)
    first = list(islice(rows, headers.LOOKED_AT))
    found = headers.find(first, delivery, feed)
    plan = headers.layout(first[found], delivery, feed)
    below = chain(first[found + 1:], rows)
    row_no = found + 2
    while chunk := list(islice(below, CHUNK)) or (row_no == found + 2 and [[""] * len(first[found])]):
        yield headers.frame([pa.array(cells, pa.string()) for cells in zip(*chunk, strict=True)], row_no, plan)
        row_no += len(chunk)


def _sheet(delivery: Delivery, feed: Feed) -> CalamineSheet:
    with CalamineWorkbook.from_path(delivery.path) as workbook:
        shown = [sheet.name for sheet in workbook.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
        if feed.sheet is not None:
            if feed.sheet not in workbook.sheet_names:
                raise unreadable(delivery, "sheet_missing", found=len(workbook.sheet_names))
            return workbook.get_sheet_by_name(feed.sheet)
        sheets = (workbook.get_sheet_by_name(name) for name in shown)
        filled = next((sheet for sheet in sheets if sheet.height), None)
    if filled is None:
        raise unreadable(delivery, "empty_file")
    return filled


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

"""Tables of text as CSV or workbook: what a spreadsheet would take for a formula stays text. Keeps no record of what it writes.

Who may get which file, and where it lies, is `outgoing.py`'s and `match_files.py`'s.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from register.errors import RefusedError
from register.texts import Texts
from register.unfinished import unfinished

ENDINGS = (".csv", ".xlsx")

ROWS_OF_A_SHEET = 1_048_575
"""What fits below the header of a worksheet."""

FORMULA = "[=+@\t\r\n-]"
"""Beginnings from which a spreadsheet makes a formula of a text."""

NUMBER = r"[+-]?\(?\d[\d\s().,/-]*"
"""Plain numbers and phones: no formula comes of them."""


def check_ending(path: Path, texts: Texts) -> None:
    """Raises RefusedError for a file of another ending."""
    if path.suffix.lower() not in ENDINGS:
        raise RefusedError(texts.say("export.bad_ending", allowed=", ".join(ENDINGS)))


def write(file: BinaryIO, path: Path, rows: pd.DataFrame, texts: Texts, sheet: str, widths: Sequence[int] = ()) -> None:
    """Writes the rows into an open file by the path's ending. sheet: its name; widths: of the columns, in characters.

    Raises RefusedError for more rows than a sheet holds.
    """
    if path.suffix.lower() == ".csv":
        headings = _harmless(pd.Series(rows.columns, dtype="str")).to_list()
        plain = rows.apply(_harmless).set_axis(headings, axis=1)
        plain.to_csv(file, sep=";", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    elif len(rows) > ROWS_OF_A_SHEET:
        raise RefusedError(texts.say("export.too_many_rows", allowed=ROWS_OF_A_SHEET))
    else:
        _write_workbook(file, path.parent, rows, sheet, widths)


def _harmless(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if not pd.api.types.is_string_dtype(values):
        return values
    is_formula = values.str.match(FORMULA).eq(True) & ~values.str.fullmatch(NUMBER).eq(True)
    return values.mask(is_formula, "'" + values)


def _write_workbook(file: BinaryIO, folder: Path, rows: pd.DataFrame, name: str, widths: Sequence[int]) -> None:
    """Row by row with bounded memory; the unfinished parts lie beside the file, never in a public place."""
    import xlsxwriter

    with (unfinished(folder) as parts,
          xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": str(parts)}) as workbook):
        sheet, bold = workbook.add_worksheet(name), workbook.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows), len(rows.columns) - 1)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        for place, heading in enumerate(rows.columns):
            sheet.write_string(0, place, heading, bold)
        for number, row in enumerate(rows.itertuples(index=False, name=None), start=1):
            _write_row(sheet, number, row)


def _write_row(sheet: Any, number: int, row: tuple[Any, ...]) -> None:
    """Texts as texts, whatever they begin with."""
    for place, value in enumerate(row):
        if isinstance(value, str):
            sheet.write_string(number, place, value)
        elif not pd.isna(value):
            sheet.write_number(number, place, value)

"""What lies in the letter box as filled in: which workbooks, their number and form, who answers, and the answers as text.

What of it is allowed, and what comes of it, stands in `returned.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from register.errors import UnreadableDelivery
from register.sources import extent
from register.sources.delivery import Delivery, unreadable
from register.texts import DAYS, Texts
from register.workbooks.forms import FIRST, GUIDE, KEYS, LISTS, NAME, NUMBER, WHAT, Form, Keys, written

BOX = "decisions"
"""The folder of the letter box; no feed bears this name."""


@dataclass(frozen=True)
class Line:
    """One row as it came back: its number in the sheet, the hidden keys and the answers' cells, as text."""

    row: int
    keys: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Filled:
    """A workbook as it came back."""

    number: int | None
    what: str
    name: str
    answer: str  # below the name, of a form that is answered on the first sheet
    cells: list[list[str]]

    def lines(self, form: Form, asked: Sequence[Keys]) -> Iterator[Line]:
        """Rows on which anything is answered."""
        if form.is_on_guide:
            yield from [Line(NAME + 2, written(asked[0]), (self.answer,))] if self.answer else []
            return
        places = [place for place, column in enumerate(form.columns, start=FIRST) if column.is_answer]
        for row, cells in enumerate(self.cells[1:], start=2):
            answers = tuple(cells[place].strip() if place < len(cells) else "" for place in places)
            if any(answers):
                yield Line(row, cells[KEYS], answers)


def read(path: Path, file_no: int, day: date) -> Filled:
    """A file as filled in. Raises UnreadableDelivery, never with a value."""
    delivery = Delivery(BOX, day.isoformat(), file_no, path)
    extent.check(delivery)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            sheets = [workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
                      for name in _guide_first(workbook.sheet_names)[:2]]
    except CalamineError:
        raise unreadable(delivery, "broken_workbook") from None
    guide, cells = ([[_text(cell) for cell in row] for row in rows] for rows in (*sheets, [], [])[:2])
    said, what, name, answer = (_cell(guide, row, 1) for row in (NUMBER, WHAT, NAME, NAME + 1))
    is_number = said.isascii() and said.isdecimal() and len(said) < 10  # noqa: PLR2004 - what fits a column
    return Filled(int(said) if is_number else None, what, name, answer, cells)


def number(path: Path) -> int | None:
    """The number of a workbook that lies there, None where it has none or cannot be read; nothing else of it is looked at."""
    try:
        return read(path, 1, date.min).number
    except UnreadableDelivery:
        return None


def _guide_first(names: Sequence[str]) -> list[str]:
    """The sheets as they went out, the guide before all: whoever saved it may have moved them."""
    titles = {Texts(language).say(f"workbook.sheet.{GUIDE}") for language in DAYS}
    return sorted((name for name in names if name != LISTS), key=lambda name: name not in titles)


def _cell(cells: Sequence[Sequence[str]], row: int, column: int) -> str:
    return cells[row][column].strip() if row < len(cells) and column < len(cells[row]) else ""


def _text(cell: object) -> str:
    """Excel keeps every number as a broken one."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)

"""Spreadsheets: the right sheet, the header below titles, numbers and days as a person would type them."""

import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import xlsxwriter

from register.errors import UnreadableDelivery
from register.sources import extent
from register.sources.delivery import CHUNK
from tests.sources.build import frames, rows, texts, written

HEADER = ["Asiakas", "Y-tunnus", "Matkapuhelin", "Päättynyt", "Poistettu", "Huom"]


def workbook(folder: Path, sheets: dict[str, list[list[Any]]], *, left: int = 0, hidden: str = "") -> Path:
    path = folder / "lista.xlsx"
    with xlsxwriter.Workbook(path, {"default_date_format": "d.m.yyyy"}) as book:
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for number, line in enumerate(lines):
                sheet.write_row(number, left, line)
            if name == hidden:
                sheet.hide()
    return path


LIST = [
    ["Toimeksiannot 2026"],
    [],
    HEADER,
    ["Öljy Oy", 99000026, 401234567, date(2026, 11, 3), True, datetime(2026, 11, 3, 7, 12)],
    [],
    ["Köpare Ab", "9900003-4", 401234567.5, "3.11.2026", False, time(7, 12)],
]
SAID = {
    4: {"company": "Öljy Oy", "business_id": "99000026", "phone": "401234567", "event_on": "2026-11-03", "deleted": "1",
        "unlisted.notes": "2026-11-03 07:12:00"},
    6: {"company": "Köpare Ab", "business_id": "9900003-4", "phone": "401234567.5", "event_on": "3.11.2026", "deleted": "0",
        "unlisted.notes": "07:12:00"},
}


@pytest.mark.parametrize(("sheets", "said", "hidden"), [
    ({"Tyhjä": [], "Lista": LIST, "Muu": [HEADER, ["x"]]}, {}, ""),
    ({"Muu": [HEADER, ["x"]], "Lista": LIST}, {"sheet": "Lista"}, ""),
    ({"Apu": [["x"]], "Lista": LIST, "Muu": [HEADER]}, {}, "Apu"),
], ids=["the first that holds something", "the feed's sheet", "not a hidden one"])
def test_sheet_and_values(tmp_path: Path, sheets: dict[str, list[list[Any]]], said: dict[str, Any], hidden: str) -> None:
    path = workbook(tmp_path, {name: sheets[name] for name in sorted(sheets, key=lambda name: name == hidden)}, hidden=hidden)
    assert texts(rows(path, format="xlsx", kind="assignment", **said)) == SAID


def test_unknown_columns_keep_the_sheets_positions(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"Lista": [["Asiakas", "Kenttä"], ["Öljy Oy", "x"]]}, left=2)
    assert texts(rows(path, format="xlsx")) == {2: {"company": "Öljy Oy", "column 4": "x"}}


def test_a_header_alone_shows_its_structure(tmp_path: Path) -> None:
    frame, = frames(workbook(tmp_path, {"Lista": [["Asiakas", "Titteli"]]}), format="xlsx")
    assert (list(frame), len(frame)) == (["company", "unlisted.job_title"], 0)


def test_frames_are_bounded_and_numbers_run_on(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"Lista": [["Asiakas"], *[["Öljy Oy"]] * (CHUNK + 2)]})
    parts = frames(path, format="xlsx")
    assert [(len(part), part.index[0], part.index[-1]) for part in parts] == [
        (CHUNK, 2, CHUNK + 1), (2, CHUNK + 2, CHUNK + 3)]


@pytest.mark.parametrize("limit", ["MAX_HELD", "MAX_SHEET", "MAX_CELLS"])
def test_what_a_workbook_unpacks_to_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    path = workbook(tmp_path, {"Lista": LIST})
    monkeypatch.setattr(extent, limit, 20)
    with pytest.raises(UnreadableDelivery) as error:
        frames(path, format="xlsx")
    assert error.value.code == "too_large" and error.value.detail["allowed"] == 20


def test_cells_without_a_place_of_their_own_follow_the_one_before(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"Lista": [["Asiakas", "Kaupunki"], ["Öljy Oy", "Åbo"]]})
    with ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = re.sub(rb' r="[A-Z]*[0-9]+"', b"", parts[sheet])
    with ZipFile(path, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    assert texts(rows(path, format="xlsx")) == {2: {"company": "Öljy Oy", "city": "Åbo"}}


BROKEN = [
    ("the feed's sheet is not there", {"Lista": LIST}, {"sheet": "Asiakkaat"}, "sheet_missing", None),
    ("all sheets are empty", {"Lista": [], "Muu": []}, {}, "empty_file", None),
    ("the feed's sheet is empty", {"Lista": [], "Muu": LIST}, {"sheet": "Lista"}, "empty_file", None),
    ("no header row", {"Lista": [["Matti Virtanen", "040 123 4567"]]}, {}, "no_header_row", 1),
    ("no known word", {"Lista": [["Matti", "Virtanen"]]}, {}, "no_known_column", None),
    ("too many columns", {"Lista": [["Asiakas"] * 2_001]}, {}, "too_large", None),
]


@pytest.mark.parametrize(("sheets", "said", "code", "row"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_broken(tmp_path: Path, sheets: dict[str, Any], said: dict[str, Any], code: str, row: int | None) -> None:
    with pytest.raises(UnreadableDelivery) as error:
        frames(workbook(tmp_path, sheets), format="xlsx", **said)
    assert (error.value.code, error.value.row) == (code, row)


@pytest.mark.parametrize("content", [b"Etunimi;Sukunimi", b"PK\x03\x04 and no more", b"PK\x05\x06" + bytes(18)])
def test_no_workbook(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableDelivery) as error:
        frames(written(tmp_path, content, "lista.xlsx"), format="xlsx")
    assert error.value.code == "broken_workbook"

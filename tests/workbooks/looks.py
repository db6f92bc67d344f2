"""How the cells of a written workbook look, read from its parts: their fill, and whether they may be edited."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def looks(workbook: Path, sheet: int) -> dict[tuple[int, int], tuple[str | None, bool]]:
    """(row, column), from 0 -> the fill's colour (RGB), and whether the cell is locked while its sheet is protected."""
    with zipfile.ZipFile(workbook) as parts:
        styles = ElementTree.fromstring(parts.read("xl/styles.xml"))
        cells = ElementTree.fromstring(parts.read(f"xl/worksheets/sheet{sheet}.xml"))
    colours = [fill.find(f".//{NAMESPACE}fgColor") for fill in styles.iterfind(f"{NAMESPACE}fills/{NAMESPACE}fill")]
    formats = []
    for one in styles.iterfind(f"{NAMESPACE}cellXfs/{NAMESPACE}xf"):
        colour, protection = colours[int(one.attrib["fillId"])], one.find(f"{NAMESPACE}protection")
        is_locked = protection is None or protection.attrib.get("locked") != "0"
        formats.append((None if colour is None else colour.attrib.get("rgb", "")[-6:], is_locked))
    return {_place(cell.attrib["r"]): formats[int(cell.attrib.get("s", 0))] for cell in cells.iter(f"{NAMESPACE}c")}


def _place(name: str) -> tuple[int, int]:
    letters, row = re.fullmatch(r"([A-Z]+)(\d+)", name).groups()  # type: ignore[union-attr]
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(row) - 1, column - 1

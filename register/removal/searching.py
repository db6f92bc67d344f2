"""How one file is searched: its bytes, what is packed in it, and the names of each row, which may stand in several cells.

Where files lie, and what is said of them, stands in `proof.py`.
"""

import subprocess
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from register.columns import NAME
from register.normalise import name
from register.sources import extent
from register.sources.aliases import RANKS, fold
from register.sources.delivery import Delivery
from register.sources.headers import LOOKED_AT

BLOCK, OVERLAP = 2**25, 4096
"""Bytes searched at a time, and how many of them again with the next: no value is longer."""

DATABASE = ".db"
"""What names of SQLite's files hold, its logs' too."""

PACKED = (".xlsx", ".zip")
"""Endings of files whose bytes show nothing while they are packed."""

ROWS = 50_000
"""Rows of a worksheet that are searched at once."""


@dataclass(frozen=True)
class Searched:
    """hits: how often. is_opened: whether its reader could read all that is packed in it; its bytes are searched always."""

    hits: int
    is_opened: bool = True


def in_file(path: Path, pattern: str) -> Searched:
    """How often a file holds the pattern."""
    try:
        if DATABASE in path.name:
            return Searched(_hits_by_a_child(path, pattern))
        with path.open("rb") as file:
            hits = _hits(file, pattern)
        packed = _packed(path, pattern)
    except (FileNotFoundError, IsADirectoryError):  # taken away meanwhile
        return Searched(0)
    except OSError:
        return Searched(0, is_opened=False)
    return Searched(hits + packed.hits, packed.is_opened)


def matching(column: pa.ChunkedArray, pattern: str) -> int:
    """How many texts of a column hold it."""
    matches = pc.match_substring_regex(column.cast(pa.large_binary()), pattern)
    return int(pc.sum(matches).as_py() or 0)


def in_texts(texts: Iterable[str], pattern: str) -> int:
    """How many of some texts hold it."""
    return matching(pa.chunked_array([pa.array(texts, pa.large_string())]), pattern)


def in_names(rows: pd.DataFrame, pattern: str) -> int:
    """How many rows of delivered text, by column, have a name that holds it."""
    return in_texts(name.together(rows), pattern)


def _hits_by_a_child(path: Path, pattern: str) -> int:
    """Of a SQLite file: to close it here would free this process's own locks on it, which are POSIX's, one for all."""
    if not path.exists():
        return 0
    with subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE) as child:  # noqa: S603, S607
        return _hits(child.stdout, pattern) if child.stdout else 0


def _packed(path: Path, pattern: str) -> Searched:
    """Of a Parquet file its values, of a packed one (XLSX, ZIP) what is in it; damaged or locked ones as far as they go."""
    try:
        if path.suffix == ".parquet":
            return Searched(_in_parquet(path, pattern))
        if zipfile.is_zipfile(path):
            return _in_zip(path, pattern)
    except Exception:  # no reader says beforehand what it raises for a damaged file
        return Searched(0, is_opened=not path.exists())
    return Searched(0, is_opened=path.suffix.lower() not in PACKED or not path.stat().st_size)


def _in_parquet(path: Path, pattern: str) -> int:
    read = pq.read_table(path)
    hits = sum(matching(column, pattern) for column in read.columns if column.type in (pa.string(), pa.large_string()))
    return hits or in_names(read.select([one for one in NAME if one in read.column_names]).to_pandas(), pattern)


def _in_zip(path: Path, pattern: str) -> Searched:
    hits, is_opened, names = 0, True, []
    with zipfile.ZipFile(path) as packed:
        for member in packed.infolist():
            names.append(member.filename)
            try:
                hits += _hits(packed.open(member), pattern)
            except Exception:  # as above; the other members are searched all the same
                is_opened = False
    if is_opened and not hits and any(one.startswith("xl/") for one in names):
        hits = _in_workbook(path, pattern)
    return Searched(hits, is_opened)


def _in_workbook(path: Path, pattern: str) -> int:
    """Of a spreadsheet the names of each row: neighbouring cells, and those whose heads say that they are a name's."""
    extent.check(Delivery("", "", 1, path))
    hits = 0
    with CalamineWorkbook.from_path(path) as workbook:
        for place in range(len(workbook.sheet_names)):
            said = _said(workbook.get_sheet_by_index(place).iter_rows())
            while some := list(islice(said, ROWS)):
                hits += in_texts(some, pattern)
    return hits


def _said(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Each row as one text: its cells in their order, and behind them those of its name."""
    named: list[int] = []
    for number, row in enumerate(rows):
        if number < LOOKED_AT:
            named = _named(row) or named
        cells = [str(cell).strip() for cell in row]
        yield f"{' '.join(filter(None, cells))}\n{' '.join(cells[place] for place in named)}"


def _named(row: Iterable[object]) -> list[int]:
    """The places of the heads that mean a name; none where the row is no header."""
    heads = (RANKS.get(fold(str(cell)), ("", 0))[0] for cell in row)
    return [place for place, head in enumerate(heads) if head in NAME]


def _hits(file: IO[bytes], pattern: str) -> int:
    hits, tail = 0, b""
    while block := file.read(BLOCK):
        hits += _count(tail + block, pattern) - (_count(tail, pattern) if tail else 0)
        tail = block[-OVERLAP:]
    return hits


def _count(content: bytes, pattern: str) -> int:
    cells = pa.array([content], pa.large_binary())
    if not pc.match_substring_regex(cells, pattern)[0].as_py():
        return 0
    return int(pc.count_substring_regex(cells, pattern)[0].as_py())

"""The same rows, written in any way, say the same: order and case of columns, line ends, encoding, separator, quotes."""

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from register import normalise
from register.gate.record_keys import record_keys
from register.gate.strip import strip
from register.policy import Policy
from tests.sources.build import feed, frames, written
from tests.story import policy

HEADERS = ("Nimi", "Yritys", "Y-tunnus", "Sähköposti", "Puhelin", "Katuosoite", "Pvm", "Asiakasnro")
POLICY: Policy = policy()
KEY = bytes(32)
DAY = "2026-11-05"

LETTERS = "abcxyzåäöÅÄÖÉ 0189-.@/'"
"""Also what stands in every code page of the test."""

VALUES = st.text(LETTERS, max_size=12)
NAMES = st.sampled_from(["Åke Östman", "Märta Öst", "Olli Oja", "Émile Åberg", ""])
ROWS = st.lists(st.tuples(NAMES, VALUES, st.sampled_from(["9900002-6", "99000018", ""]), VALUES,
                          st.sampled_from(["040 555 0101", "+358 9 542 1222", "010190-901R", ""]), VALUES,
                          st.sampled_from(["3.11.2026", "2026-11-03", ""]), st.text("K123", max_size=3)),
                min_size=1, max_size=6)
ORDERS = st.permutations(range(len(HEADERS)))
CASES = st.sampled_from([str, str.upper, str.lower, str.title])
UNKNOWN = st.sampled_from([None, 0, 3, len(HEADERS)])
"""Where a column that nobody knows is put in; None: nowhere."""


def table(rows: list[tuple[str, ...]], order: list[int], case: Any, unknown: int | None) -> list[list[str]]:
    """Header and rows with their columns in this order, headers in this case, and an unknown column."""
    lines = [[case(HEADERS[place]) for place in order], *([row[place] for place in order] for row in rows)]
    if unknown is not None:
        for number, line in enumerate(lines):
            line.insert(unknown, "Xyzzy" if not number else "")
    return lines


def as_csv(lines: list[list[str]], separator: str, line_end: str, quoting: Any) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=line_end, quoting=quoting).writerows(lines)
    return out.getvalue()


def as_workbook(lines: list[list[str]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(lines):
            for place, value in enumerate(line):
                sheet.write_string(number, place, value)
    return out.getvalue()


def as_forms(lines: list[list[str]]) -> str:
    return json.dumps([dict(zip(lines[0], line, strict=True)) for line in lines[1:]], ensure_ascii=False)


def said(content: str | bytes, format: str, encoding: str = "utf-8") -> list[tuple[str, ...]]:
    """What the rows of a file say once they are stripped, each with its record key."""
    of = feed(format=format, kind="assignment", gives="events", key=("Asiakasnro",))
    with TemporaryDirectory() as folder:
        read = frames(written(Path(folder), content, encoding=encoding), format=format, kind="assignment", gives="events",
                      key=("Asiakasnro",))
    stripped = strip(pd.concat(read), of, POLICY)
    normalised = normalise.rows(stripped.rows, of, DAY).reset_index(drop=True)
    keys = record_keys(normalised, stripped.delivered_key.reset_index(drop=True), of, KEY)
    told = stripped.rows.reindex(columns=sorted(stripped.rows)).fillna("").assign(
        record_key=keys.to_numpy(), cut=stripped.identity_numbers.astype(str))
    return list(told.itertuples(index=False, name=None))


PLAIN: tuple[list[int], Any, None] = (list(range(len(HEADERS))), str, None)


def blank(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Rows without line breaks or spaces at the ends, which a writer may add or a reader may lose."""
    return [tuple(value.strip() for value in row) for row in rows]


@pytest.mark.deep
@settings(max_examples=60, deadline=None)
@given(rows=ROWS, order=ORDERS, case=CASES, unknown=UNKNOWN, separator=st.sampled_from(";,\t|"),
       line_end=st.sampled_from(["\n", "\r\n", "\r"]), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
       encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "cp850", "mac_roman", "utf-16"]))
def test_a_table_says_the_same_however_it_is_written(
    rows: list[tuple[str, ...]], order: list[int], case: Any, unknown: int | None, separator: str, line_end: str, quoting: Any,
    encoding: str
) -> None:
    plain = said(as_csv(table(blank(rows), *PLAIN), ";", "\n", csv.QUOTE_MINIMAL), "csv")
    other = as_csv(table(blank(rows), order, case, unknown), separator, line_end, quoting)
    assert said(other, "csv", encoding) == plain


@pytest.mark.deep
@settings(max_examples=30, deadline=None)
@given(rows=ROWS, order=ORDERS, case=CASES, unknown=UNKNOWN)
def test_a_workbook_and_a_form_say_the_same_as_a_text_file(
    rows: list[tuple[str, ...]], order: list[int], case: Any, unknown: int | None
) -> None:
    plain = said(as_csv(table(blank(rows), *PLAIN), ";", "\n", csv.QUOTE_MINIMAL), "csv")
    lines = table(blank(rows), order, case, unknown)
    assert said(as_workbook(lines), "xlsx") == plain
    assert said(as_forms(lines), "webform") == plain

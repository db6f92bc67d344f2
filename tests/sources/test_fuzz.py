"""Ten thousand nearly right files through each reader, the strip and the normalisers: rows or our own error, nothing else.

Rows are counted by a second, plainer reading of the same file. On failure the seed makes the file again.
"""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pandas as pd
import pytest

from register import normalise, sources
from register.errors import UnreadableDelivery
from register.feeds import Feed
from register.gate.strip import strip
from register.policy import read_policy
from register.reasons import UNREADABLE
from register.sources import delimited, encodings, webform
from register.store.tables import deliveries
from register.workbooks.exports import FIELDS, Order, export
from tests.builders import POLICY, make_home, read, refreshed, table
from tests.sources.build import delivery
from tests.sources.mutations import HETUS, KINDS

N, AT_ONCE = 10_000, 500
"""Files of each format, and how many are stripped and normalised in one frame: they cost more than reading."""

THROUGH = 80
"""Files of each format that go through the whole of a home."""

SAID = re.compile(r"provider_x, 2026-11-05, file 1(, row \d+)?: [a-z_]+")
HELD = re.compile("|".join(rf"(?<![0-9]){re.escape(hetu)}(?![0-9A-Za-z])" for hetu in HETUS), re.IGNORECASE)

Count = Callable[[Path, Feed], "list[int] | None"]


def _csv_rows(path: Path, feed: Feed) -> list[int]:
    encoding = encodings.detect(delivery(path))
    head = delimited._head(delivery(path), feed, encoding)
    text = io.StringIO(path.read_bytes().decode(encoding.name), newline="")
    for _ in range(head.lines):
        text.readline()
    records = csv.reader(text, delimiter=head.separator)
    return [number for number, record in enumerate(records, start=head.header_no + 1) if any(cell.strip() for cell in record)]


def _form_rows(path: Path, _: Feed) -> list[int]:
    records = webform._records(delivery(path))
    return [number for number, record in enumerate(records, start=1)
            if any((webform._text(value) or "").strip() for value in record.values())]


def _invoice_rows(path: Path, _: Feed) -> list[int]:
    return list(range(1, 1 + len(re.findall(rb"</Finvoice\s*>", path.read_bytes()))))


def _company_rows(path: Path, _: Feed) -> list[int]:
    with ZipFile(path) as archive:
        return list(range(1, 1 + len(json.loads(archive.read("all.json")))))


COUNTED: dict[str, Count] = {
    "csv": _csv_rows, "webform": _form_rows, "finvoice": _invoice_rows, "prh_bulk": _company_rows,
    "xlsx": lambda path, feed: None,  # the sheet's own row numbers are all that another reading could say
}


def _read(path: Path, feed: Feed) -> list[pd.DataFrame] | None:
    """The frames of a file, None where it was refused; any other error is the test's to show."""
    try:
        return list(sources.READERS[feed.format](delivery(path), feed))
    except UnreadableDelivery as error:
        assert SAID.fullmatch(str(error)) and error.code in UNREADABLE, "an error says where and which, and no value"
        assert all(isinstance(value, int) for value in error.detail.values()), "details are counts"
        return None


def _check(read: dict[int, pd.DataFrame], feed: Feed, policy: object) -> None:
    """Strips and normalises what came of several files at once; where that fails, each alone, so that the seed is named."""
    frame = pd.concat(read.values(), ignore_index=True)
    stripped = strip(frame, feed, policy)
    normalised = normalise.rows(stripped.rows, feed, "2026-11-05")
    assert len(normalised) == len(stripped.rows) == len(frame), "no row comes or goes on the way"
    for told in (*(stripped.rows[column] for column in stripped.rows), stripped.delivered_key,
                 *(normalised[column].astype("str") for column in normalised)):
        left = told.dropna().astype("str")
        assert not (found := left[left.str.contains(HELD)]).size, f"an identity number stayed, first in {found.index[0]}"


@pytest.mark.deep
@pytest.mark.parametrize("format", KINDS)
def test_a_mutated_file_gives_rows_or_our_own_error(tmp_path: Path, format: str) -> None:
    kind, path = KINDS[format], tmp_path / "tiedosto"
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    policy = read_policy(tmp_path / "policy.toml")
    waiting: dict[int, pd.DataFrame] = {}
    readable = 0
    for seed in range(N):
        path.write_bytes(kind.mutated(seed))
        if not path.stat().st_size:
            continue
        try:
            frames = _read(path, kind.feed)
            if frames:
                numbers = [number for frame in frames for number in frame.index]
                counted = COUNTED[format](path, kind.feed)
                assert numbers == sorted(set(numbers)), "each record has one number"
                assert counted is None or numbers == counted, "every record is a row, and the other way round"
                waiting[seed] = pd.concat(frames)
                readable += 1
        except BaseException as error:
            raise AssertionError(f"seed {seed} of {format}") from error
        if len(waiting) == AT_ONCE or seed == N - 1:
            _check(waiting, kind.feed, policy)
            waiting = {}
    assert N // 30 < readable < N, "else the files were all right or all wrong, and little was tried"


FEEDS = "\n".join(f'[{name}]\nkind = "{kind.feed.kind}"\nformat = "{name}"' for name, kind in KINDS.items())


def _texts(path: Path) -> str:
    """What a file of the home says: of an archive file its columns, of a workbook its parts, of any other its bytes."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv()
    if path.suffix == ".xlsx":
        with ZipFile(path) as book:
            return "\n".join(book.read(name).decode() for name in book.namelist())
    return path.read_bytes().decode("utf-8", "replace")


@pytest.mark.deep
def test_no_identity_number_of_a_mutated_file_reaches_a_store_or_an_export(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", FEEDS, POLICY.replace("2026-11-01", "2026-01-01"))
    for name, kind in KINDS.items():
        days = [f"2026-{month:02}-{day:02}" for month in (7, 8, 9, 10) for day in range(1, 21)]
        for seed, day in enumerate(days[:THROUGH]):
            folder = home.inbox / name / day
            folder.mkdir(parents=True)
            (folder / f"{seed}.{name}").write_bytes(kind.mutated(N + seed))
        read(home, name, days[:THROUGH])
    refreshed(home, "2026-10-30")
    for what in FIELDS:
        for ending in ("csv", "xlsx"):
            export(home, home.policy(), Order(what, f"{what}.{ending}", "assignment", None, "liisa"), date(2026, 10, 30))
    taken = table(home, deliveries)
    assert taken["accepted"].sum() > 30 and taken["state"].eq("set aside").sum() > THROUGH, "else little was tried"
    assert (taken["read"] == taken["accepted"] + taken["quarantined"] + taken["withheld"]).all(), "every row is accounted for"
    for path in (path for path in home.path.rglob("*") if path.is_file() and home.inbox not in path.parents):
        assert not HELD.search(_texts(path)), f"an identity number in {path.relative_to(home.path)}"
    assert any(HELD.search(_texts(path)) for path in home.inbox.rglob("*") if path.is_file()), "else none was tried"

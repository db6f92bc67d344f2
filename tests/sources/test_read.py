"""What holds for every format: only whole files, only our own error, and never a value in it."""

import traceback
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from register import sources
from register.errors import UnreadableDelivery
from register.feeds import Feed
from register.sources import Delivery
from tests.sources.build import DATA, delivery, feed, frames, written

FORMATS = sorted(sources.READERS)
CANARY = "Matti Salainen"


@pytest.mark.parametrize("format", FORMATS)
def test_links_folders_and_absent_files_are_no_files(tmp_path: Path, format: str) -> None:
    link = tmp_path / "linkki.csv"
    link.symlink_to(DATA / "provider_fi_utf8bom.csv")
    for path in (link, tmp_path, tmp_path / "puuttuu.csv"):
        with pytest.raises(UnreadableDelivery) as error:
            frames(path, format=format)
        assert error.value.code == "not_a_file"


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_file_is_not_read(tmp_path: Path, format: str) -> None:
    with pytest.raises(UnreadableDelivery) as error:
        frames(written(tmp_path, ""), format=format)
    assert error.value.code == "empty_file"


@pytest.mark.parametrize("format", FORMATS)
def test_no_error_shows_a_value_or_a_name_of_a_file(tmp_path: Path, format: str) -> None:
    path = written(tmp_path, f'{CANARY};x\n"{CANARY}\n<Finvoice>{CANARY}', f"{CANARY}.csv")
    with pytest.raises(UnreadableDelivery) as error:
        frames(path, format=format)
    assert CANARY not in "".join(traceback.format_exception(error.value, chain=True)) + repr(error.value)


def test_whatever_a_reader_raises_comes_out_as_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(delivery: Delivery, feed: Feed) -> Iterator[pd.DataFrame]:
        yield pd.DataFrame()
        raise ValueError(CANARY)

    monkeypatch.setitem(sources.READERS, "csv", failing)
    parts = sources.read(delivery(DATA / "provider_fi_utf8bom.csv"), feed())
    next(parts)
    with pytest.raises(UnreadableDelivery) as error:
        next(parts)
    assert error.value.code == "reader_failed"
    assert CANARY not in "".join(traceback.format_exception(error.value))

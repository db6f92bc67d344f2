"""The letter box: what is there to be read, what waits, what cannot be a delivery; nothing is moved by looking."""

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from register.feeds import Feed
from register.intake import inbox
from register.intake.inbox import Letter, Look
from register.unfinished import unfinished
from tests.rows import feed

FEED = replace(feed("lista", "inquiry"), path="*.csv")
STARTS, TODAY = date(2026, 11, 1), date(2026, 11, 24)
DAY = "2026-11-05"


def drop(box: Path, name: str, text: str = "Nimi\n") -> Path:
    path = box / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def look(root: Path, of: Feed = FEED, settled: bool = True) -> Look:
    return inbox.look(root, of, STARTS, TODAY, lambda _: settled)


def names(letters: list[Letter]) -> list[str]:
    return [letter.path.name for letter in letters]


def test_folders_are_days_and_loose_files_are_nobodys_yet(tmp_path: Path) -> None:
    for name in (f"lista/{DAY}/b.csv", f"lista/{DAY}/a.csv", "lista/2026-11-24/c.csv", "lista/irto.csv", f"muu/{DAY}/x.csv"):
        drop(tmp_path, name)
    found = look(tmp_path)
    assert {day: names(letters) for day, letters in found.days.items()} == {DAY: ["a.csv", "b.csv"], "2026-11-24": ["c.csv"]}
    assert names(found.loose) == ["irto.csv"]
    assert not look(tmp_path, feed("puuttuu", "inquiry")).days


@pytest.mark.parametrize(("folder", "code"), [
    ("2026-10-31", "folder_before_start"), ("2026-11-25", "folder_after_today"), ("marraskuu", "folder_without_day"),
    ("2026-11-5", "folder_without_day"), ("20261105", "folder_without_day"), ("2026-13-01", "folder_without_day"),
])
def test_folders_that_are_no_day_are_refused(tmp_path: Path, folder: str, code: str) -> None:
    drop(tmp_path, f"lista/{folder}/a.csv")
    found = look(tmp_path)
    assert (found.days, found.refused) == ({}, {code: 1})


@pytest.mark.parametrize("name", ["a.csv.part", "a.csv.crdownload", "~$a.csv", "a.tmp"])
def test_half_written_files_wait_and_are_counted(tmp_path: Path, name: str) -> None:
    drop(tmp_path, f"lista/{DAY}/{name}")
    found = look(tmp_path)
    assert (found.days, found.half_written, found.unmatched) == ({DAY: []}, 1, 0)


def test_a_file_that_still_grows_waits(tmp_path: Path) -> None:
    drop(tmp_path, f"lista/{DAY}/a.csv")
    assert look(tmp_path, settled=False).half_written == 1


def test_what_does_not_fit_the_path_is_counted_and_what_systems_leave_is_not(tmp_path: Path) -> None:
    for name in ("lue minut.txt", ".DS_Store", "alikansio/a.csv"):
        drop(tmp_path, f"lista/{DAY}/{name}")
    found = look(tmp_path)
    assert (found.days, found.unmatched, found.half_written) == ({DAY: []}, 2, 0)


def test_links_are_refused_and_so_is_what_may_not_be_read(tmp_path: Path) -> None:
    outside = drop(tmp_path, "salainen.csv")
    (tmp_path / "lista" / DAY).mkdir(parents=True)
    (tmp_path / "lista" / DAY / "a.csv").symlink_to(outside)
    (tmp_path / "lista" / "2026-11-06").symlink_to(tmp_path / "lista" / DAY)
    drop(tmp_path, f"lista/{DAY}/b.csv").chmod(0)
    refused = look(tmp_path).refused
    assert refused.pop("link") == 1
    assert refused in ({"not_readable": 1}, {}), "the administrator may read everything"


def test_a_claimed_file_belongs_to_the_day_that_first_saw_it_and_bears_no_persons_name(tmp_path: Path) -> None:
    loose = drop(tmp_path, "lista/Åsa Åkerberg.csv")
    [moved] = inbox.claim(look(tmp_path).loose, tmp_path, FEED, DAY)
    assert not loose.exists() and "kerberg" not in str(moved.path) and moved.path.suffix == ".csv"
    found = look(tmp_path)
    assert (found.days, found.loose, found.claimed) == ({}, [], {DAY: [moved]})


def test_reading_takes_the_file_and_its_empty_folder(tmp_path: Path) -> None:
    drop(tmp_path, f"lista/{DAY}/a.csv")
    drop(tmp_path, "lista/irto.csv")
    found = look(tmp_path)
    inbox.clear([*found.days[DAY], *inbox.claim(found.loose, tmp_path, FEED, "2026-11-06")])
    assert list((tmp_path / "lista").iterdir()) == []


def test_a_folder_with_something_left_in_it_stays(tmp_path: Path) -> None:
    drop(tmp_path, f"lista/{DAY}/a.csv")
    left = drop(tmp_path, f"lista/{DAY}/lue minut.txt")
    inbox.clear(look(tmp_path).days[DAY])
    assert left.exists()


def test_what_was_written_over_in_its_place_stays_though_its_size_and_time_are_the_same(tmp_path: Path) -> None:
    path = drop(tmp_path, f"lista/{DAY}/a.csv", "Nimi\nAsa\n")
    found = look(tmp_path).days[DAY]
    told = path.stat()
    path.write_text("Nimi\nPia\n", encoding="utf-8")
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))
    inbox.clear(found)
    assert path.read_text(encoding="utf-8") == "Nimi\nPia\n"


def test_what_lies_outside_is_copied_and_stays_as_it_is(tmp_path: Path) -> None:
    lying = drop(tmp_path, "kirjanpito/laskut-11.csv", "Nimi\nÅsa\n")
    of = replace(FEED, path=str(tmp_path / "kirjanpito" / "*.csv"))
    [letter] = look(tmp_path, of).loose
    with unfinished(tmp_path / "lista") as folder:
        assert inbox.copy_in(letter, folder).read_text() == lying.read_text()
        copied = list(folder.iterdir())
    inbox.clear([letter])
    assert inbox.claim([letter], tmp_path, of, DAY) == [letter]
    assert lying.exists() and not copied[0].exists()


def test_a_file_is_known_by_its_content_even_when_it_was_written_over(tmp_path: Path) -> None:
    path = drop(tmp_path, f"lista/{DAY}/a.csv", "Nimi\nÅsa\n")
    [first] = look(tmp_path).days[DAY]
    path.write_text("Nimi\nAsa\n", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    [other] = look(tmp_path).days[DAY]
    assert first.content_hash != other.content_hash

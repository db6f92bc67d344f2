"""The letter box: which files of which feed and day are there to be read, which wait, which cannot be a delivery.

What is dropped here is taken and deleted once its rows are accounted for; files outside the home are only copied (design,
rules 4 and 19). File names can hold people's names: they are shown by number.
"""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from register.feeds import Feed

HALF_WRITTEN = (".part", ".tmp", ".crdownload", ".partial")
"""Endings of files that are still being written."""

CLAIMED = "."
"""Stands before the day in the name of a folder of files that came loose."""

HIDDEN = ("~$", ".")
"""Beginnings of files that office programs and systems leave beside the real ones."""


@dataclass(frozen=True)
class Letter:
    """One file to be read, known by its content."""

    path: Path
    content_hash: str
    is_outside: bool = False


@dataclass
class Look:
    """What lies in a feed's letter box.

    days: letters by day. claimed: letters that came loose and belong to the day of the refresh that first saw them. loose:
    those that no refresh has seen yet. half_written, unmatched: how many files wait, or do not fit the feed's `path`.
    refused: code -> how many folders or files cannot be a delivery.
    """

    days: dict[str, list[Letter]] = field(default_factory=dict)
    claimed: dict[str, list[Letter]] = field(default_factory=dict)
    loose: list[Letter] = field(default_factory=list)
    half_written: int = 0
    unmatched: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    def refuse(self, code: str) -> None:
        """Counts one that cannot be a delivery."""
        self.refused[code] = self.refused.get(code, 0) + 1


def look(inbox: Path, feed: Feed, starts_on: date, today: date, is_settled: Callable[[Path], bool]) -> Look:
    """Everything in the letter box of a feed; reads the files only to know them by content.

    is_settled: whether a file is written to its end. Refused are folders that are no day, before `starts_on` or after today,
    and symbolic links.
    """
    found = Look()
    if feed.is_outside:
        pattern = Path(feed.path)
        root = Path(pattern.anchor)
        found.loose = _letters(sorted(root.glob(str(pattern.relative_to(root)))), found, is_settled, is_outside=True)
        return found
    box = inbox / feed.name
    if not box.is_dir():
        return found
    for entry in sorted(box.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            _look_into(entry, feed, starts_on, today, is_settled, found)
    found.loose = _letters(_matching(box, feed, found), found, is_settled)
    return found


def clear(letters: list[Letter]) -> None:
    """Deletes files whose rows are accounted for, and day folders that are then empty; what lies outside stays."""
    for letter in letters:
        if not letter.is_outside:
            letter.path.unlink(missing_ok=True)
    for folder in {letter.path.parent for letter in letters if not letter.is_outside}:
        if _is_day(folder.name.removeprefix(CLAIMED)) and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def claim(letters: list[Letter], inbox: Path, feed: Feed, day: str) -> list[Letter]:
    """Moves loose files into a folder of the day that first saw them, so that no crash moves them to another day."""
    folder = inbox / feed.name / f"{CLAIMED}{day}"
    if any(not letter.is_outside for letter in letters):
        folder.mkdir(mode=0o700, exist_ok=True)
    return [letter if letter.is_outside else _moved(letter, folder) for letter in letters]


def copy_in(letter: Letter, folder: Path) -> Path:
    """A file from outside as a copy in the folder, which the caller deletes; others are given as they lie."""
    if not letter.is_outside:
        return letter.path
    target = folder / f"{letter.content_hash}{letter.path.suffix}"
    shutil.copyfile(letter.path, target)
    return target


def _look_into(
    folder: Path, feed: Feed, starts_on: date, today: date, is_settled: Callable[[Path], bool], found: Look
) -> None:
    if folder.name.startswith(HIDDEN):
        if _is_day(folder.name.removeprefix(CLAIMED)):
            found.claimed[folder.name.removeprefix(CLAIMED)] = _letters(_matching(folder, feed, found), found, is_settled)
        return
    if not _is_day(folder.name):
        found.refuse("folder_without_day")
    elif folder.name < starts_on.isoformat():
        found.refuse("folder_before_start")
    elif folder.name > today.isoformat():
        found.refuse("folder_after_today")
    elif letters := _letters(_matching(folder, feed, found), found, is_settled):
        found.days[folder.name] = letters


def _matching(folder: Path, feed: Feed, found: Look) -> list[Path]:
    files = [path for path in sorted(folder.iterdir()) if not path.is_dir() or path.is_symlink()]
    shown = [path for path in files if not path.name.startswith(HIDDEN)]
    found.half_written += len(files) - len(shown) - sum(path.name.startswith(".") for path in files)
    matching = [path for path in shown if path.match(feed.path) or path.name.endswith(HALF_WRITTEN)]
    found.unmatched += len(shown) - len(matching)
    return matching


def _letters(paths: list[Path], found: Look, is_settled: Callable[[Path], bool], *, is_outside: bool = False) -> list[Letter]:
    letters = []
    for path in paths:
        if path.is_symlink() or not path.is_file():
            found.refuse("link")
        elif path.name.endswith(HALF_WRITTEN) or not is_settled(path):
            found.half_written += 1
        else:
            letters.append(Letter(path, _content_hash(path), is_outside))
    return letters


def _moved(letter: Letter, folder: Path) -> Letter:
    return Letter(letter.path.rename(folder / f"{letter.content_hash[:12]}-{letter.path.name}"), letter.content_hash)


def _is_day(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False


def _content_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""The letter box: which files of which feed and day are there to be read, which wait, which cannot be a delivery.

What is dropped here is taken and deleted once its rows are accounted for; files outside the home are only copied (design,
rules 4 and 19). File names can hold people's names: they are shown by number.
"""

import hashlib
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

from register.errors import HomeError
from register.feeds import Feed
from register.store.lock import FileLock

HALF_WRITTEN = (".part", ".tmp", ".crdownload", ".partial")
"""Endings of files that are still being written."""

OPEN_ELSEWHERE = "~$"
"""Beginning of what an office program leaves beside a file that is open in it."""

HIDDEN = "."
"""Beginning of what systems leave beside the real files."""

CLAIMED = "."
"""Stands before the day in the name of a folder of files that came loose."""

ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")
"""An ending that tells a format; any other may be the rest of somebody's name."""

IsSettled = Callable[[Path], bool]
"""Whether a file is written to its end."""


@dataclass(frozen=True)
class Letter:
    """One file to be read, known by its content."""

    path: Path
    content_hash: str
    is_outside: bool = False


@dataclass
class Look:
    """What lies in a feed's letter box.

    days: letters by day, all of a folder in which one is new. claimed: letters that came loose and belong to the day of the
    refresh that first saw them. loose: those that no refresh has seen yet. accounted: letters whose rows are in the register
    already, `again` the days of such. met: days and contents that were read before, with success or without. half_written,
    unmatched: how many files wait, or do not fit the feed's `path`. refused: code -> how many folders or files cannot be a
    delivery.
    """

    days: dict[str, list[Letter]] = field(default_factory=dict)
    claimed: dict[str, list[Letter]] = field(default_factory=dict)
    loose: list[Letter] = field(default_factory=list)
    accounted: list[Letter] = field(default_factory=list)
    again: set[str] = field(default_factory=set)
    met: frozenset[tuple[str, str]] = frozenset()
    half_written: int = 0
    unmatched: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    def refuse(self, code: str, n: int = 1) -> None:
        """Counts what cannot be a delivery."""
        self.refused[code] = self.refused.get(code, 0) + n

    def read(self, day: str) -> None:
        """Takes out what is being read."""
        self.days.pop(day, None)
        self.claimed.pop(day, None)

    def has_new(self, day: str, letters: Iterable[Letter]) -> bool:
        """Whether any of the day's letters was never read before."""
        return any((day, letter.content_hash) not in self.met for letter in letters)


@contextmanager
def opened(inbox: Path, name: str, say: Callable[[str], None] | None) -> Iterator[None]:
    """A letter box for one process at a time: what it has seen there, nobody else reads or takes away meanwhile.

    name: a feed's, or `decisions`, `requests`, `corrections`. say: gets a sentence when it has to wait. Raises HomeError when
    another keeps it for longer than is reasonable.
    """
    step, path = f"read the letter box of {name}", inbox.with_name(f"inbox.{name}.lock")
    with FileLock(path).held(step, path.read_text, say):
        path.write_text(f"{step}, {socket.gethostname()}, process {os.getpid()}")
        yield


def look(inbox: Path, feed: Feed, starts_on: date, today: date, is_settled: IsSettled) -> Look:
    """Everything in the letter box of a feed; reads the files only to know them by content.

    Refused are folders that are no day, before `starts_on` or after today, links, and what may not be read.
    """
    found = Look()
    try:
        if feed.is_outside:
            found.loose = _letters(_outside(feed), found, is_settled, is_outside=True)
        elif (box := inbox / feed.name).is_symlink():
            found.refuse("link")
        elif box.is_dir():
            _look_into(box, feed, starts_on, today, is_settled, found)
    except PermissionError:
        found.refuse("not_readable")
    return found


def clear(letters: Iterable[Letter]) -> None:
    """Deletes files whose rows are accounted for, and day folders that are then empty; what lies outside stays, and what was
    saved in a file's place meanwhile: that is another letter.

    What cannot be deleted stays, is never read again and shows as `accounted` when one looks.
    """
    ours = [letter for letter in letters if not letter.is_outside]
    for letter in ours:
        with suppress(OSError):
            if _is_what_it_was(letter):
                letter.path.unlink()
    for folder in {letter.path.parent for letter in ours}:
        if _is_day(folder.name.removeprefix(CLAIMED)):
            with suppress(OSError):
                folder.rmdir()


def claim(letters: list[Letter], inbox: Path, feed: Feed, day: str) -> list[Letter]:
    """Moves loose files into a folder of the day that first saw them, so that no crash moves them to another day.

    They stay where a link stands in the folder's place: it may lead out of the home.
    """
    folder = inbox / feed.name / f"{CLAIMED}{day}"
    if folder.is_symlink():
        return [letter for letter in letters if letter.is_outside]
    if any(not letter.is_outside for letter in letters):
        folder.mkdir(mode=0o700, exist_ok=True)
    return [letter if letter.is_outside else _moved(letter, folder) for letter in letters]


def copy_in(letter: Letter, folder: Path) -> Path:
    """A file from outside as a copy in the folder, which the caller deletes; others are given as they lie."""
    if not letter.is_outside:
        return letter.path
    target = folder / _plain_name(letter)
    shutil.copyfile(letter.path, target)
    return target


def _outside(feed: Feed) -> list[Path]:
    pattern = Path(feed.path)
    root = Path(pattern.anchor)
    return sorted(root.glob(str(pattern.relative_to(root))))


def _look_into(box: Path, feed: Feed, starts_on: date, today: date, is_settled: IsSettled, found: Look) -> None:
    for entry in sorted(box.iterdir()):
        if entry.is_symlink() and entry.name.startswith(HIDDEN):
            found.refuse("link")  # the others are refused among the loose files
        if not entry.is_dir() or entry.is_symlink():
            continue
        claimed = entry.name.removeprefix(CLAIMED)
        if entry.name.startswith((HIDDEN, OPEN_ELSEWHERE)):
            if _is_day(claimed):
                found.claimed[claimed] = _letters(_shown(entry, found), found, is_settled)
        elif code := _refusal(entry.name, starts_on, today):
            found.refuse(code)
        else:
            found.days[entry.name] = _letters(_matching(entry, feed, found), found, is_settled)
            found.unmatched += sum(inner.is_dir() and not inner.is_symlink() for inner in _entries(entry))
    found.loose = _letters(_matching(box, feed, found), found, is_settled)


def _refusal(name: str, starts_on: date, today: date) -> str | None:
    """Why a folder is no day that may be read."""
    if not _is_day(name):
        return "folder_without_day"
    if name < starts_on.isoformat():
        return "folder_before_start"
    return "folder_after_today" if name > today.isoformat() else None


def _matching(folder: Path, feed: Feed, found: Look) -> list[Path]:
    shown = _shown(folder, found)
    matching = [path for path in shown if path.match(feed.path) or path.name.endswith(HALF_WRITTEN)]
    found.unmatched += len(shown) - len(matching)
    return matching


def _shown(folder: Path, found: Look) -> list[Path]:
    files = [path for path in _entries(folder) if path.is_symlink() or not path.is_dir()]
    found.half_written += sum(path.name.startswith(OPEN_ELSEWHERE) for path in files)
    return [path for path in files if is_shown(path)]


def is_finished(path: Path, is_settled: IsSettled) -> bool:
    """Whether a file is written to its end: neither its name nor its age says otherwise."""
    return not path.name.endswith(HALF_WRITTEN) and is_settled(path)


def is_shown(path: Path) -> bool:
    """Whether a file is somebody's: none that systems or office programs leave beside the real ones."""
    return not path.name.startswith((HIDDEN, OPEN_ELSEWHERE))


def lying(box: Path, is_settled: IsSettled) -> list[Path]:
    """Files written to their end in a letter box that is no feed's. Raises HomeError where a link stands in its place: what it
    leads to would be read and deleted.
    """
    if box.is_symlink():
        raise HomeError(f"inbox/{box.name}: this is a link, which may lead out of the home. Put a folder in its place.")
    found = [path for path in sorted(box.iterdir()) if path.is_file() and not path.is_symlink()] if box.is_dir() else []
    return [path for path in found if is_shown(path) and is_finished(path, is_settled)]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:  # read and taken away by another process meanwhile
        return []


def _letters(paths: list[Path], found: Look, is_settled: IsSettled, *, is_outside: bool = False) -> list[Letter]:
    letters = []
    for path in paths:
        try:
            if path.is_symlink() or not path.is_file():
                found.refuse("link")
            elif not is_finished(path, is_settled):
                found.half_written += 1
            else:
                letters.append(Letter(path, content_hash(path), is_outside))
        except FileNotFoundError:  # taken away meanwhile
            continue
        except OSError:
            found.refuse("not_readable")
    return letters


def _moved(letter: Letter, folder: Path) -> Letter:
    return Letter(letter.path.replace(folder / _plain_name(letter)), letter.content_hash)


def _plain_name(letter: Letter) -> str:
    """A name of its content: the one it came with can hold a person's, and be too long for one more letter."""
    return letter.content_hash + (letter.path.suffix if ENDING.fullmatch(letter.path.suffix) else "")


def _is_day(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False


def content_hash(path: Path) -> str:
    """What a file is known by."""
    return _hash(path, *_looks(path))


def _is_what_it_was(letter: Letter) -> bool:
    """Whether the letter's content lies there still: read anew, since one of the same size and time can be saved over it."""
    looks = _looks(letter.path)
    return _digest(letter.path) == letter.content_hash and _looks(letter.path) == looks


def _looks(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=1024)
def _hash(path: Path, inode: int, size: int, changed_at: int) -> str:
    """A run looks several times at files that have not changed meanwhile."""
    return _digest(path)


def _digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

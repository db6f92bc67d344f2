"""Folders for what is being read or written just now: deleted with the process, or by the next one where it was killed.

They hold copies of deliveries and parts of workbooks, so none may outlive its use (design, rule 19).
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

PREFIX = ".unfinished-"
BEFORE = (".reading-", ".writing-")
"""What they were called in earlier versions: no process that made one goes on."""


@contextmanager
def unfinished(parent: Path) -> Iterator[Path]:
    """A folder of this process's own below `parent`, gone after the block."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=parent, prefix=f"{PREFIX}{os.getpid()}-") as folder:
        yield Path(folder)


def keep(path: Path, target: Path) -> None:
    """Moves a file that is written to its end to its place, so that no power cut loses it."""
    _sync(path)
    path.replace(target)
    _sync(target.parent)


def clear_unfinished(folder: Path) -> int:
    """Deletes those in the folder whose process is dead; how many."""
    dead = [path for path in folder.glob(".*-*") if is_unfinished(Path(path.name)) and not is_alive(_process(path))]
    for path in dead:
        shutil.rmtree(path, ignore_errors=True)
    return len(dead)


def clear_all_unfinished(root: Path) -> int:
    """Deletes those in the folder and in the folders of it; how many."""
    return sum(map(clear_unfinished, [root, *(path for path in root.glob("*") if path.is_dir())]))


def is_unfinished(path: Path) -> bool:
    """Whether a file lies in such a folder."""
    return any(part.startswith((PREFIX, *BEFORE)) for part in path.parts)


def _process(path: Path) -> str:
    return path.name.removeprefix(BEFORE[0]).removeprefix(PREFIX).partition("-")[0]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_alive(process: str) -> bool:
    """Whether a process of this number goes on; what is no number is nobody's."""
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True

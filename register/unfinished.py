"""Folders for what is being read or written just now: deleted with the process, or by the next one where it was killed.

They hold copies of deliveries, so none may outlive its use (design, rule 19).
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

PREFIX = ".reading-"


@contextmanager
def unfinished(parent: Path) -> Iterator[Path]:
    """A folder of this process's own below `parent`, gone after the block."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=parent, prefix=f"{PREFIX}{os.getpid()}-") as folder:
        yield Path(folder)


def clear_unfinished(root: Path) -> int:
    """Deletes the folders below `root` whose process is dead; how many."""
    dead = [folder for folder in root.glob(f"*/{PREFIX}*") if not _is_alive(folder)]
    for folder in dead:
        shutil.rmtree(folder, ignore_errors=True)
    return len(dead)


def is_unfinished(path: Path) -> bool:
    """Whether a file lies in such a folder."""
    return any(part.startswith(PREFIX) for part in path.parts)


def _is_alive(folder: Path) -> bool:
    try:
        os.kill(int(folder.name.removeprefix(PREFIX).partition("-")[0]), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True

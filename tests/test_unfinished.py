"""What a killed process was writing is gone with the next start, wherever it lay; what a living one writes stays."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from register import match_files
from register.home import Home
from register.removal import housekeeping
from register.texts import Texts
from tests.builders import make_home

WRITES = """
import sys
from pathlib import Path
from register.unfinished import unfinished
with unfinished(Path(sys.argv[1])) as folder:
    (folder / "kesken.xlsx").write_text("Åsa Åkerberg")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = make_home(tmp_path / "home")
    yield home
    home.database.engine.dispose()


def killed(folder: Path) -> Path:
    """What a process leaves that was killed while it wrote below the folder."""
    with subprocess.Popen([sys.executable, "-c", WRITES, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        process.kill()
    assert (left / "kesken.xlsx").exists()
    return left


@pytest.mark.parametrize("folder", ["outbox", "inbox/lista", "archive/lista"])
def test_a_refresh_deletes_what_was_left_in_the_home(home: Home, folder: str) -> None:
    left = killed(home.path / folder)
    before = [home.path / folder / name for name in (".reading-999999999-abc", ".writing-abc")]
    living = home.path / folder / f".unfinished-{os.getpid()}-abc"
    for path in (*before, living):
        path.mkdir()
    housekeeping.keep(home, home.policy(), date(2026, 11, 30), None)
    assert [path for path in (left, *before) if path.exists()] == [] and living.exists()


def test_the_next_match_deletes_what_was_left_beside_its_answer(tmp_path: Path) -> None:
    left, another = killed(tmp_path), tmp_path / "muut" / ".unfinished-999999999-abc"
    another.mkdir(parents=True)
    match_files.write(tmp_path / "vastaus.xlsx", pd.DataFrame({"Nimi": ["Åsa"]}, dtype="str"), Texts("fi"))
    assert not left.exists() and another.exists(), "in that folder alone"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["muut", "vastaus.xlsx"]

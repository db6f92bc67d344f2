"""Killed at any statement and at any change of a file: the next start ends in the same register (design, rule 23).

A child process works through a whole day and kills itself at the n-th point: before a statement that writes, before and after
a commit, before a file is opened for writing, synced, renamed or deleted. Another child starts anew, without knowing of it.
What it ends in is compared with a register that nobody disturbed.

At every point of a day on SQLite the home is copied, as it lies on the disk just then; every tenth point is also killed, which
has to leave the same. On PostgreSQL every point that is tried is killed.
"""

import shutil
import signal
import subprocess
import uuid
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from register.home import Home
from tests.conftest import _clone
from tests.killed import GONE, STEPS, Step, eve, everything, standing
from tests.reaper import Reaper, in_a_child

Line = tuple[int, str, list[list[str]]]

LAST_BEFORE_REMOVALS = 3
"""Whoever dies up to this step is followed until the register stands as one did that was followed to the end."""


@dataclass
class Begun:
    """A home as it is when a step of the day begins, to be copied."""

    home: Home
    server: str | None

    def copied(self, folder: Path) -> Home:
        """A home of the same contents in the folder."""
        shutil.copytree(self.home.path, folder)
        if self.server is None:
            return Home(folder)
        name = make_url(str(self.home.database_url)).database
        return Home(folder, _clone(self.server, f"killed_{uuid.uuid4().hex}", str(name)))


@dataclass
class Day:
    """Each step's beginning and how the register stands there, the points that the step passes, and the day's end."""

    begins: list[Begun]
    stands: list[str]
    points: list[list[str]]
    contents: dict[str, Any]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Day:
    """The day as nobody disturbs it."""
    folder, server, url = tmp_path_factory.mktemp("eve"), None, None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        url = _clone(server, f"eve_{uuid.uuid4().hex}", request.getfixturevalue("postgres_template"))
    begins, stands, points = [Begun(eve(folder / "eve", url), server)], list[str](), list[list[str]]()
    for step in STEPS:
        home = begins[-1].copied(folder / step.__name__)
        status, told = in_a_child(lambda step=step, home=home: undisturbed(home, step), folder / "answer")
        assert status == 0
        begins.append(Begun(home, server))
        stands.append(told[0])
        points.append(told[1])
    return Day(begins, stands, points, in_a_child(lambda: everything(begins[-1].home), folder / "answer")[1])


def undisturbed(home: Home, step: Step) -> tuple[str, list[str]]:
    """Goes through one step as a start of its own: how the register stood at its beginning, and all points it passed."""
    stood = standing(home)
    return stood, passing(home, step, Reaper())


def passing(home: Home, step: Step, reaper: Reaper) -> list[str]:
    """Goes through one step as a start of its own, under the reaper's eyes; all points it passed."""
    reaper.watch(home.path)
    home.prepare()
    step(home, [])
    return list(reaper.passed)


Stood = tuple[int, str]
"""How the register stood before a step, by its number."""


def begun_again(home: Home, known: set[Stood]) -> tuple[list[Stood], dict[str, Any], list[str]]:
    """A new start that goes through the whole day, or until it stands as is known to end well.

    How it stood before each step, what it holds then, and for whom it waited.
    """
    told: list[str] = []
    stood: list[Stood] = []
    home.prepare()
    for number, step in enumerate(STEPS):
        stood.append((number, standing(home)))
        if stood[-1] in known:
            break
        step(home, told)
    return stood, everything(home), told


class Fate:
    """Kills at points of the day, starts again, and says what went wrong; the same remains are not tried twice."""

    def __init__(self, day: Day, folder: Path) -> None:
        self.day, self.folder, self.tried = day, folder, set[str]()
        self.known = set(enumerate(day.stands))

    def of_kills(self, points: list[tuple[int, int]]) -> list[str]:
        """Faults after kills at the points: number of the step, number of the point."""
        found = []
        for step, at in points:
            home = self._killed(step, at)
            found += self._judged(home, step, at)
            shutil.rmtree(home.path)
        return found

    def of_images(self, step: int, killed_every: int) -> list[str]:
        """Faults after each point of a step, from how the home lay on the disk there; some are killed to compare."""
        images = self._images(step)
        found, seen = [], set[bytes]()
        for at, image in enumerate(images, start=1):
            content = bytes_of(image.path)
            if at % killed_every == 0:
                killed = self._killed(step, at)
                found += [] if self._left(killed) == self._left(image) else [f"step {step}, {at}: a kill leaves other"]
                shutil.rmtree(killed.path)
            if content not in seen:
                seen.add(content)
                found += self._judged(image, step, at)
            shutil.rmtree(image.path)
        return found

    def _images(self, step: int) -> list[Home]:
        """The home at each point of a step that is not disturbed."""
        folder = self.folder / f"images-{step}"
        folder.mkdir()
        home = self.day.begins[step].copied(self.folder / f"{step}")
        reaper = Reaper(keep=lambda at: copied(home.path, folder / f"{at}"))
        assert in_a_child(lambda: passing(home, STEPS[step], reaper), self.folder / "answer") == (0, self.day.points[step])
        return [Home(folder / f"{at}") for at in range(1, len(self.day.points[step]) + 1)]

    def _killed(self, step: int, at: int) -> Home:
        home = self.day.begins[step].copied(self.folder / f"{step}-{at}")
        status, _ = in_a_child(lambda: passing(home, STEPS[step], Reaper(at)), self.folder / "answer")
        assert status == signal.SIGKILL, f"{STEPS[step].__name__}, point {at} ended with {status}"
        return home

    def _left(self, home: Home) -> dict[str, Any]:
        return in_a_child(lambda: everything(home), self.folder / "answer")[1]  # type: ignore[no-any-return]

    def _judged(self, home: Home, step: int, at: int) -> list[str]:
        left = self._left(home)
        is_new = repr(left) not in self.tried
        self.tried.add(repr(left))
        found = self._begin_again(home, left, step) if is_new else []
        return [f"{STEPS[step].__name__}, point {at}, {self.day.points[step][at - 1]}: {fault}" for fault in found]

    def _begin_again(self, home: Home, left: dict[str, Any], step: int) -> list[str]:
        known = self.known if step <= LAST_BEFORE_REMOVALS else set[Stood]()
        status, ended = in_a_child(lambda: begun_again(home, known), self.folder / "answer")
        if status:
            return [f"the next start ended with {status}"]
        stood, contents, told = ended
        found = [*(f"waited: {sentence}" for sentence in told), *_of_runs(left["runs"], contents["runs"])]
        if stood[-1] not in known:
            found += self._of_the_end(home, contents)
        self.known.update([] if found else stood)
        return found

    def _of_the_end(self, home: Home, contents: dict[str, Any]) -> list[str]:
        expected = self.day.contents
        other = [name for name in expected if name not in ("runs", "ledger") and contents[name] != expected[name]]
        remains = [path.name for path in home.path.rglob("*") if path.is_file() and path.suffix != ".toml"
                   if any(gone in path.read_bytes() for gone in GONE)]
        return [*(f"{name} differs: {contents[name]}" for name in other),
                *(f"the removed one lies in {name}" for name in remains), *_of_ledger(contents["ledger"], expected["ledger"])]


def copied(path: Path, to: Path) -> None:
    """The files as they lie; by another process, which lets no lock of this one go."""
    subprocess.run(["cp", "-a", str(path), str(to)], check=True)


def bytes_of(path: Path) -> bytes:
    """A digest of all that lies in the folder, but SQLite's shared memory, which dies with its process."""
    files = [file for file in sorted(path.rglob("*")) if file.is_file() and not file.name.endswith("-shm")]
    return sha256(repr([(str(file.relative_to(path)), sha256(file.read_bytes()).digest()) for file in files]).encode()).digest()


def _of_runs(left: list[str], ended: list[str]) -> list[str]:
    """Whatever was called running by a dead process is called failed, and nothing else is."""
    dead, failed = sum("'running'" in run for run in left), sum("'failed'" in run for run in ended)
    is_over = not any("'running'" in run for run in ended)
    return [] if dead == failed and is_over else [f"of {dead} dead runs {failed} are marked, all over: {is_over}"]


def _of_ledger(entries: list[Line], undisturbed: list[Line]) -> list[str]:
    """Each act is intended once and closed once; those done removed what the undisturbed ones did, nobody twice."""
    words = {act: [what for of, what, _ in entries if of == act] for act, _, _ in entries}
    is_closed = all(said in (["intended", "done"], ["intended", "abandoned"]) for said in words.values())
    return [] if is_closed and _done(entries) == _done(undisturbed) else [f"the ledger says {words}"]


def _done(entries: list[Line]) -> list[list[list[str]]]:
    """What the acts that were done removed, in order."""
    closed = {act for act, what, _ in entries if what == "done"}
    return [keys for act, what, keys in entries if what == "intended" and act in closed]


def _spread(day: Day, n: int) -> list[tuple[int, int]]:
    """About n points, evenly over the day, always the same."""
    every = [(step, at) for step, points in enumerate(day.points) for at in range(1, len(points) + 1)]
    return every[:: max(len(every) // n, 1)]


def test_the_undisturbed_day_does_all_that_a_kill_can_interrupt(day: Day) -> None:
    """Else the other tests could not fail."""
    passed = {point for points in day.points for point in points}
    assert {"commit", "fsync", "half a file", "os.rename .part", "os.rename .csv", "os.remove .csv", "os.remove .zip",
            "os.remove .parquet", "open .jsonl"} <= passed
    assert [what for _, what, _ in day.contents["ledger"]] == ["intended", "done"] * 3, "a hold, a sweep, an erasure"
    assert len(day.contents["removals"]) == 2 and len(day.contents["suppressions"]) == 4, "nobody was removed"  # noqa: PLR2004
    assert day.contents["redirects"] == [] and len(day.contents["holds"]) == len(day.contents["requests"]) == 1
    assert any("Hilma Meri" in line for line in day.contents["contacts"]) and day.contents["verified"] == ([], False)
    assert not any(gone.decode() in line for gone in GONE for lines in day.contents.values() for line in map(str, lines))


def test_killed_anywhere_the_next_start_ends_in_the_same_register(day: Day, tmp_path: Path) -> None:
    assert Fate(day, tmp_path).of_kills(_spread(day, 5)) == []


@pytest.mark.deep
def test_killed_at_every_point_the_next_start_ends_in_the_same_register(day: Day, tmp_path: Path) -> None:
    """Every statement and change of a file on SQLite; on PostgreSQL every fourth."""
    fate = Fate(day, tmp_path)
    if day.begins[0].server is None:
        assert [fault for step in range(len(STEPS)) for fault in fate.of_images(step, killed_every=10)] == []
    else:
        assert fate.of_kills(_spread(day, sum(map(len, day.points)) // 4)) == []

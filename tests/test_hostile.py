"""Hostile files of every format through the whole way in: a clear reason, nothing lost, shown, or touched outside the home."""

import json
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from register.corrections import proposing
from register.errors import HomeError
from register.home import Home
from register.intake import feed_state
from register.intake.feed_state import Check
from register.requests import box as requests_box
from register.store.tables import deliveries, files, runs
from register.texts import Texts
from register.workbooks import taken
from tests.builders import POLICY, contents, counts, deliver, desk, errand, make_home, read, table
from tests.hostile import ANY, CANARY, HOSTILE, MB, Hostile

KINDS = {"csv": "assignment", "xlsx": "assignment", "webform": "inquiry", "finvoice": "invoice", "prh_bulk": "registry"}
FEEDS = "\n".join(f'[{format}]\nkind = "{KINDS[format]}"\nformat = "{format}"' for format in ANY)
TOLD = (deliveries, files, runs)
"""Tables that people and logs read."""

OWN = ("home/inbox.", "home/register.db", "home/archive", "home/inbox/.")
"""Where reading a file may write."""

DAY = "2026-11-05"

BEARABLE = 800 * MB
"""Memory beside what the process takes anyway; the worst is 16 MB of elements, of which a tree is made."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return make_home(tmp_path_factory.mktemp("hostile") / "home", FEEDS, POLICY)


def drop(home: Home, case: Hostile) -> Path:
    """Each file of a format has a day of its own, and a person's name."""
    place = [other.name for other in HOSTILE if other.format == case.format].index(case.name)
    path = home.inbox / case.format / f"2026-11-{place + 1:02}" / f"{CANARY}.{case.format}"
    path.parent.mkdir(parents=True)
    path.write_bytes(case.content())
    return path


def structure(home: Home, feed: str, day: str) -> Check:
    checks = feed_state.judge(desk(home), feed, errand(day)).checks
    return next(check for check in checks if check.name == "structure")


def said(home: Home, feed: str, day: str) -> str:
    """What the check says of the day's file, among the feed's other days."""
    beginning = f"{feed}, {Texts('fi').day(day)}, tiedosto 1"
    return next(line for line in structure(home, feed, day).sentence.split("\n\n") if line.startswith(beginning))


def fault(home: Home, feed: str, day: str) -> dict[str, Any]:
    rows = table(home, deliveries)
    return dict(json.loads(rows.loc[(rows["feed"] == feed) & (rows["day"] == day), "structure"].iloc[0])["unreadable"][0])


def around(home: Home) -> dict[str, bytes | int]:
    """What lies in the home and beside it, less what reading may write."""
    root = home.path.parent
    lying = {str(path.relative_to(root)): path.stat().st_size for path in root.rglob("*") if path.is_file()}
    return {name: size for name, size in lying.items() if not name.startswith(OWN)}


@contextmanager
def within(memory: int) -> Iterator[None]:
    """Asserts how much more memory the block took at its height than at its beginning."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _kilobytes("VmRSS")
    yield
    grown = (_kilobytes("VmHWM") - before) * 1024
    assert grown < memory, f"{grown // MB} MB more at its height"


def _kilobytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


@pytest.mark.parametrize("case", HOSTILE, ids=[f"{case.format}: {case.name}" for case in HOSTILE])
def test_a_hostile_file_comes_to_a_clear_reason_and_nothing_is_lost(home: Home, case: Hostile) -> None:
    path = drop(home, case)
    day, content, before = path.parent.name, path.read_bytes(), around(home)
    with within(BEARABLE):
        read(home, case.format, day)
    found = counts(home, case.format, day)
    told = [table(home, of).to_string() for of in TOLD]
    if case.code is None:
        assert (found["state"], found["read"]) == ("read", case.rows), "what can be read is read"
        del before[str(path.relative_to(home.path.parent))]
        assert around(home) == before, "a file that was read is taken, and nothing else was touched or written"
    else:
        assert (found["state"], found["code"], found["read"], found["accepted"]) == ("set aside", case.code, 0, 0)
        assert path.read_bytes() == content, "the raw file waits, as it was"
        assert around(home) == before, "nothing was written anywhere else"
        told.append(sentence := said(home, case.format, day))
        place = fault(home, case.format, day)
        assert (place["file_no"], place["row"], place["column"]) == (1, case.row, case.column), "it is known where"
        assert case.row is None or f"rivi {case.row}" in sentence or f" {case.row} " in sentence, "and told where"
        assert case.column is None or f"sarake {case.column}:" in sentence
    for text in told:
        assert CANARY not in text and CANARY.split()[1] not in text, "no value and no name of a file is told"


def test_a_link_is_not_followed_wherever_it_stands(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", FEEDS, POLICY)
    outside = tmp_path / "ulkona"
    outside.mkdir()
    for name in ("a.csv", "2026-11-05.csv"):
        (outside / name).write_text(f"Nimi;Yritys\n{CANARY};Öljy Oy\n", encoding="utf-8")
    (home.inbox / "csv" / "2026-11-05").mkdir(parents=True)
    (home.inbox / "csv" / "2026-11-05" / "a.csv").symlink_to(outside / "a.csv")
    (home.inbox / "csv" / "2026-11-06").symlink_to(outside)
    (home.inbox / "csv" / ".2026-11-05").symlink_to(outside)
    (home.inbox / "csv" / "irto.csv").write_text(f"Nimi;Yritys\n{CANARY};Öljy Oy\n", encoding="utf-8")
    (home.inbox / "xlsx").symlink_to(outside)
    for day in ("2026-11-05", "2026-11-06", "2026-11-07"):
        read(home, "csv", day)
    read(home, "xlsx", "2026-11-07")
    assert sorted(path.name for path in outside.iterdir()) == ["2026-11-05.csv", "a.csv"], "nothing taken, nothing put there"
    for feed, links in (("csv", 3), ("xlsx", 1)):
        check = structure(home, feed, "2026-11-07")
        assert not check.passed and f"{links}." in check.sentence and CANARY not in check.sentence, "said in red, and how many"
    assert [counts(home, "csv", day)["read"] for day in ("2026-11-05", "2026-11-06")] == [0, 1], (
        "the loose file alone was read, on the first day that has a place for it")


@pytest.mark.parametrize("box", ["corrections", "decisions", "requests"])
def test_a_link_in_place_of_a_letter_box_is_refused(tmp_path: Path, box: str) -> None:
    home = make_home(tmp_path / "home", FEEDS, POLICY)
    outside = tmp_path / "ulkona"
    outside.mkdir()
    (outside / "a.xlsx").write_text(CANARY)
    (home.inbox / box).rmdir()
    (home.inbox / box).symlink_to(outside)
    take_in: dict[str, Callable[[], object]] = {
        "corrections": lambda: proposing.take_in(desk(home), errand(DAY), "liisa"),
        "decisions": lambda: taken.take_in(desk(home), date.fromisoformat(DAY), "liisa", lambda _: True),
        "requests": lambda: requests_box.take_in(desk(home), date.fromisoformat(DAY), "liisa", lambda _: True)}
    with pytest.raises(HomeError, match=f"inbox/{box}"):
        take_in[box]()
    assert (outside / "a.xlsx").read_text() == CANARY


@pytest.mark.parametrize("ending", [" Kanarialintu", "." + "x" * 240, ".csv.bak-Kaino", ".ÅÄÖ"])
def test_a_loose_file_may_end_as_it_likes(tmp_path: Path, ending: str) -> None:
    home = make_home(tmp_path / "home", FEEDS, POLICY)
    deliver(home, "csv", None, [{"Nimi": CANARY, "Yritys": "Öljy Oy"}], name=f"a{ending}")
    read(home, "csv", "2026-11-05")
    assert counts(home, "csv", "2026-11-05")["read"] == 1, "the name of its content is short and nobody's"


@pytest.mark.parametrize(("column", "piece"), [
    ("Puhelin", "1"), ("Puhelin", "("), ("Puhelin", "+"), ("Puhelin", "01 "), ("Sähköposti", "a@b "), ("Sähköposti", "\u2028"),
    ("Nimi", "("), ("Nimi", "(a"), ("Yritys", "Oy "), ("Katuosoite", "c/o "), ("Y-tunnus", "0"), ("Postinumero", "1 "),
], ids=ascii)
def test_a_long_value_takes_no_time_in_its_square(tmp_path: Path, column: str, piece: str) -> None:
    home = make_home(tmp_path / "home", FEEDS, POLICY)
    value = f"x{piece * (100_000 // len(piece.encode()))}x"
    deliver(home, "csv", "2026-11-05", [{"Nimi": "Olli", "Yritys": "Öljy Oy", column: value}])
    begun = time.process_time()
    read(home, "csv", "2026-11-05")
    assert time.process_time() - begun < 4, "a value may be 131,072 bytes: in its square that were minutes each"
    assert counts(home, "csv", "2026-11-05")["read"] == 1


@contextmanager
def full_disk(limit: int) -> Iterator[None]:
    """No file grows beyond the limit, as if the disk had no more room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(("limit", "street"), [(600_000, "{0:x}"), (1_000_000, "Tie 1")], ids=["the archive", "the database"])
def test_a_full_disk_fails_the_step_with_its_reason_and_the_next_start_reads_all(
    tmp_path: Path, limit: int, street: str
) -> None:
    home = make_home(tmp_path / "home", FEEDS, POLICY)
    deliver(home, "csv", "2026-11-04", [{"Nimi": "Åsa Åkerberg", "Yritys": "Öljy Oy", "Sähköposti": "asa@oljy.example"}])
    read(home, "csv", "2026-11-04")
    before = contents(home)
    path = deliver(home, "csv", "2026-11-05", [
        {"Nimi": CANARY, "Yritys": "Öljy Oy", "Sähköposti": f"kaino{n}@oljy.example",
         "Osoite": street.format(pow(7, n + 50, 2**240))} for n in range(12_000)])
    with full_disk(limit), pytest.raises(HomeError, match="2026-11-05: the disk is full") as error:
        read(home, "csv", "2026-11-05")
    assert CANARY not in str(error.value) and error.value.__cause__ is None, "no value is told"
    assert contents(home) == before and path.exists(), "the register is as before, the file lies where it lay"
    read(home, "csv", "2026-11-05")
    assert counts(home, "csv", "2026-11-05")["accepted"] == 12_000 and not path.exists(), "the next start reads it"
    assert len(list(home.archive.rglob("*.p*"))) == 2, "half a file of the archive is gone"
    assert set(table(home, runs)["state"]) == {"done", "failed"}, "the failed step is known as such"

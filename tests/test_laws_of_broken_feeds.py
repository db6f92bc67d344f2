"""A broken feed leaves the others whole (design, rule 7): beside each fault the other feeds say what they say without it."""

import shutil
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from register import sources
from register.feeds import Feed
from register.home import Home
from register.intake import batch, set_aside
from register.intake.ingest import Judge
from register.intake.refresh import Mode
from register.store.tables import decisions
from tests.builders import POLICY, contents, counts, deliver, desk, make_home, quick_judge, read, table

D2, D3 = "2026-11-02", "2026-11-03"

Contents = dict[str, list[tuple[Any, ...]]]

FEEDS = """
[works]
kind = "assignment"
format = "csv"
key = ["Tunnus"]
[customers]
kind = "assignment"
format = "csv"
gives = "snapshot"
key = ["Tunnus"]
[provider_x]
kind = "provider"
format = "csv"
key = ["Tunnus"]
[changes]
kind = "provider"
format = "csv"
gives = "changes"
key = ["Tunnus"]
"""
NAMES = ("works", "customers", "provider_x", "changes")


def row(number: int, city: str = "Turku") -> dict[str, str]:
    return {"Tunnus": str(number), "Nimi": "Åsa Åkerberg", "Sähköposti": f"asa{number}@virta.example", "Yritys": "Virta Oy",
            "Y-tunnus": "9900020-2", "Postitoimipaikka": city}


GOOD = {D2: [row(number) for number in range(1, 5)], D3: [row(number, "Vaasa") for number in range(1, 5)]}


def crashed(*_: Any, **__: Any) -> Any:
    raise RuntimeError("Åsa Åkerberg")


def the_text(text: str | bytes) -> Callable[[Home, str, pytest.MonkeyPatch], None]:
    def fault(home: Home, feed: str, _: pytest.MonkeyPatch) -> None:
        path = deliver(home, feed, D3, "")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    return fault


def a_typo(home: Home, feed: str, _: pytest.MonkeyPatch) -> None:
    path = home.path / "feeds.toml"
    table, after = path.read_text(encoding="utf-8").split(f"[{feed}]\n")
    path.write_text(f"{table}[{feed}]\n{after.replace('csv', 'cvs', 1)}", encoding="utf-8")


def a_reader_that_raises(_: Home, feed: str, patch: pytest.MonkeyPatch) -> None:
    of_others = sources.read
    patch.setattr(sources, "read", lambda delivery, of: crashed() if of.name == feed else of_others(delivery, of))


def a_step_that_raises(_: Home, feed: str, patch: pytest.MonkeyPatch) -> None:
    of_others = batch.strip
    patch.setattr(batch, "strip", lambda frame, of, policy: crashed() if of.name == feed else of_others(frame, of, policy))


def no_fault_of_the_file(*_: Any) -> None:
    """The suite raises instead."""


FAULTS: dict[str, Callable[[Home, str, pytest.MonkeyPatch], None]] = {
    "a typo in feeds.toml": a_typo,
    "an empty file": the_text(""),
    "a file without its header": the_text("asa@virta.example;040 5550101;x\n"),
    "a page of HTML": the_text("<!DOCTYPE html><html><body>Åsa Åkerberg</body></html>"),
    "random bytes": the_text(bytes(range(256)) * 40),
    "every column vanished": the_text("Kuka;Posti\nÅsa Åkerberg;asa@virta.example\n"),
    "a reader that raises": a_reader_that_raises,
    "a step that raises": a_step_that_raises,
    "a suite that raises": no_fault_of_the_file,
}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a register that got the first day; the others are copies of it, so that rows have the same keys."""
    home = make_home(tmp_path_factory.mktemp("started") / "home", FEEDS, POLICY)
    give(home, D2, NAMES)
    home.database.engine.dispose()
    return home.path


@pytest.fixture(scope="module")
def without(started: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Contents]:
    """What a register says to which a feed gave nothing on the second day."""

    @cache
    def of(feed: str) -> Contents:
        home = copy_of(started, tmp_path_factory.mktemp(feed) / "home")
        give(home, D3, others_than(feed))
        return contents(home)

    return of


@pytest.fixture
def home(started: Path, tmp_path: Path) -> Home:
    return copy_of(started, tmp_path / "home")


def copy_of(started: Path, path: Path) -> Home:
    shutil.copytree(started, path)
    return Home(path)


def others_than(feed: str) -> tuple[str, ...]:
    return tuple(name for name in NAMES if name != feed)


def give(home: Home, day: str, feeds: tuple[str, ...], judged_by: Judge = quick_judge) -> None:
    """The day's good deliveries of these feeds, and a refresh of all."""
    for feed in feeds:
        deliver(home, feed, day, GOOD[day])
    for feed in desk(home).feeds.living:
        read(home, feed.name, day, judge=judged_by)


QUICK = {("works", "a typo in feeds.toml"), ("provider_x", "a reader that raises")}


@pytest.mark.parametrize(("feed", "fault"), [
    pytest.param(feed, fault, marks=[] if (feed, fault) in QUICK else pytest.mark.deep) for feed in NAMES for fault in FAULTS])
def test_beside_a_fault_all_is_as_if_the_feed_had_given_nothing_that_day(
    home: Home, without: Callable[[str], Contents], monkeypatch: pytest.MonkeyPatch, feed: str, fault: str
) -> None:
    def judged_by(rows: pd.DataFrame, of: Feed) -> Any:
        return crashed() if of.name == feed and fault == "a suite that raises" else quick_judge(rows, of)

    deliver(home, feed, D3, GOOD[D3])
    with monkeypatch.context() as patch:
        FAULTS[fault](home, feed, patch)
        give(home, D3, others_than(feed), judged_by)
    assert contents(home) == without(feed), "the broken feed stays as it was, the others are whole"
    assert list((home.inbox / feed / D3).iterdir()), "what could not be taken is still there"
    if fault != "a typo in feeds.toml":
        found = counts(home, feed, D3)
        assert (found["state"], found["read"]) == ("set aside", 0), "and is said to wait"

    (home.path / "feeds.toml").write_text(FEEDS, encoding="utf-8")
    give(home, D3, (feed,))
    assert counts(home, feed, D3)["accepted"] == len(GOOD[D3]), "mended, nothing is lost"


@pytest.mark.parametrize("feed", ["customers", pytest.param("provider_x", marks=pytest.mark.deep)])
def test_a_shrunk_snapshot_waits_alone_and_once_accepted_stays_so(
    home: Home, without: Callable[[str], Contents], feed: str
) -> None:
    deliver(home, feed, D3, GOOD[D3][:1])
    give(home, D3, others_than(feed))
    assert contents(home) == without(feed)
    assert counts(home, feed, D3)["code"] == "shrunk"

    at = desk(home)
    set_aside.accept(home, at.policy, at.feeds.named(feed), D3, "Timo Aro", "timo", date(2026, 11, 4))
    taken: Contents = {}
    modes: tuple[Mode, ...] = ("backfill", "backfill", "refresh")
    for mode in modes:
        read(home, feed, D3, mode)
        taken = taken or contents(home)
        assert counts(home, feed, D3)["state"] == "read" and contents(home) == taken, "the word holds for every later reading"
    assert table(home, decisions)[["kind", "feed", "day"]].values.tolist() == [["accept", feed, D3]]
    of_it = [line for line in taken["observations"] if line[1] == feed]
    assert len(of_it) == len(GOOD[D2]), "what the snapshot lacks is withdrawn, not lost"


@pytest.mark.deep
@pytest.mark.parametrize("column", ["Tunnus", "Nimi", "Sähköposti", "Yritys", "Y-tunnus"])
def test_a_vanished_column_changes_no_other_feed(home: Home, without: Callable[[str], Contents], column: str) -> None:
    deliver(home, "customers", D3, [{name: said for name, said in row.items() if name != column} for row in GOOD[D3]])
    give(home, D3, others_than("customers"))
    found, wanted = ({name: [line for line in lines if "customers" not in line] for name, lines in said.items()}
                     for said in (contents(home), without("customers")))
    assert found == wanted
    seen = counts(home, "customers", D3)
    assert seen["read"] == seen["accepted"] + seen["quarantined"] + seen["withheld"] == len(GOOD[D3]), "and no row is lost"

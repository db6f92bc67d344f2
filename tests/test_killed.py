"""Killed at any statement and at any change of a file: the next start ends in the same register (design, rule 23).

A child process works through a whole day and kills itself at the n-th point: before a statement that writes, before and after
a commit, before a file is opened for writing, synced, renamed or deleted. Another child starts anew, without knowing of it.
What it ends in is compared with a register that nobody disturbed.
"""

import re
import shutil
import signal
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Table, make_url, select

from register.contacts import contacts, organisations
from register.home import FOLDERS, Home
from register.intake import lookup
from register.removal import behind, erasure, housekeeping, sweep
from register.removal.ledger import Ledger
from register.removal.requests import Request
from register.retention import holds, judging
from register.retention.decided import Signed
from register.store import tables
from register.store.store import Store
from register.workbooks import due as due_workbook
from tests.builders import deliver, desk, make_home, quick_judge, read
from tests.conftest import _clone
from tests.intake.test_lookup import REGISTRY, bulk
from tests.reaper import Reaper, in_a_child

Step = Callable[[Home, list[str]], None]
Line = tuple[int, str, list[list[str]]]

OLD, FIRST, TODAY = "2026-08-10", "2026-11-02", "2026-11-20"
PUBLISHED, DAY = date(2026, 11, 5), date(2026, 11, 20)
EVIDENCE = "history_from = 2010-01-01\nlate_after_days = 200\n"
FEEDS = REGISTRY.replace('format = "csv"\n', f'format = "csv"\n{EVIDENCE}')
POLICY = """
[controller]
name = "Myyjä Esimerkki Oy"
own_business_ids = ["9900011-4"]
own_domains = ["oma.example"]
[people]
steward = "Liisa Kaski"
approvers = ["Timo Aro"]
[admission]
max_shrink = 0.9
[[retention.after_last_contact]]
from = 2026-01-01
months = 24
why = "a quotation may be taken up late"
[[retention.after_last_confirmed]]
from = 2026-01-01
months = 12
why = "a year unconfirmed"
[sweep]
mode = "on"
max_share = 0.9
[periods]
starts_on = 2026-08-01
"""
GONE = (b"matti@virta.example", b"olli@virta.example")
"""The one whom the day's sweep removes, and the one who is erased on request."""


def person(name: str, number: int, on: str = "1.11.2026", firm: str = "Virta Oy") -> dict[str, str]:
    ids = {"Virta Oy": "9900020-2", "Koski Oy": "9900001-8"}
    return {"Asiakasnro": str(number), "Nimi": f"{name} Meri", "Sähköposti": f"{name.lower()}@virta.example",
            "Yritys": firm, "Y-tunnus": ids[firm], "Päivämäärä": on}


MATTI, ASA, EERO, OLLI, PIA = (person("Matti", 1, "3.11.2024"), person("Asa", 2), person("Eero", 3), person("Olli", 4),
                               person("Pia", 5, firm="Koski Oy"))
HELD = person("Hilma", 10, "3.11.2024")
"""As due as Matti, and on hold."""


def eve(path: Path, database_url: str | None) -> Home:
    """A home on the eve: one is due and published, a day is corrected, a new day has come."""
    home = make_home(path, FEEDS, POLICY, database_url)
    deliver(home, "assignments", OLD, [person("Vanha", 9, "1.8.2026", "Koski Oy")])
    read(home, "assignments", OLD, judge=quick_judge)
    for feed, people in (("inquiries", [MATTI, ASA, EERO, HELD]), ("provider_x", [MATTI, OLLI, PIA])):
        deliver(home, feed, FIRST, people)
        read(home, feed, FIRST, judge=quick_judge)
    deliver(home, "assignments", FIRST, [PIA | {"Tila": "avoin"}])
    read(home, "assignments", FIRST, judge=quick_judge)
    computed(home, PUBLISHED, [])
    promised(home)
    deliver(home, "inquiries", FIRST, [MATTI, HELD, EERO | {"Nimi": "Eero Virtanen"}, person("Kaisa", 6)], "korjattu.csv")
    deliver(home, "inquiries", None, [OLLI, person("Uusi", 7, "19.11.2026"), person("Tuleva", 8, "1.1.2099", "Koski Oy")])
    deliver(home, "provider_x", TODAY, [MATTI, PIA | {"Nimi": "Pia Muuttunut"}])
    bulk(home, TODAY, {"9900020-2": "Virta Oy", "9900003-4": "Lampi Oy"})
    home.database.engine.dispose()
    return home


def promised(home: Home) -> None:
    """One of the due is held, an old id leads to the other, and a workbook in the outbox shows both."""
    with home.database.writing("promise", PUBLISHED.isoformat()) as store:
        due = store.read(select(tables.due.c.contact_id, tables.contacts.c.full_name).join(
            tables.contacts, tables.contacts.c.contact_id == tables.due.c.contact_id)).set_index("full_name")["contact_id"]
        by = Signed("Liisa Kaski", "kone", PUBLISHED)
        holds.add(store, home.policy(), due["Hilma Meri"], "riita", "Liisa Kaski", date(2027, 5, 1), by)
        store.insert(tables.redirects, pd.DataFrame([{
            "old_id": str(uuid.uuid4()), "new_id": due["Matti Meri"], "kind": "contact", "redirected_on": FIRST}]))
    home.keys.of_year(DAY.year)  # that the hashes of two erasures can be compared
    assert due_workbook.publish(home, home.policy(), PUBLISHED, "kone") is not None


def correct(home: Home, _: list[str]) -> None:
    """The backfill of the corrected day."""
    read(home, "inquiries", FIRST, "backfill", judge=quick_judge, today=DAY)


def take_in(home: Home, _: list[str]) -> None:
    """What is new for the day: a loose file, days without a delivery, archive files that have had their time."""
    for feed in ("inquiries", "assignments"):
        read(home, feed, TODAY, judge=quick_judge, today=DAY)


def take_in_from_others(home: Home, _: list[str]) -> None:
    """A provider's snapshot and a registry's bulk."""
    for feed in ("provider_x", "ytj"):
        read(home, feed, TODAY, judge=quick_judge, today=DAY)


def compute(home: Home, told: list[str]) -> None:
    computed(home, DAY, told)


def remove(home: Home, told: list[str]) -> None:
    at = desk(home)
    sweep.apply(home, at.policy, at.feeds, DAY, None, told.append)


def forget(home: Home, _: list[str]) -> None:
    """Somebody is erased on request; whoever starts anew looks for them again, and finds nobody where it was done."""
    with home.database.reading() as store:
        known = store.read(select(tables.contacts.c.contact_id).where(tables.contacts.c.full_name == "Olli Meri"))["contact_id"]
    if len(known):
        erasure.erase(home, home.policy(), list(known), "all", Request(DAY, "puhelimessa", "Liisa Kaski", "kone"), DAY)


def settle(home: Home, told: list[str]) -> None:
    """The next day's beginning: what was asked of the removed goes from the outbox, those who stay are computed anew."""
    housekeeping.keep(home, home.policy(), DAY, told.append)
    computed(home, DAY, told)


STEPS = (correct, take_in, take_in_from_others, compute, remove, forget, settle)
"""The day, in the order in which `backfill` and `refresh` go through it, with an erasure and the next start."""


def computed(home: Home, day: date, told: list[str]) -> None:
    """Organisations, contacts, verdicts and the due list of a day."""
    at = desk(home)
    with home.database.writing("organisations", day.isoformat(), told.append) as store:
        found = lookup.newest(at, store)
        organisations.update(store, at.policy, at.feeds, found, day.isoformat())
    with home.database.writing("contacts", day.isoformat(), told.append) as store:
        contacts.update(store, at.policy, at.feeds, home.key, day.isoformat())
    with home.database.writing("verdicts", day.isoformat(), told.append) as store:
        judging.update(store, at.policy, at.feeds, day)


RANDOM = ("contact_id", "person_id", "organisation_id", "first_contact_id", "removal_id", "old_id", "new_id", "run",
          "changed_in", "touched_in", "read_at", "pid", "started_at", "ended_at", "exported_at", "ledger_head", "removals")
"""Ids, numbers of runs, processes and instants: not contents."""

OF_A_PROCESS = re.compile(r"\.unfinished-[^/]*|\d+\.part")
"""Names that a process gives what it has not finished."""


def everything(home: Home) -> dict[str, Any]:
    """What the register holds, in its tables, archive, letter box and ledger, and who is together in one contact."""
    with home.database.reading() as store:
        found: dict[str, Any] = {of.name: _lines(store, of) for of in tables.metadata.sorted_tables}
        ids = store.read(select(tables.memberships.c.contact_id, tables.memberships.c.record_key))
    found["together"] = sorted(sorted(keys) for _, keys in ids.groupby("contact_id")["record_key"])
    found["files"] = sorted(OF_A_PROCESS.sub("", str(path.relative_to(home.path))) for folder in FOLDERS[:-1]
                            for path in (home.path / folder).rglob("*") if path.is_file())
    ledger = Ledger(home.ledger)
    entries = list(ledger.entries())
    acts = list(dict.fromkeys(entry.act_id for entry in entries))
    found["ledger"] = [(acts.index(entry.act_id), entry.what, sorted(entry.removals.values())) for entry in entries]
    with home.database.reading() as store:
        found["verified"] = (behind.verify(store, ledger), behind.is_behind(store, ledger))
    return found


def _lines(store: Store, of: Table) -> list[str]:
    kept = [column for column in of.columns if column.name not in RANDOM]
    return sorted(map(repr, store.execute(select(*kept)).all()))


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
    """Each step's beginning, the points that an undisturbed step passes, and what the undisturbed day ends in."""

    begins: list[Begun]
    points: list[list[str]]
    contents: dict[str, Any]
    folder: Path


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Day:
    """The day as nobody disturbs it."""
    folder, server, url = tmp_path_factory.mktemp("eve"), None, None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        url = _clone(server, f"eve_{uuid.uuid4().hex}", request.getfixturevalue("postgres_template"))
    begins, points = [Begun(eve(folder / "eve", url), server)], []
    for step in STEPS:
        home = begins[-1].copied(folder / step.__name__)
        status, passed = in_a_child(lambda step=step, home=home: passing(home, step), folder / "answer")
        assert status == 0
        begins.append(Begun(home, server))
        points.append(passed)
    return Day(begins, points, in_a_child(lambda: everything(begins[-1].home), folder / "answer")[1], folder)


def passing(home: Home, step: Step, at: int = 0) -> list[str]:
    """Goes through one step as a start of its own, killed at a point; all points it passed."""
    reaper = Reaper(at)
    reaper.watch(home.path)
    home.prepare()
    step(home, [])
    return reaper.passed


def begun_again(home: Home) -> tuple[dict[str, Any], list[str]]:
    """A new start that goes through the whole day: what it ends in, and for whom it waited."""
    told: list[str] = []
    home.prepare()
    for step in STEPS:
        step(home, told)
    return everything(home), told


class Fate:
    """Kills at points of the day, starts again, and says what went wrong; the same remains are not tried twice."""

    def __init__(self, day: Day, folder: Path) -> None:
        self.day, self.folder, self.tried = day, folder, set[str]()

    def faults(self, step: int, at: int) -> list[str]:
        home = self.day.begins[step].copied(self.folder / f"{step}-{at}")
        status, _ = in_a_child(lambda: passing(home, STEPS[step], at), self.folder / "answer")
        left = in_a_child(lambda: everything(home), self.folder / "answer")[1]
        is_new = repr(left) not in self.tried
        self.tried.add(repr(left))
        found = [] if status == signal.SIGKILL else [f"ended with {status}"]
        found += self._begin_again(home, left) if is_new else []
        shutil.rmtree(home.path)
        return [f"{STEPS[step].__name__}, point {at}, {self.day.points[step][at - 1]}: {fault}" for fault in found]

    def _begin_again(self, home: Home, left: dict[str, Any]) -> list[str]:
        status, ended = in_a_child(lambda: begun_again(home), self.folder / "answer")
        if status:
            return [f"the next start ended with {status}"]
        contents, told = ended
        expected = self.day.contents
        other = [name for name in expected if name not in ("runs", "ledger") and contents[name] != expected[name]]
        remains = [path.name for path in home.path.rglob("*") if path.is_file() and path.suffix != ".toml"
                   if any(gone in path.read_bytes() for gone in GONE)]
        return [*(f"{name} differs: {contents[name]}" for name in other), *(f"waited: {sentence}" for sentence in told),
                *(f"the removed one lies in {name}" for name in remains),
                *_of_runs(left["runs"], contents["runs"]), *_of_ledger(contents["ledger"], expected["ledger"])]


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
    fate = Fate(day, tmp_path)
    assert [fault for step, at in _spread(day, 5) for fault in fate.faults(step, at)] == []


@pytest.mark.deep
def test_killed_at_every_point_the_next_start_ends_in_the_same_register(day: Day, tmp_path: Path) -> None:
    """Every statement and change of a file on SQLite; on PostgreSQL every fourth."""
    fate = Fate(day, tmp_path)
    points = sum(map(len, day.points))
    n = points if day.begins[0].server is None else points // 4
    assert [fault for step, at in _spread(day, n) for fault in fate.faults(step, at)] == []

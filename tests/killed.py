"""A day that can be killed at any point: the eve, the steps in their order, and all that a register holds at an instant."""

import json
import re
import uuid
from bisect import bisect_left
from collections.abc import Callable
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Column, Table, select

from register.contacts import contacts, organisations
from register.home import FOLDERS, Home
from register.intake import lookup
from register.removal import behind, erasure, housekeeping, requests, sweep
from register.removal.ledger import Ledger
from register.removal.requests import Request
from register.retention import holds, judging
from register.retention.decided import Signed
from register.store import tables
from register.store.store import Store
from register.workbooks import due as due_workbook
from tests.builders import deliver, desk, make_home, read, records_of
from tests.intake.test_lookup import REGISTRY, bulk

Step = Callable[[Home, list[str]], None]

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
    read(home, "assignments", OLD)
    for feed, people in (("inquiries", [MATTI, ASA, EERO, HELD]), ("provider_x", [MATTI, OLLI, PIA])):
        deliver(home, feed, FIRST, people)
        read(home, feed, FIRST)
    deliver(home, "assignments", FIRST, [PIA | {"Tila": "avoin"}])
    read(home, "assignments", FIRST)
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
    read(home, "inquiries", FIRST, "backfill", today=DAY)


def take_in(home: Home, _: list[str]) -> None:
    """What is new for the day: a loose file, days without a delivery, archive files that have had their time."""
    for feed in ("inquiries", "assignments"):
        read(home, feed, TODAY, today=DAY)


def take_in_from_others(home: Home, _: list[str]) -> None:
    """A provider's snapshot and a registry's bulk."""
    for feed in ("provider_x", "ytj"):
        read(home, feed, TODAY, today=DAY)


def compute(home: Home, told: list[str]) -> None:
    computed(home, DAY, told)


def remove(home: Home, told: list[str]) -> None:
    at = desk(home)
    sweep.apply(home, at.policy, at.feeds, DAY, None, told.append)


def forget(home: Home, _: list[str]) -> None:
    """Somebody is erased on request; whoever starts anew looks for them again, and finds nobody where it was done: then the
    steward has the reply written that was not.
    """
    with home.database.reading() as store:
        known = store.read(select(tables.contacts.c.contact_id).where(tables.contacts.c.full_name == "Olli Meri"))["contact_id"]
    if len(known):
        asked = Request(DAY, "puhelimessa", "Liisa Kaski", "kone")
        erasure.erase(home, home.policy(), records_of(home, list(known)), "all", asked, DAY)
    with home.database.reading() as store:
        unanswered = store.read(select(tables.requests.c.request_no).where(tables.requests.c.answered_on.is_(None)))
    for number in unanswered["request_no"]:
        requests.answer(home, home.policy(), int(number), "Liisa Kaski", DAY)


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
        contacts.note_passed(store)
    with home.database.writing("verdicts", day.isoformat(), told.append) as store:
        judging.update(store, at.policy, at.feeds, day)


RANDOM = ("contact_id", "person_id", "organisation_id", "first_contact_id", "removal_id", "old_id", "new_id", "run",
          "changed_in", "touched_in", "read_at", "pid", "started_at", "ended_at", "exported_at", "ledger_head", "removals")
"""Ids, numbers of runs, processes and instants: not contents."""

NUMBERED = ("changed_in", "touched_in")
GOING_BY_NUMBER = ("organisations", "contacts", "verdicts")
"""Steps that look at what was changed after their own last run."""

OF_A_PROCESS = re.compile(r"\.unfinished-[^/]*|\d+\.part")
"""Names that a process gives what it has not finished."""


def everything(home: Home) -> dict[str, Any]:
    """What the register holds, in its tables, archive, letter box and ledger, and who is together in one contact."""
    with home.database.reading() as store:
        found: dict[str, Any] = {of.name: sorted(map(repr, _rows(store, of))) for of in tables.metadata.sorted_tables}
        ids = store.execute(select(tables.memberships.c.contact_id, tables.memberships.c.record_key)).all()
    found["together"] = sorted(sorted(key for held, key in ids if held == one) for one in {held for held, _ in ids})
    found["files"] = sorted(OF_A_PROCESS.sub("", str(path.relative_to(home.path))) for folder in FOLDERS[:-1]
                            for path in (home.path / folder).rglob("*") if path.is_file())
    ledger = Ledger(home.ledger)
    entries = list(ledger.entries())
    acts = list(dict.fromkeys(entry.act_id for entry in entries))
    found["ledger"] = [(acts.index(entry.act_id), entry.what, sorted(entry.removals.values())) for entry in entries]
    with home.database.reading() as store:
        found["verified"] = (behind.verify(store, ledger), behind.is_behind(store, ledger))
    return found


def standing(home: Home) -> str:
    """All by which the day goes on from here: what the register holds, who has still to look at what, what is running."""
    with home.database.reading() as store:
        passed = _passed(store)
        numbers = [number for number, *_ in passed]
        changes = [sorted(repr((row[:-1], bisect_left(numbers, row[-1]))) for row in _rows(store, of, of.c[name]))
                   for of in tables.metadata.sorted_tables for name in NUMBERED if name in of.c]
        running = store.execute(select(tables.runs.c.step).where(tables.runs.c.state == "running")).all()
    held = everything(home) | {"runs": [said for _, *said in passed]}
    return repr((held, changes, running))


def _rows(store: Store, of: Table, *more: Column[Any]) -> list[tuple[Any, ...]]:
    kept = [column for column in of.columns if column.name not in RANDOM]
    return [tuple(row) for row in store.execute(select(*kept, *more))]


def _passed(store: Store) -> list[tuple[int, str, str, Any]]:
    """The last run of each step that goes by numbers, and the last whose contacts passed, in order, with what it kept."""
    of = tables.runs
    is_done = (of.c.step.in_(GOING_BY_NUMBER), of.c.state == "done")
    last: dict[tuple[str, bool], tuple[int, str, str, Any]] = {}
    runs = store.execute(select(of.c.run, of.c.step, of.c.day, of.c.counts).where(*is_done).order_by(of.c.run))
    for run, step, day, counts in runs:
        facts = {name: fact for name, fact in json.loads(counts or "{}").items() if isinstance(fact, str)}
        for passed in {False, "suite" in facts}:
            last[step, passed] = (run, step, day, facts)
    return sorted(last.values(), key=itemgetter(0))

"""What removing costs in a loaded register, in a process of its own, as JSON on stdout: verdicts on all, a sweep of 5 % beside
a bare `DELETE` of as many, one erasure with its proof beside a plain reading of the same bytes.

`python -m benchmarks.removal HOME DATABASE_URL DAY`: the contacts that go are chosen by their place, not by any rule, so that
the sweep has as many as it is asked for; the bare one takes as many others.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import delete, func, select

from register import retention
from register.home import Home
from register.removal import erasure
from register.removal.carrying_out import carry_out, finish
from register.removal.copies import TABLES
from register.removal.requests import Request
from register.store.store import Store
from register.store.tables import contacts, memberships

EVERY = 20
"""One contact of so many goes: 5 %."""


def main(home_path: str, database_url: str, day: str) -> None:
    home, on = Home(Path(home_path), database_url or None), date.fromisoformat(day)
    home.prepare()
    with home.database.reading() as store:
        ids = store.read(select(contacts.c.contact_id).order_by(contacts.c.contact_id))["contact_id"]
    print(json.dumps({"contacts": len(ids), "verdicts": _verdicts(home, on), "bare": _bare(home, ids.iloc[1::EVERY], day),
                      "sweep": _sweep(home, ids.iloc[::EVERY], on), "erasure": _erasure(home, ids.iloc[2], on)}))


def _verdicts(home: Home, day: date) -> float:
    """Seconds to judge every contact anew."""
    policy = home.policy()
    with home.database.reading() as store:
        return _timed(lambda: retention.judge(store, home.feeds(policy), policy, day))


def _bare(home: Home, going: "pd.Series[str]", day: str) -> dict[str, float]:
    """What hangs on contacts deleted as plain SQL does it: from the same tables, with nothing promised, proved or kept out."""
    with home.database.writing("bare delete", day) as store:
        wanted = {"record_key": store.keys(_records(store, going)), "contact_id": store.keys(going, "contact_id")}
        records, begun = _count(store, wanted["record_key"]), time.perf_counter()
        for table in (copy.table for copy in TABLES):
            if name := next((name for name in wanted if name in table.c), None):
                store.execute(delete(table).where(table.c[name].in_(select(wanted[name].c[name]))))
    return {"records": records, "seconds": time.perf_counter() - begun}


def _sweep(home: Home, going: "pd.Series[str]", day: date) -> dict[str, float]:
    """The same by the sweep: out of every copy, suppressed, in the ledger, and the file written anew."""
    due = pd.DataFrame({"contact_id": going, "depth": "contact", "part": "", "rule": "after_last_contact",
                        "last_day": day.isoformat()})
    policy = home.policy()

    def removed() -> None:
        with home.database.writing("sweep", day.isoformat()) as store:
            carry_out(store, home, policy, day, due)

    with home.database.reading() as store:
        records = len(_records(store, going))
    return {"records": records, "seconds": _timed(removed), "cleaning": _timed(lambda: finish(home, day, None))}


def _erasure(home: Home, contact_id: str, day: date) -> dict[str, float]:
    """One contact on request, with the proof; reading: the bytes of the home once, as `cat` reads them."""
    asked = Request(day, "in person", "Liisa Kaski", "benchmark")
    with home.database.reading() as store:
        shown = _records(store, pd.Series([contact_id], dtype="str")).tolist()
    seconds = _timed(lambda: erasure.erase(home, home.policy(), shown, "all", asked, day))
    files = [str(path) for path in home.path.rglob("*") if path.is_file()]
    reading = _timed(lambda: subprocess.run(["cat", *files], check=True, stdout=subprocess.DEVNULL))
    return {"seconds": seconds, "reading": reading, "mib": sum(Path(file).stat().st_size for file in files) / 2**20}


def _records(store: Store, going: "pd.Series[str]") -> "pd.Series[str]":
    wanted = store.keys(going, "contact_id")
    return store.read(select(memberships.c.record_key).join(wanted, wanted.c.contact_id == memberships.c.contact_id))[
        "record_key"]


def _count(store: Store, table: Any) -> int:
    return int(store.scalar(select(func.count()).select_from(table)))


def _timed(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main(*sys.argv[1:])

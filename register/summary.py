"""What a run did and how the register stands, in numbers: for the command, its JSON and the steward's mail. Reads only."""

import json
from typing import Any

import pandas as pd
from sqlalchemy import func, select

from register.home import Home
from register.intake import answers
from register.intake.deliveries import COUNTS
from register.store.store import Store
from register.store.tables import contacts, deliveries, due, organisations, quarantine, removals, runs

WORST = ("set aside", "given up", "absent", "read")
"""States from the worst to the best: a feed's state is the worst of its days; an absent day beside a read one is no fault."""


def last_run(home: Home) -> int:
    """The number of the newest writing step."""
    with home.database.reading() as store:
        return int(store.scalar(select(func.max(runs.c.run))) or 0)


def since(home: Home, run: int, day: str) -> dict[str, Any]:
    """What the steps after `run` did, and how the register stands on the day.

    day, feeds (read, accepted, quarantined, withheld, values_waiting, reasons, state by feed), organisations, contacts, merged,
    due, removed and parts_removed (by their time), erased (on request), expired (entries of quarantine not answered in time).
    """
    with home.database.reading() as store:
        read = store.read(select(deliveries).where((deliveries.c.run > run) | (deliveries.c.day == day)))
        feeds = {name: _feed(rows) for name, rows in read.groupby("feed", sort=True)}
        return {
            "day": day,
            "feeds": feeds,
            **standing(store),
            "merged": _counted(store, run, "contacts", "merged"),
            "removed": _counted(store, run, "removals", "removed"),
            "parts_removed": _counted(store, run, "removals", "parts_removed"),
            "erased": _counted(store, run, "erase", "erased"),
            "expired": sum(answers.expired_since(store, run).values()),
        }


def status(home: Home) -> dict[str, Any]:
    """How the register stands: each feed's newest held day with its numbers, what it holds, what waits."""
    with home.database.reading() as store:
        days = store.read(select(deliveries).order_by(deliveries.c.day.desc()))
        newest = days[days["is_held"]].drop_duplicates("feed")
        rest = days[~days["feed"].isin(newest["feed"])].drop_duplicates("feed")
        feeds = {row["feed"]: _feed(pd.DataFrame([row])) | {"day": row["day"]}
                 for row in pd.concat([newest, rest]).sort_values("feed").to_dict("records")}
        return {
            "day": max(days["day"], default=None), "feeds": feeds, **standing(store),
            "quarantine": int(store.scalar(select(func.count()).select_from(quarantine))),
            "removals": int(store.scalar(select(func.count()).select_from(removals))),
        }


def standing(store: Store) -> dict[str, int]:
    """How many organisations and contacts the register holds, and how many contacts are on the due list."""
    return {table.name: int(store.scalar(select(func.count()).select_from(table))) for table in (organisations, contacts, due)}


def _feed(rows: pd.DataFrame) -> dict[str, Any]:
    reasons: dict[str, int] = {}
    for text in rows["reasons"]:
        for code, count in json.loads(text).items():
            reasons[code] = reasons.get(code, 0) + count
    states = set(rows["state"])
    state = "read" if states == {"read", "absent"} else next(state for state in WORST if state in states)
    return {**{name: int(rows[name].sum()) for name in COUNTS}, "reasons": dict(sorted(reasons.items())), "state": state}


def _counted(store: Store, run: int, step: str, what: str) -> int:
    texts = store.read(select(runs.c.counts).where(runs.c.run > run, runs.c.step == step)).counts
    return sum(int(json.loads(text).get(what, 0)) for text in texts)

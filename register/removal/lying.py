"""What lies too long in the letter box, read by nobody: in whatever folder, it goes after `inbox_days` (design, rule 19).

The days run from the sweep that first met a file. It is red NOTICE days before, and is told NOTICE days after. Names of files
can hold people's names: one is known by a keyed hash of its place, size and time, and told by the folder of its feed.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path

import pandas as pd
from sqlalchemy import delete, func, select, update

from register.feeds import RESERVED, Feeds
from register.home import Home
from register.intake.feed_state import Check
from register.policy import Policy
from register.store.store import Store
from register.store.tables import lying, runs
from register.texts import Texts

NOTICE = 14
"""Days for which it is red before anything goes, and told afterwards."""

STEP = "let go of what lies in the inbox"


def keep(home: Home, policy: Policy, day: date) -> int:
    """Notes since when each file lies there, and deletes those that have had their days; how many."""
    before = _before(day, _most(policy))
    with home.database.reading() as store:
        if not any(_sorted(_files(home), _since(store), before)):
            return 0
    with home.database.writing(STEP, day.isoformat()) as store:
        found = _files(home)
        new, old, gone = _sorted(found, _since(store), before)  # anew: another sweep may have noted them meanwhile
        ended = store.keys(pd.Series([*gone, *old], dtype="str"), "file_hash")
        store.execute(delete(lying).where(lying.c.file_hash.in_(select(ended.c.file_hash))))
        store.insert(lying, pd.DataFrame({"file_hash": pd.Series(new, dtype="str"), "since_on": day.isoformat()}))
        store.execute(update(runs).where(runs.c.run == store.run).values(counts=json.dumps({"deleted": len(old)})))
        for name in old:
            _delete(found[name], home.inbox)
    return len(old)


def judge(home: Home, policy: Policy, feeds: Feeds, day: date, texts: Texts) -> Check:
    """Red while something goes soon, or went not long ago."""
    days = _most(policy)
    found = _files(home)
    with home.database.reading() as store:
        since = _since(store)
    soon = {name: path for name, path in found.items() if since.get(name, "9") < _before(day, max(0, days - NOTICE))}
    said = []
    if soon:
        first = date.fromisoformat(min(since[name] for name in soon)) + timedelta(days=days + 1)
        said.append(texts.say("check.inbox.soon", n=len(soon), days=days, on=texts.day(first.isoformat()),
                              places=_places(soon.values(), home, feeds, texts)))
    for went_on, n in _deleted(home, _before(day, NOTICE)):
        said.append(texts.say("check.inbox.deleted", n=n, days=days, on=texts.day(went_on)))
    return Check("inbox", not said, "error", " ".join(said) or texts.say("check.inbox.passed", days=days))


def _most(policy: Policy) -> int:
    """Days for which anything may lie there: what was set aside has its own, and is not cut short."""
    return max(policy.periods.inbox_days, policy.periods.set_aside_days)


def _before(day: date, days: int) -> str:
    return (day - timedelta(days=days)).isoformat()


def _files(home: Home) -> dict[str, Path]:
    """Everything that lies in the inbox, by its hash; links are not followed, what they lead to is not ours."""
    paths = (Path(folder) / name for folder, _, names in os.walk(home.inbox) for name in names)
    found = {}
    for path in paths:
        if not path.is_symlink() and path.exists():
            told, place = path.stat(), path.relative_to(home.inbox)
            content = f"{place}\0{told.st_size}\0{told.st_mtime_ns}".encode(errors="surrogateescape")
            found[blake2b(content, key=home.key, digest_size=16).hexdigest()] = path
    return found


def _sorted(found: Iterable[str], since: Mapping[str, str], before: str) -> tuple[list[str], list[str], list[str]]:
    """Hashes of files that are met for the first time, that have had their days, and that are not there any more."""
    found = set(found)
    return (sorted(found - set(since)), sorted(name for name in found if since.get(name, "9") < before),
            sorted(set(since) - found))


def _since(store: Store) -> dict[str, str]:
    rows = store.read(select(lying.c.file_hash, lying.c.since_on))
    return dict(zip(rows["file_hash"], rows["since_on"], strict=True))


def _deleted(home: Home, since: str) -> list[tuple[str, int]]:
    """Days on which something went, and how much."""
    went = select(runs.c.day, runs.c.counts).where(runs.c.step == STEP, runs.c.state == "done", runs.c.day >= since)
    with home.database.reading() as store:
        rows = store.read(went.where(func.length(runs.c.counts) > 0).order_by(runs.c.run))
    counted = [(str(on), int(json.loads(counts).get("deleted", 0))) for on, counts in rows.itertuples(index=False, name=None)]
    return [(on, n) for on, n in counted if n]


def _places(paths: Iterable[Path], home: Home, feeds: Feeds, texts: Texts) -> str:
    known = {*RESERVED, *(feed.name for feed in feeds.good), *(feed.name for feed in feeds.broken)}
    tops = [path.relative_to(home.inbox).parts[0] for path in paths]
    counted = Counter(top if top in known else texts.say("check.inbox.elsewhere") for top in tops)
    return ", ".join(f"{place}: {n}" for place, n in sorted(counted.items()))


def _delete(path: Path, inbox: Path) -> None:
    """The file, and the folders that are empty then, but for those of feeds and boxes."""
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder.parent == inbox or folder == inbox or any(folder.iterdir()):
            return
        folder.rmdir()

"""What lies too long in the letter box, read by nobody: in whatever folder, it goes after `inbox_days` (design, rule 19).

The days run from the sweep that first met a file. It is red NOTICE days before, and is told NOTICE days after. Names of files
can hold people's names: one is known by a keyed hash of its place, size and time, and told by the folder of its feed.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path

import pandas as pd
from sqlalchemy import delete, func, select

from register import increments
from register.feeds import RESERVED, Feeds
from register.home import Home
from register.intake import inbox
from register.intake.feed_state import Check
from register.policy import Policy
from register.store.store import Store
from register.store.tables import lying, runs
from register.texts import Texts

NOTICE = 14
"""Days for which it is red before anything goes, and told afterwards."""

STEP = "let go of what lies in the inbox"


def keep(home: Home, policy: Policy, feeds: Feeds, day: date, say: Callable[[str], None] | None = None) -> int:
    """Notes since when each file lies there, and deletes those that have had their days; how many.

    Whoever reads the letter box of one just now is waited for.
    """
    before, found = _before(day, _most(policy)), _files(home)
    with home.database.reading() as store:
        new, old, gone = _sorted(found, _since(store), before)
    if not (new or old or gone):
        return 0
    with ExitStack() as boxes:
        for name in sorted({_top(found[one], home) for one in old} & {*RESERVED, *(feed.name for feed in feeds.good)}):
            boxes.enter_context(inbox.opened(home.inbox, name, say))
        return _let_go(home, day, before, say)


def _let_go(home: Home, day: date, before: str, say: Callable[[str], None] | None) -> int:
    with home.database.writing(STEP, day.isoformat(), say) as store:
        found = _files(home)
        new, old, gone = _sorted(found, _since(store), before)  # anew: another sweep may have noted them meanwhile
        ended = store.keys(pd.Series([*gone, *old], dtype="str"), "file_hash")
        store.execute(delete(lying).where(lying.c.file_hash.in_(select(ended.c.file_hash))))
        store.insert(lying, pd.DataFrame({"file_hash": pd.Series(new, dtype="str"), "since_on": day.isoformat()}))
        increments.note(store, deleted=len(old))
        for name in old:
            if _known_as(found[name], home) == name:  # else it was saved anew meanwhile
                _delete(found[name], home.inbox)
    return len(old)


def since_on(home: Home, store: Store, path: Path) -> str | None:
    """The day of the sweep that first met a file as it lies there; None where none has."""
    return _since(store).get(_known_as(path, home) or "")


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
    named = ((_known_as(path, home), path) for path in paths if not path.is_symlink())
    return {name: path for name, path in named if name}


def _known_as(path: Path, home: Home) -> str | None:
    """The hash of a file's place, size and time; None where it is not there any more."""
    try:
        told = path.stat()
    except FileNotFoundError:
        return None
    content = f"{path.relative_to(home.inbox)}\0{told.st_size}\0{told.st_mtime_ns}".encode(errors="surrogateescape")
    return blake2b(content, key=home.key, digest_size=16).hexdigest()


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
    tops = [_top(path, home) for path in paths]
    counted = Counter(top if top in known else texts.say("check.inbox.elsewhere") for top in tops)
    return ", ".join(f"{place}: {n}" for place, n in sorted(counted.items()))


def _top(path: Path, home: Home) -> str:
    """The folder of the inbox in which a file lies."""
    return path.relative_to(home.inbox).parts[0]


def _delete(path: Path, inbox: Path) -> None:
    """The file, and the folders that are empty then, but for those of feeds and boxes."""
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder.parent == inbox or folder == inbox or any(folder.iterdir()):
            return
        folder.rmdir()

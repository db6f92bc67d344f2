"""Which days of which feeds a refresh or a backfill reads, and how: as a whole day, added to it, or again from the archive.

A refresh reads every day not yet held and what is new for today; new content of an earlier day already held waits for a
backfill (design, "What a refresh reads"). The reading itself stands in `ingest.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from register import batch, deliveries, inbox, ingest, lookup, set_aside
from register.feeds import Feed
from register.inbox import Letter, Look
from register.ingest import Desk, How

Mode = Literal["refresh", "backfill"]


DONE = ("read", "given up", "expired")
"""States of files that are accounted for: one that still lies there was left behind by a crash."""


@dataclass(frozen=True)
class Errand:
    """Why days are read. day: the day of the run. today: today in Helsinki, after which no folder may lie."""

    mode: Mode
    day: date
    today: date
    is_settled: Callable[[Path], bool]
    adds: bool = False


@dataclass(frozen=True)
class Waiting:
    """New content of a day already held: how many files, and how many rows that are held it does not have."""

    feed: str
    day: str
    files: int
    lacking: int


def read_days(desk: Desk, feed: Feed, days: list[str], errand: Errand) -> Look:
    """Reads one feed's days in order, each in a transaction of its own; what a day's letters are is looked up once."""
    found = look(desk, feed, errand)
    absent = []
    for day in days:
        letters = _letters(desk, feed, day, found, errand)
        if not letters and errand.mode == "backfill" and not feed.is_lookup:
            ingest.replay(desk, feed, day)
        elif letters and (how := _how(desk, feed, day, found, errand)):
            _take(desk, feed, day, letters, how, errand)
        absent.append(day)
    ingest.nothing(desk, feed, absent)
    return found


def look(desk: Desk, feed: Feed, errand: Errand) -> Look:
    """What is new in a feed's letter box: files met before are left out, and those already accounted for deleted."""
    found = inbox.look(desk.home.inbox, feed, desk.policy.periods.starts_on, errand.today, errand.is_settled)
    set_aside.expire(desk.home, desk.policy, feed, found, errand.today)
    with desk.home.database.reading() as store:
        known = deliveries.known_files(store, feed.name)
    met = {(day, content): state for day, content, state in known.itertuples(index=False)}
    for days in (found.days, found.claimed):
        for day, letters in days.items():
            inbox.clear([letter for letter in letters if met.get((day, letter.content_hash)) in DONE])
            days[day] = [letter for letter in letters if (day, letter.content_hash) not in met]
    outside = {content for _, content in met} if feed.is_outside else set()
    found.loose = [letter for letter in found.loose if letter.content_hash not in outside]
    return found


def first_day(desk: Desk, errand: Errand) -> date:
    """The earliest day that a refresh has to read or to note, so that a late delivery or a week off is caught up.

    In the range from there to the errand's day, days already held stay as they are.
    """
    pending = [day for feed in desk.feeds.living for day in _pending(desk, feed, errand)]
    return min(pending, default=errand.day)


def waiting(desk: Desk, feed: Feed, errand: Errand) -> list[Waiting]:
    """New content of earlier days already held, which only a backfill reads, and what it would cost."""
    found = look(desk, feed, errand)
    waits = []
    for day, letters in sorted(found.days.items()):
        if letters and day < errand.day.isoformat() and _is_held(desk, feed, day):
            waits.append(Waiting(feed.name, day, len(letters), _lacking(desk, feed, day, letters)))
    return waits


def _pending(desk: Desk, feed: Feed, errand: Errand) -> list[date]:
    """Days of the feed before the errand's: those with new files and not held, and those of which nothing is known yet."""
    found = look(desk, feed, errand)
    with desk.home.database.reading() as store:
        known = dict(deliveries.all_days(store, feed.name))
    begin = desk.policy.periods.starts_on
    days = [begin + timedelta(days=n) for n in range((errand.day - begin).days)]
    return [day for day in days if day.isoformat() not in known or _is_unread(day.isoformat(), found, known)]


def _is_unread(day: str, found: Look, known: dict[str, bool]) -> bool:
    return bool(found.claimed.get(day)) or (bool(found.days.get(day)) and not known[day])


def _letters(desk: Desk, feed: Feed, day: str, found: Look, errand: Errand) -> list[Letter]:
    letters = [*found.days.get(day, []), *found.claimed.get(day, [])]
    if day == errand.day.isoformat():
        letters += inbox.claim(found.loose, desk.home.inbox, feed, day)
        found.loose = []
    return letters


def _how(desk: Desk, feed: Feed, day: str, found: Look, errand: Errand) -> How | None:
    """How new files of a day are read: None where they wait for a backfill."""
    is_folder = bool(found.days.get(day))
    if not _is_held(desk, feed, day):
        return "replace"
    if errand.adds and feed.gives == "events":
        return "add"
    if not is_folder or (day == errand.day.isoformat() and errand.mode == "refresh"):
        return "add" if feed.gives == "events" or (feed.gives == "changes" and not is_folder) else "replace"
    return "replace" if errand.mode == "backfill" else None


def _take(desk: Desk, feed: Feed, day: str, letters: list[Letter], how: How, errand: Errand) -> None:
    if feed.is_lookup:
        lookup.take(desk, feed, day, letters, errand.day.isoformat())
    else:
        ingest.take(desk, feed, day, letters, how, errand.day.isoformat())


def _is_held(desk: Desk, feed: Feed, day: str) -> bool:
    with desk.home.database.reading() as store:
        known = deliveries.find(store, feed.name, day)
    return known is not None and known.is_held


def _lacking(desk: Desk, feed: Feed, day: str, letters: list[Letter]) -> int:
    if feed.is_lookup:
        return 0
    with desk.home.database.reading() as store:
        known = deliveries.find(store, feed.name, day)
    folder = desk.home.inbox / feed.name
    read = batch.read_letters(letters, feed, day, desk.policy, desk.home.key, after_file=0, folder=folder)
    held = desk.archive.keys(known.archive_file if known else None)
    return int((~held.isin(read.rows.record_key)).sum())

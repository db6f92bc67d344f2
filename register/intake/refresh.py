"""Which days of which feeds a refresh or a backfill reads, and how: as a whole day, added to it, or again from the archive.

A refresh reads every day not yet held and what is new for today; new content of an earlier day already held waits for a
backfill (design, "What a refresh reads"). The reading itself stands in `ingest.py`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from register.corrections import bulk
from register.feeds import Feed
from register.intake import batch, deliveries, inbox, ingest, lookup, putting_back, set_aside
from register.intake.deliveries import ACCOUNTED, How
from register.intake.inbox import IsSettled, Letter, Look
from register.intake.ingest import Desk
from register.intake.shrinking import shrunk_days
from register.removal import housekeeping
from register.sets import is_among

Mode = Literal["refresh", "backfill"]


@dataclass(frozen=True)
class Errand:
    """Why days are read. day: the day of the run. today: today in Helsinki, after which no folder may lie."""

    mode: Mode
    day: date
    today: date
    is_settled: IsSettled
    adds: bool = False


@dataclass(frozen=True)
class Waiting:
    """New content of a day already held: how many files, and how many rows that are held it does not have."""

    feed: str
    day: str
    files: int
    lacking: int


def read_days(desk: Desk, feed: Feed, days: list[str], errand: Errand) -> None:
    """Reads one feed's days in order, each in a transaction of its own; what a day's letters are is looked up once.

    Files that are set aside are read with their day again: the feed's settings, or an earlier day, may show them in another
    light. So are later days that wait as shrunk.
    """
    with inbox.opened(desk.home.inbox, feed.name, desk.say):
        _read_days(desk, feed, days, errand)


def _read_days(desk: Desk, feed: Feed, days: list[str], errand: Errand) -> None:
    housekeeping.keep(desk.home, desk.policy, errand.day, desk.say)
    found = look(desk, feed, errand)
    set_aside.expire(desk.home, desk.policy, feed, found, errand.today)
    _end_faults(desk, feed, found, errand)
    inbox.clear(found.accounted)
    with desk.home.database.reading() as store:
        later = [day for day in shrunk_days(store, feed, min(days)) if day <= errand.day.isoformat()]
    undone = putting_back.of_days(desk, feed, days, errand.today.isoformat()) if errand.mode == "backfill" else set()
    for day in sorted({*days, *later} - undone):
        _read_day(desk, feed, day, found, errand, is_judged_again=day in later)
    note_nothing(desk, feed, days)
    if errand.mode == "backfill":
        _strike_corrected(desk, feed, days, errand)
    _note_waiting(desk, feed, found, errand)


def _strike_corrected(desk: Desk, feed: Feed, days: list[str], errand: Errand) -> None:
    """Notes with the corrections that wait for these days that they were read."""
    with desk.home.database.reading() as store:
        is_asked = any(set(one.remaining.get(feed.name, ())) & set(days)
                       for one in bulk.with_state(store, *bulk.OPEN, "proposed"))
    if is_asked:
        with desk.home.database.writing(f"strike corrected days of {feed.name}", errand.day.isoformat(), desk.say) as store:
            bulk.note_read(store, feed.name, days)


def note_nothing(desk: Desk, feed: Feed, days: list[str]) -> None:
    """Notes that nothing was delivered for days of which nothing is known; others stay as they were."""
    with desk.home.database.reading() as store:
        known = {day for day, _ in deliveries.all_days(store, feed.name)}
    if unknown := [day for day in days if day not in known]:
        with desk.home.database.writing(f"note {feed.name}", unknown[-1], desk.say) as store:
            for day in unknown:
                deliveries.note_absent(store, feed.name, day)


def look(desk: Desk, feed: Feed, errand: Errand) -> Look:
    """What there is to be read in a feed's letter box; files accounted for already are told apart, but in a folder beside new
    ones: together they are the whole day. Changes nothing.
    """
    found = inbox.look(desk.home.inbox, feed, desk.policy.periods.starts_on, errand.today, errand.is_settled)
    with desk.home.database.reading() as store:
        known = deliveries.known_files(store, feed.name)
    met = {(day, content): state for day, content, state in known.itertuples(index=False)}
    found.met = frozenset(file for file, state in met.items() if state in ("set aside", *ACCOUNTED))
    if feed.is_outside:
        _sort_outside(feed, found, met)
    for days in (found.days, found.claimed):
        for day, letters in days.items():
            done = [letter for letter in letters if met.get((day, letter.content_hash)) in ACCOUNTED]
            found.again |= {day for letter in done if met[day, letter.content_hash] == "read"}
            if days is found.claimed or len(done) == len(letters):
                found.accounted += done
                days[day] = [letter for letter in letters if letter not in done]
    return found


def first_day(desk: Desk, errand: Errand) -> date:
    """The earliest day that a refresh has to read or to note, so that a late delivery or a week off is caught up.

    In the range from there to the errand's day, days already held stay as they are.
    """
    pending = [day for feed in desk.feeds.living for day in _pending(desk, feed, errand)]
    return min(pending, default=errand.day)


def waiting(desk: Desk, feed: Feed, errand: Errand, found: Look | None = None) -> list[Waiting]:
    """New content of earlier days already held, which only a backfill reads, and what it would cost."""
    found = found or look(desk, feed, errand)
    return [Waiting(feed.name, day, len(letters), _lacking(desk, feed, day, letters))
            for day, letters in _that_wait(desk, feed, found, errand).items()]


def _end_faults(desk: Desk, feed: Feed, found: Look, errand: Errand) -> None:
    """Days of which what is held lies there again, and nothing else: what was set aside instead was taken away."""
    alone = [day for day in sorted(found.again) if not (found.days.get(day) or found.claimed.get(day))]
    with desk.home.database.reading() as store:
        known = {day: deliveries.find(store, feed.name, day) for day in alone}
    if ended := [day for day in alone if (of_day := known[day]) and of_day.is_held_beside_fault]:
        with desk.home.database.writing(f"end faults of {feed.name}", errand.day.isoformat(), desk.say) as store:
            for day in ended:
                deliveries.end_fault(store, feed.name, day)


def _read_day(desk: Desk, feed: Feed, day: str, found: Look, errand: Errand, *, is_judged_again: bool) -> None:
    letters = _letters(desk, feed, day, found, errand)
    how = _how(desk, feed, day, found, errand) if letters else None
    if how:
        found.read(day)
    if how == "add":
        letters = _unread(desk, feed, day, letters)
        how = how if letters else None
    if feed.is_lookup and how:
        lookup.take(desk, feed, day, letters, errand.today.isoformat())
    if feed.is_lookup or (how and ingest.take(desk, feed, day, letters, how, errand.today.isoformat())):
        return
    if errand.mode == "backfill" or (is_judged_again and not letters):
        ingest.replay(desk, feed, day, errand.today.isoformat())


def _pending(desk: Desk, feed: Feed, errand: Errand) -> list[date]:
    """Days of the feed before the errand's: those with new files and not held, and those of which nothing is known yet."""
    found = look(desk, feed, errand)
    with desk.home.database.reading() as store:
        known = dict(deliveries.all_days(store, feed.name))
    begin = desk.policy.periods.starts_on
    days = [begin + timedelta(days=n) for n in range((errand.day - begin).days)]
    return [day for day in days if day.isoformat() not in known or _is_unread(day.isoformat(), found, known)]


def _is_unread(day: str, found: Look, known: dict[str, bool]) -> bool:
    return found.has_new(day, found.claimed.get(day, [])) or (not known[day] and found.has_new(day, found.days.get(day, [])))


def _letters(desk: Desk, feed: Feed, day: str, found: Look, errand: Errand) -> list[Letter]:
    letters = [*found.days.get(day, []), *found.claimed.get(day, [])]
    if day == errand.day.isoformat():
        letters += inbox.claim(found.loose, desk.home.inbox, feed, day)
        found.loose = []
    return letters


def _unread(desk: Desk, feed: Feed, day: str, letters: list[Letter]) -> list[Letter]:
    """Less what the day has been given before: added once more, its rows would be counted twice."""
    with desk.home.database.reading() as store:
        known = deliveries.known_files(store, feed.name)
    read = set(known.loc[(known["day"] == day) & (known["state"] == "read"), "content_hash"])
    inbox.clear(letter for letter in letters if letter.content_hash in read)
    return [letter for letter in letters if letter.content_hash not in read]


def _how(desk: Desk, feed: Feed, day: str, found: Look, errand: Errand) -> How | None:
    """How the files of a day are read: None where they wait for a backfill."""
    is_folder = bool(found.days.get(day))
    if not _is_held(desk, feed, day):
        return "replace"
    if errand.adds and feed.gives == "events":
        return "add"
    if not is_folder or (day == errand.day.isoformat() and errand.mode == "refresh"):
        return "add" if feed.gives == "events" or (feed.gives == "changes" and not is_folder) else "replace"
    return "replace" if errand.mode == "backfill" else None


def _is_held(desk: Desk, feed: Feed, day: str) -> bool:
    with desk.home.database.reading() as store:
        known = deliveries.find(store, feed.name, day)
    return known is not None and known.is_held


def _sort_outside(feed: Feed, found: Look, met: dict[tuple[str, str], str]) -> None:
    """What lies outside stays there: loose where it is new, else its day's; a snapshot is new as a whole or not at all."""
    lying = {letter.content_hash for letter in found.loose}
    newest = max((day for day, _ in met), default="")
    of_newest = {content: state for (day, content), state in met.items() if day == newest}
    read = {content for content, state in of_newest.items() if state == "read"}
    is_new = feed.gives == "snapshot" and bool(lying - set(of_newest) or read - lying)
    if is_new:
        return
    day_of = {content: day for day, content in sorted(met)}
    for letter in found.loose:
        if letter.content_hash in day_of:
            found.claimed.setdefault(day_of[letter.content_hash], []).append(letter)
    found.loose = [letter for letter in found.loose if letter.content_hash not in day_of]


def that_wait(desk: Desk, feed: Feed, errand: Errand) -> dict[str, list[Letter]]:
    """The files of earlier days already held, which only a backfill reads, by day."""
    return _that_wait(desk, feed, look(desk, feed, errand), errand)


def _that_wait(desk: Desk, feed: Feed, found: Look, errand: Errand) -> dict[str, list[Letter]]:
    return {day: letters for day, letters in sorted(found.days.items())
            if found.has_new(day, letters) and day < errand.day.isoformat() and _is_held(desk, feed, day)}


def _note_waiting(desk: Desk, feed: Feed, found: Look, errand: Errand) -> None:
    """Notes which days' files wait, and counts once what they lack: it takes a reading of them, and many ask for it."""
    waits = _that_wait(desk, feed, found, errand)
    _note_waiting_no_more(desk, feed, set(waits), errand)
    for day, letters in waits.items():
        contents = _contents(letters)
        with desk.home.database.reading() as store:
            known = deliveries.find(store, feed.name, day)
        if known and known.structure.get("waiting", {}).get("files") != contents:
            lacking = _lacking(desk, feed, day, letters)
            with desk.home.database.writing(f"count what waits of {feed.name}", errand.day.isoformat(), desk.say) as store:
                deliveries.note(store, feed.name, day, waiting={"files": contents, "lacking": lacking})


def _note_waiting_no_more(desk: Desk, feed: Feed, waits: set[str], errand: Errand) -> None:
    """Days whose files were read, or taken away: nothing unread stands against a removal any more."""
    with desk.home.database.reading() as store:
        noted = deliveries.days_that_wait(store, feed.name)
    if ended := [day for day in noted if day not in waits and day < errand.day.isoformat()]:
        with desk.home.database.writing(f"nothing waits of {feed.name}", errand.day.isoformat(), desk.say) as store:
            for day in ended:
                deliveries.note(store, feed.name, day, waiting={})


def _lacking(desk: Desk, feed: Feed, day: str, letters: list[Letter]) -> int:
    """How many rows that are held the letters do not have."""
    with desk.home.database.reading() as store:
        known = deliveries.find(store, feed.name, day)
    if known is None or feed.is_lookup:
        return 0
    noted = known.structure.get("waiting", {})
    if noted.get("files") == _contents(letters):
        return int(noted["lacking"])
    folder = desk.home.inbox / feed.name
    read = batch.read_letters(letters, feed, day, desk.policy, desk.home.key, after_file=0, folder=folder)
    held = desk.archive.keys(known.archive_file)
    return int((~is_among(held, read.rows.record_key)).sum())


def _contents(letters: list[Letter]) -> list[str]:
    return sorted(letter.content_hash for letter in letters)

"""Deliveries that were set aside: taken by somebody's word, given up, or let go of when their days are over."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select, update

from register.errors import RefusedError
from register.feeds import Feed
from register.home import Home
from register.intake import deliveries, inbox
from register.intake.inbox import Letter, Look
from register.intake.shrinking import SHRUNK, is_taken
from register.policy import Policy
from register.store.store import Store
from register.store.tables import deliveries as table
from register.store.tables import files
from register.texts import Texts


@dataclass(frozen=True)
class Accepted:
    """What the word did: taken (the day is to be read) or given up."""

    is_taken: bool


def accept(home: Home, policy: Policy, feed: Feed, day: str, name: str, os_user: str, today: date) -> Accepted:
    """Stores who takes a shrunk delivery, or gives up an unreadable one and lets go of its files.

    Raises RefusedError where nothing of the day is set aside, or nobody of that name is in the policy.
    """
    policy.refuse_stranger(name)
    with home.database.writing(f"accept {feed.name} {day}", today.isoformat()) as store:
        is_taken = _can_be_taken(store, feed, day, Texts(policy.language))
        deliveries.accept(store, feed.name, day, "accept" if is_taken else "give up", name, os_user)
        if not is_taken:
            deliveries.give_up(store, feed.name, day)
    return Accepted(is_taken)


def expire(home: Home, policy: Policy, feed: Feed, found: Look, today: date) -> int:
    """Deletes raw files that have been set aside for longer than the policy's days; the day stays set aside. How many."""
    oldest = (today - timedelta(days=policy.periods.set_aside_days)).isoformat()
    with home.database.reading() as store:
        if not _outlived(store, feed, oldest):
            return 0
    with home.database.writing(f"let go of set-aside files of {feed.name}", today.isoformat()) as store:
        outlived = _outlived(store, feed, oldest)  # anew: somebody may have taken one meanwhile
        for day, content in sorted(outlived):
            store.execute(update(files).where(files.c.feed == feed.name, files.c.day == day, files.c.content_hash == content)
                          .values(state="expired"))
    gone = [letter for day, letter in _everything(found) if (day, letter.content_hash) in outlived]
    inbox.clear(gone)
    for days in (found.days, found.claimed):
        for day in days:
            days[day] = [letter for letter in days[day] if letter not in gone]
    return len(gone)


def _can_be_taken(store: Store, feed: Feed, day: str, texts: Texts) -> bool:
    """Whether there is something to take: a delivery that shrank, in its files or in the archive."""
    known = deliveries.find(store, feed.name, day)
    if known is None or known.state != "set aside":
        raise RefusedError(texts.say("accept.nothing", feed=feed.name, day=texts.day(day)))
    waiting = select(func.count()).select_from(files).where(
        files.c.feed == feed.name, files.c.day == day, files.c.state == "set aside")
    is_there = bool(store.scalar(waiting)) or (known.archive_file is not None and not known.is_held)
    return known.code == SHRUNK and is_there


def _outlived(store: Store, feed: Feed, oldest: str) -> set[tuple[str, str]]:
    """Day and content of the files whose days are over, but for what somebody has taken: that is read next."""
    old = store.read(
        select(files.c.day, files.c.content_hash)
        .join(table, (table.c.feed == files.c.feed) & (table.c.day == files.c.day))
        .where(files.c.feed == feed.name, files.c.state == "set aside", table.c.set_aside_on < oldest))
    return {(day, content) for day, content in old.itertuples(index=False, name=None) if not is_taken(store, feed, day)}


def _everything(found: Look) -> list[tuple[str, Letter]]:
    return [(day, letter) for days in (found.days, found.claimed) for day, letters in days.items() for letter in letters]


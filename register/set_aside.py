"""Deliveries that were set aside: taken by somebody's word, given up, or let go of when their days are over."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select, update

from register import deliveries, inbox
from register.errors import RefusedError
from register.feeds import Feed
from register.home import Home
from register.inbox import Letter, Look
from register.policy import Policy
from register.store.tables import deliveries as table
from register.store.tables import files

SHRUNK = "shrunk"
"""Readable, but too small to be believed: the only kind that can be taken by somebody's word."""


@dataclass(frozen=True)
class Accepted:
    """What the word did: taken (the day is to be read) or given up."""

    is_taken: bool


def accept(home: Home, policy: Policy, feed: Feed, day: str, name: str, os_user: str, today: date) -> Accepted:
    """Stores who takes a shrunk delivery, or gives up an unreadable one and lets go of its files.

    Raises RefusedError where nothing of the day is set aside, or nobody of that name is in the policy.
    """
    _refuse_stranger(policy, name)
    with home.database.writing(f"accept {feed.name} {day}", today.isoformat()) as store:
        known = deliveries.find(store, feed.name, day)
        if known is None or known.state != "set aside":
            raise RefusedError(f"{feed.name}, {day}: nothing is set aside; `register status` says what is")
        is_taken = known.code == SHRUNK
        deliveries.accept(store, feed.name, day, "accept" if is_taken else "give up", name, os_user)
        if not is_taken:
            deliveries.give_up(store, feed.name, day)
    return Accepted(is_taken)


def expire(home: Home, policy: Policy, feed: Feed, found: Look, today: date) -> int:
    """Deletes raw files that have been set aside for longer than the policy's days; the day stays set aside. How many."""
    oldest = (today - timedelta(days=policy.periods.set_aside_days)).isoformat()
    with home.database.reading() as store:
        old = store.read(
            select(files.c.day, files.c.content_hash)
            .join(table, (table.c.feed == files.c.feed) & (table.c.day == files.c.day))
            .where(files.c.feed == feed.name, files.c.state == "set aside", table.c.set_aside_on < oldest))
    hashes = set(old["content_hash"])
    gone = [letter for letter in _everything(found) if letter.content_hash in hashes]
    inbox.clear(gone)
    if gone:
        with home.database.writing(f"let go of set-aside files of {feed.name}", today.isoformat()) as store:
            of_feed = (files.c.feed == feed.name) & files.c.content_hash.in_(hashes)
            store.execute(update(files).where(of_feed).values(state="expired"))
    return len(gone)


def _everything(found: Look) -> list[Letter]:
    return [letter for days in (found.days, found.claimed) for letters in days.values() for letter in letters]


def _refuse_stranger(policy: Policy, name: str) -> None:
    people = dict.fromkeys(filter(None, (policy.people.steward, policy.people.deputy, *policy.people.approvers)))
    if name not in people:
        raise RefusedError(f"--name: allowed are the people of policy.toml: {', '.join(people)}")

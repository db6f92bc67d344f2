"""What the register needs to keep its word: copies of its keys, a ledger that it knows, nobody and no file left past its time.

Judged for `status` and each refresh.
"""

from datetime import date, timedelta

from sqlalchemy import select

from register.feeds import Feeds
from register.home import Home
from register.intake.feed_state import Check
from register.keys import YEARLY
from register.policy import Policy
from register.removal import behind, lying
from register.removal.ledger import Ledger
from register.store.store import Store
from register.store.tables import due, suppressed_people
from register.texts import Texts

GRACE = 7
"""Days after the notice in which whoever is due may wait for an approver."""


def judge(home: Home, policy: Policy, feeds: Feeds, day: date, texts: Texts) -> list[Check]:
    """One check for each safeguard; none of them stops anything."""
    with home.database.reading() as store:
        found = [_keys(store, home, texts), _ledger(store, Ledger(home.ledger), texts), _overdue(store, policy, day, texts)]
    return [*found, lying.judge(home, policy, feeds, day, texts)]


def _keys(store: Store, home: Home, texts: Texts) -> Check:
    """Red while a key lies in no copy, while a copy holds one that was destroyed, and where one was lost."""
    uncopied, missing = home.keys.uncopied(), home.keys.only_copied()
    lost = [name for name in missing if _is_needed(store, name)]
    outlived = [name for name in missing if name not in lost]
    found = {"lost": lost, "uncopied": uncopied, "outlived": outlived}
    said = [texts.say(f"check.keys.{what}", names=", ".join(names)) for what, names in found.items() if names]
    return Check("keys", not said, "error", " ".join(said) or texts.say("check.keys.passed", n=len(home.keys.names())))


def _ledger(store: Store, ledger: Ledger, texts: Texts) -> Check:
    """Red where the ledger was changed afterwards, and where an older database was put back that does not know it."""
    if faults := behind.verify(store, ledger):
        return Check("ledger", False, "error", texts.say("check.ledger.changed", n=len(faults)))
    if behind.is_behind(store, ledger):
        return Check("ledger", False, "error", texts.say("check.ledger.behind", n=len(behind.unknown(store, ledger))))
    return Check("ledger", True, "error", texts.say("check.ledger.passed"))


def _overdue(store: Store, policy: Policy, day: date, texts: Texts) -> Check:
    """Red where somebody or a part is past its day, and has stood on the list, for GRACE days more than the notice."""
    days = policy.sweep.notice_days + GRACE
    latest = (day - timedelta(days=days)).isoformat()
    past = store.read(select(due.c.last_day).where(due.c.last_day < latest, due.c.published_on < latest))["last_day"]
    if past.empty:
        return Check("overdue", True, "error", texts.say("check.overdue.passed", days=days))
    why = "preview" if policy.sweep.mode == "preview" else "waiting"
    sentence = texts.say(f"check.overdue.{why}", n=len(past), days=days, first=texts.day(past.min()))
    return Check("overdue", False, "error", sentence)


def _is_needed(store: Store, name: str) -> bool:
    """A year's key is not needed any more when its hashes are gone; the others are for ever."""
    year = YEARLY.fullmatch(name)
    if year is None:
        return True
    held = select(suppressed_people.c.person_hash).where(suppressed_people.c.key_year == int(year[1])).limit(1)
    return store.scalar(held) is not None

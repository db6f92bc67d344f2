"""`register reapply`: what the ledger says and an older copy of the database does not know is done again, in its order.

An intended act of which nothing says that it was done is judged again: an erasure that somebody asked for and no hold speaks
against is carried out, what retention removed is left to the next sweep. Source: docs/decisions/0008, GDPR art. 5(1)(e), 21.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import update

from register.errors import RefusedError
from register.home import Home
from register.policy import Policy
from register.removal import again, behind
from register.removal.carrying_out import clean_up
from register.removal.erasure import RULE
from register.removal.ledger import Entry, Ledger
from register.retention import holds
from register.retention.decided import Signed
from register.store.database import now
from register.store.promises import Promises
from register.store.store import Store
from register.store.tables import runs
from register.texts import Texts


@dataclass(frozen=True)
class Reapplied:
    """acts: of the ledger that were carried out again. removed: contacts in them. dropped: intended ones, judged otherwise.

    holds: in force without their reason, which the ledger does not hold.
    """

    acts: int = 0
    removed: int = 0
    dropped: int = 0
    holds: int = 0


def reapply(home: Home, policy: Policy, by: Signed, say: Callable[[str], None] | None = None) -> Reapplied:
    """Carries out again what the database does not know; writes nothing where it knows all.

    Raises RefusedError for a stranger, and where the ledger was changed: what it says cannot be believed then.
    """
    policy.refuse_stranger(by.name)
    ledger, day = Ledger(home.ledger), by.day.isoformat()
    with home.database.reading() as store:
        if behind.verify(store, ledger):
            raise RefusedError(Texts(policy.language).say("reapply.tampered"))
        if not behind.unknown(store, ledger):
            return Reapplied(holds=_without_reason(store, policy))
    with home.database.writing(behind.STEP, day, say) as store:
        acts = behind.unknown(store, ledger)
        open_ones = {entry.act_id for entry in ledger.unfinished()}
        meant = [entry for entry in acts if entry.act_id not in open_ones or _is_meant_still(store, entry)]
        for entry in meant:
            again.carry_out(store, home, policy, entry, by, is_done=entry.act_id not in open_ones)
        for entry in acts:
            if entry not in meant:
                ledger.append(Entry(entry.act_id, "abandoned", now(), day))
        bare = _without_reason(store, policy)
        store.promises = Promises()  # the ledger says it already
        store.execute(update(runs).where(runs.c.run == store.run).values(ledger_head=ledger.head()))
    clean_up(home, by.day, say)
    return Reapplied(len(meant), sum(len(entry.promises.contacts) for entry in meant), len(acts) - len(meant), bare)


def _is_meant_still(store: Store, entry: Entry) -> bool:
    """Whether what was intended, and perhaps never done, is to be done: nothing that only lifts, no removal but an erasure."""
    if not entry.removals:
        return bool(entry.promises.rows or entry.promises.keys)
    return RULE in entry.promises.rules and not again.is_held(store, entry)


def _without_reason(store: Store, policy: Policy) -> int:
    return len(holds.with_reason(store, Texts(policy.language).say(again.REASON)))

"""Whether the database knows all that the ledger says: an older copy that was put back does not (docs/decisions/0008)."""

from sqlalchemy import select

from register.removal.ledger import Entry, Fault, Ledger
from register.store.store import Store
from register.store.tables import removals, runs

STEP = "reapply"
"""The step after which all earlier lines are known."""


def verify(store: Store, ledger: Ledger) -> list[Fault]:
    """What was changed in the ledger afterwards, by its own chain and the heads that the runs kept."""
    heads = store.read(select(runs.c.run, runs.c.ledger_head).where(runs.c.ledger_head.is_not(None)).order_by(runs.c.run))
    return ledger.verify(list(heads.itertuples(index=False, name=None)))


def is_behind(store: Store, ledger: Ledger) -> bool:
    """Whether something that was done is unknown to the database."""
    done = {entry.act_id for entry in ledger.entries() if entry.what == "done"}
    return any(entry.act_id in done for entry in unknown(store, ledger))


def unknown(store: Store, ledger: Ledger) -> list[Entry]:
    """Intended acts, not abandoned, that the database knows nothing of: by no head of theirs and by no tombstone."""
    lines = [line for line in ledger.lines() if line.entry is not None]
    heads = store.read(select(runs.c.ledger_head, runs.c.step).where(runs.c.ledger_head.is_not(None)))
    kept, reapplied = set(heads["ledger_head"]), set(heads.loc[heads["step"] == STEP, "ledger_head"])
    tombs = set(store.read(select(removals.c.removal_id))["removal_id"])
    since = max((line.number for line in lines if line.head in reapplied), default=0)
    known = {line.entry.act_id for line in lines if line.entry and (line.number <= since or line.head in kept)}
    over = {line.entry.act_id for line in lines if line.entry and line.entry.what == "abandoned"}
    return [line.entry for line in lines if line.entry and line.entry.what == "intended"
            and line.entry.act_id not in known | over and not tombs & set(line.entry.removals)]

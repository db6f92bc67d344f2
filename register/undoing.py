"""Takes any decision back by its number: who is who, how long, a hold, an answer to quarantine, or a correction."""

from register.contacts import decisions
from register.corrections import bulk
from register.intake import deciding
from register.intake.ingest import Desk
from register.retention import decided, due
from register.store.store import Store
from register.texts import Texts


def undo(store: Store, desk: Desk, number: int, by: str, os_user: str, day: str) -> str | None:
    """What taking it back came to, in a sentence; None for a correction, whose days are read again by a run of its own.

    Raises RefusedError for a stranger, and where no decision of the number is in force.
    """
    texts = Texts(desk.policy.language)
    desk.policy.refuse_stranger(by)
    if bulk.lift(store, number, by, os_user, texts) is not None:
        return None
    if deciding.is_answer(store, number):
        undone = deciding.undo(store, desk, number, by, os_user, day)
        return texts.say("decision.lifted_answer", n=number, waiting=undone.waiting, gone=undone.gone)
    if decided.lift(store, number, by, os_user):
        due.renew_approvals(store)
        return texts.say("decision.lifted_due", n=number)
    decisions.undo(store, desk.policy, number, by, os_user)
    return texts.say("decision.lifted", n=number)

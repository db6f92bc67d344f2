"""Whatever lies in `inbox/decisions`: every form that may come back there, taken in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from register.corrections import approving
from register.intake import inbox
from register.intake.inbox import IsSettled
from register.intake.ingest import Desk
from register.texts import Texts
from register.workbooks import filled, returned, waiting
from register.workbooks.due import DUE
from register.workbooks.forms import Form
from register.workbooks.review import MATCHES


@dataclass(frozen=True)
class TakenIn:
    """What came back: answers carried out, what is wrong as sentences, the workbooks in which wrong rows went out again, and
    the numbers of those that came.
    """

    applied: int = 0
    wrong: list[str] = field(default_factory=list)
    again: list[Path] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


def all_forms(desk: Desk) -> Mapping[str, Form]:
    """Every form that may come back through `inbox/decisions`, by its kind."""
    return {form.what: form for form in (MATCHES, DUE, waiting.form(desk), approving.form(desk.home, desk.policy))}


def take_in(desk: Desk, day: date, os_user: str, is_settled: IsSettled) -> TakenIn:
    """Reads what lies in `inbox/decisions`, carries out what is allowed in one transaction, and deletes what was taken.

    Killed in the middle nothing was taken: the next start reads the files again.
    """
    home, policy = desk.home, desk.policy
    with inbox.opened(home.inbox, filled.BOX, desk.say):
        lying = inbox.lying(home.inbox / filled.BOX, is_settled)
        if not lying:
            return TakenIn()
        with home.database.writing("take in decisions", day.isoformat(), desk.say) as store:
            taken = [returned.take(home, store, policy, all_forms(desk), path, file_no, day, os_user)
                     for file_no, path in enumerate(lying, start=1)]
        returned.clear(home, policy, taken, day)
    texts = Texts(policy.language)
    return TakenIn(
        applied=sum(one.applied for one in taken),
        wrong=[sentence for one in taken for sentence in returned.sentences(one, texts, day)],
        again=[one.again for one in taken if one.again is not None],
        numbers=[one.number for one in taken if one.number is not None])

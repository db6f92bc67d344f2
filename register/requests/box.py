"""The letter box of requests: what lies in `inbox/requests` is carried out row by row and answered by a workbook.

Each row is a step of its own, and the file is deleted when all are answered. Killed before, the next start takes the file again
and does what is left of it (`once.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from register.intake import inbox
from register.intake.inbox import IsSettled
from register.intake.ingest import Desk
from register.removal import meanwhile
from register.requests import once
from register.requests.acting import Outcome, act, choose
from register.requests.form import ANSWER, ANSWER_STEM, FORMS, REQUESTS
from register.texts import Texts
from register.workbooks import forms, outgoing, returned
from register.workbooks.forms import Beside
from register.workbooks.returned import AGAIN, Looked

SHOWN = ("keys", "action", *(column.name for column in ANSWER.columns))

BOX = "requests"
"""The folder of the letter box; no feed bears this name."""


@dataclass
class Answered:
    """What came: requests carried out or told about, what is wrong with a file as sentences, and the answers' files."""

    rows: int = 0
    wrong: list[str] = field(default_factory=list)
    answers: list[Path] = field(default_factory=list)


def take_in(desk: Desk, day: date, os_user: str, is_settled: IsSettled) -> Answered:
    """Answers every file that lies there, written to its end; what was taken is deleted.

    One process at a time: two that meet would both do what no row says is done.
    """
    with inbox.opened(desk.home.inbox, BOX, desk.say):
        return _take_in(desk, day, os_user, is_settled)


def _take_in(desk: Desk, day: date, os_user: str, is_settled: IsSettled) -> Answered:
    answered = Answered()
    for file_no, path in enumerate(inbox.lying(desk.home.inbox / BOX, is_settled), start=1):
        with desk.home.database.reading() as store:
            looked = returned.look(store, desk.policy, FORMS, path, file_no, day, os_user)
        answered.wrong += returned.sentences(looked.taken, Texts(desk.policy.language), day)
        if looked.taken.number is not None and (looked.good or len(looked.again)):
            written = None
            while written is None:
                written = _answered(desk, looked, looked.taken.number, day, os_user)
            answered.rows += len(looked.good)
            answered.answers += written
        returned.clear(desk.home, desk.policy, [looked.taken], day)
    return answered


def _answered(desk: Desk, looked: Looked, number: int, day: date, os_user: str) -> list[Path] | None:
    """Carries the requests out, each once, and answers them; None where the answer would show whoever was removed meanwhile."""
    with desk.home.database.reading() as store:
        removed = meanwhile.removed_so_far(store)
    return _answer(desk, looked, number, _carry_out(desk, looked, number), removed, day, os_user)


def _carry_out(desk: Desk, looked: Looked, number: int) -> list[tuple[int, Outcome]]:
    """Row by row of a form; of an answer, request by request."""
    if looked.what == REQUESTS.what:
        return [(place, _once(desk, number, place, asked, partial(act, row=place, asked=asked, who=looked.who)))
                for place, _, asked in looked.good]
    chosen: dict[int, list[tuple[Mapping[Any, Any], str]]] = {}
    for _, row, answers in looked.good:
        chosen.setdefault(int(row["row"]), []).append((row, answers["decision"]))
    return [(place, _once(desk, number, place, [(row["keys"], decision) for row, decision in rows],
                          partial(choose, chosen=rows, who=looked.who, path=looked.taken.path)))
            for place, rows in chosen.items()]


def _once(desk: Desk, number: int, place: int, said: Any, carry_out: Callable[[Desk], Outcome]) -> Outcome:
    """What comes of a request, or what came of it before its file was answered."""
    name = once.request_hash(number, place, said, desk.home.key)
    with desk.home.database.reading() as store:
        told = once.told(store, name, Texts(desk.policy.language))
    return Outcome([told]) if told else carry_out(once.noting(desk, number, name))


def _answer(
    desk: Desk, looked: Looked, number: int, outcomes: Sequence[tuple[int, Outcome]], removed: int, day: date, os_user: str
) -> list[Path] | None:
    """Writes what came of it, and the wrong rows once more, and notes in the same step that the workbook came.

    None, and nothing of it, where it would show people and somebody was removed since. removed: how many were then.
    """
    texts, form = Texts(desk.policy.language), FORMS[looked.what]
    lines = [f"{texts.say('ask.row', n=place)} {said}" for place, outcome in outcomes for said in outcome.said]
    sheets = {f"{title} {place}": table for place, outcome in outcomes for title, table in outcome.tables.items()}
    rows = pd.DataFrame([row for _, outcome in outcomes for row in outcome.choices], columns=SHOWN)
    shown = [keys for _, outcome in outcomes for keys in outcome.records]
    written = []
    with desk.home.database.writing("answer requests", day.isoformat(), desk.say) as store:
        if (sheets or len(rows)) and meanwhile.removed_so_far(store) != removed:
            return None
        returned.note_taken(desk.home, store, number, day)
        outgoing.forget_asked(store, number)
        once.forget(store, number)
        if outcomes:
            stem = f"{ANSWER_STEM}-{outgoing.next_number(store)}"
            written.append(forms.send(desk.home, store, desk.policy, ANSWER, rows, day, os_user, stem,
                                      beside=Beside(lines, sheets, shown)).path)
        if len(looked.again):
            written.append(forms.send(desk.home, store, desk.policy, form, looked.again, day, os_user, form.what + AGAIN,
                                      looked.reasons).path)
    return written

"""The workbook about doubtful pairs: which are asked when, and what an answer decides. Who is in doubt: `doubtful.py`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from register import explain
from register.contacts import decisions, doubtful
from register.corrections import approving
from register.home import Home
from register.intake.inbox import IsSettled
from register.policy import Policy
from register.store.store import Store
from register.store.tables import exports
from register.texts import Texts
from register.workbooks import forms, returned
from register.workbooks.due import DUE
from register.workbooks.forms import Column, Form, Keys, Row, Sent, Who

Say = Callable[[str], None]
"""Gets a sentence when a step has to wait."""

TOGETHER = ("same", "different", "unsure")
ELSEWHERE = ("other_firm", "different", "unsure")
"""What may be answered of two contacts at one organisation, and at two: there they are never one contact."""


def _choices(row: Row) -> tuple[str, ...]:
    return ELSEWHERE if row["is_elsewhere"] else TOGETHER


def _both(name: str, heading: str, width: int) -> tuple[Column, Column]:
    return Column(f"left_{name}", heading, width, "A"), Column(f"right_{name}", heading, width, "B")


def _apply(store: Store, row: Row, answers: Mapping[str, str], who: Who) -> str | None:
    """The answer as a decision on all records that the two contacts have now."""
    left, right = (explain.record_keys(store, row[name]) for name in ("left_id", "right_id"))
    decisions.decide(store, _kind(answers["answer"]), left, right, who.name, who.os_user)
    return None


def _kind(answer: str) -> decisions.Kind:
    return next(kind for kind in decisions.KINDS if kind == answer)


MATCHES = Form(
    what="matches",
    columns=(
        *_both("full_name", "column.full_name", 22), *_both("company", "column.company", 24),
        *_both("email", "column.email", 28), *_both("phone", "column.phone", 16), *_both("address", "review.address", 28),
        *_both("feeds", "export.feed", 16), Column("why", "review.why", 40), Column("follows", "review.follows", 40),
        Column("answer", "review.answer", 24, choices=_choices, says="review.answer"),
    ),
    shown=doubtful.shown,
    apply=_apply,
)

def forms_of(home: Home, policy: Policy) -> dict[str, Form]:
    """Every form that may come back through `inbox/decisions`."""
    return {form.what: form for form in (MATCHES, DUE, approving.form(home, policy))}


@dataclass(frozen=True)
class TakenIn:
    """What came back: answers carried out, what is wrong as sentences, and the workbooks in which wrong rows went out again."""

    applied: int = 0
    wrong: list[str] = field(default_factory=list)
    again: list[Path] = field(default_factory=list)


def publish(home: Home, policy: Policy, day: date, sent_by: str, say: Say | None = None) -> Sent | None:
    """Writes the day's workbook where there is something new to ask; None where there is not.

    Open questions that matter most, at most `review_per_day`, less those that an open workbook asks already: whoever answers
    nothing is not asked more and more.
    """
    with home.database.reading() as store:
        if not _to_ask(store, policy, day):
            return None
    with home.database.writing("write what is to be reviewed", day.isoformat(), say) as store:
        rows = doubtful.shown(store, Texts(policy.language), _to_ask(store, policy, day))
        if rows.empty:
            return None
        return forms.send(home, store, policy, MATCHES, rows, day, sent_by, f"matches-to-review-{day.isoformat()}")


def take_in(home: Home, policy: Policy, day: date, os_user: str, is_settled: IsSettled, say: Say | None = None) -> TakenIn:
    """Reads what lies in `inbox/decisions`, carries out what is allowed in one transaction, and deletes what was taken."""
    if not returned.lying(home, is_settled):
        return TakenIn()
    with home.database.writing("take in decisions", day.isoformat(), say) as store:
        taken = [returned.take(home, store, policy, forms_of(home, policy), path, file_no, day, os_user)
                 for file_no, path in enumerate(returned.lying(home, is_settled), start=1)]
    returned.clear(taken, policy, day)
    texts = Texts(policy.language)
    return TakenIn(
        applied=sum(one.applied for one in taken),
        wrong=[sentence for one in taken for sentence in returned.sentences(one, texts, day)],
        again=[one.again for one in taken if one.again is not None])


def _to_ask(store: Store, policy: Policy, day: date) -> list[Keys]:
    """Record keys of the pairs that are new to ask."""
    questions = doubtful.open_questions(store).head(policy.matching.review_per_day)
    asked = doubtful.asked_about(store, _open(store, day)) if len(questions) else set()
    pairs: list[dict[Any, Any]] = questions.to_dict("records")
    return [(row["left_key"], row["right_key"]) for row in pairs if frozenset((row["left_id"], row["right_id"])) not in asked]


def _open(store: Store, day: date) -> list[Keys]:
    """What the workbooks ask that are out and have not ended."""
    out = select(exports.c.asked).where(exports.c.what == MATCHES.what, exports.c.taken_on.is_(None),
                                        exports.c.deleted_on.is_(None), exports.c.ends_on >= day.isoformat())
    return [tuple(keys) for asked in store.read(out)["asked"] for keys in json.loads(asked)]

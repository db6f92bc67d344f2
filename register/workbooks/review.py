"""The workbook about doubtful pairs: which are asked when, and what an answer decides. Who is in doubt: `doubtful.py`."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select

from register import explain
from register.contacts import decisions, doubtful
from register.home import Home
from register.policy import Policy
from register.store.store import Store
from register.store.tables import exports
from register.texts import Texts
from register.workbooks import forms
from register.workbooks.forms import Column, Form, Keys, Row, Sent, Who
from register.workbooks.returned import AGAIN

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

def publish(home: Home, policy: Policy, day: date, sent_by: str, say: Say | None = None) -> Sent | None:
    """Writes the day's workbook where there is something new to ask; None where there is not.

    Open questions that matter most, at most `review_per_day` in all workbooks of the day, less those that an open workbook
    asks already: whoever answers nothing is not asked more and more.
    """
    with home.database.reading() as store:
        if not _to_ask(store, policy, day):
            return None
    with home.database.writing("write what is to be reviewed", day.isoformat(), say) as store:
        rows = doubtful.shown(store, Texts(policy.language), _to_ask(store, policy, day))
        if rows.empty:
            return None
        return forms.send(home, store, policy, MATCHES, rows, day, sent_by, _stem(day))


def _stem(day: date) -> str:
    return f"matches-to-review-{day.isoformat()}"


def _to_ask(store: Store, policy: Policy, day: date) -> list[Keys]:
    """Record keys of the pairs that are new to ask."""
    questions = doubtful.open_questions(store).head(policy.matching.review_per_day)
    asked = doubtful.asked_about(store, _open(store, day)) if len(questions) else set()
    pairs: list[dict[Any, Any]] = questions.to_dict("records")
    new: list[Keys] = [(row["left_key"], row["right_key"]) for row in pairs
                       if frozenset((row["left_id"], row["right_id"])) not in asked]
    return new[:max(policy.matching.review_per_day - _asked_on(store, day), 0)]


def _asked_on(store: Store, day: date) -> int:
    """How many questions the day's workbooks ask, those that came back too; what goes out once more is no new one."""
    of_day = (exports.c.what == MATCHES.what, exports.c.file.startswith(_stem(day), autoescape=True),
              exports.c.file.not_like(f"%{AGAIN}%"))
    return int(store.scalar(select(func.sum(exports.c.rows)).where(*of_day)) or 0)


def _open(store: Store, day: date) -> list[Keys]:
    """What the workbooks ask that are out and have not ended."""
    out = select(exports.c.asked).where(exports.c.what == MATCHES.what, exports.c.taken_on.is_(None),
                                        exports.c.deleted_on.is_(None), exports.c.ends_on >= day.isoformat())
    return [tuple(keys) for asked in store.read(out)["asked"] for keys in json.loads(asked)]

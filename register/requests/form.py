"""The two workbooks of requests as data: the empty form, and the answer on which somebody chooses whom or what is meant."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import select

from register.home import Home
from register.increments import among
from register.normalise.day import parse
from register.policy import Policy
from register.requests.identifying import names_asker
from register.store.store import Store
from register.store.tables import exports, memberships, quarantine
from register.texts import Texts
from register.workbooks import forms, outgoing
from register.workbooks.forms import Column, Form, Keys, Row, Sent, Who

STEM, ANSWER_STEM = "requests", "answer"

ROWS = 30
"""Requests of one form."""

ACTIONS = (
    "find", "explain", "hold", "object_marketing", "object_situation", "restrict", "lift", "erase", "split", "decisions",
    "undo", "accept", "approve",
)
"""What may be asked for, in the order of the drop-down."""

OF_PEOPLE = ACTIONS[:9]
"""Those for which somebody must be named."""

DECISIONS = {"erase": ("all", "details", "restrict", "no")}
"""What may be chosen in an answer, by action; of all others whether it is meant."""

YES, NO = "yes", "no"


def _blank(_: Store, __: Texts, asked: Sequence[Keys]) -> pd.DataFrame:
    return pd.DataFrame([{"keys": keys} for keys in asked])


def _check(_: Store, __: Row, answers: Mapping[str, str], ___: Who) -> str | None:
    """What is missing of a request, as a mistake's code."""
    action = answers.get("action")
    if action is None:
        return "no_action"
    if action in OF_PEOPLE and not any(answers.get(name) for name in ("name", "email", "phone", "company")):
        return "no_person"
    if names_asker(answers):
        return "names_asker"
    if action == "hold" and not (answers.get("reason") and answers.get("day")):
        return "no_reason_day"
    if action in ("undo", "accept", "approve") and not answers.get("reason"):
        return "no_number"
    return None


REQUESTS = Form(
    what="requests",
    columns=(
        Column("action", "ask.action", 34, choices=lambda _: ACTIONS, says="ask.action"),
        *(Column(name, f"ask.{name}", width, says="ask.text", reads=forms.as_typed) for name, width in (
            ("name", 24), ("email", 28), ("phone", 18), ("company", 24), ("reason", 40), ("who_asks", 34))),
        Column("day", "ask.day", 14, says="ask.day", reads=parse),
    ),
    shown=_blank,
    apply=_check,
)


def choice(action: str, row: int, facts: Mapping[str, str], contact_id: str, records: Sequence[str]) -> Keys:
    """What a row of an answer is about, as it is kept with the workbook. facts: reason, who_asks, day of the request."""
    return (action, str(row), json.dumps(dict(facts), ensure_ascii=False, sort_keys=True), contact_id, *records)


def _choices(row: Row) -> tuple[str, ...]:
    return DECISIONS.get(row["action"], (YES, NO))


def _shown(store: Store, texts: Texts, asked: Sequence[Keys]) -> pd.DataFrame:
    """The rows whose records are there still, a contact's or in quarantine: keys, action, row, facts, contact_id, records."""
    rows = [{"keys": keys, "action": keys[0], "row": int(keys[1]), "facts": json.loads(keys[2]), "contact_id": keys[3],
             "records": keys[4:], "asked": texts.say(f"ask.action.{keys[0]}")} for keys in asked if keys[0] in ACTIONS]
    wanted = pd.Series([key for row in rows for key in row["records"]], dtype="str")
    borne, waiting = (set(store.read(select(table.c.record_key).where(among(store, table.c.record_key, wanted)))["record_key"])
                      for table in (memberships, quarantine))
    found: list[dict[str, Any]] = [row for row in rows if set(row["records"]) <= (borne if row["contact_id"] else waiting)]
    return pd.DataFrame(found, columns=["keys", "action", "row", "facts", "contact_id", "records", "asked"])


ANSWER = Form(
    what="answer",
    columns=(
        Column("asked", "ask.asked", 30), Column("full_name", "column.full_name", 24), Column("company", "column.company", 24),
        Column("email", "column.email", 28), Column("seen", "ask.seen", 14), Column("source", "ask.source", 44),
        Column("tie", "erase.tie", 40),
        Column("decision", "ask.decision", 30, choices=_choices, says="ask.decision"),
    ),
    shown=_shown,
    apply=lambda _, __, answers, ___: None if "decision" in answers else "no_answer",
)

FORMS = {form.what: form for form in (REQUESTS, ANSWER)}


def publish(home: Home, policy: Policy, day: date, sent_by: str) -> Sent | None:
    """Lays an empty form out where none lies in the outbox: it was filled in, has ended or was taken away."""
    with home.database.reading() as store:
        if _lies_there(home, store, day):
            return None
    with home.database.writing("lay out the form of requests", day.isoformat()) as store:
        if _lies_there(home, store, day):
            return None
        for number in store.read(select(exports.c.export_no).where(*_OPEN))["export_no"]:
            outgoing.delete(home, store, int(number), day.isoformat())
        rows = pd.DataFrame([{"keys": (str(number),)} for number in range(1, ROWS + 1)])
        return forms.send(home, store, policy, REQUESTS, rows, day, sent_by, STEM)


_OPEN = (exports.c.what == REQUESTS.what, exports.c.taken_on.is_(None), exports.c.deleted_on.is_(None))


def _lies_there(home: Home, store: Store, day: date) -> bool:
    files = store.read(select(exports.c.file).where(*_OPEN, exports.c.ends_on >= day.isoformat()))["file"]
    return any((home.outbox / file).is_file() for file in files)

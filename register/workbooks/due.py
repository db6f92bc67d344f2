"""The workbook of what falls due and what is reported: who is asked about when, and what an answer decides.

One a month, written anew when somebody new is on it; an older one that is still out may come back all the same. Who falls due:
`retention/due.py`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import select

from register.home import Home
from register.increments import among
from register.normalise.day import parse
from register.policy import Policy
from register.retention import decided, due, holds
from register.retention.decided import Signed
from register.retention.sentence import fault_sentence, sentence
from register.sets import is_among
from register.store.store import Store
from register.store.tables import contacts, exports, faults, memberships, organisations, verdicts
from register.store.tables import due as due_table
from register.texts import Texts
from register.workbooks import forms, outgoing
from register.workbooks.forms import Applied, Column, Form, Keys, Row, Sent, Who

MAX_REPORTS = 500
"""Reports asked about at a time; more of them are a question for the policy, not for each person."""

PART = "part:"
"""Begins the key of a value or an observation that goes while its contact stays; the contact's records stand behind it."""

REPORT = "report"
"""Stands in a row's keys where the row is a report: it has no last day."""

UNASKED = "stale_evidence"
"""Reports that end when their feed delivers: nobody's word can stand in for evidence."""

OF_DUE = ("approve", "hold")
OF_REPORT = ("keep", "remove", "hold")
OF_OTHERS = ("hold",)
"""What may be answered: of what falls due as it stood in the workbook, of a report, of whom neither is true any more."""


def _choices(row: Row) -> tuple[str, ...]:
    return OF_DUE if row["is_due"] else OF_REPORT if row["is_report"] else OF_OTHERS


def _check(_: Store, __: Row, answers: Mapping[str, str], who: Who) -> str | None:
    """What is missing of an answer, as a mistake's code."""
    answer, day = answers.get("answer"), answers.get("day")
    if answer is None:
        return "no_answer"
    if answer == "approve" and not who.is_approver:
        return "no_approver"
    if answer in ("keep", "hold") and not (day and holds.is_near(day, who.day)):
        return "no_day"
    return "no_reason" if answer == "hold" and "reason" not in answers else None


def _carry_out(store: Store, good: Sequence[tuple[Row, Mapping[str, str]]], who: Who) -> Applied:
    """One decision for all that were approved, one for each other row."""
    by = Signed(who.name, who.os_user, who.day, who.export_no)
    approved: dict[str, list[str]] = {}
    for row, answers in good:
        last_day, *records = (key for key in row["keys"] if not key.startswith(PART))
        if answers["answer"] == "approve":
            approved.setdefault(last_day, []).extend(records)
        elif answers["answer"] == "hold":
            holds.put(store, records, answers["reason"], who.name, answers["day"], by)
        elif answers["answer"] == "keep":
            decided.decide(store, "keep", {answers["day"]: records}, by)
        else:
            decided.decide(store, "remove", {who.day.isoformat(): records}, by)
    if approved:
        decided.decide(store, "approve", approved, by)
        due.renew_approvals(store)
    return Applied(len(good), {})


def shown(store: Store, texts: Texts, asked: Sequence[Keys]) -> pd.DataFrame:
    """The rows of a workbook, in their order; whose records are nobody's, or several people's by now, are left out.

    keys (last day or "report", then records), is_due, is_report; full_name, company, email, why, last_day.
    """
    rows = pd.DataFrame([(keys, keys[0], record) for keys in asked for record in keys[1:]],
                        columns=["keys", "said", "record_key"])
    if rows.empty:
        return pd.DataFrame(columns=["keys"])
    members = store.read(select(memberships.c.record_key, memberships.c.contact_id).where(
        among(store, memberships.c.record_key, rows["record_key"].astype("str"))))
    found = rows.merge(members, on="record_key").drop_duplicates(["keys", "contact_id"]).drop_duplicates("keys", keep=False)
    told = found.merge(_facts(store, found["contact_id"]), on="contact_id", how="inner")
    judged: list[dict[Any, Any]] = told[["outcome", "rule", "last_day", "facts"]].to_dict("records")
    parts = _parts(store, texts, told)
    told = told.assign(why=[sentence(texts, verdict) for verdict in judged], part=told["keys"].map(_part))
    told = told.merge(parts, on=["contact_id", "part"], how="left")
    is_part = told["part"].ne("")
    due_day = told["due_day"].mask(is_part, told["part_day"])
    is_report = told["said"].eq(REPORT) & told["outcome"].eq("report") & told["rule"].ne(UNASKED)
    last_day = [texts.day(day) if isinstance(day, str) else "" for day in due_day]
    return told.assign(is_due=told["said"].eq(due_day), is_report=is_report, why=told["part_why"].fillna(told["why"]),
                       last_day=last_day)


def _part(keys: Keys) -> str:
    """The value or observation that a row is about; empty where it is the whole contact."""
    return next((key for key in keys if key.startswith(PART)), "")


def _parts(store: Store, texts: Texts, told: pd.DataFrame) -> pd.DataFrame:
    """What of these contacts is due while they stay: contact_id, part, part_day, and why in a sentence."""
    query = (select(faults, due_table.c.last_day.label("part_day")).join(
        due_table, (due_table.c.contact_id == faults.c.contact_id) & (due_table.c.depth == faults.c.depth)
        & (due_table.c.part == faults.c.part)).where(among(store, faults.c.contact_id, told["contact_id"])))
    found: list[dict[Any, Any]] = store.read(query).to_dict("records")
    rows = [{"contact_id": one["contact_id"], "part": f"{PART}{one['depth']}:{one['part']}", "part_day": one["part_day"],
             "part_why": fault_sentence(texts, one)} for one in found]
    return pd.DataFrame(rows, columns=["contact_id", "part", "part_day", "part_why"]).astype("str")


def _facts(store: Store, ids: "pd.Series[str]") -> pd.DataFrame:
    query = (select(contacts.c.contact_id, contacts.c.full_name, contacts.c.email, organisations.c.company, verdicts.c.outcome,
                    verdicts.c.rule, verdicts.c.last_day, verdicts.c.facts, due_table.c.last_day.label("due_day"))
             .outerjoin(organisations, organisations.c.organisation_id == contacts.c.organisation_id)
             .join(verdicts, verdicts.c.contact_id == contacts.c.contact_id)
             .outerjoin(due_table, (due_table.c.contact_id == contacts.c.contact_id) & (due_table.c.depth == "contact")))
    return store.read(query.where(among(store, contacts.c.contact_id, ids)))


DUE = Form(
    what="due",
    columns=(
        Column("full_name", "column.full_name", 24), Column("company", "column.company", 26),
        Column("email", "column.email", 28), Column("last_day", "due.last_day", 14), Column("why", "due.why", 60),
        Column("answer", "due.answer", 20, choices=_choices, says="due.answer"),
        Column("day", "due.day", 14, says="due.day", reads=parse),
        Column("reason", "due.reason", 34, says="due.reason", reads=forms.as_typed),
    ),
    shown=shown,
    apply=_check,
    together=_carry_out,
)


def publish(home: Home, policy: Policy, day: date, sent_by: str, say: Callable[[str], None] | None = None) -> Sent | None:
    """Writes the month's workbook where somebody is on it whom no workbook of the month asks about; None where nobody is."""
    with home.database.reading() as store:
        day = due.day_of_judging(store, day)
        if not _is_new(store, day, _to_ask(store, policy, day)):
            return None
    with home.database.writing("write what falls due", day.isoformat(), say) as store:
        asked = _to_ask(store, policy, day)
        rows = shown(store, Texts(policy.language), asked)
        if rows.empty or not _is_new(store, day, asked):
            return None
        for older in outgoing.waiting(store, DUE.what):  # a newer one asks all they ask
            outgoing.delete(home, store, older.export_no, day.isoformat())
        return forms.send(home, store, policy, DUE, rows, day, sent_by, _stem(day), notes=_notes(store, policy, day, asked))


def _stem(day: date) -> str:
    return f"due-{day:%Y-%m}"


def _to_ask(store: Store, policy: Policy, day: date) -> list[Keys]:
    """What falls due and no approver has approved, soonest first, then the oldest reports.

    What ends with the year is asked about from 1 December, in one workbook.
    """
    listed = store.read(select(due_table.c.contact_id, due_table.c.depth, due_table.c.part, due_table.c.last_day,
                               due_table.c.approved_by))
    listed["part"] = (PART + listed["depth"] + ":" + listed["part"]).mask(listed["depth"] == "contact", "")
    is_later = listed["last_day"].eq(f"{day.year}-12-31") & (day.month < 12)  # noqa: PLR2004 - December
    open_due = listed[~is_among(listed["approved_by"], policy.people.approvers) & ~is_later]
    reports = _reports(store).head(MAX_REPORTS)
    columns = ["contact_id", "last_day", "part"]
    wanted = pd.concat([open_due.sort_values(["last_day", "contact_id", "part"])[columns],
                        reports.assign(last_day=REPORT, part="")[columns]])
    members = store.read(select(memberships.c.contact_id, memberships.c.record_key).where(
        among(store, memberships.c.contact_id, wanted["contact_id"])))
    records = members.sort_values("record_key").groupby("contact_id")["record_key"].agg(list)
    return [(last_day, *([part] if part else []), *records[one])
            for one, last_day, part in wanted.itertuples(index=False, name=None) if one in records.index]


def _reports(store: Store) -> pd.DataFrame:
    query = select(verdicts.c.contact_id, verdicts.c.reported_since_on)
    query = query.where(verdicts.c.outcome == "report", verdicts.c.rule != UNASKED)
    return store.read(query.order_by(verdicts.c.reported_since_on, verdicts.c.contact_id))


def _is_new(store: Store, day: date, asked: Sequence[Keys]) -> bool:
    """Whether somebody is asked about of whom no workbook of this month asks that is out."""
    if not asked:
        return False
    of_month = exports.c.file.startswith(_stem(day), autoescape=True)
    sent = store.read(select(exports.c.asked).where(
        exports.c.what == DUE.what, of_month, exports.c.taken_on.is_(None), exports.c.deleted_on.is_(None),
        exports.c.ends_on >= day.isoformat()))
    before = {tuple(keys) for content in sent["asked"] for keys in json.loads(content)}
    return any(keys not in before for keys in asked)


def _notes(store: Store, policy: Policy, day: date, asked: Sequence[Keys]) -> list[str]:
    """How many fall due at the turn of the year, how many more reports there are than are asked about, how many are restricted.

    A restricted contact is in no workbook itself.
    """
    texts = Texts(policy.language)
    turn = sum(keys[0] == f"{day.year}-12-31" and not _part(keys) for keys in asked)
    more = len(_reports(store)) - MAX_REPORTS
    waiting = len(due.restricted(store, day))
    return [*([texts.say("workbook.due.restricted", n=waiting)] if waiting else []),
            *([texts.say("workbook.due.turn", n=turn, day=texts.day(f"{day.year + 1}-01-01"))] if turn else []),
            *([texts.say("workbook.due.more", n=more)] if more > 0 else [])]

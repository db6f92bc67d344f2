"""Workbooks that come back: which lie in the letter box, what is filled in, what of it is allowed, and what comes of it.

Each comes back once. Good rows are carried out; wrong ones go out again in a new workbook with the reason beside them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import select, update

from register.errors import UnreadableDelivery
from register.home import Home
from register.intake import inbox
from register.intake.feed_state import said_fault
from register.intake.inbox import Letter
from register.policy import Policy
from register.removal import lying
from register.store.store import Store
from register.store.tables import exports
from register.texts import DAYS, Texts
from register.workbooks import outgoing
from register.workbooks.filled import BOX, Filled, Line, read
from register.workbooks.forms import (
    FIRST,
    GUIDE,
    NAME,
    NUMBER,
    Applied,
    Column,
    Form,
    Keys,
    Row,
    Who,
    send,
    written,
)

AGAIN = "-again"

TOLD = 20
"""Mistakes of one file that are told one by one; the others are counted."""


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and where: the sheet's text key, the row's number, the column's letter; nothing of what was typed."""

    code: str
    sheet: str
    row: int
    column: str
    allowed: tuple[str, ...] = ()


@dataclass
class Taken:
    """What became of one file of the letter box; it is deleted where its workbook is known (is_done).

    content_hash: of the file that was read. number: of the workbook. applied: rows carried out. fault: of a file that could not
    be read. again: where wrong rows went.
    """

    path: Path
    file_no: int
    content_hash: str = ""
    number: int | None = None
    applied: int = 0
    mistakes: list[Mistake] = field(default_factory=list)
    fault: dict[str, Any] | None = None
    again: Path | None = None
    is_done: bool = False


def take(
    home: Home, store: Store, policy: Policy, forms: Mapping[str, Form], path: Path, file_no: int, day: date, os_user: str
) -> Taken:
    """Reads one file and carries out what is allowed, within the open transaction."""
    taken = Taken(path, file_no, inbox.content_hash(path))
    known = _recognised(store, policy, forms, taken, day)
    if known is None:
        return taken
    filled, sent, asked = known
    form = forms[filled.what]
    who = Who(filled.name, os_user, day, filled.number, filled.name in policy.people.approvers)
    wrong = _carry_out(store, form, filled, asked, who, policy, taken)
    if not taken.applied and (form.is_on_guide or not taken.mistakes):  # it lies in the outbox still, and is answered there
        taken.mistakes = taken.mistakes or [_unanswered(form)]
        return taken
    note_taken(home, store, int(sent["export_no"]), day)
    rows = form.shown(store, Texts(policy.language), list(wrong))
    if len(rows):
        stem = Path(sent["file"]).stem
        stem = stem if AGAIN in stem else stem + AGAIN
        rows, reasons = _reasoned(rows, form, wrong, policy)
        taken.again = send(home, store, policy, form, rows, day, os_user, stem, reasons).path
    return taken


@dataclass(frozen=True)
class Looked:
    """A file that was looked at and not carried out.

    good: rows as they stand now with their answers, and their places. again: rows that go out again, and why.
    """

    taken: Taken
    what: str
    who: Who
    good: list[tuple[int, Row, dict[str, str]]]
    again: pd.DataFrame
    reasons: list[str]


def look(
    store: Store, policy: Policy, forms: Mapping[str, Form], path: Path, file_no: int, day: date, os_user: str
) -> Looked:
    """What a file asks for and what is wrong with it; nothing is carried out, nor noted that it came."""
    taken = Taken(path, file_no, inbox.content_hash(path))
    known = _recognised(store, policy, forms, taken, day)
    if known is None:
        return Looked(taken, "", Who("", os_user, day, None, False), [], pd.DataFrame(), [])
    filled, _, asked = known
    who = Who(filled.name, os_user, day, filled.number, filled.name in policy.people.approvers)
    form = forms[filled.what]
    good, wrong = _judged(store, form, filled, asked, who, policy, taken)
    taken.mistakes = taken.mistakes or ([] if good else [_unanswered(form)])
    rows = form.shown(store, Texts(policy.language), list(wrong))
    again, reasons = _reasoned(rows, form, wrong, policy) if len(rows) else (rows, [])
    return Looked(taken, filled.what, who, [(line.row, row, kept) for line, row, kept in good], again, reasons)


def refused(
    store: Store, policy: Policy, forms: Mapping[str, Form], path: Path, file_no: int, day: date
) -> list[str]:
    """Why a file would not be taken at all, in sentences; none where it is a workbook of ours. Carries nothing out."""
    taken = Taken(path, file_no)
    _recognised(store, policy, forms, taken, day)
    return [] if taken.is_done else sentences(taken, Texts(policy.language), day)


def note_taken(home: Home, store: Store, number: int, day: date) -> None:
    """Notes that a workbook came back; its file leaves the outbox."""
    came = store.execute(update(exports).where(exports.c.export_no == number, exports.c.taken_on.is_(None)).values(
        taken_on=day.isoformat())).rowcount
    if came and store.scalar(select(exports.c.deleted_on).where(exports.c.export_no == number)) is None:
        outgoing.delete(home, store, number, day.isoformat())  # else a newer one may bear its name


def _recognised(
    store: Store, policy: Policy, forms: Mapping[str, Form], taken: Taken, day: date
) -> tuple[Filled, dict[str, Any], list[Keys]] | None:
    """A file as filled in, what is recorded of its number and which rows it asked about; None where that is told in `taken`."""
    try:
        filled = read(taken.path, taken.file_no, day)
    except UnreadableDelivery as error:
        taken.fault = error.fault
        return None
    sent = _sent(store, filled)
    if sent is None or filled.what not in forms:
        taken.mistakes = [Mistake("unknown_number", GUIDE, NUMBER + 1, "B")]
        return None
    if sent["taken_on"] is not None:  # it stays where it is and is told of: its answers may be others
        came_on = Texts(policy.language).day(sent["taken_on"])
        taken.mistakes = [Mistake("came_before", GUIDE, NUMBER + 1, "B", (came_on,))]
        return None
    taken.number, taken.is_done = filled.number, True
    return filled, sent, [tuple(keys) for keys in json.loads(sent["asked"])]


def _reasoned(rows: pd.DataFrame, form: Form, wrong: Mapping[Keys, "_Wrong"], policy: Policy) -> tuple[pd.DataFrame, list[str]]:
    """The rows with the answers that were allowed, and why each goes out again; those that stand beside them have none."""
    texts = Texts(policy.language)
    theirs = [wrong.get(keys) for keys in rows["keys"]]
    kept = pd.DataFrame([[one.kept.get(column.name, "") if one else "" for column in form.answers] for one in theirs],
                        columns=[column.name for column in form.answers])
    return rows.join(kept), [said(one.mistake, texts) if one else "" for one in theirs]


def clear(home: Home, policy: Policy, taken: Sequence[Taken], day: date) -> None:
    """Deletes what was taken, once that is kept; what nobody could take, when it has lain as long as files may be set aside."""
    oldest = (day - timedelta(days=policy.periods.set_aside_days)).isoformat()
    with home.database.reading() as store:
        gone = [one for one in taken if one.is_done or (lying.since_on(home, store, one.path) or oldest) < oldest]
    inbox.clear(Letter(one.path, one.content_hash) for one in gone)


def sentences(taken: Taken, texts: Texts, day: date) -> list[str]:
    """What is wrong with a file, a line each: where, why and what is allowed."""
    if taken.fault is not None:
        return [said_fault(BOX, day.isoformat(), taken.fault, texts)]
    where = texts.say("workbook.file", n=taken.file_no)
    told = [f"{where}, {said(mistake, texts)}" for mistake in taken.mistakes[:TOLD]]
    more = len(taken.mistakes) - len(told)
    return [*told, texts.say_n("workbook.more_mistakes", more, file=taken.file_no)] if more else told


def said(mistake: Mistake, texts: Texts) -> str:
    """One mistake as people read it."""
    sheet = texts.say(f"workbook.sheet.{mistake.sheet}")
    place = texts.say("workbook.place", sheet=sheet, row=mistake.row, column=mistake.column)
    return f"{place}: {texts.say(f'workbook.mistake.{mistake.code}', allowed=', '.join(mistake.allowed))}"


@dataclass(frozen=True)
class _Wrong:
    """Why a row goes out again, and the answers of it that are allowed (by column, as codes)."""

    mistake: Mistake
    kept: dict[str, str]


_Good = tuple[Line, Row, dict[str, str]]
"""A row that may be carried out: as it came back, as it stands now, and its answers."""


def _carry_out(
    store: Store, form: Form, filled: Filled, asked: Sequence[Keys], who: Who, policy: Policy, taken: Taken
) -> dict[Keys, _Wrong]:
    """Applies the good rows; gives those that go out again. All mistakes are noted in `taken`."""
    good, wrong = _judged(store, form, filled, asked, who, policy, taken)
    taken.applied = len(good)
    return wrong | (_together(store, form, good, asked, who, taken) if form.together and good else {})


def _judged(
    store: Store, form: Form, filled: Filled, asked: Sequence[Keys], who: Who, policy: Policy, taken: Taken
) -> tuple[list[_Good], dict[Keys, _Wrong]]:
    """The rows that may be carried out, after the form's `apply` has looked at each, and the others with the reason."""
    texts = Texts(policy.language)
    rows = {written(row["keys"]): row for row in form.shown(store, texts, asked).to_dict("records")}
    by_text = {written(keys): keys for keys in asked}
    nobody = Mistake("unknown_person", GUIDE, NAME + 1, "B", policy.people.all)
    is_known, met = who.name in policy.people.all, set[str]()
    lines = list(filled.lines(form, asked))
    taken.mistakes = [nobody] if lines and not is_known else []
    wrong: dict[Keys, _Wrong] = {}
    good: list[_Good] = []
    for line in lines:
        kept, mistake = _checked(line, form, by_text, rows, met, texts)
        met.add(line.keys)
        if mistake is None and is_known:
            mistake = _applied(store, form, rows[line.keys], kept, line, who)
        taken.mistakes += [mistake] if mistake else []
        if is_known and mistake is None:
            good.append((line, rows[line.keys], kept))
        if line.keys in by_text and (mistake or not is_known):
            wrong[by_text[line.keys]] = _Wrong(mistake or nobody, kept)
    return good, wrong


def _together(
    store: Store, form: Form, good: Sequence[_Good], asked: Sequence[Keys], who: Who, taken: Taken
) -> dict[Keys, _Wrong]:
    """Carries out the good answers at once; those that could not be, also of rows for which another row's answer was."""
    applied = form.together(store, [(row, kept) for _, row, kept in good], who) if form.together else Applied(0, {})
    taken.applied = applied.done
    places = {keys: row for row, keys in enumerate(asked, start=2)} | {row["keys"]: line.row for line, row, _ in good}
    given = {row["keys"]: kept for _, row, kept in good}
    letter = _letter(form, form.answers[0])
    wrong = {keys: _Wrong(Mistake(why.code, form.what, places.get(keys, 0), letter, why.allowed), given.get(keys, {}))
             for keys, why in applied.refused.items()}
    taken.mistakes += [one.mistake for one in wrong.values()]
    return wrong


def _unanswered(form: Form) -> Mistake:
    return Mistake("unanswered", _sheet(form), NAME + 2 if form.is_on_guide else 2, _letter(form, form.answers[0]))


def _applied(store: Store, form: Form, row: Mapping[Any, Any], answers: dict[str, str], line: Line, who: Who) -> Mistake | None:
    code = form.apply(store, row, answers, who)
    return Mistake(code, _sheet(form), line.row, _letter(form, form.answers[0])) if code else None


def _checked(
    line: Line, form: Form, asked: Mapping[str, Keys], rows: Mapping[str, Mapping[Any, Any]], met: set[str], texts: Texts
) -> tuple[dict[str, str], Mistake | None]:
    """The allowed answers of a row, by column, as codes, and its first mistake."""
    if line.keys not in asked:
        return {}, Mistake("changed_key", form.what, line.row, "A")
    if line.keys in met:
        return {}, Mistake("repeated", form.what, line.row, "A")
    if line.keys not in rows:
        return {}, Mistake("gone", form.what, line.row, "A")
    kept: dict[str, str] = {}
    mistake: Mistake | None = None
    for column, text in zip(form.answers, line.answers, strict=True):
        code, allowed = _read_cell(column, rows[line.keys], text, texts)
        if code:
            kept[column.name] = code
        elif text and mistake is None:
            mistake = Mistake("bad_answer", _sheet(form), line.row, _letter(form, column), allowed)
    return kept, mistake


def _read_cell(column: Column, row: Row, text: str, texts: Texts) -> tuple[str | None, tuple[str, ...]]:
    """What a cell says, None where it says nothing that is allowed, and what is."""
    if column.reads:
        return column.reads(text) if text else None, (texts.say(f"{column.says}.allowed"),)
    codes = column.choices(row) if column.choices else ()
    code = next((code for code in codes if text in _words(column, code)), None)
    return code, tuple(texts.say(f"{column.says}.{code}") for code in codes)


def _words(column: Column, code: str) -> set[str]:
    """A code in every language: the policy's may have changed while the workbook was out."""
    return {Texts(language).say(f"{column.says}.{code}") for language in DAYS}


def _sheet(form: Form) -> str:
    return GUIDE if form.is_on_guide else form.what


def _letter(form: Form, column: Column) -> str:
    from xlsxwriter.utility import xl_col_to_name

    if form.is_on_guide:
        return "B"
    return str(xl_col_to_name(FIRST + form.columns.index(column)))


def _sent(store: Store, filled: Filled) -> dict[str, Any] | None:
    """What is recorded of the workbook's number; None where no such one went out."""
    if filled.number is None:
        return None
    columns = (exports.c.export_no, exports.c.file, exports.c.asked, exports.c.taken_on, exports.c.deleted_on)
    found = store.connection.execute(select(*columns).where(
        exports.c.export_no == filled.number, exports.c.what == filled.what)).mappings().first()
    return dict(found) if found else None

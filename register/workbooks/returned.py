"""Workbooks that come back: which lie in the letter box, what is filled in, what of it is allowed, and what comes of it.

Each comes back once. Good rows are carried out; wrong ones go out again in a new workbook with the reason beside them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook
from sqlalchemy import select, update

from register.errors import UnreadableDelivery
from register.home import Home
from register.intake.feed_state import said_fault
from register.intake.inbox import IsSettled, is_finished, is_shown
from register.policy import Policy
from register.sources import extent
from register.sources.delivery import Delivery, unreadable
from register.store.store import Store
from register.store.tables import exports
from register.texts import DAYS, Texts
from register.workbooks import outgoing
from register.workbooks.forms import (
    FIRST,
    GUIDE,
    KEYS,
    NAME,
    NUMBER,
    WHAT,
    Applied,
    Column,
    Form,
    Keys,
    Row,
    Who,
    send,
    written,
)

BOX = "decisions"
"""The folder of the letter box; no feed bears this name."""

AGAIN = "-again"


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

    number: of the workbook. applied: rows carried out. fault: of a file that could not be read. again: where wrong rows went.
    """

    path: Path
    file_no: int
    number: int | None = None
    applied: int = 0
    mistakes: list[Mistake] = field(default_factory=list)
    fault: dict[str, Any] | None = None
    again: Path | None = None
    is_done: bool = False


@dataclass(frozen=True)
class Line:
    """One row as it came back: its number in the sheet, the hidden keys and the answers' cells, as text."""

    row: int
    keys: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Filled:
    """A workbook as it came back."""

    number: int | None
    what: str
    name: str
    answer: str  # below the name, of a form that is answered on the first sheet
    cells: list[list[str]]

    def lines(self, form: Form, asked: Sequence[Keys]) -> Iterator[Line]:
        """Rows on which anything is answered."""
        if form.is_on_guide:
            yield from [Line(NAME + 2, written(asked[0]), (self.answer,))] if self.answer else []
            return
        places = [place for place, column in enumerate(form.columns, start=FIRST) if column.is_answer]
        for row, cells in enumerate(self.cells[1:], start=2):
            answers = tuple(cells[place].strip() if place < len(cells) else "" for place in places)
            if any(answers):
                yield Line(row, cells[KEYS], answers)


def lying(home: Home, is_settled: IsSettled) -> list[Path]:
    """Files in the letter box that are written to their end."""
    box = home.inbox / BOX
    found = [path for path in sorted(box.iterdir()) if path.is_file() and not path.is_symlink()] if box.is_dir() else []
    return [path for path in found if is_shown(path) and is_finished(path, is_settled)]


def take(
    home: Home, store: Store, policy: Policy, forms: Mapping[str, Form], path: Path, file_no: int, day: date, os_user: str
) -> Taken:
    """Reads one file and carries out what is allowed, within the open transaction."""
    taken = Taken(path, file_no)
    try:
        filled = _read(path, file_no, day)
    except UnreadableDelivery as error:
        taken.fault = error.fault
        return taken
    sent = _sent(store, filled)
    if sent is None or filled.what not in forms:
        taken.mistakes = [Mistake("unknown_number", GUIDE, NUMBER + 1, "B")]
        return taken
    taken.number, taken.is_done = filled.number, True
    if sent["taken_on"] is not None:
        taken.mistakes = [Mistake("came_before", GUIDE, NUMBER + 1, "B")]
        return taken
    form = forms[filled.what]
    who = Who(filled.name, os_user, day, filled.number, filled.name in policy.people.approvers)
    asked: list[Keys] = [tuple(keys) for keys in json.loads(sent["asked"])]
    wrong = _carry_out(store, form, filled, asked, who, policy, taken)
    if form.is_on_guide and not taken.applied:  # it lies in the outbox still: what was wrong is mended there
        return taken
    store.execute(update(exports).where(exports.c.export_no == filled.number).values(taken_on=day.isoformat()))
    if sent["deleted_on"] is None:  # else a newer one may bear its name
        outgoing.delete(home, store, int(sent["export_no"]), day.isoformat())
    rows = form.shown(store, Texts(policy.language), list(wrong))
    if len(rows):
        stem = Path(sent["file"]).stem
        stem = stem if AGAIN in stem else stem + AGAIN
        rows, reasons = _reasoned(rows, form, wrong, policy)
        taken.again = send(home, store, policy, form, rows, day, os_user, stem, reasons).path
    return taken


def _reasoned(rows: pd.DataFrame, form: Form, wrong: Mapping[Keys, "_Wrong"], policy: Policy) -> tuple[pd.DataFrame, list[str]]:
    """The rows with the answers that were allowed, and why each goes out again; those that stand beside them have none."""
    texts = Texts(policy.language)
    theirs = [wrong.get(keys) for keys in rows["keys"]]
    kept = pd.DataFrame([[one.kept.get(column.name, "") if one else "" for column in form.answers] for one in theirs],
                        columns=[column.name for column in form.answers])
    return rows.join(kept), [said(one.mistake, texts) if one else "" for one in theirs]


def clear(taken: Sequence[Taken], policy: Policy, day: date) -> None:
    """Deletes what was taken, once that is kept; what nobody could take, when it has lain as long as files may be set aside."""
    oldest = day - timedelta(days=policy.periods.set_aside_days)
    for one in taken:
        if one.is_done or datetime.fromtimestamp(one.path.stat().st_mtime, UTC).date() < oldest:
            one.path.unlink(missing_ok=True)


def sentences(taken: Taken, texts: Texts, day: date) -> list[str]:
    """What is wrong with a file, a line each: where, why and what is allowed."""
    if taken.fault is not None:
        return [said_fault(BOX, day.isoformat(), taken.fault, texts)]
    where = texts.say("workbook.file", n=taken.file_no)
    return [f"{where}, {said(mistake, texts)}" for mistake in taken.mistakes]


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
    taken.applied = len(good)
    return wrong | (_together(store, form, good, asked, who, taken) if form.together and good else {})


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


def _read(path: Path, file_no: int, day: date) -> Filled:
    """Raises UnreadableDelivery, never with a value."""
    delivery = Delivery(BOX, day.isoformat(), file_no, path)
    extent.check(delivery)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            sheets = [workbook.get_sheet_by_index(place).to_python(skip_empty_area=False)
                      for place in range(min(2, len(workbook.sheet_names)))]
    except CalamineError:
        raise unreadable(delivery, "broken_workbook") from None
    guide, cells = ([[_text(cell) for cell in row] for row in rows] for rows in (*sheets, [], [])[:2])
    said, what, name, answer = (_cell(guide, row, 1) for row in (NUMBER, WHAT, NAME, NAME + 1))
    is_number = said.isascii() and said.isdecimal() and len(said) < 10  # noqa: PLR2004 - what fits a column
    return Filled(int(said) if is_number else None, what, name, answer, cells)


def number(path: Path) -> int | None:
    """The number of a workbook that lies there, None where it has none or cannot be read; nothing else of it is looked at."""
    try:
        return _read(path, 1, date.min).number
    except UnreadableDelivery:
        return None


def _cell(cells: Sequence[Sequence[str]], row: int, column: int) -> str:
    return cells[row][column].strip() if row < len(cells) and column < len(cells[row]) else ""


def _text(cell: object) -> str:
    """Excel keeps every number as a broken one."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)

"""Workbooks that go out and come back: what a form asks, as data, and how it is written, numbered and recorded.

How a filled one is read, validated and applied stands in `returned.py`; what is asked, with the module that asks it.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from register.home import Home
from register.policy import Policy
from register.store.store import Store
from register.texts import Texts
from register.unfinished import unfinished
from register.workbooks import outgoing
from register.workbooks.outgoing import Outgoing

Row = Mapping[Any, Any]
Keys = tuple[str, ...]
"""The record keys that a row of a workbook is about."""

NUMBER, WHAT, NAME = 1, 2, 5
"""Rows of the first sheet, from 0, that are read when it comes back: its number, its form, who answers."""

GUIDE = "guide"
"""The first sheet, which explains the second; its name stands under `workbook.sheet.`, as the others' do."""

KEYS, FIRST = 0, 2
"""Columns of the second sheet, from 0: the hidden record keys, and the first that the form describes."""

LISTS = "lists"
"""The hidden sheet with what the drop-downs offer: in a cell's own rule a comma would end a choice."""

LONG = 1000
"""Characters from which keys are written as a hash."""

ADDRESS = ("http://", "https://")
LONGEST_LINK = 2079
"""What a spreadsheet opens by a click; a longer address is text to copy."""

PURPOSE = outgoing.REVIEW
"""What such a workbook is recorded to be for: the register's own upkeep, none of the policy's purposes."""


@dataclass(frozen=True)
class Column:
    """One column: its heading's key and the side of a pair behind it, its width in characters.

    choices: of a column to be answered, the codes that a row allows; their words stand in the catalogue under `says`.
    reads: of a column to be filled in freely, what a text means, None where it is not allowed; what is stands under `says`.
    """

    name: str
    heading: str
    width: int
    side: str = ""
    choices: Callable[[Row], tuple[str, ...]] | None = None
    says: str = ""
    reads: Callable[[str], str | None] | None = None

    @property
    def is_answer(self) -> bool:
        """Whether people fill it in."""
        return self.choices is not None or self.reads is not None


@dataclass(frozen=True)
class Who:
    """Who answers, by the policy's name and the system's user, on which day, in which workbook; is_approver: by the policy."""

    name: str
    os_user: str
    day: date
    export_no: int | None
    is_approver: bool


@dataclass(frozen=True)
class Refused:
    """Why a row's answer was not carried out: the mistake's code, and what is allowed."""

    code: str
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Applied:
    """What came of a workbook's answers: how many were carried out, and by the rows' keys those that were not."""

    done: int
    refused: Mapping[Keys, Refused]


@dataclass(frozen=True)
class Form:
    """A kind of workbook; texts under `workbook.title.WHAT`, `.guide.WHAT` and `.sheet.WHAT`.

    shown: the rows as they stand now for some record keys, those that are gone left out; a column `keys`, the columns by
    name, and what the choices look at; `marks`, the columns at fault, and `is_heading` where rows have them. apply: carries
    out one row's answers; a mistake's code where that is not possible. together: what is carried out of all good rows at
    once, after `apply` has looked at each.
    """

    what: str
    columns: tuple[Column, ...]
    shown: Callable[[Store, Texts, Sequence[Keys]], pd.DataFrame]
    apply: Callable[[Store, Row, Mapping[str, str], Who], str | None]
    together: Callable[[Store, Sequence[tuple[Row, Mapping[str, str]]], Who], Applied] | None = None
    is_on_guide: bool = False
    """Whether its one row is answered on the first sheet, below the name; its other sheets only show."""

    @property
    def answers(self) -> tuple[Column, ...]:
        """The columns that people fill in."""
        return tuple(column for column in self.columns if column.is_answer)


@dataclass(frozen=True)
class Beside:
    """What a workbook shows beside its question.

    lines: of the first sheet, before its guide. sheets: name -> rows with their headings, in order. records: whose it shows, so
    that it goes when they are removed.
    """

    lines: Sequence[str]
    sheets: Mapping[str, pd.DataFrame]
    records: Sequence[Keys]


@dataclass(frozen=True)
class Sent:
    """What went out: its number, where it lies, how many rows it asks about, and the day after which it is deleted."""

    number: int
    path: Path
    rows: int
    ends_on: str


def send(
    home: Home, store: Store, policy: Policy, form: Form, rows: pd.DataFrame, day: date, sent_by: str, stem: str,
    reasons: Sequence[str] = (), notes: Sequence[str] = (), beside: Beside | None = None,
) -> Sent:
    """Writes a workbook into the outbox within the open transaction; answers that the rows hold already are filled in.

    reasons: of each row, why it comes back once more. notes: lines of this workbook alone, before the guide's. beside: what a
    form that is answered on the first sheet shows.
    """
    number, ends_on = outgoing.next_number(store), outgoing.last_day(policy, day)
    file = f"{stem}-{number}.xlsx" if outgoing.is_named(store, f"{stem}.xlsx") else f"{stem}.xlsx"
    names = [column.name for column in form.columns]
    outgoing.record(store, number, Outgoing(
        form.what, file, names, len(rows), PURPOSE, None, sent_by, ends_on,
        asked=[*rows["keys"].tolist(), *(beside.records if beside else ())]))
    sent = Sent(number, home.outbox / file, len(rows), ends_on)
    _write(sent, form, rows.to_dict("records"), Texts(policy.language), policy.people.all, day, reasons, notes, beside)
    return sent


def as_typed(text: str) -> str | None:
    """Any text means itself: for columns that are filled in freely."""
    return text.strip() or None


def written(keys: Keys) -> str:
    """Record keys as the hidden column holds them; of many, one hash: a cell holds no more than 32,767 characters."""
    text = "|".join(keys)
    return text if len(text) < LONG else hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _write(
    sent: Sent, form: Form, rows: Sequence[Row], texts: Texts, people: Sequence[str], day: date, reasons: Sequence[str],
    notes: Sequence[str], beside: Beside | None,
) -> None:
    """The unfinished parts lie beside the file, never in a public place."""
    import xlsxwriter

    with outgoing.opened(sent.path) as file, unfinished(sent.path.parent) as parts:
        workbook = xlsxwriter.Workbook(file, {"tmpdir": str(parts)})
        looks = _Looks(workbook)
        guide = workbook.add_worksheet(texts.say(f"workbook.sheet.{GUIDE}"))
        sheet = None if form.is_on_guide else workbook.add_worksheet(texts.say(f"workbook.sheet.{form.what}"))
        shown = {name: workbook.add_worksheet(name) for name in beside.sheets} if beside else {}
        lists = _Lists(workbook.add_worksheet(LISTS))
        below = beside.lines if beside else ()
        _write_guide(guide, sent, form, texts, lists.named(tuple(people)), day, looks, [*notes, *below])
        for name, plain in shown.items():
            _write_shown(plain, beside.sheets[name] if beside else pd.DataFrame(), looks)
        if sheet is None:
            _write_answer(guide, rows[0], form, texts, lists, looks)
            workbook.close()
            return
        _write_headings(sheet, form, texts, looks, has_reasons=bool(reasons))
        for number, row in enumerate(rows, start=1):
            _write_row(sheet, number, row, form, texts, lists, looks)
        for number, reason in enumerate(reasons, start=1):
            sheet.write_string(number, FIRST + len(form.columns), reason, looks.plain)
        workbook.close()


class _Looks:
    """How cells look: only those to be filled in may be edited."""

    def __init__(self, workbook: Any) -> None:
        self.plain = workbook.add_format({"text_wrap": True, "valign": "top"})
        self.link = workbook.add_format({"text_wrap": True, "valign": "top", "font_color": "#0563C1", "underline": 1})
        self.bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.marked = workbook.add_format({"text_wrap": True, "valign": "top", "bg_color": "#F8CBAD"})
        self.open = workbook.add_format({"locked": False, "bg_color": "#FFF2CC", "border": 1, "valign": "top"})
        self.typed = workbook.add_format({  # as text: a phone keeps its zeros, a day stays as it was typed
            "locked": False, "bg_color": "#FFF2CC", "border": 1, "valign": "top", "num_format": "@"})

    def of(self, row: Row, column: Column) -> Any:
        """How a cell without a choice looks."""
        if column.is_answer:
            return self.typed
        if column.name in row.get("marks", ()):
            return self.marked
        return self.bold if row.get("is_heading") else self.plain


class _Lists:
    """What the drop-downs offer, a column for each distinct list."""

    def __init__(self, sheet: Any) -> None:
        self._sheet, self._columns = sheet, dict[tuple[str, ...], int]()
        sheet.very_hidden()

    def named(self, choices: tuple[str, ...]) -> str:
        """The place of a list, as a rule of a cell refers to it."""
        from xlsxwriter.utility import xl_range_abs

        if choices not in self._columns:
            self._columns[choices] = len(self._columns)
            for row, choice in enumerate(choices):
                self._sheet.write_string(row, self._columns[choices], choice)
        place = self._columns[choices]
        return f"={LISTS}!{xl_range_abs(0, place, len(choices) - 1, place)}"


def _write_guide(
    sheet: Any, sent: Sent, form: Form, texts: Texts, people: str, day: date, looks: _Looks, notes: Sequence[str]
) -> None:
    """Number, form and the name's cell at their fixed places, then what this is and what to do."""
    sheet.set_column(0, 0, 90)
    sheet.set_column(1, 1, 30)
    sheet.write_string(0, 0, texts.say(f"workbook.title.{form.what}"), looks.bold)
    facts = (str(sent.number), form.what, texts.day(day.isoformat()), texts.day(sent.ends_on), "")
    for row, (name, value) in enumerate(zip(("number", "what", "day", "ends_on", "name"), facts, strict=True), start=NUMBER):
        sheet.write_string(row, 0, texts.say(f"workbook.{name}"), looks.plain)
        sheet.write_string(row, 1, value, looks.open if row == NAME else looks.plain)
    _offer(sheet, NAME, 1, people, texts)
    lines = [*notes, *texts.say(f"workbook.guide.{form.what}").split("\n")]
    for row, line in enumerate(lines, start=NAME + 2 + form.is_on_guide):
        if line.startswith(ADDRESS) and len(line) <= LONGEST_LINK:
            sheet.write_url(row, 0, line, looks.link, line)
        else:
            sheet.write_string(row, 0, line, looks.plain)
    sheet.protect()


def _write_answer(sheet: Any, row: Row, form: Form, texts: Texts, lists: _Lists, looks: _Looks) -> None:
    """The one question of the first sheet, below the name."""
    [column] = form.answers
    sheet.write_string(NAME + 1, 0, texts.say(column.heading), looks.plain)
    sheet.write_string(NAME + 1, 1, "", looks.open)
    words = tuple(texts.say(f"{column.says}.{code}") for code in column.choices(row)) if column.choices else ()
    _offer(sheet, NAME + 1, 1, lists.named(words), texts)


def _write_shown(sheet: Any, rows: pd.DataFrame, looks: _Looks) -> None:
    """Rows to be read only: texts as texts, whatever they begin with."""
    sheet.freeze_panes(1, 0)
    for place, heading in enumerate(rows.columns):
        sheet.set_column(place, place, 24)
        sheet.write_string(0, place, heading, looks.bold)
    for number, row in enumerate(rows.itertuples(index=False, name=None), start=1):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, place, value, looks.plain)
            elif not pd.isna(value):
                sheet.write_number(number, place, value, looks.plain)
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})


def _write_headings(sheet: Any, form: Form, texts: Texts, looks: _Looks, *, has_reasons: bool) -> None:
    sheet.set_column(KEYS, KEYS, None, None, {"hidden": True})
    sheet.set_column(KEYS + 1, KEYS + 1, 5)
    sheet.write_string(0, KEYS + 1, texts.say("workbook.row"), looks.bold)
    for place, column in enumerate(form.columns, start=FIRST):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, f"{texts.say(column.heading)} {column.side}".rstrip(), looks.bold)
    if has_reasons:
        sheet.set_column(FIRST + len(form.columns), FIRST + len(form.columns), 60)
        sheet.write_string(0, FIRST + len(form.columns), texts.say("workbook.reason"), looks.bold)
    sheet.freeze_panes(1, FIRST)
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _write_row(sheet: Any, number: int, row: Row, form: Form, texts: Texts, lists: _Lists, looks: _Looks) -> None:
    """Texts as texts, whatever they begin with."""
    sheet.write_string(number, KEYS, written(row["keys"]))
    sheet.write_number(number, KEYS + 1, number, looks.plain)
    for place, column in enumerate(form.columns, start=FIRST):
        value = row.get(column.name)
        text = value if isinstance(value, str) else ""
        if column.choices is None:
            sheet.write_string(number, place, text, looks.of(row, column))
        else:
            sheet.write_string(number, place, texts.say(f"{column.says}.{text}") if text else "", looks.open)
            words = tuple(texts.say(f"{column.says}.{code}") for code in column.choices(row))
            _offer(sheet, number, place, lists.named(words), texts)


def _offer(sheet: Any, row: int, column: int, listed: str, texts: Texts) -> None:
    sheet.data_validation(row, column, row, column, {
        "validate": "list", "source": listed, "error_title": texts.say("workbook.choose"),
        "error_message": texts.say("workbook.choose_one")})

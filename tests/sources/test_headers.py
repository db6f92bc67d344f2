"""Which row is the header, what its words mean together, and what happens to the values below."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from register.errors import UnreadableDelivery
from register.sources import headers
from tests.sources.build import DATA, delivery, feed, rows, texts, written

SPELLINGS = ["Sähköposti", "SÄHKÖPOSTI", " sähkö-posti ", "Sahkoposti", "Sähkö\nposti", "sa\u0308hko\u0308posti"]


@pytest.mark.parametrize("header", SPELLINGS)
def test_headers_fold(header: str) -> None:
    assert headers.layout([header], delivery(DATA), feed()).kept == {"email": (0,)}


EITHER = [  # header row, what "Nimi" becomes
    (["Nimi", "Y-tunnus"], "company"),
    (["Nimi", "Yhteyshenkilö"], "company"),
    (["Nimi", "Y-tunnus", "Etunimi", "Sukunimi"], "company"),
    (["Nimi", "Y-tunnus", "Yritys"], "full_name"),
    (["Nimi", "Sähköposti"], "full_name"),
    (["Namn", "E-post"], "full_name"),
    (["Name", "Given Name", "Family Name"], "full_name"),
]


@pytest.mark.parametrize(("delivered", "meaning"), EITHER)
def test_a_name_is_the_company_or_the_person(delivered: list[str], meaning: str) -> None:
    assert headers.layout(delivered, delivery(DATA), feed()).kept[meaning] == (0,)


def test_the_feeds_own_columns_beat_the_aliases() -> None:
    delivered = ["Sähköposti", "sähköposti  1", "Kontakti", "1.3", "13"]
    plan = headers.layout(delivered, delivery(DATA), feed(columns={
        "email": "Sähköposti 1", "full_name": "KONTAKTI", "first_name": "1.3", "city": "Puuttuu"}))
    assert plan.kept == {"full_name": (2,), "first_name": (3,), "email": (1,)}
    assert plan.rest == {"unlisted.email": 0, "column 5": 4}


def test_unknown_headers_are_named_by_position_alone() -> None:
    plan = headers.layout(["Matti Meikäläinen", "Email", "Title", "Job Title", ""], delivery(DATA), feed())
    assert list(plan.rest) == ["column 1", "unlisted.job_title", "unlisted.job_title 2", "column 5"]


REFUSED_ROWS: list[tuple[str, list[list[str]], str, int | None]] = [
    ("an e-mail stands where a header should", [["Matti Virtanen", "matti@x.example"], ["b", "c"]], "no_header_row", 1),
    ("a mobile", [["Matti Virtanen", "040 123 4567"]], "no_header_row", 1),
    ("a landline", [["Matti Virtanen", "(09) 542 1222"]], "no_header_row", 1),
    ("an international number", [["Matti Virtanen", "+358 40 123 4567"]], "no_header_row", 1),
    ("a number without its plus", [["Matti Virtanen", "358401234571"]], "no_header_row", 1),
    ("a business id", [["Virtanen Oy", "9900003-4"]], "no_header_row", 1),
    ("with an en dash", [["Virtanen Oy", "9900003–4"]], "no_header_row", 1),
    ("a VAT number", [["Virtanen Oy", "FI99000042"]], "no_header_row", 1),
    ("known words do not excuse it", [["Nimi", "Sähköposti", "matti@x.example"]], "no_header_row", 1),
    ("a row above the header is somebody's",
     [["Matti", "Virtanen", "m@x.example"], ["Etunimi", "Sukunimi", "Sähköposti"]], "no_header_row", 1),
    ("blank rows only", [["", ""], [" "]], "empty_file", None),
]


@pytest.mark.parametrize(
    ("records", "code", "row"), [case[1:] for case in REFUSED_ROWS], ids=[case[0] for case in REFUSED_ROWS])
def test_no_header(records: list[list[str]], code: str, row: int | None) -> None:
    with pytest.raises(UnreadableDelivery) as error:
        headers.find(records, delivery(DATA), feed())
    assert (error.value.code, error.value.row) == (code, row)


FOUND: list[tuple[str, list[list[str]], dict[str, Any], int]] = [
    ("the first row", [["Nimi", "Sähköposti"], ["Åsa", "Eila"]], {}, 0),
    ("below blank rows", [["", ""], ["Nimi", "Sähköposti"]], {}, 1),
    ("below a title and our own address", [["Asiakkaat, info@oma.example"], [], ["Etunimi", "Sukunimi"], ["A", "B"]], {}, 2),
    ("a title of one known word is no header", [["Asiakas"], ["Etunimi", "Sukunimi"]], {}, 1),
    ("words of the feed make a header", [["Raportti"], ["Kontakti", "tietue nro"]],
     {"columns": {"full_name": "Kontakti"}, "key": ("Tietuenro",)}, 1),
    ("no clear one: the first", [["Sähköposti", "Kenttä"], ["x", "y"]], {}, 0),
    ("years and dates are no phone numbers", [["Sähköposti", "Myynti 2024-2025", "3.11.2026", "03.11.2026"]], {}, 0),
]


@pytest.mark.parametrize(("records", "said", "position"), [case[1:] for case in FOUND], ids=[case[0] for case in FOUND])
def test_header_found(records: list[list[str]], said: dict[str, Any], position: int) -> None:
    assert headers.find(records, delivery(DATA), feed(**said)) == position


def test_several_columns_of_one_thing(tmp_path: Path) -> None:
    path = written(tmp_path, (
        "Puhelin;Matkapuhelin;Työpuhelin;Päättynyt;Alkanut;Asianumero\n"
        "09 1;040 2;09 3;3.11.2026;1.2.2026;A-1\n"
        "09 1;;09 1;;1.2.2026;A-2\n"
        ";;;;;A-3\n"))
    assert texts(rows(path, kind="assignment")) == {
        2: {"case_number": "A-1", "phone": "09 3 ; 040 2 ; 09 1", "event_on": "3.11.2026"},
        3: {"case_number": "A-2", "phone": "09 1", "event_on": "1.2.2026"},
        4: {"case_number": "A-3"},
    }


def test_an_address_is_one_address(tmp_path: Path) -> None:
    path = written(tmp_path, "Company,Company City,City\nVirtanen Oy,,Vaasa\nMäki Oy,Turku,Espoo\n")
    assert texts(rows(path)) == {
        2: {"company": "Virtanen Oy", "unlisted.city": "Vaasa"},
        3: {"company": "Mäki Oy", "city": "Turku", "unlisted.city": "Espoo"},
    }


@pytest.mark.parametrize(("label", "is_read"), [
    ("Work", True), ("* Työ", True), ("", True), ("Home", False), ("* Home", False), ("Koti", False), ("Work Fax", False),
])
def test_a_labelled_value_from_home_is_not_read(tmp_path: Path, label: str, is_read: bool) -> None:
    path = written(tmp_path, f"First Name,Phone 1 - Label,Phone 1 - Value\nÅsa,{label},040 123 4567\n")
    assert ("phone" in texts(rows(path))[2]) is is_read


def test_key_columns_are_given_beside_what_they_mean(tmp_path: Path) -> None:
    path = written(tmp_path, "Asiakas nro;Sähköposti\nK-7;a@x.example\n")
    frame = rows(path, key=("ASIAKASNRO", "sähköposti", "Puuttuu"))
    assert texts(frame) == {2: {
        "email": "a@x.example", "key.1": "K-7", "key.2": "a@x.example", "unlisted.record_number": "K-7"}}
    assert frame["key.3"].isna().all()


def test_frames_hold_text_and_missing_values(tmp_path: Path) -> None:
    frame = rows(written(tmp_path, "Etunimi;Sukunimi;Poistettu\nNA;Null;\n ;nan;1\n"))
    assert set(frame.dtypes) == {pd.StringDtype(na_value=float("nan"))}
    assert texts(frame) == {2: {"first_name": "NA", "last_name": "Null"}, 3: {"last_name": "nan", "deleted": "1"}}

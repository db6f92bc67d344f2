"""Identity numbers in any field and form are cut out; what only looks like one stays."""

import json
from pathlib import Path

import pandas as pd
import pytest

from register import identity_numbers

CASES = json.loads((Path(__file__).parent / "data" / "hetu_detection_cases.json").read_text(encoding="utf-8"))
FINNISH = [*CASES["by_separator"].values(), *CASES["typo_bad_checkdigit"], *CASES["lowercase"], *CASES["spaced"]]


def _cut(column: str, text: str, region: str = "FI", **patterns: str) -> tuple[str | None, int]:
    frame, counts = identity_numbers.cut(pd.DataFrame({column: [text]}, dtype="str"), patterns, region)
    left = frame[column].iloc[0]
    return None if pd.isna(left) else left, int(counts.iloc[0])


@pytest.mark.parametrize("number", FINNISH)
@pytest.mark.parametrize("column", ["full_name", "business_id", "email", "Muistiinpanot", "case_number", "phone"])
def test_a_finnish_number_is_cut_from_every_column(number: str, column: str) -> None:
    assert _cut(column, number) == (None, 1)


@pytest.mark.parametrize("number", FINNISH)
def test_the_rest_of_a_text_stays(number: str) -> None:
    assert _cut("full_name", f"Matti Meikäläinen ({number})") == ("Matti Meikäläinen", 1)
    assert _cut("company", f"hetu {number}, Köpare Oy; {number}") == ("hetu , Köpare Oy", 2)


WRITTEN = ["010190–901R", "010190−901R", "01 01 90 - 901R", "010190-901 R", "010190-901r", "010190901R", "asiakas010190-901R",
           "_010190-901R_", "010190\u00a0-\u00a0901R", "311299-901X"]


@pytest.mark.parametrize("number", WRITTEN)
def test_a_finnish_number_is_found_as_people_type_it(number: str) -> None:
    assert _cut("street", number)[1] == 1
    assert identity_numbers.contains(f"tarjous {number}.pdf")


DISGUISED = ["0101\u200b90-901R", "010190\u00ad-901R", "010190-\n901R", "010190'-901R", "010190-9\u030101R", "010190-90\x001R",
             "\uff10\uff11\uff10\uff11\uff19\uff10\uff0d\uff19\uff10\uff11\uff32", "010190\u2009-\u2009901R"]


@pytest.mark.parametrize("number", DISGUISED, ids=ascii)
def test_a_number_that_shows_only_once_it_is_normalised_is_cut_before(number: str) -> None:
    assert _cut("company", f"Köpare Åbo Oy {number}") == ("Köpare Åbo Oy", 1), "accents of the rest stay"


def test_of_two_numbers_that_run_into_each_other_none_stays() -> None:
    assert _cut("full_name", "Åke 010190W901R010190W901R") == ("Åke", 2)


@pytest.mark.parametrize("text", ["Tie 5–7\u00a0A, 00100\nÅbo", "it's 150126:12", "040\u200b5550101", "klo 12:30:45"])
def test_what_is_no_number_stays_as_it_was_written(text: str) -> None:
    assert _cut("company", text) == (text, 0)


OTHERS = [
    # Swedish, Norwegian, Estonian: the same with a right and with a wrong check digit
    ("810101-9001", "810101-9002"), ("810161-9016", "810161-9017"), ("19810101-9001", "19810101-9002"),
    ("198101019001", "198101019002"), ("8101019001", "8101019002"), ("01021990090", "01021990091"),
    ("010219 90090", "010219 90091"), ("39901019011", "39901019012"),
]


@pytest.mark.parametrize(("right", "wrong"), OTHERS)
def test_other_countries_numbers_count_with_a_right_check_digit(right: str, wrong: str) -> None:
    assert _cut("company", f"Köpare Oy {right}") == ("Köpare Oy", 1)
    assert _cut("company", f"Köpare Oy {wrong}") == (f"Köpare Oy {wrong}", 0)
    assert [_cut("business_id", number) for number in (right, wrong)] == [(None, 1), (None, 1)]


KEPT = [
    # column, what only looks like an identity number
    ("business_id", "9900001-8"), ("business_id", "99000018"), ("business_id", "FI99000018"), ("business_id", "003799000018"),
    ("business_id", "FIFPRO.9900001-8"), ("business_id", "556036-0793"), ("business_id", "5560360793"),
    ("business_id", "974760673"),
    ("phone", "040123-4567"), ("phone", "040 123-4567"), ("phone", "040123–4567 / 09 123456"), ("phone", "0401234567"),
    ("phone", "050121-9004"), ("street", "Esimerkkikatu 18 B 52"), ("event_on", "3.11.2026"), ("event_on", "20261103"),
    ("event_on", "2026-11-03 07:12:00"), ("invoice_number", "202611240018"), ("invoice_number", "20261124-0018"),
    ("invoice_number", "8101019001"), ("invoice_number", "2026-0012"), ("case_number", "T-150126"),
    ("company", "320190-901R"), ("company", "011390-901R"), ("company", "1010190-901R"), ("company", "150126-001 2 kpl"),
    ("company", "010190901S"), ("postcode", "00100"), ("Tili", "FI21 1234 5600 0007 85"),
]


@pytest.mark.parametrize(("column", "text"), KEPT)
def test_what_only_looks_like_one_stays_untouched(column: str, text: str) -> None:
    assert _cut(column, text) == (text, 0)


def test_beside_a_valid_phone_only_letters_and_plus_tell_an_identity_number() -> None:
    assert _cut("phone", "040123-4567 ; 010190+901R") == ("040123-4567", 1)
    assert _cut("phone", "040123-4567 ; 010190A901R") == ("040123-4567", 1)
    assert _cut("phone", "070123-4567", region="SE") == ("070123-4567", 0)
    assert _cut("street", "040123-4567") == (None, 1), "elsewhere nothing says that it is a phone"


def test_what_a_feed_declares_stays_in_its_column_only() -> None:
    declared = {"case_number": "[0-9]{6}-[0-9]{4}"}
    assert _cut("case_number", "150126-0012", **declared) == ("150126-0012", 0)
    assert _cut("case_number", "150126-0012") == (None, 1)
    assert _cut("invoice_number", "150126-0012", **declared) == (None, 1)
    assert _cut("case_number", "010190A901R", **declared) == (None, 1)


def test_the_awkward_row_goes_on_by_name_and_firm() -> None:
    delivered = pd.DataFrame({
        "full_name": ["Matti Meikäläinen"], "company": ["Köpare Oy"], "phone": ["040 123-4567"], "case_number": ["150126-0012"],
        "business_id": ["810101-9012"],
    }, index=[17], dtype="str")
    cleaned, counts = identity_numbers.cut(delivered, {"case_number": "[0-9]{6}-[0-9]{4}"})
    assert counts.to_dict() == {17: 1}
    assert cleaned["business_id"].isna().all()
    assert cleaned.drop(columns="business_id").equals(delivered.drop(columns="business_id"))


def test_rows_are_counted_over_all_columns_and_the_delivered_frame_stays() -> None:
    delivered = pd.DataFrame(
        {"full_name": ["Matti 010190-901R", "Liisa", None], "note": ["010190-901R, 010190A901R", "", "x"], "n": [1, 2, 3]},
        index=[5, 5, 6])
    before = delivered.copy()
    cleaned, counts = identity_numbers.cut(delivered, {})
    assert counts.tolist() == [3, 0, 0]
    assert cleaned["full_name"].fillna("missing").tolist() == ["Matti", "Liisa", "missing"]
    assert cleaned["note"].fillna("missing").tolist() == ["missing", "", "x"]
    assert cleaned.index.tolist() == [5, 5, 6]
    pd.testing.assert_frame_equal(delivered, before)


@pytest.mark.parametrize("name", ["tarjous_150126.pdf", "IMG_20261124_071233.jpg", "asiakkaat 2026-11-24.csv", "9900001-8.xml"])
def test_the_name_of_a_file_may_hold_days_and_business_ids(name: str) -> None:
    assert not identity_numbers.contains(name)

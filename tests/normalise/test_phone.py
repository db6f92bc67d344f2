"""Phone numbers as people, spreadsheets and switchboards write them."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from register.normalise import phone
from tests.normalise.frames import read

COLUMNS = ("phone", "phone_type", "phone_2", "phone_2_type", "phone_code")

ONE = [
    # delivered, read, kind
    ("040-123 4567", "+358401234567", "mobile"),
    ("040–123 4567", "+358401234567", "mobile"),
    ("040.123.4567", "+358401234567", "mobile"),
    ("040/1234567", "+358401234567", "mobile"),
    ("+358 (0)50 123 4578", "+358501234578", "mobile"),
    ("(+358) 40 1234567", "+358401234567", "mobile"),
    ("00358 40 1234567", "+358401234567", "mobile"),
    ("358401234571", "+358401234571", "mobile"),
    ("puh. 0401234567", "+358401234567", "mobile"),
    ("040 123 4567 (Matti) klo 8-16", "+358401234567", "mobile"),
    ("0401234567 ; 040 1234567", "+358401234567", "mobile"),
    ("401234567.0", "+358401234567", "mobile"),
    ("+46 70 123 45 67", "+46701234567", "mobile"),
    ("(09) 542 1222", "+35895421222", "fixed"),
    ("vaihde 09 1234567", "+35891234567", "fixed"),
    ("09 1234567 alanumero 12", "+35891234567", "fixed"),
    ("09 1234567 ext. 5", "+35891234567", "fixed"),
    ("09 1234567 x12", "+35891234567", "fixed"),
    ("+1 212 555 0123", "+12125550123", "fixed"),
    ("010 123 4567", "+358101234567", "company"),
    ("020 1234", "+358201234", "company"),
    ("029 123 4567", "+358291234567", "company"),
    ("0300 12345", "+35830012345", "company"),
    ("0800 12345", "+35880012345", "company"),
    ("070 123 4567", "+358701234567", "company"),
    ("040 1234567, fax 09 1234567", "+358401234567", "mobile"),
    ("kotipuh. 09 1234567, 040 1234567", "+358401234567", "mobile"),
]


@pytest.mark.parametrize(("delivered", "number", "kind"), ONE)
def test_one_number_is_read_with_its_kind(delivered: str, number: str, kind: str) -> None:
    assert read(phone.normalise, COLUMNS, phone=delivered) == (number, kind, None, None, None)
    assert phone.parse(delivered, "FI") == number


TWO = ["(09) 542 1222 ; 040-123 4567", "09 5421222 / 0401234567", "09 5421222, 040 1234567", "09 5421222 tai 040 1234567",
       "09 5421222 or 040 1234567", "09 5421222\n040 1234567", "09 5421222; 040 1234567; 050 1234567"]


@pytest.mark.parametrize("delivered", TWO)
def test_of_several_numbers_the_first_two_stay_in_their_order(delivered: str) -> None:
    assert read(phone.normalise, COLUMNS, phone=delivered) == ("+35895421222", "fixed", "+358401234567", "mobile", None)


FAILING = [
    # delivered, read, code
    ("4.01235E+08", None, "phone_damaged"),
    ("4,01235E+08", None, "phone_damaged"),
    ("4.01235E+08 ; 12", None, "phone_damaged"),
    ("0401234577 ; 4.01235E+08", "+358401234577", "phone_damaged"),
    ("12345", None, "phone_invalid"),
    ("12", None, "phone_invalid"),
    ("040 12", None, "phone_invalid"),
    ("99999 ; 0401234577", "+358401234577", "phone_invalid"),
    ("soita vaihteeseen", None, "phone_invalid"),
]


@pytest.mark.parametrize(("delivered", "number", "code"), FAILING)
def test_a_number_that_cannot_be_read_gives_its_code_beside_the_good_one(delivered: str, number: str | None, code: str) -> None:
    assert read(phone.normalise, ("phone", "phone_2", "phone_code"), phone=delivered) == (number, None, code)


@pytest.mark.parametrize("delivered", ["-", "ei ole", "", None, "fax 09 1234567", "koti 09 1234567"])
def test_no_number_and_numbers_never_taken_are_missing_without_a_code(delivered: str | None) -> None:
    assert read(phone.normalise, COLUMNS, phone=delivered) == (None,) * 5


def test_the_region_decides_of_a_number_without_a_country() -> None:
    assert phone.parse("070-123 45 67", "SE") == "+46701234567"
    assert phone.parse("070-123 4567", "FI") == "+358701234567"


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"(\+358 ?|00358 ?|0)(40|50|45|9|13|10|29)[ -]?[0-9]{3,4}[ -]?[0-9]{2,4}", fullmatch=True))
def test_a_plain_number_is_what_the_library_says(written: str) -> None:
    number = phonenumbers.parse(written, "FI")
    expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert phone.parse(written, "FI") == (expected if phonenumbers.is_valid_number(number) else None)

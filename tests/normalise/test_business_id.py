"""Business ids as registers, invoices and damaged spreadsheets write them."""

import pytest

from register.normalise import business_id
from tests.normalise.frames import read

COLUMNS = ("business_id", "business_id_code")

GOOD = [
    # region, delivered, read
    ("FI", "9900001-8", "9900001-8"),
    ("FI", " 9900001 - 8 ", "9900001-8"),
    ("FI", "99000026", "9900002-6"),
    ("FI", "9900003–4", "9900003-4"),
    ("FI", "FI99000042", "9900004-2"),
    ("FI", "fi 9900004-2", "9900004-2"),
    ("FI", "003799000042", "9900004-2"),
    ("FI", "00379900004212345", "9900004-2"),
    ("FI", "FIFPRO.9900004-2", "9900004-2"),
    ("FI", "9900001-8.0", "9900001-8"),
    ("FI", "99000018.0", "9900001-8"),
    ("FI", "Y-tunnus: 9900001-8", "9900001-8"),
    ("FI", "112038-9", "0112038-9"),
    ("FI", "1120389", "0112038-9"),
    ("FI", "1120389.0", "0112038-9"),
    ("FI", "9900001-7 ; 9900001-8", "9900001-8"),
    ("FI", "- ; 9900001-8", "9900001-8"),
    ("FI", "NO 974 760 673 MVA", "NO:974760673"),
    ("FI", "SE556036079301", "SE:5560360793"),
    ("NO", "974 760 673", "NO:974760673"),
    ("NO", "NO:974760673", "NO:974760673"),
    ("NO", "9900001-8", "9900001-8"),
    ("SE", "556036-0793", "SE:5560360793"),
    ("SE", "FI99000018", "9900001-8"),
    ("EE", "12345678", "EE:12345678"),
]


@pytest.mark.parametrize(("region", "delivered", "expected"), GOOD)
def test_a_business_id_is_repaired_and_checked(region: str, delivered: str, expected: str) -> None:
    assert read(business_id.normalise, COLUMNS, region, business_id=delivered) == (expected, None)
    assert business_id.parse(delivered, region) == expected
    assert business_id.parse(expected, region) == expected, "what was read once is read again"


BAD = [("FI", "9900001-7"), ("FI", "0000000-0"), ("FI", "asiakas 12"), ("FI", "974760673"), ("NO", "974760674"),
       ("NO", "99000018"), ("SE", "556036-0794"), ("FI", "99000018-1")]


@pytest.mark.parametrize(("region", "delivered"), BAD)
def test_what_fails_its_check_digit_is_missing_with_a_code(region: str, delivered: str) -> None:
    assert read(business_id.normalise, COLUMNS, region, business_id=delivered) == (None, "business_id_invalid")


def test_a_swedish_person_is_no_organisation() -> None:
    assert business_id.parse("810101-9001", "SE") is None


@pytest.mark.parametrize("delivered", ["-", "ei ole", "", None])
def test_a_placeholder_is_missing_without_a_code(delivered: str | None) -> None:
    assert read(business_id.normalise, COLUMNS, business_id=delivered) == (None, None)

"""Values read a column at a time are those that the careful way reads: on values made to tell the two apart."""

import random
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from register.normalise import address, business_id, company, email, name, phone, plain, text
from register.normalise.functions import COMPANY_WORDS, FUNCTIONS, TITLES

MANY = 4_000


def glued(chance: random.Random, pieces: list[str], most: int) -> str:
    return "".join(chance.choice(pieces) for _ in range(chance.randint(1, most)))


def a_phone(chance: random.Random) -> str:
    digits = chance.choice("1234567894450") + "".join(chance.choice("0123456789") for _ in range(chance.randint(3, 12)))
    written = "".join(digit + chance.choice(["", "", "", " ", "-"]) for digit in digits)
    start = chance.choice(["0", "+358", "00358", "+358 ", "(0", "0 ", "+358 0", "00", "9", "+46 "])
    return f"{start}{written[:2].strip(' -')}) {written[2:]}" if start == "(0" else start + written


LOCALS = ["matti", "m", "a.b", "info", "x_y", "1", "a-", "-a", "a+b", "..", ".", "A", "ä", "xn--a", "a'b", "NOREPLY", "x" * 40]
DOMAINS = ["a.fi", "x.example", "localhost.fi", "test", "a.test", "b.local", "xn--4ca.fi", "a--b.fi", "a.b.c", "-a.fi", "a-.fi",
           "a_b.fi", "1.fi", "a.1", "gmail.com", "x.invalid", "a.arpa", "AA.FI", "a.co", "y" * 64 + ".fi"]
NAMES = ["Matti", "MATTI", "Virtanen", "virtanen", "Åsa", "ÅKERBERG", "Von", "Van", "Le", "Myynti", "Herra", "Oy", "Ab",
         "Anna-Liisa", "O'Brien", "NA", "Nieminen", "Laskutus", "Jr", "Mäki", "É", "M."]
FIRMS = ["Köpare", "KOPARE", "Oy", "oy", "Ab", "Oyj", "As", "Asunto", "Tmi", "Kiinteistö", "Ltd", "AS", "r.y.", "ry", "&",
         "2000", "Fast", "yksityinen", "Sähkö-", "GmbH", "T:mi", "'", "Pohjola", "Ky", "Toiminimi", "xx"]
STREETS = ["Satamakatu", "Mannerheimintie", "12", "A", "b", "3", "c/o", "Att.", "Åvägen", "PL", "PB", "-", "4-6", "℅", "."]


def spaced(words: list[str]) -> Callable[[random.Random], str]:
    return lambda chance: chance.choice([" ", " ", " ", ", "]).join(chance.choice(words) for _ in range(chance.randint(1, 4)))


def an_id(chance: random.Random) -> str:
    digits = "".join(chance.choice("0123456789") for _ in range(chance.choice([7, 8, 8, 8])))
    hyphenated = f"{digits[:-1]}-{digits[-1]}"
    return chance.choice([hyphenated, f"FI{digits}", digits, f"FI{hyphenated}", "99" + digits[2:]])


def careful_phone(value: str) -> Any:
    return phone._cell(value, "FI")[:2] if phone._cell(value, "FI")[2:] == (None, None, None) else None


def careful_email(value: str) -> Any:
    return (email._cell(value)[0],) if email._cell(value)[1:] == (None, None) else None


def quick_names(values: "pd.Series[str]") -> pd.DataFrame:
    others = TITLES | FUNCTIONS | COMPANY_WORDS | name.PARTICLES | name.LOWER_PARTICLES
    return plain.names(values, name.given_names(), others, name.SURNAME_ENDING)


WAYS: dict[str, tuple[Callable[[random.Random], str], Callable[["pd.Series[str]"], pd.DataFrame], Callable[[str], Any]]] = {
    "phones": (a_phone, plain.phones, careful_phone),
    "e-mails": (lambda chance: f"{glued(chance, LOCALS, 2)}@{chance.choice(DOMAINS)}", plain.emails, careful_email),
    "local parts": (lambda chance: glued(chance, LOCALS, 3) + "@a.fi", plain.local_parts, email._local),
    "names": (spaced(NAMES), quick_names, lambda value: tuple(name.parse(value)[:4])),
    "companies": (spaced(FIRMS), company._plain, lambda value: tuple(company.parse(value)[:2])),
    "words": (spaced(FIRMS), plain.words, lambda value: (text.words(value),)),
    "business ids": (an_id, plain.business_ids, lambda value: (business_id.parse(value),)),
    "postcodes": (lambda chance: glued(chance, list("0123456789") + ["00", " "], 6), plain.postcodes,
                  lambda value: address._finnish(value)[:1]),
    "streets": (spaced(STREETS), plain.streets, lambda value: (address._street(value),)),
}


@pytest.mark.parametrize("what", WAYS)
def test_what_is_read_at_once_is_what_is_read_with_care(what: str) -> None:
    make, quick, careful = WAYS[what]
    chance = random.Random(what)
    values = pd.Series(sorted({" ".join(made.split()) for _ in range(MANY) if (made := make(chance)).strip()}), dtype="str")
    read = quick(values)
    is_read = read[read.columns[0]].notna()
    assert is_read.mean() > 0.005, "the shortcut is taken"
    for value, found in zip(values[is_read], read[is_read].itertuples(index=False, name=None), strict=True):
        assert found == careful(value), value


def test_by_distinct_fills_what_is_read_at_once_and_what_with_care() -> None:
    values = pd.Series(["02130", None, "130", "02130", "abc"], dtype="str", index=[3, 5, 7, 9, 11])
    read = text.by_distinct(values, address._finnish, ("postcode", "city"), plain.postcodes)
    assert read["postcode"].fillna("-").tolist() == ["02130", "-", "00130", "02130", "-"]
    assert read.index.equals(values.index)

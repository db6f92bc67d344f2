"""Phone numbers as E.164 with their kind. What stands in a cell is split and cleaned here, judged by phonenumbers."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from register.normalise import plain
from register.normalise.business_id import DASHES
from register.normalise.text import by_distinct, delivered, is_placeholder
from register.normalise.types import E164

KINDS = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.PERSONAL_NUMBER: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed",  # North America: nothing personal is taken from it
}
"""Kinds of numbers; all others (010, 020, 029, 030, 07x, toll free, premium, VoIP) are a company's."""

EXCEL_POWER = re.compile(r"(?<!\d)\d+[.,]\d+\s*E\s*\+?\d+", re.IGNORECASE)
"""A number of which the spreadsheet has kept six digits."""

CLEANED = (
    # Whose number it is decides: home, spouse, assistant and fax never.
    (re.compile(r"\b(?:tele)?(?:fax|faksi)\w*\W*[+(\d][\d ().+-]*", re.IGNORECASE), " "),
    (re.compile(r"\b(?:koti|hem|home|puoliso|spouse|assistentti|assistant)\w*\W*[+(\d][\d ().+-]*", re.IGNORECASE), " "),
    # phonenumbers knows "ext." but not these; the extension is dropped.
    (re.compile(r"\b(?:alanumero|ala-?nro|ankn?|anknytning|extension|ext|sisäinen)\b\W*\d+", re.IGNORECASE), " "),
    (re.compile(r"(?<=\d)\s*x\s*\d{1,5}\b", re.IGNORECASE), " "),
    (re.compile(r"\(0\)"), " "),
    (re.compile(r"(?<=\d{7})[.,]0+\b"), ""),
    # "09/1234567": the slash stands behind an area code, not between two numbers.
    (re.compile(r"(^|[;,]\s*)(0\d{1,3})\s?/\s?(?=\d)"), r"\1\2 "),
)
"""What is taken out of a cell before its numbers are looked for, in this order."""

RUN = re.compile(r"[+(]{0,9}\d[\d ().-]*")
"""A number as written; everything else stands between two of them."""

FEWEST_DIGITS = 5
"""Shorter runs beside a number are hours, floors or parts of a name."""


class Phone(NamedTuple):
    """One readable number and its kind."""

    number: E164
    kind: str


def normalise(rows: pd.DataFrame, region: str) -> pd.DataFrame:
    """`phone`, `phone_2` in E.164 with `phone_type`, `phone_2_type`: the first two good ones of a cell, in its order.

    Codes: phone_damaged where a spreadsheet has cut digits away, else phone_invalid where any number is none.
    """
    names = ("phone", "phone_type", "phone_2", "phone_2_type", "phone_code")
    quick = plain.phones if region == "FI" else None
    return by_distinct(delivered(rows, "phone"), lambda text: _cell(text, region), names, quick)


def parse(text: str, region: str = "FI") -> E164 | None:
    """The first good number of a text, or None.

    >>> parse("puh. (09) 542 1222 alanumero 12", "FI")
    '+35895421222'
    """
    return next((phone.number for phone in read(text, region) if phone), None)


def read(text: str, region: str) -> list[Phone | None]:
    """Every number of a text in its order, None for one that no country's plan knows."""
    return [_number(run, region) for run in _runs(text)]


def _cell(text: str, region: str) -> tuple[str | None, ...]:
    found = read(text, region)
    good = list(dict.fromkeys(phone for phone in found if phone))[:2]
    values = [value for phone in good for value in phone]
    return *values, *[None] * (4 - len(values)), _code(text, found)


def _code(text: str, found: list[Phone | None]) -> str | None:
    if EXCEL_POWER.search(text):
        return "phone_damaged"
    is_unreadable = None in found or (not found and not is_placeholder(text) and _names_number(text))
    return "phone_invalid" if is_unreadable else None


def _names_number(text: str) -> bool:
    """Whether anything is left to be a number, once the fax and the like are out."""
    return any(letter.isalnum() for letter in _clean(text))


def _runs(text: str) -> Iterator[str]:
    runs = RUN.findall(_clean(text))
    long = [run for run in runs if sum(map(str.isdigit, run)) >= FEWEST_DIGITS]
    yield from (long or runs)


def _clean(text: str) -> str:
    text = EXCEL_POWER.sub(" ", DASHES.sub("-", text))
    for pattern, replacement in CLEANED:
        text = pattern.sub(replacement, text)
    return text


def _number(run: str, region: str) -> Phone | None:
    written = re.sub(r"^[+(]*\+[+(]*", "+", run)
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    kind = KINDS.get(phonenumbers.number_type(number), "company")
    return Phone(E164(phonenumbers.format_number(number, PhoneNumberFormat.E164)), kind)

"""National identity numbers, found in any text and cut out: Finnish, Swedish, Norwegian, Estonian. Stores and logs none.

Rules: Data Protection Act 29 §; this register has no ground to hold one. A Finnish number counts with a wrong check
character too, since a typo is still an identity number; the others with a right one, and with a wrong one only where a
business id should be, since partner files put them there.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd
from stdnum import luhn
from stdnum.ee import ik
from stdnum.no import fodselsnummer

from register.normalise import phone, plain

Check = Callable[[str], bool]

DASH = "[-\u2010-\u2015\u2212\ufe58\ufe63\uff0d]"
SPACE = "[ \t\u00a0\u202f]*"
DAY, MONTH, YEAR = "(?:0[1-9]|[12][0-9]|3[01])", "(?:0[1-9]|1[0-2])", "[0-9]{2}"
SWEDISH_YEAR = "(?:19[0-9]{2}|20[01][0-9])"
SWEDISH_DAY = f"(?:{DAY}|6[1-9]|[78][0-9]|9[01])"
FINNISH_CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"


@dataclass(frozen=True)
class Shape:
    """How a number is written; `counts` tells from its letters and digits alone whether such a text is one."""

    pattern: re.Pattern[str]
    counts: Check


def _any(number: str) -> bool:
    return True


def _swedish_check_is_right(number: str) -> bool:
    return bool(luhn.is_valid(number[-10:]))


def _estonian_check_is_right(number: str) -> bool:
    return bool(ik.calc_check_digit(number) == number[-1])


def _finnish_check_is_right(number: str) -> bool:
    digits = number[:6] + number[-4:-1]
    return FINNISH_CHECKS[int(digits) % len(FINNISH_CHECKS)] == number[-1].upper()


def _norwegian_checks_are_right(number: str) -> bool:
    first, second = fodselsnummer.calc_check_digit1(number), fodselsnummer.calc_check_digit2(number)
    return number[-2:] == first + second


def _shape(written: str, counts: Check) -> Shape:
    """A number by itself: no digit before it, no letter or digit behind it."""
    return Shape(re.compile(rf"(?<![0-9])(?:{written})(?![0-9A-Za-z])", re.IGNORECASE), counts)


SHAPES = (
    # ddmmyy, century, three digits, check character; spaced as people type it.
    _shape(rf"{DAY}{SPACE}{MONTH}{SPACE}{YEAR}{SPACE}(?:{DASH}|[+A-FU-Y]){SPACE}[0-9]{{3}}[0-9A-Z]", _any),
    # A check character apart from its number is one only if it is right: "150126-001 2 kpl".
    _shape(rf"{DAY}{MONTH}{YEAR}{SPACE}(?:{DASH}|[+A-FU-Y]){SPACE}[0-9]{{3}}[ ][0-9A-Z]", _finnish_check_is_right),
    # The same whose century sign was lost: only a letter in the right place tells it from an order number.
    _shape(rf"{DAY}{MONTH}{YEAR}[ ]?[0-9]{{3}}[A-Z]", _finnish_check_is_right),
    # Swedish: (yy)yymmdd-nnnn, the day of a coordination number 60 higher; born before 2020, else it is an invoice number.
    _shape(rf"(?:{SWEDISH_YEAR}|{YEAR}){MONTH}{SWEDISH_DAY}{SPACE}(?:{DASH}|\+){SPACE}[0-9]{{4}}", _swedish_check_is_right),
    # Without its sign, but with a century.
    _shape(rf"{SWEDISH_YEAR}{MONTH}{SWEDISH_DAY}[0-9]{{4}}", _swedish_check_is_right),
    # Norwegian: ddmmyy nnnnn, the day of a D number 40 higher.
    _shape(rf"(?:{DAY}|4[1-9]|[56][0-9]|7[01]){MONTH}{YEAR}[ ]?[0-9]{{5}}", _norwegian_checks_are_right),
    # Estonian: century and sex, yymmdd, four digits.
    _shape(rf"[1-6]{YEAR}{MONTH}{DAY}[0-9]{{4}}", _estonian_check_is_right),
)
"""Numbers by their shape, the date in it plausible."""

BARE = _shape(rf"{YEAR}{MONTH}{SWEDISH_DAY}[0-9]{{4}}", _swedish_check_is_right)
"""A Swedish number of ten digits alone: elsewhere it is an order's or a customer's, of which every hundredth looks like one."""

IN_BUSINESS_ID = tuple(Shape(shape.pattern, _any) for shape in (*SHAPES, BARE))
"""In columns of business ids the shape is enough; an organisation's "month" is 20 and above."""

SHAPES_OF = dict.fromkeys(("business_id", "seller_id", "buyer_id"), IN_BUSINESS_ID) | dict.fromkeys(
    ("full_name", "first_name", "last_name", "company", "phone", "street", "city"), (*SHAPES, BARE)
)
"""By column what is looked for; in all others SHAPES."""

MAYBE = rf"[0-9]{{2}}{SPACE}[0-9]{{2}}{SPACE}[0-9]{{2}}{SPACE}(?:{DASH}|[+A-FU-Ya-fu-y])?{SPACE}[0-9]{{3}}"
"""Stands in every number of SHAPES: one pass over a column that leaves few cells to look at."""

INVISIBLE = ("Mn", "Cf", "Cc")
QUOTES = "'’´`\":"
DISGUISED = (
    f"[0-9+-][^ -~]|[^ -~][0-9+-]|[0-9A-Za-z][{QUOTES}][0-9A-Za-z+-]"
    "|[\u00b2-\u00b9\u2070-\u2089\uff10-\uff19\U0001d7ce-\U0001d7ff]"
)
"""Beside a digit what no eye sees or the normalisers take out or turn: zero-width and control characters, accents, line
breaks, quotes; or digits of another width."""

PHONE_LIKE = re.compile(rf"(?:[0-9 \t\u00a0\u202f]|{DASH})+")
"""What of a number could be a phone's: no letter and no plus."""


def cut(frame: pd.DataFrame, patterns: dict[str, str], region: str = "FI") -> tuple[pd.DataFrame, pd.Series]:
    """The frame with identity numbers cut out of every text column, and by row how many were cut.

    The rest of a text stays, stripped; an empty rest is missing. patterns: by column, what looks like an identity number
    and is none (`150126-0012`, a case number). region: of phone numbers; beside a valid one nothing without a letter or
    "+" is an identity number (`040123-4567`).
    """
    cleaned, counts = frame.copy(), pd.Series(0, index=frame.index)
    for column in _text_columns(frame):
        found = _cut_column(frame[column], str(column), patterns.get(str(column)), region)
        if found is not None:
            cleaned[column], counts = found[0], counts + found[1]
    return cleaned, counts


def contains(text: str) -> bool:
    """Whether a text, such as a file's name, holds an identity number.

    >>> contains("tarjous_010190-901R.pdf"), contains("tarjous_150126.pdf")
    (True, False)
    """
    return bool(_all_found(text, SHAPES))


def _text_columns(frame: pd.DataFrame) -> list[str]:
    return [column for column in frame.columns if pd.api.types.is_string_dtype(frame[column].dtype)]


def _cut_column(values: pd.Series, column: str, declared: str | None, region: str) -> tuple[pd.Series, pd.Series] | None:
    """A column without its numbers and how many each row lost; None where no cell could hold one."""
    texts = values.astype("str").reset_index(drop=True)
    maybe = texts[texts.str.contains(MAYBE, regex=True) | texts.str.contains(DISGUISED, regex=True)]
    if column == "phone" and region == "FI":  # what is wholly a valid number is none
        maybe = maybe[plain.phones(maybe)["phone"].isna()]
    if maybe.empty:
        return None
    left = {text: _cut_text(text, column, declared, region) for text in maybe.unique()}
    counts = maybe.map(lambda text: left[text][1]).reindex(texts.index, fill_value=0)
    hit = maybe[counts[maybe.index] > 0]
    texts.loc[hit.index] = hit.map(lambda text: left[text][0]).astype("str")
    return texts.set_axis(values.index), counts.set_axis(values.index)


def _cut_text(text: str, column: str, declared: str | None, region: str) -> tuple[str | None, int]:
    """What is left of a cell, and how many numbers were in it; of two that run into each other one shows the other."""
    left: str | None = text
    cut = 0
    while left and (spans := _spans(left, column, declared, region)):
        left, cut = _without(left, spans), cut + len(spans)
    return left, cut


def _spans(text: str, column: str, declared: str | None, region: str) -> list[tuple[int, int]]:
    """Where a cell holds identity numbers, from left to right."""
    found = list(_apart(_all_found(text, SHAPES_OF.get(column, SHAPES))))
    if found and declared:
        allowed = [match.span() for match in re.finditer(declared, text)]
        found = [span for span in found if not any(first <= span[0] and span[1] <= last for first, last in allowed)]
    if found and column == "phone" and phone.parse(text, region):
        found = [span for span in found if not PHONE_LIKE.fullmatch(text, *span)]
    return found


def _all_found(text: str, shapes: tuple[Shape, ...]) -> list[tuple[int, int]]:
    """Spans of the numbers that a text shows as it stands, and of those that show once it is bare."""
    if text.isascii() and text.isprintable() and not set(text) & set(QUOTES):
        return _found(text, shapes)
    bare, places = _bare(text)
    return _found(text, shapes) + [(places[start], places[end - 1] + 1) for start, end in _found(bare, shapes)]


def _bare(text: str) -> tuple[str, list[int]]:
    """A text as the eye and the normalisers read it: plain letters, digits and spaces; and where each of them stood."""
    plain = ((" " if letter.isspace() else letter, place) for place, whole in enumerate(text)
             for letter in unicodedata.normalize("NFKD", whole))
    shown = [one for one in plain if one[0] not in QUOTES and unicodedata.category(one[0]) not in INVISIBLE]
    return "".join(letter for letter, _ in shown), [place for _, place in shown]


def _found(text: str, shapes: tuple[Shape, ...]) -> list[tuple[int, int]]:
    return [match.span() for shape in shapes for match in shape.pattern.finditer(text)
            if shape.counts("".join(filter(str.isalnum, match[0])))]


def _apart(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans of all numbers, none within another."""
    last = -1
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= last:
            yield start, end
            last = end


def _without(text: str, spans: list[tuple[int, int]]) -> str | None:
    for start, end in reversed(spans):
        text = f"{text[:start]} {text[end:]}"
    rest = re.sub(r"[ \t]+", " ", re.sub(r"\(\s*\)", "", text)).strip(" \t\r\n;,")
    return rest or None

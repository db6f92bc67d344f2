"""Plain values, read a column at a time: what nearly every value looks like, with the answers that the careful way gives.

Each function gives one row a value and the columns that its module's careful way gives; missing ones where the value is not
plain, so that the careful way reads it. Tests hold both ways to the same answers.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from email_validator import SPECIAL_USE_DOMAIN_NAMES
from phonenumbers import PhoneMetadata
from phonenumbers.phonemetadata import PhoneNumberDesc

from register.sets import is_among

Plain = Callable[["pd.Series[str]"], pd.DataFrame]

LETTERS = "A-Za-zÅÄÖåäö"
FOLDED = str.maketrans("ÅÄÖåäö", "aaoaao")

NUMBER = r"^(?:\+358|00358|0[1-9]|\(0[1-9]\d*\))[\d -]*$"
TYPES = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail", "fixed_line", "mobile",
)
"""The library's own order of types (`phonenumberutil._number_type_helper`)."""

ADDRESS = r"^[a-z\d_+-]+(?:\.[a-z\d_+-]+)*@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z]{2,63}$"
"""Dot-atoms at a domain of letters, digits and hyphens (RFC 5321, 4.1.2), less what people put around an address."""

LONGEST_LOCAL, LONGEST_ADDRESS = 64, 254


def fold(values: "pd.Series[str]") -> "pd.Series[str]":
    """`text.fold` of plain Finnish and Swedish text, missing where another letter is in it."""
    is_plain = values.str.contains(r"^[\x00-\x7fÅÄÖåäö]*$", regex=True)
    return values.where(is_plain).str.lower().str.replace("[åä]", "a", regex=True).str.replace("ö", "o", regex=False)


def phones(values: "pd.Series[str]") -> pd.DataFrame:
    """`phone`, `phone_type` of values that are wholly one number of the Finnish plan."""
    plan: Any = PhoneMetadata.metadata_for_region("FI")
    written = values.where(values.str.contains(NUMBER, regex=True))
    bare = written.str.replace("[ ()-]", "", regex=True).str.replace(r"^(?:\+358|00358|0)", "", regex=True)
    is_theirs = bare.str.contains(rf"^(?:{plan.leading_digits})", regex=True) & _matches(bare, plan.general_desc)
    kinds = [_matches(bare, getattr(plan, name)) for name in TYPES]
    which = np.select(kinds, range(len(TYPES)), -1)
    is_read = is_theirs & (which >= 0) & ~(kinds[-1] & kinds[-2])
    kind = np.where(which == TYPES.index("mobile"), "mobile", np.where(which == TYPES.index("fixed_line"), "fixed", "company"))
    return pd.DataFrame({"phone": ("+358" + bare).where(is_read),
                         "phone_type": pd.Series(kind, index=values.index, dtype="str").where(is_read)})


def _matches(numbers: "pd.Series[str]", described: PhoneNumberDesc | None) -> "pd.Series[bool]":
    if described is None or described.national_number_pattern is None:
        return pd.Series(False, index=numbers.index)
    fits = numbers.str.contains(rf"^(?:{described.national_number_pattern})$", regex=True)
    return fits & (numbers.str.len().isin(described.possible_length) if described.possible_length else True)


def emails(values: "pd.Series[str]") -> pd.DataFrame:
    """`email` of values that are wholly one plain address."""
    lower = values.where(values.str.contains(r"^[\x21-\x7e]+$", regex=True)).str.lower()
    is_plain = lower.str.contains(ADDRESS, regex=True) & (lower.str.len() <= LONGEST_ADDRESS)
    is_plain &= ~lower.str.contains(rf"@.*--|(?:[@.])(?:{'|'.join(SPECIAL_USE_DOMAIN_NAMES)})$", regex=True)
    is_plain &= ~lower.str.contains(rf"^[^@]{{{LONGEST_LOCAL + 1},}}@", regex=True)
    return pd.DataFrame({"email": lower.where(is_plain)})


def local_parts(values: "pd.Series[str]") -> pd.DataFrame:
    """`whole`, `head`: the local part of plain addresses, and what stands in it before a digit or sign."""
    whole = values.where(values.str.contains(r"^[a-z\d.+_-]+@", regex=True)).str.replace(r"@[^@]*$", "", regex=True)
    return pd.DataFrame({"whole": whole, "head": whole.str.replace(r"[\d.+_-].*$", "", regex=True)})


WORD = "[A-ZÅÄÖ](?:[a-zåäö]{2,}|[A-ZÅÄÖ]{2,})"
TWO_WORDS = rf"^{WORD},? {WORD}$"


def names(values: "pd.Series[str]", given: Iterable[str], others: Iterable[str], ending: str) -> pd.DataFrame:
    """`full_name`, `first_name`, `last_name`, `name_key` of values that are two words, in whatever order.

    given: common given names. others: words that are no part of a plain name. ending: of a common surname. All folded.
    """
    two = values.where(values.str.contains(TWO_WORDS, regex=True))
    has_comma = two.str.contains(",", regex=False).fillna(False).astype(bool)
    one = two.str.replace(",? .*$", "", regex=True).str.title()
    other = two.str.replace("^[^ ]* ", "", regex=True).str.title()
    first, second = fold(one), fold(other)
    is_read = ~(is_among(first, others) | is_among(second, others)) & first.notna()
    looks_turned = first.str.endswith(ending) & ~second.str.endswith(ending)
    is_turned = ~is_among(first, given) & (is_among(second, given) | looks_turned)
    is_turned = is_turned.mask(has_comma, True).astype(bool)
    first_name, last_name = one.mask(is_turned, other), other.mask(is_turned, one)
    keys = first.where(first < second, second) + "-" + second.where(first < second, first)
    keys = keys.mask(first == second, first)
    found = {"full_name": first_name + " " + last_name, "first_name": first_name, "last_name": last_name, "name_key": keys}
    return pd.DataFrame({name: column.where(is_read) for name, column in found.items()})


def words(values: "pd.Series[str]") -> pd.DataFrame:
    """`words`: `text.words` of plain Finnish and Swedish text."""
    spoken = fold(values).str.replace(r"[^a-z\d]+", " ", regex=True).str.strip()
    return pd.DataFrame({"words": spoken})


def companies(
    values: "pd.Series[str]", anywhere: str, at_the_end: str, telling: str, none: Iterable[str]
) -> pd.DataFrame:
    """`company`, `company_key` of names whose legal forms only stand beside them.

    anywhere, at_the_end, telling: patterns of folded forms, the last of those that say more. none: folded texts that name none.
    """
    spoken = words(values.where(values.str.contains(rf"^[{LETTERS}\d &.,-]+$", regex=True)))["words"]
    says_more = spoken.str.contains(telling, regex=True).fillna(True).astype(bool)
    is_read = spoken.notna() & (spoken != "") & ~is_among(spoken, none) & ~says_more
    inner = spoken.str.replace(rf"([a-z\d]) (?:{at_the_end})$", r"\1", regex=True)
    bare = inner.str.replace(rf"\b(?:{anywhere})\b", " ", regex=True).str.replace(" +", " ", regex=True).str.strip()
    return pd.DataFrame({"company": values.where(is_read), "company_key": bare.mask(bare == "", spoken).where(is_read)})


WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1])
"""Of the digits of a Finnish business id, the check digit included: their sum is a multiple of 11."""


def business_ids(values: "pd.Series[str]") -> pd.DataFrame:
    """`business_id` of values of the form 1234567-8 or FI12345678 with the right check digit."""
    digits = values.where(values.str.contains(r"^(?:\d{7}-\d|FI\d{8})$", regex=True)).str.replace(r"\D", "", regex=True)
    number = pd.to_numeric(digits.fillna("0")).to_numpy(dtype="int64")
    sums = (number[:, None] // 10 ** np.arange(7, -1, -1) % 10) @ WEIGHTS
    is_read = (number > 0) & (sums % 11 == 0)
    return pd.DataFrame({"business_id": (digits.str.slice(0, 7) + "-" + digits.str.slice(7)).where(is_read)})


def postcodes(values: "pd.Series[str]") -> pd.DataFrame:
    """`postcode` of values of five digits."""
    is_read = values.str.contains(r"^\d{5}$", regex=True).fillna(False).astype(bool) & (values != "00000")
    return pd.DataFrame({"postcode": values.where(is_read)})


def streets(values: "pd.Series[str]") -> pd.DataFrame:
    """`street` of values on one line in which nothing tells of a receiver."""
    is_read = values.str.contains(rf"^[{LETTERS}\d][{LETTERS}\d -]*[{LETTERS}\d]$", regex=True)
    return pd.DataFrame({"street": values.where(is_read)})


"""Names of companies: how they are shown, and the key that makes two spellings one. Knows no registry."""

import re
from typing import NamedTuple

import pandas as pd

from register.normalise import plain
from register.normalise.legal_forms import ANYWHERE, AT_THE_END, MARKS, NO_COMPANY, PRIVATE_PERSON, Role
from register.normalise.text import by_distinct, codes, first_given, words
from register.sets import is_among

QUOTED = re.compile('^["“”»]([^"“”»]*)["“”»]$')
"""A name wholly in quotation marks."""


class Company(NamedTuple):
    """A company's name; None throughout where the text names none."""

    shown: str | None = None
    key: str | None = None
    sole_trader: str | None = None


def normalise(rows: pd.DataFrame, region: str) -> pd.DataFrame:
    """`company` as written, `company_key`, `is_sole_trader`; what names no company ("-", "yksityinen") is missing.

    No text is wrong for a company's name: the code column stays empty.
    """
    read = by_distinct(first_given(rows, "company"), parse, ("company", "company_key", "sole_trader"), _plain)
    is_sole_trader = read.pop("sole_trader").notna()
    return read.assign(is_sole_trader=is_sole_trader, company_code=codes(is_sole_trader & False, ""))


def says_private(values: pd.Series) -> pd.Series:
    """True for texts of any column that clearly say a private person ("yksityishenkilö"), so never for "yksityinen"."""
    spoken = by_distinct(values, lambda text: (words(text),), ("words",), plain.words)
    return is_among(spoken["words"], PRIVATE_PERSON)


def parse(text: str) -> Company:
    """A written company name.

    >>> parse("Oy Köpare Ab").key
    'kopare'
    >>> parse("As. Oy Kotikatu").key, parse("Kotikatu Oy").key
    ('asoy kotikatu', 'kotikatu')
    """
    spoken = words(text)
    if not spoken or spoken in NO_COMPANY | PRIVATE_PERSON:
        return Company()
    key, roles = _key(text)
    return Company(QUOTED.sub(r"\1", text), key, "yes" if "sole_trader" in roles else None)


def _key(text: str) -> tuple[str, set[Role]]:
    """The folded name without its legal forms, those of MARKS in front; a name of nothing but forms stays whole."""
    spoken = words(re.sub("['’´`:]", "", text))
    inner = AT_THE_END_PATTERN.sub("", spoken)
    bare = " ".join(ANYWHERE_PATTERN.sub(" ", inner).split())
    forms = [*ANYWHERE_PATTERN.findall(inner), *AT_THE_END_PATTERN.findall(spoken)]
    roles = {ANYWHERE.get(form) or AT_THE_END[form] for form in forms}
    marks = [mark for role, mark in MARKS.items() if role in roles]
    return " ".join([*marks, bare or spoken]), roles


def _alternatives(forms: dict[str, Role]) -> str:
    return "|".join(sorted(forms, key=len, reverse=True))


def _plain(values: "pd.Series[str]") -> pd.DataFrame:
    return plain.companies(values, _alternatives(ANYWHERE), _alternatives(AT_THE_END), TELLING, NO_COMPANY | PRIVATE_PERSON)


TELLING = rf"\b(?:{'|'.join(form for form, role in (ANYWHERE | AT_THE_END).items() if role != 'dropped')})\b"
"""Forms that say more than that it is a company."""

ANYWHERE_PATTERN = re.compile(rf"\b({_alternatives(ANYWHERE)})\b")
AT_THE_END_PATTERN = re.compile(rf"(?<=\w) ({_alternatives(AT_THE_END)})$")

"""Addresses: street, postcode, city, country. What stands behind "c/o" is a person's name and is cut."""

import re
from functools import cache

import pandas as pd
from babel import Locale

from register.columns import SEPARATOR
from register.normalise import plain
from register.normalise.text import by_distinct, codes, delivered, first_given, given, says_nothing, words
from register.sets import is_among

CARE_OF = re.compile(r"(?:\bc\s*[/\\.]\s*o\b|℅|\batt(?:n|ention)?\b\s*[.:])[^,\n]*", re.IGNORECASE)
"""Up to the next comma: nobody can tell where a name ends and a street begins."""

POSTCODE_LENGTH = 5
POSTCODE = re.compile(r"(?:FI(?:N)?-?|AX-?)?(?:(\d{5})(?:\s+(\D+))?|(\d{3,4}))", re.IGNORECASE)
"""Finnish, with a land's letters before, a city behind, or the zeros in front lost to a spreadsheet."""

FINNISH = ("FI", "AX")

OTHER_NAMES = {
    "fin": "FI", "swe": "SE", "nor": "NO", "est": "EE", "dnk": "DK", "deu": "DE", "ger": "DE", "gbr": "GB", "usa": "US",
    "lva": "LV", "ltu": "LT", "rus": "RU", "isl": "IS", "nld": "NL", "pol": "PL", "fra": "FR", "ala": "AX",
    "suomi finland": "FI", "uk": "GB", "england": "GB", "englanti": "GB", "great britain": "GB", "iso britannia": "GB",
    "holland": "NL", "the netherlands": "NL", "united states of america": "US", "czech republic": "CZ",
    "tsekin tasavalta": "CZ", "eesti": "EE", "norge": "NO", "danmark": "DK", "deutschland": "DE", "ahvenanmaa": "AX",
}
"""Spellings beside the codes and names of the Unicode locale data, folded."""


def normalise(rows: pd.DataFrame, region: str) -> pd.DataFrame:
    """`street`, `postcode`, `city`, `country` (ISO 3166-1, two letters; `region` where an address names none).

    Code: postcode_invalid, for Finnish addresses only: elsewhere any postcode is kept.
    """
    written, city = given(rows, "postcode"), first_given(rows, "city")
    codes_read, is_finnish = _countries(rows, region)
    finnish = by_distinct(written, _finnish, ("postcode", "city"), plain.postcodes)
    in_city = by_distinct(city, _finnish, ("postcode", "city"))
    postcode = written.str.upper().str.replace(r"\.0+$", "", regex=True)
    postcode = postcode.where(~is_finnish, finnish["postcode"].fillna(in_city["postcode"].where(written.isna())))
    home_city = in_city["city"].fillna(city).fillna(finnish["city"])
    read = pd.DataFrame({
        "street": _streets(rows),
        "postcode": postcode,
        "city": _cities(city.where(~is_finnish, home_city)),
    })
    is_here = read.notna().any(axis=1) & given(rows, "country").isna()
    is_invalid = is_finnish & written.notna() & finnish["postcode"].isna()
    return read.assign(country=codes_read.mask(is_here, region), postcode_code=codes(is_invalid, "postcode_invalid"))


def country(text: str) -> str | None:
    """The ISO 3166-1 code of a country's name in Finnish, Swedish or English, or of its code; else None.

    >>> country("Ruotsi"), country("FIN")
    ('SE', 'FI')
    """
    return countries().get(words(text))


@cache
def countries() -> dict[str, str]:
    """Country codes by folded name and code."""
    known = {}
    for language in ("en", "sv", "fi"):
        for code, name in Locale(language).territories.items():
            if re.fullmatch("[A-Z]{2}", code):
                known[words(name)] = code
                known[code.lower()] = code
    return known | OTHER_NAMES


def _countries(rows: pd.DataFrame, region: str) -> tuple[pd.Series, pd.Series]:
    """Codes, and whether the address is Finnish; a country nobody knows is missing and foreign."""
    written = first_given(rows, "country")
    read = by_distinct(written, lambda text: (country(text),), ("country",))["country"]
    is_finnish = is_among(read, FINNISH) | (written.isna() & (region in FINNISH))
    return read, is_finnish


def _finnish(text: str) -> tuple[str | None, str | None]:
    """Postcode and city of a text that begins with a Finnish postcode."""
    match = POSTCODE.fullmatch(re.sub(r"(?<=\d) (?=\d)|(?<=\d)[.,]0+$", "", text))
    digits = (match[1] or match[3]) if match else "0"
    return (digits.zfill(POSTCODE_LENGTH), match[2]) if match and int(digits) else (None, None)


def _streets(rows: pd.DataFrame) -> pd.Series:
    """One line each, without the part that names who takes the post."""
    lines = delivered(rows, "street").str.replace(SEPARATOR, ", ", regex=False)
    streets = by_distinct(lines, lambda text: (_street(text),), ("street",), plain.streets)["street"]
    return streets.mask(says_nothing(streets))


def _street(text: str) -> str | None:
    parts = (part.strip() for part in re.split(r"[,\n]", CARE_OF.sub("", text)))
    return ", ".join(part for part in parts if part) or None


def _cities(cities: pd.Series) -> pd.Series:
    """As people write them, where they came in capitals."""
    return cities.mask(cities.str.isupper(), cities.str.title())

"""Business ids of Finland, Norway, Sweden and Estonia, with the damage of spreadsheets repaired. Asks no registry."""

import re
from collections.abc import Callable

import pandas as pd
from stdnum.ee import registrikood
from stdnum.fi import ytunnus
from stdnum.no import orgnr as norwegian
from stdnum.se import orgnr as swedish

from register.columns import SEPARATOR
from register.normalise import plain
from register.normalise.text import by_distinct, codes, given, is_placeholder
from register.normalise.types import BusinessId

DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")

LABEL = re.compile(r"^(L?Y-?TUNNUS|FO-?(NUMMER|NR)|ALV-?(NRO|TUNNUS)|VAT(NO|ID|NR)?|ORG\.?-?(NR|NUMMER)|OVT)[.:]*")

FLOAT = re.compile(r"[.,]0+$")

FINNISH = re.compile(
    r"(?:FI)?(?P<hyphenated>\d{6,7}-\d)"      # a zero lost in front is given back
    r"|(?:FI-?)?(?P<plain>\d{7,8})"           # VAT number, or a number in a spreadsheet, which loses the zero
    r"|0037(?P<ovt>\d{8})\w{0,5}"             # OVT, with the firm's own part behind
    r"|FIFPRO\.(?P<euid>\d{7}-?\d)"        # EUID of the trade register
)


def _is_organisation(number: str) -> bool:
    """Swedish: a person's number has a month, below 20, where an organisation's has 20 and above."""
    return swedish.is_valid(number) and int(swedish.compact(number)[2:4]) >= 20


FOREIGN: dict[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "NO": (re.compile(r"(?:NO:?)?(\d{9})(?:MVA)?"), norwegian.is_valid),
    "SE": (re.compile(r"(?:SE:?)?(\d{6}-?\d{4})(?:01)?"), _is_organisation),
    "EE": (re.compile(r"(?:EE:?)?(\d{8})"), registrikood.is_valid),
}
"""By country: how its ids are written, and what checks them. A prefix names the country wherever the feed is from."""


def normalise(rows: pd.DataFrame, region: str) -> pd.DataFrame:
    """`business_id` as "9900001-8", of other countries "NO:974760673"; of several the first good one.

    Code: business_id_invalid, where a text gives none.
    """
    written = given(rows, "business_id")
    read = by_distinct(written, lambda text: (parse(text, region),), ("business_id",),
                       plain.business_ids if region not in FOREIGN else None)
    return read.assign(business_id_code=codes(written.notna() & read["business_id"].isna(), "business_id_invalid"))


def parse(text: str, region: str = "FI") -> BusinessId | None:
    """The first good business id of a text, or None.

    >>> parse("FI99000042")
    '9900004-2'
    >>> parse("974 760 673", region="NO")
    'NO:974760673'
    """
    for part in text.split(SEPARATOR.strip()):
        if not is_placeholder(part) and (found := _parse_one(_compact(part), region)):
            return found
    return None


def _compact(text: str) -> str:
    bare = re.sub(r"\s", "", DASHES.sub("-", text)).upper()
    return FLOAT.sub("", LABEL.sub("", bare))


def _parse_one(text: str, region: str) -> BusinessId | None:
    for country, (pattern, is_valid) in FOREIGN.items():
        if country != region and not text.startswith(country):
            continue
        if (match := pattern.fullmatch(text)) and is_valid(match[1]):
            return BusinessId(f"{country}:{match[1].replace('-', '')}")
    is_finnish = region not in FOREIGN or text.startswith("FI") or "-" in text
    return _finnish(text) if is_finnish else None


def _finnish(text: str) -> BusinessId | None:
    if not (match := FINNISH.fullmatch(text)) or not match.lastgroup:
        return None
    digits = match[match.lastgroup].replace("-", "").zfill(8)
    return BusinessId(ytunnus.format(digits)) if int(digits) and ytunnus.is_valid(digits) else None

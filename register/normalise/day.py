"""Days as people, systems and spreadsheets write them. Judges no plausibility: a day of 1890 is read as such."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from register.normalise.text import by_distinct, codes, first_given, fold

HELSINKI = ZoneInfo("Europe/Helsinki")

EXCEL_EPOCH = date(1899, 12, 30)
CENTURY_TURN = 70
"""Two-digit years below it are of this century."""

MONTHS = {
    # fi; "marras" before "mar"
    "tammi": 1, "helmi": 2, "maalis": 3, "huhti": 4, "touko": 5, "kesä": 6,
    "heinä": 7, "elo": 8, "syys": 9, "loka": 10, "marras": 11, "joulu": 12,
    # sv and en
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "maj": 5, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "dec": 12,
}
"""How the name of a month begins."""

TIME = (
    r"(?:,?\s*(?:T|klo|kl\.?|at)?\s*(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.]\d{2}(?:[.,]\d+)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)

SHAPES = tuple(re.compile(shape + TIME, re.IGNORECASE) for shape in (
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
    r"(?P<year>\d{4})[./](?P<month>\d{1,2})[./](?P<day>\d{1,2})",
    r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})",
    r"(?P<day>\d{1,2})(?P<mark>[./-])\s?(?P<month>\d{1,2})(?P=mark)\s?(?P<year>\d{4}|\d{2})",
    r"(?:[a-zåäö]{2,12}\.?,?\s)?(?P<day>\d{1,2})\.?[\s-](?P<name>[a-zåäö]{3,12})\.?,?[\s-](?P<year>\d{4})",
    r"(?P<name>[a-z]{3,12})\.?\s(?P<day>\d{1,2}),?\s(?P<year>\d{4})",
))
"""Day before month wherever the year stands last; a month above 12 makes the text unreadable, never American."""

SERIAL = re.compile(r"([2-7]\d{4})(?:[.,]\d+)?")
"""A spreadsheet's day number, of 1954 to 2119."""


def normalise(rows: pd.DataFrame, region: str) -> pd.DataFrame:
    """`event_on` as ISO day in Helsinki. Code: event_on_unreadable, where a text is no day."""
    written = first_given(rows, "event_on")
    read = by_distinct(written, lambda text: (parse(text),), ("event_on",))
    return read.assign(event_on_code=codes(written.notna() & read["event_on"].isna(), "event_on_unreadable"))


def parse(text: str) -> str | None:
    """The ISO day of a text, or None; an instant with a zone gives its day in Helsinki.

    >>> parse("03.11.26"), parse("2026-11-03T23:30:00Z")
    ('2026-11-03', '2026-11-04')
    """
    if serial := SERIAL.fullmatch(text):
        return (EXCEL_EPOCH + timedelta(days=int(serial[1]))).isoformat()
    match = next((match for shape in SHAPES if (match := shape.fullmatch(text))), None)
    try:
        return _day(match.groupdict()).isoformat() if match else None
    except ValueError:
        return None


def of_instants(instants: "pd.Series[str]") -> "pd.Series[str]":
    """The ISO days in Helsinki of ISO instants with their zone; missing where there is none."""
    read = pd.to_datetime(instants, format="ISO8601", utc=True)
    return read.dt.tz_convert(HELSINKI).dt.strftime("%Y-%m-%d").astype("str")


def _day(written: dict[str, str | None]) -> date:
    """Raises ValueError for what the calendar or the clock does not have."""
    month = written.get("month") or _month(written["name"] or "")
    day = date(_year(written["year"] or ""), int(month), int(written["day"] or ""))
    if not written["zone"]:
        return day
    offset = written["zone"].upper().replace("UTC", "Z").replace("GMT", "Z")
    clock = f"{int(written['hour'] or 0):02}:{written['minute']}"
    return datetime.fromisoformat(f"{day.isoformat()}T{clock}{offset}").astimezone(HELSINKI).date()


def _month(name: str) -> int:
    starts = (number for start, number in MONTHS.items() if fold(name).startswith(fold(start)))
    return next(starts, 0)


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) > 2:
        return year
    return year + (2000 if year < CENTURY_TURN else 1900)

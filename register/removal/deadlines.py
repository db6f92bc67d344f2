"""When a person must have their answer: one month from receipt (GDPR art. 12(3); Regulation (EEC) 1182/71, art. 3)."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from register import calendars


@dataclass(frozen=True)
class Deadline:
    """strict: the same-numbered day of the next month, else its last. legal: the next working day from there."""

    strict: date
    legal: date


def answer_by(received_on: date, country: str, months: int = 1) -> Deadline:
    """The deadline of a request; months: 3 where it was extended.

    >>> answer_by(date(2028, 1, 31), "FI")
    Deadline(strict=datetime.date(2028, 2, 29), legal=datetime.date(2028, 2, 29))
    """
    strict = (pd.Timestamp(received_on) + pd.DateOffset(months=months)).date()
    calendar, legal = calendars.of(country), strict
    while not calendar.is_working_day(legal):
        legal += timedelta(days=1)
    return Deadline(strict, legal)

"""What was in force on a day: said by its end in Helsinki, and not lifted by then. Gives conditions, reads nothing."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_

from register.normalise.day import HELSINKI


def said_by(day: str, since: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that something was said by the end of a day; since: an instant in UTC, or an ISO day."""
    return since < _end_of(day)


def stood_on(day: str, lifted_at: ColumnElement[Any]) -> ColumnElement[bool]:
    """The condition that something was not lifted by the end of a day; lifted_at: an instant in UTC, missing until then."""
    return or_(lifted_at.is_(None), lifted_at >= _end_of(day))


def _end_of(day: str) -> str:
    end = datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), HELSINKI)
    return end.astimezone(UTC).isoformat(timespec="seconds")

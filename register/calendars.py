"""Which days are working days: one calendar for the steward's mornings and for what people must be answered by."""

from typing import Any


def of(country: str) -> Any:
    """The calendar of a country; one whose holidays nobody has listed has weekends only."""
    import holidays

    try:
        return holidays.country_holidays(country)
    except NotImplementedError:
        return holidays.HolidayBase()

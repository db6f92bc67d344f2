"""The last days of a feed as a line of text, one letter a day: read beside its name, where a picture would be too long."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

DAYS = 14
BARS = "▁▂▃▄▅▆▇█"
NO_DELIVERY, ASIDE = "·", "!"

Row = Mapping[Any, Any]


def last_days(day: date) -> list[str]:
    """The ISO days of a line that ends on a day, the oldest first."""
    return [(day - timedelta(days=back)).isoformat() for back in reversed(range(DAYS))]


def spark(known: Mapping[Any, Row], days: Sequence[str]) -> str:
    """A letter a day: how many rows were accepted beside the most of these days, nothing delivered, or set aside.

    known: by ISO day, a delivery's state, is_held and accepted.
    """
    most = max((known[day]["accepted"] for day in days if day in known and known[day]["is_held"]), default=0)
    return "".join(_letter(known.get(day), most) for day in days)


def _letter(row: Row | None, most: int) -> str:
    if row is not None and row["state"] == "set aside":
        return ASIDE
    if row is None or not row["is_held"]:
        return NO_DELIVERY
    return BARS[(len(BARS) - 1) * int(row["accepted"]) // most] if most else BARS[0]

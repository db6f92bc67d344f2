"""What day it is in Helsinki, and whether a file is written to its end. Nothing below the assets asks for the time."""

import time
from datetime import date, datetime
from datetime import time as of_day
from pathlib import Path
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")

QUIET_SECONDS = 60
"""A scheduled run leaves files alone that changed within the last minute."""

STILL_SECONDS = 2
"""The command takes a file whose size has stood still for this long."""


def today() -> date:
    """Today in Helsinki."""
    return datetime.now(HELSINKI).date()


def midnight(day: date) -> datetime:
    """When a day begins in Helsinki."""
    return datetime.combine(day, of_day(), HELSINKI)


def is_quiet(path: Path) -> bool:
    """Whether a file has not changed within the last minute."""
    return time.time() - path.stat().st_mtime > QUIET_SECONDS


def stands_still(path: Path) -> bool:
    """Whether a file's size stands still; waits for it only where the file is very young."""
    before = path.stat()
    age = time.time() - before.st_mtime
    if age >= STILL_SECONDS:
        return True
    time.sleep(STILL_SECONDS - max(age, 0))
    return path.exists() and path.stat().st_size == before.st_size

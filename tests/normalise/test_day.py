"""Days in every form that deliveries hold; the day of an instant is Helsinki's."""

import pytest

from register.normalise import day
from tests.normalise.frames import read

READ = [
    ("3.11.2026", "2026-11-03"), ("03.11.26", "2026-11-03"), ("3. 11. 2026", "2026-11-03"), ("3.11.98", "1998-11-03"),
    ("2026-11-03", "2026-11-03"), ("2026-11-03 07:12:00", "2026-11-03"), ("20261103", "2026-11-03"),
    ("2026/11/03", "2026-11-03"), ("3/11/2026", "2026-11-03"), ("3-11-2026", "2026-11-03"),
    ("3.11.2026 klo 7.12", "2026-11-03"), ("3.11.2026 7:12:33", "2026-11-03"),
    ("05 Oct 2026", "2026-10-05"), ("Oct 5, 2026", "2026-10-05"), ("5. lokakuuta 2026", "2026-10-05"),
    ("3. marraskuuta 2026", "2026-11-03"), ("3 mars 2026", "2026-03-03"), ("5 oktober 2026", "2026-10-05"),
    ("46329", "2026-11-03"), ("46329.0", "2026-11-03"), ("46329,75", "2026-11-03"),
    # An instant with a zone: winter two, summer three hours ahead of UTC.
    ("2026-11-03T21:59:59Z", "2026-11-03"), ("2026-11-03T22:00:00Z", "2026-11-04"),
    ("2026-11-03T22:30:00.123+00:00", "2026-11-04"), ("2026-06-30 21:30 UTC", "2026-07-01"),
    ("2026-11-03T23:30:00+02:00", "2026-11-03"), ("Mon, 05 Oct 2026 23:30:00 +0000", "2026-10-06"),
    # Not this room's to judge.
    ("1.1.1890", "1890-01-01"), ("1.1.2090", "2090-01-01"),
    ("29.2.2028", "2028-02-29"),
]


@pytest.mark.parametrize(("delivered", "expected"), READ)
def test_a_day_is_read(delivered: str, expected: str) -> None:
    assert read(day.normalise, ("event_on", "event_on_code"), event_on=delivered) == (expected, None)


UNREADABLE = ["eilen", "31.2.2026", "29.2.2027", "11/24/2026", "5.10.", "1 Foo 2026", "12345", "2026", "20261340", "4.63E+04",
              "2026-11-03T25:00:00Z"]


@pytest.mark.parametrize("delivered", UNREADABLE)
def test_what_is_no_day_gives_its_code(delivered: str) -> None:
    assert read(day.normalise, ("event_on", "event_on_code"), event_on=delivered) == (None, "event_on_unreadable")


@pytest.mark.parametrize("delivered", ["-", "", None])
def test_a_placeholder_is_missing_without_a_code(delivered: str | None) -> None:
    assert read(day.normalise, ("event_on", "event_on_code"), event_on=delivered) == (None, None)

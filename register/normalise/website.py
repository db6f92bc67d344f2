"""Web addresses of companies. Asks no network; a text that is no address is missing, without a code."""

import re

import pandas as pd

from register.normalise.text import by_distinct, first_given

SITE = re.compile(r"(?:[a-z]+://)?(?P<host>(?:[\w-]+\.)+[^\W\d_]{2,})(?P<rest>[:/?#]\S*)?", re.IGNORECASE)


def normalise(rows: pd.DataFrame, region: str) -> pd.DataFrame:
    """`website` without scheme and closing slash, its host in lower case: "www.kopare.example/yhteys"."""
    return by_distinct(first_given(rows, "website"), lambda text: (parse(text),), ("website",))


def parse(text: str) -> str | None:
    """A written web address, or None.

    >>> parse("HTTPS://WWW.Kopare.example/")
    'www.kopare.example'
    """
    if not (match := SITE.fullmatch(text)):
        return None
    return match["host"].lower() + (match["rest"] or "").rstrip("/")

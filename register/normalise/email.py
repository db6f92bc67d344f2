"""E-mail addresses, checked without asking the network, and whose they are: a person's, a role's, a provider's."""

import re
from collections.abc import Iterator

import pandas as pd
from email_validator import EmailNotValidError, validate_email

from register.normalise import plain
from register.normalise.mailboxes import FREEMAIL, ROLES
from register.normalise.text import by_distinct, delivered, fold, is_placeholder
from register.normalise.types import Email
from register.sets import is_among

__all__ = ["FREEMAIL", "domain", "is_role", "normalise", "parse"]

REPAIRED = (
    (re.compile(r"mailto:", re.IGNORECASE), " "),
    (re.compile(r"(?<!\s)\s*[(\[{<]\s*(?:at|ät|a|miukumauku|@)\s*[)\]}>]\s*", re.IGNORECASE), "@"),
    (re.compile(r"(?<!\s)\s*[(\[{<]\s*(?:dot|piste|punkt)\s*[)\]}>]\s*", re.IGNORECASE), "."),
    (re.compile(r"(?<=\w)\s+(?:at|ät)\s+(?=[\w-]+\.\w)", re.IGNORECASE), "@"),
    (re.compile(r"(?<=\w) ?@ ?(?=\w)"), "@"),
)
"""What people write so that machines shall not read it."""

BETWEEN = re.compile(r"[\s;,<>|]+")
AROUND = "\"'()[]“”‘’:"


def normalise(rows: pd.DataFrame, region: str) -> pd.DataFrame:
    """`email`, `email_2` in lower case with `email_is_role`, `email_2_is_role`; a person's before a role.

    Code: email_invalid, where any delivered address is none.
    """
    read = by_distinct(delivered(rows, "email"), _cell, ("email", "email_2", "email_code"), plain.emails)
    return read.assign(email_is_role=is_role(read["email"]), email_2_is_role=is_role(read["email_2"]))


def parse(text: str) -> Email | None:
    """The first good address of a text, or None.

    >>> parse("Matti Meikäläinen <Matti.Meikalainen@Kopare.example>")
    'matti.meikalainen@kopare.example'
    """
    return next((email for written in _written(text) if (email := _check(written))), None)


def is_role(emails: pd.Series) -> pd.Series:
    """True where the local part, or its beginning, is a role's ("laskutus.oulu@"), not a person's; False for missing."""
    local = by_distinct(emails, _local, ("whole", "head"), plain.local_parts)
    return is_among(local["whole"], ROLES) | is_among(local["head"], ROLES)


def domain(emails: pd.Series) -> pd.Series:
    """What stands after the "@"; missing stays missing."""
    return emails.str.replace(r"^.*@", "", regex=True)


def _local(email: str) -> tuple[str, str]:
    whole = fold(email.rpartition("@")[0])
    return whole, re.split(r"[\d.+_-]", whole, maxsplit=1)[0]


def _cell(text: str) -> tuple[str | None, str | None, str | None]:
    checked = [_check(written) for written in _written(text)]
    good = list(dict.fromkeys(email for email in checked if email))
    good.sort(key=lambda email: any(part in ROLES for part in _local(email)))
    first, second = (*good, None, None)[:2]
    is_unreadable = None in checked or (not checked and not is_placeholder(text))
    return first, second, "email_invalid" if is_unreadable else None


def _written(text: str) -> Iterator[str]:
    """Every text of a cell that shall be an address; names beside them are none."""
    for pattern, replacement in REPAIRED:
        text = pattern.sub(replacement, text)
    for part in BETWEEN.split(text):
        pieces = part.split("/")
        yield from (piece for piece in (pieces if all("@" in piece for piece in pieces) else [part]) if "@" in piece)


def _check(written: str) -> Email | None:
    bare = written.strip(AROUND).rstrip("." + AROUND)
    try:
        return Email(validate_email(bare, check_deliverability=False).normalized.lower())
    except EmailNotValidError:
        return None

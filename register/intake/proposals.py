"""What an entry of quarantine would be mended to, where that is sure: few repairs, each by a table or by what is held."""

import json
import re
from collections.abc import Callable

import pandas as pd
from sqlalchemy import func, select

from register.increments import among
from register.normalise import email
from register.normalise.mailboxes import FREEMAIL
from register.store.store import Store
from register.store.tables import observations

REPAIRS = (
    (re.compile(r"\s+"), ""),
    (re.compile(r"@{2,}"), "@"),
    (re.compile(r"(?<=\w),(?=\w)"), "."),  # "kopare,example"
    (re.compile(r"\.{2,}"), "."),
    (re.compile(r"^[.,;]+|[.,;]+$"), ""),
)
"""Slips of the keyboard in an e-mail address, in this order."""

DOTLESS = {name.replace(".", ""): name for name in FREEMAIL}
"""Providers whose dot was forgotten: "gmailcom"."""


def proposals(store: Store, entries: pd.DataFrame) -> "pd.Series[str]":
    """The mended value of each entry, missing where none is sure. entries: columns of the table `quarantine`."""
    found = pd.Series(pd.NA, index=entries.index, dtype="str")
    for code, propose in PROPOSERS.items():
        asked = entries[entries["code"] == code]
        if len(asked):
            found.loc[asked.index] = propose(store, asked)
    return found


def _email(_: Store, entries: pd.DataFrame) -> "pd.Series[str]":
    return pd.Series([mended(json.loads(content).get("email", "")) for content in entries["content"]], entries.index, "str")


def mended(text: str) -> str | None:
    """An address without slips of the keyboard; None where it is none all the same, or there are several.

    >>> mended("asa@@kopare,example"), mended("asa@gmailcom")
    ('asa@kopare.example', 'asa@gmail.com')
    """
    for pattern, replacement in REPAIRS:
        text = pattern.sub(replacement, text)
    local, at, domain = text.partition("@")
    text = local + at + DOTLESS.get(domain.lower(), domain)
    return text if text.count("@") == 1 and email.parse(text) == text.lower() else None


def _firm_of_domain(store: Store, entries: pd.DataFrame) -> "pd.Series[str]":
    """The one company known with the address's domain."""
    domains = email.domain(entries["email"])
    domains = domains.mask(domains.isin(list(FREEMAIL)))
    return domains.map(_only(store, "email_domain", "company_key", domains, shown="company")).astype("str")


def _id_of_firm(store: Store, entries: pd.DataFrame) -> "pd.Series[str]":
    """The one business id known with the company's name."""
    names = entries["company_key"]
    return names.map(_only(store, "company_key", "business_id", names, shown="business_id")).astype("str")


def _only(store: Store, by: str, what: str, wanted: "pd.Series[str]", shown: str) -> "dict[str, str]":
    """Of each wanted value the only `what` that observations know with it, as `shown`."""
    columns = observations.c
    query = select(columns[by], func.min(columns[shown]).label("shown")).where(
        among(store, columns[by], wanted), columns[what].is_not(None)).group_by(columns[by])
    rows = store.read(query.having(func.count(columns[what].distinct()) == 1))
    return dict(zip(rows[by], rows["shown"], strict=True))


PROPOSERS: dict[str, Callable[[Store, pd.DataFrame], "pd.Series[str]"]] = {
    "email_invalid": _email,
    "company_missing": _firm_of_domain,
    "business_id_invalid": _id_of_firm,
}
"""What proposes a value, by reason; for every other one nothing is sure."""

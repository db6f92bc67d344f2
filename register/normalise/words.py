"""Small facts in words: open or closed, yes or no, customer or partner, and numbers that are kept as written."""

import re

import pandas as pd

from register.columns import SEPARATOR
from register.normalise import text

STATUS = {
    "open": "open", "avoin": "open", "avoinna": "open", "auki": "open", "kesken": "open", "keskenerainen": "open",
    "kaynnissa": "open", "meneillaan": "open", "aktiivinen": "open", "voimassa": "open", "uusi": "open",
    "aloitettu": "open", "tyon alla": "open", "oppen": "open", "oppet": "open", "pagar": "open", "pagaende": "open",
    "aktiv": "open", "active": "open", "in progress": "open", "ongoing": "open", "new": "open", "pending": "open",
    "started": "open", "closed": "closed", "suljettu": "closed", "paattynyt": "closed", "paatetty": "closed",
    "valmis": "closed", "valmistunut": "closed", "toimitettu": "closed", "lopetettu": "closed", "loppunut": "closed",
    "peruttu": "closed", "peruutettu": "closed", "laskutettu": "closed", "stangd": "closed", "stangt": "closed",
    "avslutad": "closed", "avslutat": "closed", "klar": "closed", "fardig": "closed", "levererad": "closed",
    "annullerad": "closed", "done": "closed", "completed": "closed", "complete": "closed", "finished": "closed",
    "delivered": "closed", "cancelled": "closed", "canceled": "closed", "ended": "closed", "won": "closed",
    "lost": "closed",
}
"""Folded words of an assignment's state; any other is missing."""

BOUNCES = {
    "hard": "hard", "hard bounce": "hard", "hardbounce": "hard", "permanent": "hard", "permanent failure": "hard",
    "pysyva": "hard", "pysyva virhe": "hard", "pysyva palautus": "hard", "kova": "hard", "permanent fel": "hard",
    "soft": "soft", "soft bounce": "soft", "softbounce": "soft", "transient": "soft", "temporary": "soft",
    "temporary failure": "soft", "tilapainen": "soft", "tilapainen virhe": "soft", "pehmea": "soft", "tillfalligt": "soft",
}
"""Folded words of a mail that came back."""

PERMANENT = re.compile(r"(55[013] )?5 (1 \d{1,3}|2 1)( .*)?|55[013]( (?!5 ).*)?")
"""A folded SMTP code that says the address is dead: 5.1.x or 5.2.1, else 550, 551 or 553 (RFC 5321, 4.2; RFC 3463, 3.2, 3.3).
A full mailbox (5.2.2) or a refused message (5.7.1) is no fault of the address."""

PARTY = {
    "customer": "customer", "asiakas": "customer", "kund": "customer", "ostaja": "customer", "buyer": "customer",
    "partner": "partner", "kumppani": "partner", "yhteistyokumppani": "partner", "toimittaja": "partner",
    "leverantor": "partner", "samarbetspartner": "partner", "supplier": "partner", "vendor": "partner",
    "seller": "partner", "neither": "neither",
}
"""Folded words of whose an invoice is."""

YES = frozenset({
    "k", "kylla", "x", "1", "1 0", "true", "tosi", "yes", "y", "j", "ja", "joo", "on", "ok", "sallittu", "saa",
    "annettu", "suostumus", "godkant", "tillaten", "opt in", "optin", "subscribed", "allowed", "accepted", "sant",
})
"""Folded words of a clear yes; "on" is a ticked box of a web form."""

DELETED = YES | {
    "poistettu", "poistunut", "deleted", "removed", "raderad", "borttagen", "slettet", "sletting", "fjernet",
}

NOT_BANNED = frozenset({
    "-", "--", "0", "0 0", "ei", "e", "no", "n", "nej", "false", "epatosi", "falskt", "off", "ei kieltoa", "ei kielletty",
    "sallittu", "saa", "allowed", "tillaten", "subscribed", "none", "ingen", "opt in",
})
"""Folded words that say there is no ban; every other text in a column of bans is one."""


def normalise(rows: pd.DataFrame, region: str) -> pd.DataFrame:
    """`event_status` and `party` by their words, `marketing_ban`, `marketing_consent`, `deleted` as yes or no.

    What cannot be read is a ban, and is neither a consent nor a deletion (law: marketing to businesses).
    """
    return pd.DataFrame({
        "event_status": text.by_distinct(text.given(rows, "event_status"), _status, ("word",))["word"],
        "party": _folded(rows, "party").map(PARTY).astype("str"),
        "marketing_ban": ~_all_in(rows, "marketing_ban", NOT_BANNED, missing=True),
        "marketing_consent": _all_in(rows, "marketing_consent", YES, missing=False),
        "deleted": _all_in(rows, "deleted", DELETED, missing=False),
        "case_number": text.first_given(rows, "case_number"),
        "invoice_number": text.given(rows, "invoice_number"),
        "invoice_type": text.given(rows, "invoice_type").str.upper(),
    })


def _status(value: str) -> tuple[str | None]:
    folded = text.words(value)
    word = (STATUS | BOUNCES).get(folded)
    return (word or ("hard" if PERMANENT.fullmatch(folded) else None),)


def _folded(rows: pd.DataFrame, column: str) -> pd.Series:
    return text.by_distinct(text.given(rows, column), lambda value: (text.words(value),), ("words",))["words"]


def _all_in(rows: pd.DataFrame, column: str, known: frozenset[str], *, missing: bool) -> pd.Series:
    """Whether every delivered value of the cell is one of the `known` words; `missing` for an empty cell."""
    def read(value: str) -> tuple[str]:
        parts = value.split(SEPARATOR.strip())
        return ("yes" if all((text.words(part) or part.strip()) in known for part in parts) else "no",)

    answers = text.by_distinct(text.delivered(rows, column), read, ("answer",))["answer"]
    return answers.fillna("yes" if missing else "no") == "yes"

"""Small facts in words: open or closed, yes or no, customer or partner, and numbers that are kept as written."""

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
        "event_status": _folded(rows, "event_status").map(STATUS).astype("str"),
        "party": _folded(rows, "party").map(PARTY).astype("str"),
        "marketing_ban": ~_all_in(rows, "marketing_ban", NOT_BANNED, missing=True),
        "marketing_consent": _all_in(rows, "marketing_consent", YES, missing=False),
        "deleted": _all_in(rows, "deleted", DELETED, missing=False),
        "case_number": text.first_given(rows, "case_number"),
        "invoice_number": text.given(rows, "invoice_number"),
        "invoice_type": text.given(rows, "invoice_type").str.upper(),
    })


def _folded(rows: pd.DataFrame, column: str) -> pd.Series:
    return text.by_distinct(text.given(rows, column), lambda value: (text.words(value),), ("words",))["words"]


def _all_in(rows: pd.DataFrame, column: str, known: frozenset[str], *, missing: bool) -> pd.Series:
    """Whether every delivered value of the cell is one of the `known` words; `missing` for an empty cell."""
    def read(value: str) -> tuple[str]:
        parts = value.split(SEPARATOR.strip())
        return ("yes" if all((text.words(part) or part.strip()) in known for part in parts) else "no",)

    answers = text.by_distinct(text.delivered(rows, column), read, ("answer",))["answer"]
    return answers.fillna("yes" if missing else "no") == "yes"

"""Which column a corrected value is for: what was missing may be given in several. The gate judges the row all the same."""

from collections.abc import Callable

from register.normalise import business_id, company, day, email, name, phone, words
from register.normalise.text import words as folded
from register.reasons import REASONS

PLACES: dict[str, tuple[str, ...]] = {
    "company_missing": ("business_id", "company"),
    "company_ambiguous": ("business_id", "company"),
    "channel_missing": ("email", "phone"),
    "invoice_party_unknown": ("party",),
}
"""Columns in which a reason's correction may stand, the first that can be read counts; of any other reason its own column."""

READABLE: dict[str, Callable[[str, str], bool]] = {
    "full_name": lambda text, _: name.parse(text).key is not None,
    "company": lambda text, _: company.parse(text).key is not None,
    "business_id": lambda text, region: business_id.parse(text, region) is not None,
    "email": lambda text, _: email.parse(text) is not None,
    "phone": lambda text, region: phone.parse(text, region) is not None,
    "event_on": lambda text, _: day.parse(text) is not None,
    "party": lambda text, _: words.PARTY.get(folded(text)) == "customer",  # of a purchase the other side's person was read
}


def places(code: str) -> tuple[str, ...]:
    """The columns in which a correction may stand."""
    return PLACES.get(code, (REASONS[code].column,))


def place(code: str, value: str, region: str) -> str | None:
    """The column that a typed value is for; None where it can be read as none of those that would help.

    >>> place("channel_missing", "040 123 4567", "FI"), place("company_missing", "Köpare Oy", "FI")
    ('phone', 'company')
    """
    return next((column for column in places(code) if column not in READABLE or READABLE[column](value, region)), None)

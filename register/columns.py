"""The canonical columns, each described once: what a delivery may say, and what it becomes.

Tables, archive, exports, column schemas and docs are made from these lists. How a delivered header is recognised stands in
`sources/aliases.py`; how a value is checked stands in `normalise/`.
"""

from dataclasses import dataclass
from typing import Literal

Pii = Literal["person", "company", "none"]


@dataclass(frozen=True)
class Column:
    """One canonical column of the delivered text.

    kept: whether `policy.toml` must list it before it may be kept; the facts of the relationship are always kept.
    pii: whose data it is, as the tag in the column schema says it.
    """

    name: str
    pii: Pii
    kept: Literal["if listed", "always", "read only"]


DELIVERED = (
    Column("full_name", "person", "if listed"),
    Column("first_name", "person", "if listed"),
    Column("last_name", "person", "if listed"),
    Column("company", "company", "if listed"),
    Column("business_id", "company", "if listed"),
    Column("website", "company", "if listed"),
    Column("case_number", "company", "if listed"),
    Column("email", "person", "if listed"),
    Column("phone", "person", "if listed"),
    Column("street", "person", "if listed"),
    Column("postcode", "person", "if listed"),
    Column("city", "person", "if listed"),
    Column("country", "none", "if listed"),
    Column("event_on", "none", "always"),
    Column("event_status", "none", "always"),
    Column("invoice_number", "none", "always"),
    Column("invoice_type", "none", "always"),
    Column("party", "none", "always"),
    Column("marketing_ban", "none", "always"),
    Column("marketing_consent", "none", "always"),
    Column("deleted", "none", "always"),
    # What only the gate reads: the parties of an invoice for its record key, and the word that says "private person".
    Column("seller_id", "company", "read only"),
    Column("buyer_id", "company", "read only"),
    Column("private_person", "person", "read only"),
)
"""What a reader may name. A reader joins several delivered columns of one canonical column with SEPARATOR, best first."""

CANONICAL = tuple(column.name for column in DELIVERED)
ALWAYS = tuple(column.name for column in DELIVERED if column.kept == "always")
READ_ONLY = tuple(column.name for column in DELIVERED if column.kept == "read only")
LISTABLE = tuple(column.name for column in DELIVERED if column.kept == "if listed")

SEPARATOR = " ; "
"""Stands between two delivered values of one canonical column (work and mobile phone, two e-mails)."""

NAME = ("full_name", "first_name", "last_name")
CHANNELS = ("email", "email_2", "phone", "phone_2")
ADDRESS = ("street", "postcode", "city", "country")

CONTACT_FIELDS = (*NAME, *CHANNELS, *ADDRESS, "case_number")
"""Golden fields of a contact, in the order people read them."""

COMPANY_FIELDS = ("company", "business_id", "website")
"""Golden fields of an organisation beside its address."""

NORMALISED: dict[str, str] = {
    "full_name": "str", "first_name": "str", "last_name": "str",
    "name_key": "str",            # folded parts, sorted, "-" between: equal for "Åkerberg, Åsa" and "asa akerberg"
    "company": "str", "company_key": "str",   # the key: legal form and case folded
    "is_sole_trader": "bool",
    "business_id": "str", "website": "str", "case_number": "str",
    "email": "str", "email_is_role": "bool", "email_2": "str", "email_2_is_role": "bool",
    "phone": "str", "phone_type": "str", "phone_2": "str", "phone_2_type": "str",  # mobile, fixed, company
    "street": "str", "postcode": "str", "city": "str", "country": "str",
    "event_on": "str",            # ISO day
    "event_status": "str",        # open, closed or missing
    "invoice_number": "str", "invoice_type": "str",
    "party": "str",               # customer, partner, neither
    "marketing_ban": "bool", "marketing_consent": "bool", "deleted": "bool",
}
"""Columns of a normalised row with their kind: what `normalise.rows` gives and the table `observations` holds.

Days are ISO text ("2026-11-24"): one form in frames, tables and Parquet, that sorts and reads the same everywhere.
"""

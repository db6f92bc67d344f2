"""What valid means, as a table: for which kinds, which expectation of what, which code follows, how grave it is.

The conditions stand in `custom.py`, the reasons in `register/reasons.py`; how a suite is run, in `runner.py`.
"""

from dataclasses import dataclass
from typing import Any, Literal

from register.columns import CHANNELS
from register.feeds import KINDS, OWN_KINDS

Severity = Literal["critical", "warning"]

EARLIEST_DAY = "1990-01-01"
"""No dealing of ours is older: an earlier day is a slip of the pen or a spreadsheet's zero."""


@dataclass(frozen=True)
class Asserted:
    """One line of a suite. `expectation` and `kwargs` are Great Expectations' own words.

    codes: what a failing row is told; where several are named, the failing value of the code column is the code.
    column: the canonical column that people are shown. severity: what the failing check becomes.
    """

    kinds: tuple[str, ...]
    expectation: str
    kwargs: dict[str, Any]
    codes: tuple[str, ...]
    column: str
    severity: Severity

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns it needs of the frame."""
        return tuple(self.kwargs.get("column_list") or [self.kwargs["column"]])


CONTACTS = "contacts"
"""The name of the suite of `contacts`; the others bear the name of their kind."""

INVOICE = ("invoice",)
HAS_NAME = ["names_person", "full_name", "email_is_role", "email_2_is_role"]
HAS_CHANNEL = ["names_person", *CHANNELS]
HAS_COMPANY = ["names_person", "has_organisation"]
IS_AMBIGUOUS = ["names_person", "organisation_is_ambiguous"]
DAYS = {"column_list": ["event_on", "delivered_on"], "earliest": EARLIEST_DAY}
KNOWN_PARTIES = {"column": "party", "value_set": ["neither"]}
ERASED_MOBILE = {"column": "erased_code", "value_set": ["erased_mobile"]}
ERASED_UNDATED = {"column": "erased_code", "value_set": ["erased_undated"]}
DATED = {"column": "is_dated", "value_set": [True]}
EXPLAINED = {"column": "has_provenance", "value_set": [True]}

ASSERTED = (
    # A value that was given can be read: the normaliser left no code.
    Asserted(KINDS, "expect_name_to_be_readable", {"column": "full_name_code"},
             ("name_unreadable",), "full_name", "warning"),
    Asserted(KINDS, "expect_email_to_be_usable", {"column": "email_code"},
             ("email_invalid",), "email", "warning"),
    Asserted(KINDS, "expect_phone_to_be_usable", {"column": "phone_code"},
             ("phone_invalid", "phone_damaged"), "phone", "warning"),
    Asserted(KINDS, "expect_business_id_to_be_valid", {"column": "business_id_code"},
             ("business_id_invalid",), "business_id", "warning"),
    Asserted(KINDS, "expect_postcode_to_be_valid", {"column": "postcode_code"},
             ("postcode_invalid",), "postcode", "warning"),
    Asserted(KINDS, "expect_event_day_to_be_readable", {"column": "event_on_code"},
             ("event_on_unreadable",), "event_on", "warning"),
    # A row that names a person, a mailbox or a phone has the minimum of a contact.
    Asserted(KINDS, "expect_person_to_have_organisation", {"column_list": HAS_COMPANY},
             ("company_missing",), "company", "warning"),
    Asserted(KINDS, "expect_person_to_have_one_organisation", {"column_list": IS_AMBIGUOUS},
             ("company_ambiguous",), "company", "warning"),
    Asserted(KINDS, "expect_person_to_have_name", {"column_list": HAS_NAME},
             ("name_missing",), "full_name", "warning"),
    Asserted(KINDS, "expect_person_to_have_channel", {"column_list": HAS_CHANNEL},
             ("channel_missing",), "email", "warning"),
    # A row that may be of somebody who was erased.
    Asserted(KINDS, "expect_column_values_to_not_be_in_set", ERASED_MOBILE,
             ("erased_mobile",), "phone", "warning"),
    Asserted(OWN_KINDS, "expect_column_values_to_not_be_in_set", ERASED_UNDATED,
             ("erased_undated",), "event_on", "warning"),
    # What retention counts on: a wrong or missing fact here would keep or remove people wrongly.
    Asserted(INVOICE, "expect_column_values_to_be_in_set", DATED,
             ("invoice_date_missing",), "event_on", "critical"),
    Asserted((*OWN_KINDS, "bounce"), "expect_event_day_to_be_plausible", DAYS,
             ("event_on_implausible",), "event_on", "critical"),
    Asserted(INVOICE, "expect_column_values_to_not_be_in_set", KNOWN_PARTIES,
             ("invoice_party_unknown",), "business_id", "critical"),
    # The golden records, before anything may be removed on their word.
    Asserted((CONTACTS,), "expect_column_values_to_be_unique", {"column": "contact_id"},
             ("contact_repeated",), "contact_id", "critical"),
    Asserted((CONTACTS,), "expect_person_to_have_organisation", {"column_list": HAS_COMPANY},
             ("company_missing",), "company", "critical"),
    Asserted((CONTACTS,), "expect_person_to_have_name", {"column_list": ["names_person", "full_name", "email_is_role"]},
             ("name_missing",), "full_name", "critical"),
    Asserted((CONTACTS,), "expect_person_to_have_channel", {"column_list": HAS_CHANNEL},
             ("channel_missing",), "email", "critical"),
    Asserted((CONTACTS,), "expect_column_values_to_be_in_set", EXPLAINED,
             ("provenance_missing",), "provenance", "critical"),
)
"""Every expectation, in the order in which people read them."""

SUITES: dict[str, tuple[Asserted, ...]] = {
    name: tuple(line for line in ASSERTED if name in line.kinds) for name in (*KINDS, CONTACTS)
}
"""The suites by name: one a kind of feed, and `contacts`."""

"""Every reason code once: what is wrong, with which column, whether it stops the row or only a value, and what follows.

The sentence for people stands in the catalogues under `reason.CODE` (what is wrong) and `allowed.CODE` (what is allowed).
"""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["row", "value"]
Fate = Literal["quarantined", "withheld"]


@dataclass(frozen=True)
class Reason:
    """One reason: `scope` row stops the row's person, value stops one value; `fate` says where it goes."""

    code: str
    column: str
    scope: Scope
    fate: Fate


REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        # A value that could not be read; the row goes on with what is left.
        Reason("name_unreadable", "full_name", "value", "quarantined"),
        Reason("email_invalid", "email", "value", "quarantined"),
        Reason("phone_invalid", "phone", "value", "quarantined"),
        Reason("phone_damaged", "phone", "value", "quarantined"),
        Reason("business_id_invalid", "business_id", "value", "quarantined"),
        Reason("postcode_invalid", "postcode", "value", "quarantined"),
        Reason("event_on_unreadable", "event_on", "value", "quarantined"),
        # A row whose person cannot be kept yet: the steward decides.
        Reason("company_missing", "company", "row", "quarantined"),
        Reason("company_ambiguous", "company", "row", "quarantined"),
        Reason("name_missing", "full_name", "row", "quarantined"),
        Reason("channel_missing", "email", "row", "quarantined"),
        Reason("invoice_date_missing", "event_on", "row", "quarantined"),
        Reason("event_on_implausible", "event_on", "row", "quarantined"),
        Reason("invoice_party_unknown", "business_id", "row", "quarantined"),
        Reason("erased_mobile", "phone", "row", "quarantined"),
        Reason("erased_undated", "event_on", "row", "quarantined"),
        # A row that may not be kept at all.
        Reason("private_person", "company", "row", "withheld"),
        Reason("own_people", "email", "row", "withheld"),
        Reason("organisation_unknown", "company", "row", "withheld"),
        Reason("person_unknown", "full_name", "row", "withheld"),
        Reason("address_unknown", "email", "row", "withheld"),
        Reason("bounce_soft", "event_status", "row", "withheld"),
        Reason("suppressed", "full_name", "row", "withheld"),
        Reason("erased_person", "full_name", "row", "withheld"),
        Reason("nothing_usable", "full_name", "row", "withheld"),
        # A row that waited: nobody wanted it, or nobody answered in time.
        Reason("discarded", "full_name", "row", "withheld"),
        Reason("expired", "full_name", "row", "withheld"),
    )
}
"""All reason codes, by code."""

IDENTITY_NUMBER = "identity_number"
"""Counted beside the reasons: values that were cut out because they were identity numbers; never a reason of a row."""

UNREADABLE = (
    "empty_file", "no_header_row", "unknown_encoding", "broken_table", "broken_xml", "broken_json", "broken_zip",
    "broken_workbook", "sheet_missing", "no_known_column", "not_a_file", "too_large", "reader_failed", "suite_failed",
)
"""Codes of a file that could not be read; each has a sentence and what to do in the catalogues."""

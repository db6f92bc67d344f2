"""Made-up frames for the suites: one sound row or contact, and what a case changes in it."""

from typing import Any

import pandas as pd

from register.columns import CONTACT_FIELDS, NORMALISED
from register.contacts import provenance
from register.feeds import Feed, Kind

CODES = ("full_name", "email", "phone", "business_id", "postcode", "event_on", "company")

SOUND_ROW: dict[str, Any] = {
    "full_name": "Aino Öljymäki", "first_name": "Aino", "last_name": "Öljymäki", "name_key": "aino-oljymaki",
    "company": "Ostaja Öljy Oy", "company_key": "ostaja-oljy", "business_id": "9900001-8",
    "email": "aino.oljymaki@ostaja.example", "phone": "+358401234567", "phone_type": "mobile",
    "postcode": "00100", "event_on": "2026-11-20", "party": "customer", "invoice_number": "1007",
    "is_dated": True, "delivered_on": "2026-11-24",
    "names_person": True, "has_organisation": True, "organisation_is_ambiguous": False,
}

SOUND_CONTACT: dict[str, Any] = {
    "contact_id": "c-1", "person_id": "p-1", "organisation_id": "o-1", "full_name": "Aino Öljymäki",
    "email": "aino.oljymaki@ostaja.example", "email_is_role": False, "phone": "+358401234567",
}


def rows(*changes: dict[str, Any]) -> pd.DataFrame:
    """One row for each change to the sound one."""
    kinds = {
        **NORMALISED, **{f"{name}_code": "str" for name in CODES}, "delivered_on": "str", "erased_code": "str",
        **dict.fromkeys(("is_dated", "names_person", "has_organisation", "organisation_is_ambiguous"), "bool"),
    }
    made = [SOUND_ROW | change for change in changes]
    return pd.DataFrame({
        name: pd.Series([row.get(name, False if kind == "bool" else None) for row in made], dtype=kind)
        for name, kind in kinds.items()
    })


def contacts(*changes: dict[str, Any]) -> pd.DataFrame:
    """One contact for each change to the sound one; provenance for each golden field, but those of `unexplained`."""
    columns = ["contact_id", "person_id", "organisation_id", *CONTACT_FIELDS, "email_is_role", "provenance"]
    made = [_contact(number, change) for number, change in enumerate(changes, start=1)]
    return pd.DataFrame(made, columns=columns).assign(has_lost=pd.Series([change.get("has_lost", False) for change in changes],
                                                                         dtype=bool))


def _contact(number: int, change: dict[str, Any]) -> dict[str, Any]:
    contact = SOUND_CONTACT | {"contact_id": f"c-{number}"} | change
    origin = {"feed": "web_inquiries", "day": "2026-11-20", "record_key": "0" * 32, "why": "newest"}
    explained = {name: origin for name in CONTACT_FIELDS if contact.get(name)}
    for name in contact.pop("unexplained", ()):
        del explained[name]
    return {"provenance": provenance.written(explained)} | contact


def feed(kind: Kind = "inquiry") -> Feed:
    """A feed of a kind, the rest as by default."""
    return Feed(
        name="web_inquiries", kind=kind, format="csv", gives="events", key=(), path="*", region="FI", trust=80,
        columns={}, patterns={}, sheet=None, history_from=None, late_after_days=7, owner=None, retired=False,
        own_business_ids=())

"""Whoever is sought is found by whatever is known of them, in any spelling; what only waits is counted."""

import json
from typing import Any

import pandas as pd
import pytest

from register.find import find, waiting
from register.store import tables
from register.store.database import Database
from tests.rows import compute, ids, observation, put, table

AKERBERG: dict[str, Any] = {"name": "Åsa Åkerberg", "email": "asa.akerberg@kopare.example"}
KOPARE = {"company": "Köpare Oy", "business_id": "9900001-8"}

ROWS = (
    observation("asa", **KOPARE, **AKERBERG, phone="040 123 4567"),
    observation("asa_before", "provider_x", **KOPARE, **AKERBERG, phone="050 123 4578", email_2="asa@old.example",
                withdrawn=True),
    observation("asa_elsewhere", company="Varuboden Ab", business_id="9900002-6", **AKERBERG),
    observation("matti", **KOPARE, name="Matti Juhani Virtanen", email="matti@kopare.example"),
    observation("trader", company="Virtanen Matti T:mi", name="Liisa Korhonen", phone="044 555 0143"),
    observation("mailbox", **KOPARE, email="info@kopare.example"),
)


@pytest.fixture
def held(database: Database) -> Database:
    put(database, *ROWS)
    compute(database)
    return database


def found(database: Database, text: str) -> set[str]:
    """Record keys of the contacts found, the provider's copy aside."""
    with database.reading() as store:
        contact_ids = set(find(store, text, "FI")["contact_id"])
    return {key for key, contact_id in ids(database).items() if contact_id in contact_ids} - {"asa_before"}


SOUGHT = {
    "an e-mail in capitals, with its name": ("Åsa Åkerberg <ASA.AKERBERG@kopare.example>", {"asa", "asa_elsewhere"}),
    "an e-mail that only a withdrawn record has": ("asa@old.example", {"asa"}),
    "a mobile as people write it": ("040-123 4567", {"asa"}),
    "the same abroad": ("+358 (0)40 1234567", {"asa"}),
    "an old number": ("0501234578", {"asa"}),
    "a business id": ("9900001-8", {"asa", "matti", "mailbox"}),
    "a business id as a VAT number": ("FI99000018", {"asa", "matti", "mailbox"}),
    "a name in another order, without accents": ("akerberg asa", {"asa", "asa_elsewhere"}),
    "one part of a name": ("Juhani", {"matti"}),
    "a surname that is a company's too": ("Virtanen", {"matti", "trader"}),
    "a part of a word is no part of a name": ("Virta", set()),
    "all parts must fit": ("Åsa Virtanen", set()),
    "a company in another form": ("oy köpare ab", {"asa", "matti", "mailbox"}),
    "a wildcard is none": ("%", set()),
    "nothing but a legal form": ("Oy", set()),
    "nobody": ("Kalle Kukaan", set()),
}


def test_who_is_found(held: Database) -> None:
    assert {case: found(held, text) for case, (text, _) in SOUGHT.items()} == {case: who for case, (_, who) in SOUGHT.items()}


def test_a_contact_is_found_by_its_id_and_by_one_merged_into_it(held: Database) -> None:
    own = ids(held)["matti"]
    with held.writing("redirect", "2026-11-24") as store:
        store.insert(tables.redirects, pd.DataFrame([
            {"old_id": "older", "new_id": "old", "kind": "contact", "redirected_on": "2026-11-23"},
            {"old_id": "old", "new_id": own, "kind": "contact", "redirected_on": "2026-11-24"}]))
    assert found(held, own.upper()) == found(held, "older") == {"matti"}


def test_what_is_shown_of_a_contact(held: Database) -> None:
    contact_id = ids(held)["asa"]
    verdict = {"contact_id": contact_id, "outcome": "keep", "last_day": "2036-12-31", "rule": "after_invoicing", "facts": "{}",
               "policy_no": 1, "judged_on": "2026-11-24"}
    with held.writing("verdicts", "2026-11-24") as store:
        store.insert(tables.verdicts, pd.DataFrame([verdict]))
    with held.reading() as store:
        shown = find(store, "Åkerberg", "FI").set_index("company")
    assert shown.loc["Köpare Oy", ["contact_id", "full_name", "business_id", "phone", "last_day"]].tolist() == [
        contact_id, "Åsa Åkerberg", "9900001-8", "+358401234567", "2036-12-31"]
    assert shown["person_contacts"].tolist() == [2, 2]
    assert not shown["restricted"].any()
    assert pd.isna(shown.loc["Varuboden Ab", "outcome"])


def test_a_corrected_name_is_found(held: Database) -> None:
    correction = {"record_key": "matti", "column": "full_name", "value": "Mattias Wirtanen", "decided_by": "Liisa Kaski",
                  "decided_at": "2026-11-24T08:00:00+00:00"}
    with held.writing("correct", "2026-11-24") as store:
        store.insert(tables.corrections, pd.DataFrame([correction]))
    put(held, observation("matti", **KOPARE, name="Matti Juhani Virtanen", email="matti@kopare.example"))
    compute(held)
    assert "Mattias Wirtanen" in table(held, tables.contacts)["full_name"].tolist()
    assert found(held, "wirtanen mattias") == {"matti"}


def quarantined(record_key: str, content: dict[str, str], **said: Any) -> dict[str, Any]:
    return {"feed": "web", "record_key": record_key, "column": "company", "code": "company_missing", "value_hash": "0" * 32,
            "scope": "row", "content": json.dumps(content), "first_seen_on": "2026-11-20", "last_seen_on": "2026-11-20",
            "email": None, "phone": None, "business_id": None} | said


WAITING = [
    quarantined("a", {"full_name": "ÅKERBERG, Åsa"}, phone="+358401234567"),
    quarantined("a", {"full_name": "ÅKERBERG, Åsa"}, code="channel_missing", phone="+358401234567"),
    quarantined("b", {"first_name": "Åsa", "last_name": "Åkerberg"}, feed="works"),
    quarantined("c", {"email": "asa.akerberg@kopare"}, scope="value", business_id="9900001-8"),
]


@pytest.mark.parametrize(("text", "expected"), [
    ("åsa åkerberg", {"web": 1, "works": 1}), ("040 1234567", {"web": 1}), ("9900001-8", {"web": 1}), ("Kalle Kukaan", {}),
])
def test_what_waits_is_counted_by_feed(database: Database, text: str, expected: dict[str, int]) -> None:
    with database.writing("quarantine", "2026-11-24") as store:
        store.insert(tables.quarantine, pd.DataFrame(WAITING))
    with database.reading() as store:
        rows = waiting(store, [text], "FI")
    assert rows["feed"].value_counts().to_dict() == expected

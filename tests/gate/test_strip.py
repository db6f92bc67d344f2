"""What may never be kept is cut before anything else sees it, and the row goes on with what is left."""

from dataclasses import replace

import pandas as pd
import pytest

from register.gate.strip import Stripped, strip
from register.policy import Fields
from tests.rows import POLICY, feed

LIST = feed("lista", "inquiry")
HETU = "131052-308T"


def stripped(*rows: dict[str, str | None], **changed: object) -> Stripped:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    frame = pd.DataFrame([[row.get(name) for name in columns] for row in rows], columns=columns, index=range(2, len(rows) + 2),
                         dtype="str")
    return strip(frame, replace(LIST, **changed), POLICY)  # type: ignore[arg-type]


@pytest.mark.parametrize(("column", "written", "left"), [
    ("case_number", f"TARJ-7 {HETU}", "TARJ-7 "),
    ("full_name", f"Matti Virtanen {HETU.lower()}", "Matti Virtanen "),
    ("email", "matti@virta.example", "matti@virta.example"),
])
def test_an_identity_number_is_cut_wherever_it_stands_and_the_rest_goes_on(column: str, written: str, left: str) -> None:
    found = stripped({column: written, "company": "Virta Oy"})
    assert found.rows.loc[2, column].strip() == left.strip()
    assert found.rows.loc[2, "company"] == "Virta Oy"
    assert found.identity_numbers.tolist() == [0 if written == left else 1]


def test_what_the_feed_declares_is_no_identity_number() -> None:
    found = stripped({"case_number": "150126-0012"}, patterns={"case_number": "[0-9]{6}-[0-9]{4}"})
    assert found.rows.loc[2, "case_number"] == "150126-0012"
    assert found.identity_numbers.sum() == 0


def test_columns_that_are_not_listed_are_dropped_and_named_and_the_numbers_in_them_counted() -> None:
    found = stripped({"company": "Virta Oy", "unlisted.job_title": "isännöitsijä", "column 7": HETU, "seller_id": "9900001-8",
                      "key.0": "K-1", "private_person": "ei", "invoice_number": "77"})
    assert list(found.rows) == ["company", "invoice_number"]
    assert found.dropped == ("unlisted.job_title", "column 7")
    assert found.identity_numbers.tolist() == [1]


def test_only_what_the_policy_keeps_is_kept_and_the_facts_of_the_relationship_always() -> None:
    policy = POLICY.model_copy(update={"fields": Fields(keep=("company", "email"))})
    frame = pd.DataFrame({"company": ["Virta Oy"], "email": ["info@virta.example"], "phone": ["040 1234567"],
                          "event_on": ["3.11.2026"], "marketing_ban": ["x"]}, dtype="str")
    found = strip(frame, LIST, policy)
    assert set(found.rows) == {"company", "email", "event_on", "marketing_ban"}
    assert found.dropped == ("phone",)


@pytest.mark.parametrize(("row", "key"), [
    ({"key.0": "K-1001", "key.1": " A  b "}, "k-1001\x1fa b"),
    ({"key.0": "K-1001", "key.1": ""}, None),
    ({"key.0": "K-1001", "key.1": None}, None),
    ({"key.0": "K-1001", "key.1": HETU}, None),
    ({"key.0": "K-1001", "key.1": f"A {HETU}"}, None),
    ({"company": "Virta Oy"}, None),
])
def test_the_feeds_own_key_is_folded_and_missing_where_a_part_is_empty_or_held_an_identity_number(
    row: dict[str, str | None], key: str | None
) -> None:
    found = stripped(row).delivered_key
    assert found.fillna("").tolist() == [key or ""]


def test_key_columns_are_joined_in_the_order_of_the_feeds_key_and_not_of_the_alphabet() -> None:
    row: dict[str, str | None] = {f"key.{number}": str(number) for number in (10, 2, 0)}
    assert stripped(row).delivered_key.tolist() == ["0\x1f2\x1f10"]


def test_an_invoice_without_a_key_is_known_by_seller_buyer_and_number() -> None:
    row: dict[str, str | None] = {"seller_id": "9900011-4", "buyer_id": "9900001-8", "invoice_number": "L-77"}
    assert stripped(row, kind="invoice").delivered_key.tolist() == ["9900011-4\x1f9900001-8\x1fl-77"]
    assert stripped(row).delivered_key.isna().all(), "only of invoices"


@pytest.mark.parametrize(("row", "is_private"), [
    ({"private_person": "kyllä", "company": "Virta Oy"}, True),
    ({"private_person": "true", "company": None}, True),
    ({"private_person": "ei", "company": None}, False),
    ({"private_person": "0", "company": None}, False),
    ({"company": "Yksityishenkilö"}, True),
    ({"company": "yksityinen"}, False),
    ({"company": "-"}, False),
    ({"company": None, "full_name": "Matti Virtanen"}, False),
    ({"company": None, "full_name": "Matti Virtanen", "business_id": HETU}, True),
    ({"company": "Virtanen, Matti", "full_name": "Matti Virtanen", "business_id": HETU}, True),
    ({"company": "Virta Oy", "full_name": "Matti Virtanen", "business_id": HETU}, False),
])
def test_a_private_person_needs_positive_evidence(row: dict[str, str | None], is_private: bool) -> None:
    assert stripped(row).is_private.tolist() == [is_private]


def test_evidence_is_found_in_the_row_that_bears_it() -> None:
    rows: list[dict[str, str | None]] = [
        {"company": "Virta Oy", "full_name": "Liisa Virta", "business_id": "9900020-2"},
        {"company": None, "full_name": "Matti Virtanen", "business_id": HETU},
        {"company": "Koski Oy", "full_name": "Kalle Koski", "business_id": HETU}]
    assert stripped(*rows).is_private.tolist() == [False, True, False]

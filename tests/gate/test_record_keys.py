"""What makes a row the same record next time: what it says, never where it stands (design, rule 3)."""

from dataclasses import replace

import pandas as pd
import pytest

from register import normalise
from register.feeds import Feed
from register.gate.record_keys import content_hashes, hashed, record_keys
from tests.rows import KEY, feed

PROVIDER = feed("provider_x", "provider")
FULL = {"full_name": "Åkerberg, Åsa", "email": "asa@virta.example", "phone": "040 123 4567", "company": "Virta Oy",
        "business_id": "9900020-2"}


def keys(*rows: dict[str, str], of: Feed = PROVIDER, delivered: list[str | None] | None = None, key: bytes = KEY) -> list[str]:
    frame = pd.DataFrame(list(rows), dtype="str")
    own = pd.Series(delivered or [None] * len(rows), dtype="str")
    return record_keys(normalise.rows(frame, of, "2026-11-05"), own, of, key).tolist()


def without(*names: str, **other: str) -> dict[str, str]:
    return {name: value for name, value in (FULL | other).items() if name not in names}


@pytest.mark.parametrize(("one", "other", "is_same"), [
    (FULL, without(full_name="Åsa Mäkinen", phone="050 1"), True),             # the personal e-mail says who
    (FULL, without(email="ASA@virta.example", business_id="99000202"), True),    # however it is written
    (FULL, without(email="asa.akerberg@virta.example"), False),
    (FULL, without(business_id="9900001-8"), False),                             # at another firm
    (without("email"), without("email", phone="+358401234567"), True),           # else mobile and name
    (without("email"), without("email", full_name="Asa Akerberg"), True),
    (without("email"), without("email", full_name="Matti Virtanen"), False),     # colleagues share a mobile
    (without("email", "phone"), without("email", "phone", street="Testitie 1"), True),   # else name and firm
    (without("email", "phone", "business_id"), without("email", "phone", "business_id", company="virta OY"), True),
    (without("full_name", email="info@virta.example"), {"email": "info@virta.example"}, True),  # else the role mailbox
    ({"company": "Virta Oy", "business_id": "9900020-2"}, {"company": "Virta", "business_id": "9900020-2"}, True),
    ({"full_name": "Åsa Åkerberg", "city": "Turku"}, {"full_name": "Åsa Åkerberg", "city": "Vaasa"}, False),  # a name alone
])
def test_two_forms_of_a_record(one: dict[str, str], other: dict[str, str], is_same: bool) -> None:
    assert (keys(one) == keys(other)) is is_same


@pytest.mark.parametrize("row", [FULL, without("email"), without("email", "phone")])
def test_a_feeds_own_key_goes_before_all_else(row: dict[str, str]) -> None:
    assert keys(row, delivered=["k-1"]) == keys(without(email="toinen@virta.example"), delivered=["k-1"])
    assert keys(row, delivered=["k-1"]) != keys(row, delivered=["k-2"])


def test_of_events_without_a_key_the_whole_row_counts() -> None:
    of = feed("lista", "inquiry")
    assert keys(FULL, of=of) == keys(FULL, of=of)
    assert keys(FULL, of=of) != keys(without(case_number="TARJ-8"), of=of)


def test_the_order_of_rows_decides_nothing_and_repeats_are_told_apart() -> None:
    rows = (FULL, without(phone="050 123 4567"), without(full_name="Matti Virtanen", email="matti@virta.example"), FULL)
    found = keys(*rows)
    assert len(set(found)) == len(rows)
    assert set(keys(*reversed(rows))) == set(found)
    assert keys(*reversed(rows))[1] == found[2]


def test_keys_differ_by_feed_and_by_the_homes_key() -> None:
    assert keys(FULL) != keys(FULL, of=replace(PROVIDER, name="provider_y"))
    assert keys(FULL) != keys(FULL, key=bytes(32))


def test_parts_of_a_key_do_not_run_into_each_other() -> None:
    assert keys(FULL, delivered=["a\x1fbc"]) != keys(FULL, delivered=["ab\x1fc"])


def test_the_content_of_a_row_is_told_by_every_column_and_by_whether_it_said_its_day() -> None:
    def content(**said: str) -> str:
        frame = pd.DataFrame([said], dtype="str")
        return str(content_hashes(normalise.rows(frame, feed("lista", "inquiry"), "2026-11-05"), KEY)[0])

    assert content(full_name="Åsa Åkerberg", event_on="5.11.2026") != content(full_name="Åsa Åkerberg")
    assert content(full_name="Åsa Åkerberg") != content(full_name="Åsa Åkerberg", city="Turku")


def test_a_key_is_a_keyed_hash_of_32_hex_digits() -> None:
    [key] = hashed(pd.Series(["asa@virta.example"]), KEY)
    assert len(key) == 32 and int(key, 16)

"""One value per field: which wins, why, and what goes together."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from register.contacts import golden, provenance
from register.feeds import Feeds
from tests.rows import FEEDS, frame, observation

NO_CORRECTIONS = {"correction_id": "int64", "record_key": "str", "column": "str", "value": "str", "changed_in": "int64",
                  "decided_on": "str"}


def corrections(*said: tuple[str, str, str | None, str]) -> pd.DataFrame:
    """(record_key, column, value, day)."""
    rows = [(number, key, column, value, date.fromisoformat(day).toordinal(), day)
            for number, (key, column, value, day) in enumerate(said)]
    return pd.DataFrame(rows, columns=list(NO_CORRECTIONS)).astype(NO_CORRECTIONS)


def contact(*rows: dict[str, Any], corrected: pd.DataFrame | None = None, feeds: Feeds = FEEDS) -> dict[str, Any]:
    found = golden.contacts(
        frame(list(rows)).assign(contact_id="one"), corrections() if corrected is None else corrected, feeds)
    assert len(found) == 1
    return found.astype(object).where(found.notna(), None).iloc[0].to_dict()


def why(found: dict[str, Any], column: str) -> tuple[str, str]:
    source = provenance.read(found["provenance"])[column]
    return source["record_key"], source["why"]


A, B = {"email": "a@kopare.example"}, {"email": "b@kopare.example"}
ROLE = {"email": "info@kopare.example"}

EMAILS = {
    "the only one": ([observation("x", **A)], "a@kopare.example", ("x", "only")),
    "all say the same": ([observation("x", **A), observation("y", "works", **A)], "a@kopare.example", None),
    "the newer of two equally trusted": (
        [observation("x", **A, on="2026-11-01"), observation("y", **B, on="2026-11-02")], "b@kopare.example", ("y", "newest")),
    "the more trusted though older": (
        [observation("x", **A, on="2020-01-01"), observation("y", "invoices", **B)], "a@kopare.example", ("x", "trusted")),
    "a person's own before a more trusted role mailbox": (
        [observation("x", "provider_x", **A), observation("y", "web", **ROLE)], "a@kopare.example", ("x", "personal")),
    "a living one before a more trusted withdrawn one": (
        [observation("x", **A, withdrawn=True), observation("y", "provider_x", **B)], "b@kopare.example", ("y", "newest")),
    "a withdrawn one where no living one has any": (
        [observation("x", "provider_x", **A, withdrawn=True), observation("y", phone="040 123 4567")],
        "a@kopare.example", ("x", "only")),
    "two daily sources do not take turns": (
        [observation("x", "provider_x", **A, on="2026-11-01"), observation("y", "provider_y", **B, on="2026-11-24")],
        "a@kopare.example", ("x", "newest")),
    "a feed that is no longer in the file is trusted least": (
        [observation("x", "gone", **A), observation("y", "provider_y", **B)], "b@kopare.example", ("y", "trusted")),
}


@pytest.mark.parametrize(("rows", "expected", "source"), EMAILS.values(), ids=EMAILS.keys())
@pytest.mark.parametrize("step", [1, -1], ids=["in order", "reversed"])
def test_which_email_wins(rows: list[dict[str, Any]], expected: str, source: tuple[str, str] | None, step: int) -> None:
    found = contact(*rows[::step])
    assert found["email"] == expected
    assert source is None or why(found, "email") == source


def test_the_second_channel_is_the_next_other_value() -> None:
    found = contact(
        observation("x", email="a@kopare.example", email_2="info@kopare.example", phone="010 123 4567", on="2026-11-03"),
        observation("y", email="a@kopare.example", email_2="b@kopare.example", phone="040 123 4567", on="2026-11-02"),
        observation("z", email="c@kopare.example", phone="09 542 1222", withdrawn=True))
    assert (found["email"], found["email_2"], found["email_is_role"]) == ("a@kopare.example", "b@kopare.example", False)
    assert (found["phone"], found["phone_2"], found["phone_type"]) == ("+358401234567", "+358101234567", "mobile")
    assert why(found, "email_2") == ("y", "personal")


def test_the_kind_follows_its_value() -> None:
    found = contact(observation("x", email="info@kopare.example", phone="010 123 4567"))
    assert (found["email_is_role"], found["phone_type"], found["email_2"], found["phone_2"]) == (True, "company", None, None)


def test_a_name_comes_whole_from_one_row_the_fuller_of_equal_trust() -> None:
    found = contact(
        observation("x", name="Matti Juhani Virtanen", on="2020-01-01"), observation("y", name="Matti Virtanen"),
        observation("z", "provider_x", name="Matti Juhani Olavi Virtanen"))
    assert [found[column] for column in ("full_name", "first_name", "last_name")] == [
        "Matti Juhani Virtanen", "Matti Juhani", "Virtanen"]
    assert why(found, "last_name")[0] == "x"


def test_an_address_is_never_mixed() -> None:
    found = contact(
        observation("x", "provider_x", street="Katu 1", postcode="00100", city="Helsinki", country="FI"),
        observation("y", postcode="20100"),
        observation("z", "provider_y", street="Kuja 2", postcode=None, city="Turku"))
    assert [found[column] for column in ("street", "postcode", "city", "country")] == ["Katu 1", "00100", "Helsinki", "FI"]


def test_a_correction_beats_everything_and_the_newest_correction_the_older() -> None:
    said = [("y", "email", "oikea@kopare.example", "2026-11-02"), ("x", "email", "vanha@kopare.example", "2026-11-01"),
            ("x", "case_number", None, "2026-11-01"), ("other", "street", "Muu 1", "2026-11-01")]
    rows = observation("x", **A, case_number="T-1"), observation("y", "provider_x", **ROLE)
    found = contact(*rows, corrected=corrections(*said))
    assert (found["email"], found["case_number"], found["street"]) == ("oikea@kopare.example", None, None)
    assert provenance.read(found["provenance"])["email"] == {
        "feed": "provider_x", "day": "2026-11-02", "record_key": "y", "why": "correction"}
    assert why(found, "case_number") == ("x", "correction")


def test_what_belongs_to_a_corrected_value_is_corrected_with_it() -> None:
    said = [("x", "full_name", "Anna Mäkinen", "2026-11-01"), ("x", "email", "info@kopare.example", "2026-11-01"),
            ("x", "phone", "+358101234567", "2026-11-01")]
    found = contact(observation("x", name="Anna Virtanen", **A, phone="040 123 4567"), corrected=corrections(*said))
    assert [found[column] for column in ("full_name", "first_name", "last_name")] == ["Anna Mäkinen", "Anna", "Mäkinen"]
    assert (found["email_is_role"], found["phone_type"]) == (True, "company")


CONSENTS = {
    "given": ([("web", True, False, "2026-11-01")], True),
    "never given": ([("web", False, False, "2026-11-01")], False),
    "given, then a form without it": ([("web", True, False, "2026-11-01"), ("web", False, False, "2026-11-02")], False),
    "not given, then given": ([("web", False, False, "2026-11-01"), ("web", True, False, "2026-11-02")], True),
    "banned the same day": ([("web", True, False, "2026-11-01"), ("works", True, True, "2026-11-01")], False),
    "a provider's silence is no word": ([("web", True, False, "2026-11-01"), ("provider_x", False, False, "2026-11-02")], True),
}


@pytest.mark.parametrize(("words", "expected"), CONSENTS.values(), ids=CONSENTS.keys())
def test_consent_is_the_newest_word(words: list[tuple[str, bool, bool, str]], expected: bool) -> None:
    rows = [observation(f"r{at}", feed, marketing_consent=yes, marketing_ban=no, on=on)
            for at, (feed, yes, no, on) in enumerate(words)]
    assert contact(*rows)["marketing_consent"] == expected


def test_first_and_last_seen_are_the_least_and_the_greatest() -> None:
    found = contact(observation("x", first="2026-11-03", on="2026-11-09"), observation("y", on="2026-11-05"))
    assert (found["first_seen_on"], found["last_seen_on"]) == ("2026-11-03", "2026-11-09")


def test_contacts_do_not_mix() -> None:
    rows = [observation(f"r{at}", email=f"e{at}@kopare.example", name=f"Matti Virtanen{'x' * at}") for at in range(5)]
    found = golden.contacts(frame(rows).assign(contact_id=list("cabab")), corrections(), FEEDS)
    assert found.set_index("contact_id")["email"].to_dict() == {
        "a": "e1@kopare.example", "b": "e2@kopare.example", "c": "e0@kopare.example"}


@pytest.mark.parametrize(("column", "second"), [("email", "b@kopare.example"), ("phone", "+358401234568")])
def test_what_is_corrected_away_leaves_its_place_to_the_other(column: str, second: str) -> None:
    row = observation("x") | {column: None, f"{column}_2": second}
    gone = contact(row, corrected=corrections(("x", column, None, "2026-11-02")))
    assert (gone[column], gone[f"{column}_2"]) == (second, None)
    assert why(gone, column) == ("x", "only")


def test_a_corrected_value_goes_before_the_best_and_stands_once() -> None:
    said = corrections(("y", "email", "c@kopare.example", "2026-11-02"))
    found = contact(observation("x", "works", **A), observation("y", **{"email": "c@kopare.example"}), corrected=said)
    assert (found["email"], found["email_2"]) == ("c@kopare.example", "a@kopare.example")
    said = corrections(("x", "email_2", "c@kopare.example", "2026-11-02"))
    found = contact(observation("x", **A) | {"email_2": "c@kopare.example"}, corrected=said)
    assert (found["email"], found["email_2"]) == ("c@kopare.example", "a@kopare.example")

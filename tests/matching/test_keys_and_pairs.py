"""Keys depend on one row and the home's key; pairs on two rows."""

import pandas as pd
import pytest

from register.matching import CONTACT_RULES, exact_pairs, match_keys
from register.matching.pairs import compatible
from tests.rows import KEY, frame, observation

SAID = {"organisation_id": "firm", "name": "Matti Virtanen", "email": "matti@kopare.example", "phone": "040 123 4567"}


def rules(**said: object) -> set[str]:
    return set(match_keys(frame([observation("x", **SAID | said)]), KEY)["rule"])


def test_which_keys_a_row_has() -> None:
    assert rules() == {"email", "mobile", "name_channel", "person_email", "person_mobile"}
    assert rules(phone="010 123 4567", email="info@kopare.example") == {"name_channel"}
    assert rules(name="-", email="info@kopare.example") == {"mailbox"}
    assert rules(name="-") == set()
    assert rules(name="Matti") == {"email", "mobile", "name_channel"}
    assert rules(organisation_id=None) == {"person_email", "person_mobile"}


def test_keys_are_hashed_under_the_homes_key_and_hold_no_value() -> None:
    rows = frame([observation("x", **SAID)])
    keys, others = match_keys(rows, KEY), match_keys(rows, bytes(32))
    assert keys["match_key"].dtype == "int64"
    assert not set(keys["match_key"]) & set(others["match_key"])
    pd.testing.assert_frame_equal(keys, match_keys(rows, KEY))
    assert (keys["match_key"] < 0).any() or (keys["match_key"] > 0).any()


def test_keys_of_other_organisations_and_rules_differ() -> None:
    rows = frame([observation("x", **SAID), observation("y", **SAID | {"organisation_id": "other"})])
    keys = match_keys(rows, KEY)
    shared = keys[keys.duplicated("match_key", keep=False)]
    assert set(shared["rule"]) == {"person_email", "person_mobile"}


COMPATIBLE = [
    ("akerberg-asa", "akerberg-asa", True),
    ("matti", "matti-virtanen", True),
    ("juhani-matti-virtanen", "matti-virtanen", True),
    ("matti-virtanen", "korhonen-matti", False),
    ("matt", "matti-virtanen", False),
    (None, "matti", False),
    (None, None, False),
]


@pytest.mark.parametrize(("left", "right", "expected"), COMPATIBLE)
def test_names_are_compatible_both_ways(left: str | None, right: str | None, expected: bool) -> None:
    one, other = pd.Series([left], dtype="str"), pd.Series([right], dtype="str")
    assert compatible(one, other).tolist() == compatible(other, one).tolist() == [expected]


def test_pairs_do_not_depend_on_the_order_of_rows_or_of_others() -> None:
    names = ("matti-virtanen", "matti", "korhonen-matti", "matti-virtanen", "asa-akerberg")
    candidates = pd.DataFrame({"match_key": 1, "rule": "mobile", "record_key": list("abcde"), "name_key": names})
    pairs = exact_pairs(candidates)
    pd.testing.assert_frame_equal(pairs, exact_pairs(candidates.iloc[::-1]))
    assert set(zip(pairs["left"], pairs["right"], strict=True)) == {("a", "d"), ("a", "b"), ("b", "c")}


def test_a_pair_has_its_strongest_rule() -> None:
    both = {"record_key": list("ab") * 2, "name_key": "matti-virtanen"}
    pairs = exact_pairs(pd.DataFrame({"match_key": [1, 1, 2, 2], "rule": ["name_channel"] * 2 + ["email"] * 2, **both}))
    assert pairs["rule"].tolist() == ["email"]
    assert CONTACT_RULES.index("email") < CONTACT_RULES.index("name_channel")

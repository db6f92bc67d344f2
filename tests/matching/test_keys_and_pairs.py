"""Keys depend on one row and the home's key; pairs on two rows."""

import pandas as pd
import pytest

from register.matching import RULES, contact_pairs, match_keys, person_pairs
from register.matching.keys import RULE_BITS, rules_of
from register.matching.pairs import compatible
from tests.rows import KEY, frame, observation

SAID = {"organisation_id": "firm", "name": "Matti Virtanen", "email": "matti@kopare.example", "phone": "040 123 4567"}


EMAIL, MOBILE, NAME_CHANNEL = (7 << RULE_BITS | place for place, rule in enumerate(RULES) if rule.rule != "mailbox")


def rules(**said: object) -> set[str]:
    return set(rules_of(match_keys(frame([observation("x", **SAID | said)]), KEY)["match_key"]))


def test_which_keys_a_row_has() -> None:
    assert rules() == {"email", "mobile"}
    assert rules(phone="010 123 4567", email="info@kopare.example") == {"name_channel"}
    assert rules(name="-", email="info@kopare.example") == {"mailbox"}
    assert rules(name="-") == set()
    assert rules(name="Matti") == {"email", "mobile"}
    assert rules(organisation_id=None) == {"email", "mobile"}


def test_keys_are_hashed_under_the_homes_key_and_hold_no_value() -> None:
    rows = frame([observation("x", **SAID)])
    keys, others = match_keys(rows, KEY), match_keys(rows, bytes(32))
    assert keys["match_key"].dtype == "int64"
    assert not set(keys["match_key"]) & set(others["match_key"])
    pd.testing.assert_frame_equal(keys, match_keys(rows, KEY))


def test_what_is_somebodys_own_is_the_same_key_at_every_organisation_and_what_is_shared_is_not() -> None:
    shared = {"email": "info@kopare.example", "phone": "010 123 4567"}
    for said, common in ((SAID, 2), (SAID | shared, 0)):
        rows = frame([observation("x", **said), observation("y", **said | {"organisation_id": "other"})])
        keys = match_keys(rows, KEY)
        assert keys.duplicated("match_key").sum() == common


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


NAMES = ("matti-virtanen", "matti", "korhonen-matti", "matti-virtanen", "asa-akerberg")


def test_pairs_do_not_depend_on_the_order_of_keys() -> None:
    keys = pd.DataFrame({"match_key": MOBILE, "record": range(5)})
    firm, names = pd.Series(["firm"] * 5), pd.Series(NAMES, dtype="str")
    pairs = contact_pairs(keys, firm, names)
    pd.testing.assert_frame_equal(pairs, contact_pairs(keys.iloc[::-1], firm, names))
    assert set(zip(pairs["left"], pairs["right"], strict=True)) == {(0, 3), (0, 1), (1, 2)}
    assert set(pairs["rule"]) == {"mobile"}


def test_nobody_is_paired_over_organisations_but_people_by_their_full_name() -> None:
    keys = pd.DataFrame({"match_key": MOBILE, "record": range(5)})
    assert contact_pairs(keys, pd.Series(list("abcde")), pd.Series(NAMES, dtype="str")).empty
    nameless = pd.Series([None] * 5, dtype="str")
    pairs = person_pairs(keys.assign(name_key=pd.Series(NAMES, dtype="str")), nameless)
    assert pairs[["left", "right"]].to_numpy().tolist() == [[0, 3]]
    alone = person_pairs(keys.assign(name_key="matti"), nameless)
    assert alone.empty, "a first name is nobody's"


def test_a_pair_has_its_strongest_rule() -> None:
    keys = pd.DataFrame({"match_key": [NAME_CHANNEL, NAME_CHANNEL, EMAIL, EMAIL], "record": [0, 1, 0, 1]})
    pairs = contact_pairs(keys, pd.Series(["firm"] * 2), pd.Series(["matti-virtanen"] * 2, dtype="str"))
    assert pairs["rule"].tolist() == ["email"]

"""Exact keys, the model and the steward's word together: which goes before which."""

from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest

from register.matching import Clusters, Decisions, Joined, alike, clusters, contact_pairs, join, match_keys
from register.normalise.text import fold
from tests.matching.test_model import MATTI, SWITCHBOARD, pair, said_by
from tests.rows import KEY

NOTHING = pd.DataFrame({"left": [], "right": []}, dtype="int64")
ONE = pd.DataFrame({"left": [0], "right": [1]})
UNTOLD, SAME, DIFFERENT = Decisions(NOTHING, NOTHING), Decisions(ONE, NOTHING), Decisions(NOTHING, ONE)
STRANGER = {"name": "Anna Korhonen", "email": None, "phone": None}


def exact(rows: pd.DataFrame) -> Clusters:
    return clusters(rows["name_key"], contact_pairs(match_keys(rows, KEY), rows["organisation_id"], rows["name_key"]))


def joined(rows: pd.DataFrame, told: Decisions = UNTOLD) -> Joined:
    found = exact(rows)
    return join(found, alike(rows, found), told, pd.factorize(rows["organisation_id"])[0])


def together(found: Joined) -> list[int]:
    return pd.factorize(found.labels)[0].tolist()


def test_the_stewards_word_goes_before_keys_and_model() -> None:
    assert together(joined(pair(STRANGER))) == [0, 1]
    assert together(joined(pair(STRANGER), SAME)) == [0, 0], "the steward said they are one"
    assert together(joined(pair({}))) == [0, 0]
    assert together(joined(pair({}), DIFFERENT)) == [0, 1], "the steward said they are two"
    assert joined(pair({}), DIFFERENT).doubts.empty, "what was answered is not asked again"


def test_no_word_makes_one_contact_of_two_organisations() -> None:
    assert together(joined(pair({"organisation_id": "other"}), SAME)) == [0, 1]


def test_of_those_told_apart_by_the_steward_everybody_else_stays_where_they_were() -> None:
    rows = said_by(MATTI, MATTI, MATTI, MATTI | STRANGER)
    told = together(joined(rows, DIFFERENT))
    assert told[0] != told[1] and told[2] in told[:2], "the third row belongs to one of them"
    assert told[3] not in told[:3], "who was not spoken of is not touched"


def test_who_could_be_father_or_son_is_nobodys_and_a_question() -> None:
    father, son, either = (MATTI | {"name": name, "email": None} for name in ("Matti Virtanen", "Veikko Virtanen", "Virtanen"))
    found = joined(said_by(father, son, either))
    assert together(found) == [0, 1, 2]
    assert set(zip(found.doubts["left"], found.doubts["right"], strict=True)) == {(0, 2), (1, 2)}


MATTI_ALONE = MATTI | {"phone": None}
MIKKO = MATTI_ALONE | {"name": "Mikko Virtanen", "email": "mikko.virtanen@kopare.example"}
EITHER = MATTI | SWITCHBOARD | {"name": "M. Virtanen", "email": None}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_initial_that_fits_two_people_is_nobodys_and_a_question_whatever_the_order_of_keys(
    order: tuple[int, ...], rows: int
) -> None:
    parts = [[MATTI_ALONE], [MIKKO], [EITHER] * rows]
    listed = [row for place in order for row in parts[place]]
    found = joined(said_by(*listed))
    at = [listed.index(row) for row in (MATTI_ALONE, MIKKO)]
    assert len({*found.labels[at]}) == 2 and not {*found.labels[at]} & {*np.delete(found.labels, at)}
    assert {*at} <= {*found.doubts["left"], *found.doubts["right"]}, "whose row it is, is asked of both"


def test_what_the_steward_settled_is_not_torn_again() -> None:
    assert together(joined(said_by(MATTI_ALONE, EITHER, MIKKO), SAME)) == [0, 0, 1]


@pytest.mark.parametrize("own", [{}, {"email": "{}@kopare.example"}], ids=["no e-mail", "own e-mails"])
def test_one_new_surname_is_the_same_person_and_three_on_one_mobile_are_a_question(own: dict[str, str]) -> None:
    names = ("Anna Virtanen", "Anna Mäkinen", "Anna Korhonen", "Anna Laine")
    said = {name: {column: text.format(fold(name).replace(" ", ".")) for column, text in own.items()} for name in names}
    rows = [MATTI | {"name": name, "email": None} | said[name] for name in names]
    assert together(joined(said_by(*rows[:2]))) == [0, 0]
    found = joined(said_by(*rows, rows[0]))
    assert together(found) == [0, 1, 2, 3, 0]
    assert len(found.doubts) == len(list(combinations(names, 2)))


def test_on_a_mobile_that_somebody_else_has_too_a_new_surname_is_a_question() -> None:
    names = ("Anna Virtanen", "Anna Mäkinen", "Olli Oja")
    rows = [MATTI | {"name": name, "email": None} for name in names]
    found = joined(said_by(*rows))
    assert together(found) == [0, 1, 2]
    assert found.doubts[["left", "right"]].to_numpy().tolist() == [[0, 1]]
    elsewhere = joined(said_by(*rows[:2], rows[2] | {"organisation_id": "other"}))
    assert together(elsewhere) == [0, 0, 1]


def test_a_surname_that_is_written_in_two_ways_is_not_a_third_one() -> None:
    names = ("Anna Virtanen", "Anna Virtnen", "Anna Mäkinen", "Anna Mäkinen-Virtanen")
    assert together(joined(said_by(*(MATTI | {"name": name, "email": None} for name in names)))) == [0, 0, 0, 0]


def test_a_doubt_says_the_mean_of_all_pairs_and_shows_the_most_alike_rows() -> None:
    alone = Clusters(np.array([0, 0, 2]), pd.DataFrame({"left": [0], "right": [1], "weight": [1.0], "rule": ["email"]}))
    scored = pd.DataFrame({"left": [0, 1], "right": [2, 2], "log_odds": [3000, -2000], "is_apart": False})
    found = join(alone, scored, UNTOLD)
    assert found.doubts[["left", "right"]].to_numpy().tolist() == [[0, 2]]
    assert found.doubts["probability"].tolist() == [1 / (1 + np.exp(-0.5))]

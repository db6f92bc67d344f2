"""The contacts model on pairs that a steward would judge at a glance, and what its scores never depend on."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import matching, people, train
from register.matching import matcher
from register.matching.candidates import CONTACT_KEYS, PLACE_BITS, candidate_keys, candidate_pairs
from register.matching.columns import coded, contact_columns
from register.matching.linkage import SURE as SURE_ODDS
from register.matching.model import FROZEN, contacts_model, of, probability
from register.matching.why import levels, why
from register.normalise import nicknames
from tests.rows import KEY, frame, observation

MATTI = {"organisation_id": "firm", "name": "Matti Virtanen", "email": "matti.virtanen@kopare.example", "phone": "040 123 4567",
         "street": "Satamakatu 1", "postcode": "00100", "city": "Helsinki"}
SWITCHBOARD = {"phone": "09 542 1222"}
NOWHERE = {"street": None, "postcode": None, "city": None}
ELSEWHERE = {"organisation_id": "other", "street": "Rantatie 3", "postcode": "33100", "city": "Tampere"}
SURE, DOUBTFUL, NO = (0.95, 1.0), (0.05, 0.95), (0.0, 0.05)

CASES = {
    # what the other row says                                                    one contact, one person
    "everything again": ({}, SURE, SURE),
    "a short form, same mobile": ({"name": "Masa Virtanen", "email": None}, SURE, SURE),
    "a letter mistyped, no channel in common": ({"name": "Matti Virtnen", "email": None, "phone": None}, SURE, SURE),
    "the first letter mistyped, no channel in common": ({"name": "Natti Virtanen", "email": None, "phone": None}, SURE, SURE),
    "the initial, same mobile": ({"name": "M. Virtanen", "email": None}, SURE, SURE),
    "parts exchanged": ({"first_name": "Virtanen", "last_name": "Matti", "email": None}, SURE, SURE),
    "a new surname, same e-mail": ({"name": "Matti Korhonen"}, SURE, SURE),
    "another mobile, same name": ({"phone": "050 765 4321", "email": None}, (0.5, 1.0), (0.5, 1.0)),
    "a colleague on the switchboard": ({"name": "Anna Korhonen", "email": "a.korhonen@kopare.example"} | SWITCHBOARD, NO, NO),
    "a colleague of that first name": ({"name": "Matti Korhonen", "email": "m.korhonen@kopare.example", "phone": None}, NO, NO),
    "father and son, one mobile": ({"name": "Veikko Virtanen", "email": None}, (0.0, 0.5), (0.0, 0.5)),
    "a namesake at the firm": ({"email": "matti.virtanen2@kopare.example", "phone": "050 765 4321"}, (0.0, 0.95), (0.0, 0.95)),
    "moved, same mobile": (ELSEWHERE | {"email": "matti.virtanen@uusi.example"}, NO, SURE),
    "moved, same private e-mail": (ELSEWHERE | {"phone": None}, NO, SURE),
    "a number passed on to one of that first name, elsewhere": (
        ELSEWHERE | {"name": "Matti Korhonen", "email": "matti.korhonen@uusi.example"}, NO, DOUBTFUL),
    "a number passed on within the firm": ({"name": "Anna Korhonen", "email": "anna.korhonen@kopare.example"}, NO, NO),
    "a namesake elsewhere": (ELSEWHERE | {"email": "matti.virtanen@uusi.example", "phone": "050 765 4321"}, NO, NO),
    "nothing but the name, elsewhere": (ELSEWHERE | {"email": None, "phone": None}, NO, (0.0, 0.5)),
    "a stranger elsewhere": (ELSEWHERE | {"name": "Anna Korhonen", "email": "anna@uusi.example", "phone": "050 1"}, NO, NO),
}


SIBLINGS = (("Jari", "Sari"), ("Matti", "Martti"), ("Hanna", "Hannu"), ("Anna", "Anne"), ("Johan", "Johanna"),
            ("Mika", "Mikko"), ("Anna-Liisa", "Anna-Maija"), ("Abdirahman", "Abdirashid"))
"""Of one surname, with names alike: two people, whatever they share."""

NOTHING = {"email": None, "phone": None}
SHARED = {
    "own channels": ({}, {"email": "{name}.virtanen@kopare.example", "phone": "050 765 4321"}),
    "own e-mails": ({"phone": None}, {"email": "{name}.virtanen@kopare.example", "phone": None}),
    "no channel in common": ({}, NOTHING),
    "one mobile": ({}, {"email": None}),
    "one mobile and own e-mails": ({}, {"email": "{name}.virtanen@kopare.example"}),
    "one mailbox": ({"email": "info@kopare.example", "phone": None}, {"email": "info@kopare.example", "phone": None}),
    "one family's e-mail": ({"email": "virtaset@luukku.com", "phone": None}, {"email": "virtaset@luukku.com", "phone": None}),
    "the family's e-mail and mobile": ({"email": "virtaset@luukku.com"}, {"email": "virtaset@luukku.com"}),
}


def siblings(one: str, other: str, shared: str) -> list[dict[str, object]]:
    """Two rows: each with its name and, where it has one, an own e-mail."""
    rows: list[dict[str, object]] = [MATTI | said | {"name": f"{name} Virtanen"} for name, said in
                                     zip((one, other), SHARED[shared], strict=True)]
    spelt = {"matti.virtanen@kopare.example": "{name}.virtanen@kopare.example"}
    for row, name in zip(rows, (one, other), strict=True):
        if email := row["email"]:
            row["email"] = spelt.get(str(email), str(email)).format(name=name.lower())
    return rows


def scored(rows: pd.DataFrame, left: list[int], right: list[int]) -> pd.DataFrame:
    return contacts_model().scored(contact_columns(rows), np.array(left), np.array(right))


def said_by(*rows: dict[str, object]) -> pd.DataFrame:
    """Rows as observations, "a" the first; a None is not said."""
    told = ({name: value for name, value in row.items() if value is not None} for row in rows)
    return frame([observation(key, **row) for key, row in zip("abcdefgh", told, strict=False)])


def pair(said: dict[str, object]) -> pd.DataFrame:
    return said_by(MATTI, MATTI | said)


def made(count: int, seed: int = 5) -> pd.DataFrame:
    return people.rows(count, seed).sort_values("record_key", ignore_index=True)


@pytest.mark.parametrize(("said", "contact", "person"), CASES.values(), ids=CASES)
def test_pairs_are_judged_as_a_steward_would(
    said: dict[str, object], contact: tuple[float, float], person: tuple[float, float]
) -> None:
    found = scored(pair(said), [0], [1])
    if SURE in (contact, person):
        assert len(by_record(pair(said))) == 1, "a key proposes it"
    for side, (least, most) in (("contact", contact), ("person", person)):
        assert least <= probability(found[side])[0] <= most, (side, levels(found["pattern"][0]))


@pytest.mark.parametrize("shared", SHARED)
@pytest.mark.parametrize(("one", "other"), SIBLINGS)
@pytest.mark.parametrize("firm", [{}, ELSEWHERE], ids=["one firm", "two firms"])
def test_siblings_with_names_alike_are_never_one_by_themselves(
    one: str, other: str, shared: str, firm: dict[str, object]
) -> None:
    mine, theirs = siblings(one, other, shared)
    found = scored(said_by(mine, theirs | firm), [0], [1])
    assert max(found["contact"][0], found["person"][0]) <= SURE_ODDS, levels(found["pattern"][0])


def test_equal_initials_are_initials_and_say_less_than_an_equal_name() -> None:
    initials, names = ({"email": None, "phone": None, "name": name} for name in ("M. Virtanen", "Matti Virtanen"))
    said = [scored(said_by(MATTI | row, MATTI | row), [0], [1]) for row in (initials, names)]
    assert [levels(one["pattern"][0])["first"] for one in said] == ["initial", "same"]
    assert said[0]["contact"][0] < said[1]["contact"][0]


@pytest.mark.parametrize("firm", [{}, ELSEWHERE], ids=["one firm", "two firms"])
@pytest.mark.parametrize("channels", [{}, NOTHING, {"email": "x@gmail.com", "phone": "050 765 4321"}])
def test_an_exchanged_name_is_no_surer_than_a_straight_one(firm: dict[str, object], channels: dict[str, object]) -> None:
    straight = scored(pair(firm | channels), [0], [1])
    exchanged = scored(pair(firm | channels | {"first_name": "Virtanen", "last_name": "Matti"}), [0], [1])
    assert levels(exchanged["pattern"][0])["first"] == levels(exchanged["pattern"][0])["last"] == "swapped"
    assert (exchanged[["contact", "person"]] <= straight[["contact", "person"]]).all(axis=None)


@pytest.mark.parametrize(("rest", "first"), [
    ("Masa", "near"), ("M.", "initial"), (None, "missing"), ("Jarkko", "other"), ("Mattias", "other")])
def test_what_stands_beside_an_exchanged_surname_is_judged_as_it_would_be_in_its_place(rest: str | None, first: str) -> None:
    straight, exchanged = (
        scored(said_by(MATTI, MATTI | {"name": "-", "email": None} | parts), [0], [1])
        for parts in ({"first_name": rest, "last_name": "Virtanen"}, {"first_name": "Virtanen", "last_name": rest}))
    assert levels(exchanged["pattern"][0])["first"] == first
    assert (exchanged[["contact", "person"]] <= straight[["contact", "person"]]).all(axis=None)


def clusters(rows: pd.DataFrame) -> tuple[list[int], list[int]]:
    table = contact_columns(rows)
    pairs = matcher.scored_pairs(contacts_model(), table, candidate_keys(CONTACT_KEYS, table, KEY))
    contact = matcher.contacts(table, pairs)
    return contact.tolist(), matcher.people(table, pairs, contact).tolist()


def test_father_and_son_on_one_mobile_stay_two_whoever_else_has_it() -> None:
    son = MATTI | {"name": "Veikko Virtanen", "email": None}
    nobody = MATTI | {"name": "Virtanen", "email": None}
    contact, person = clusters(said_by(MATTI, son, nobody, MATTI))
    assert contact[0] == contact[3] != contact[1], "the father's two rows are one, the son another"
    assert person[0] != person[1], "nor are they one person"


def test_two_organisations_are_two_contacts_and_one_person_with_the_same_mobile() -> None:
    assert clusters(pair({"organisation_id": "other"})) == ([0, 1], [0, 0])


@pytest.mark.parametrize(("firms", "person"), [(["one", "one"], [0, 0, 2, 2]), (["one", "two"], [0, 0, 0, 0])])
def test_two_contacts_of_one_firm_are_no_person_for_one_likely_pair_but_those_of_two_firms_are(
    firms: list[str], person: list[int]
) -> None:
    table = coded({"firm": pd.Series([firms[0], firms[0], firms[1], firms[1]], dtype="str")})
    odds = [9000, -9000, -9000, -9000]
    pairs = pd.DataFrame({"left": [0, 0, 1, 1], "right": [2, 3, 2, 3], "person": odds, "is_apart": False})
    assert matcher.people(table, pairs, np.array([0, 0, 2, 2])).tolist() == person


def test_a_row_without_organisation_joins_one_contact_and_never_bridges_two() -> None:
    contact, person = clusters(said_by(*(MATTI | {"organisation_id": firm} for firm in ("one", None, "two"))))
    assert contact[0] != contact[2], "two organisations stay two contacts"
    assert contact[1] in (contact[0], contact[2]) and set(person) == {0}, "it belongs to one of them; the person is one"


def test_a_firms_own_mailbox_is_one_contact_and_nobodys_name() -> None:
    box = MATTI | {"name": "-", "email": "info@kopare.example", "phone": None}
    named = MATTI | {"email": "info@kopare.example", "phone": None}
    contact, _ = clusters(said_by(box, box, named))
    assert contact == [0, 0, 2]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_sides_swapped_give_the_same_pattern(seed: int) -> None:
    rows = made(300, seed)
    left, right = np.random.default_rng(seed).integers(0, len(rows), (2, 3000)).tolist()
    columns = ["pattern", "contact", "person", "is_apart"]
    pd.testing.assert_frame_equal(scored(rows, left, right)[columns], scored(rows, right, left)[columns])


def by_record(rows: pd.DataFrame, secret: bytes = KEY) -> pd.DataFrame:
    """Scores of the candidate pairs, by the record keys of both."""
    table = contact_columns(rows)
    found = contacts_model().scored(table, *candidate_pairs(candidate_keys(CONTACT_KEYS, table, secret)))
    ends = np.sort(np.stack([rows["record_key"].to_numpy()[found[end]] for end in ("left", "right")]).astype(str), axis=0)
    return found.assign(left=ends[0], right=ends[1]).sort_values(["left", "right"], ignore_index=True)


def test_half_the_table_and_a_shuffled_one_give_the_same_pairs_and_scores() -> None:
    rows = made(3000)
    whole, half = by_record(rows), rows.sample(frac=0.5, random_state=1)
    pd.testing.assert_frame_equal(by_record(rows.sample(frac=1, random_state=2).reset_index(drop=True)), whole)
    inside = whole[whole["left"].isin(half["record_key"]) & whole["right"].isin(half["record_key"])]
    pd.testing.assert_frame_equal(by_record(half.reset_index(drop=True)), inside.reset_index(drop=True))


def test_new_rows_find_by_their_keys_the_pairs_of_the_full_run() -> None:
    rows = made(3000)
    is_new = np.arange(len(rows)) % 10 == 0
    parts = []
    for chosen in (is_new, ~is_new):
        part = rows[chosen].reset_index(drop=True)
        keys = candidate_keys(CONTACT_KEYS, contact_columns(part), KEY)
        parts.append(keys.assign(record_key=part["record_key"].array.take(keys["record"])))
    new, held = parts
    sharing = held[held["record_key"].isin(held.loc[held["match_key"].isin(new["match_key"]), "record_key"])]
    touched = rows[is_new | rows["record_key"].isin(sharing["record_key"])].reset_index(drop=True)
    fresh = rows.loc[is_new, "record_key"]
    found, whole = ((pairs := by_record(some))[pairs["left"].isin(fresh) | pairs["right"].isin(fresh)].reset_index(drop=True)
                    for some in (touched, rows))
    assert len(whole) > 100
    pd.testing.assert_frame_equal(found, whole)


def test_clusters_do_not_depend_on_the_order_in_which_rows_came() -> None:
    rows = made(3000)
    shuffled = rows.sample(frac=1, random_state=3).reset_index(drop=True)
    for one, other in zip(clusters(rows), clusters(shuffled), strict=True):
        sets = [{frozenset(group) for group in some["record_key"].groupby(labels).agg(list)}
                for some, labels in ((rows, one), (shuffled, other))]
        assert len(sets[0] ^ sets[1]) <= 4, "only ties may differ while the rows are not in the order of their keys"


def test_keys_hold_no_value_depend_on_the_homes_key_and_name_their_rule() -> None:
    table = contact_columns(made(300))
    keys, others = candidate_keys(CONTACT_KEYS, table, KEY), candidate_keys(CONTACT_KEYS, table, bytes(32))
    assert not set(keys["match_key"]) & set(others["match_key"])
    assert not keys.duplicated().any(), "a row has each key once"
    assert set(keys["match_key"] & (2**PLACE_BITS - 1)) == set(range(len(CONTACT_KEYS)))


def test_a_key_with_a_name_is_none_for_rows_that_share_only_the_firm_or_only_the_name() -> None:
    strangers = pair({"name": "Anna Korhonen", "email": None, "phone": None, **NOWHERE})
    namesakes = pair(ELSEWHERE | {"email": None, "phone": None})
    for rows in (strangers, namesakes):
        assert by_record(rows).empty


def test_people_are_found_as_well_as_promised() -> None:
    rows = made(20_000, seed=11)
    table = contact_columns(rows)
    pairs = matcher.scored_pairs(contacts_model(), table, candidate_keys(CONTACT_KEYS, table, KEY))
    contact = matcher.contacts(table, pairs)
    found = matching.quality(contact, rows["contact"].to_numpy())
    assert found["precision"] >= 0.995 and found["recall"] >= 0.985, found
    person = matching.quality(matcher.people(table, pairs, contact), rows["person"].to_numpy())
    assert person["precision"] >= 0.995 and person["f1"] >= matching.ceiling(pairs, rows)["f1"] - 0.01, person
    sure = matching.quality(matcher.contacts(table, pairs, cut=2944), rows["contact"].to_numpy())
    assert sure["precision"] >= 0.998, "what merges by itself is right"


def test_p_is_what_it_promises() -> None:
    rows = made(20_000, seed=12)
    found = by_record(rows)
    truth = rows.set_index("record_key")[["contact", "person"]]
    for side in ("contact", "person"):
        is_true = truth.loc[found["left"], side].to_numpy() == truth.loc[found["right"], side].to_numpy()
        p = probability(found[side]).to_numpy()
        assert is_true[p >= 0.95].mean() >= 0.99
        assert is_true[p < 0.05].mean() <= 0.01
        assert abs(is_true[(p > 0.2) & (p < 0.95)].mean() - p[(p > 0.2) & (p < 0.95)].mean()) < 0.1


@pytest.mark.deep
def test_the_frozen_model_is_what_training_gives(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = FROZEN.read_text(encoding="utf-8")
    monkeypatch.setattr(train, "FROZEN", tmp_path / "contacts.json")  # type: ignore[operator]
    train.main(train.ROWS)
    assert (tmp_path / "contacts.json").read_text(encoding="utf-8") == frozen  # type: ignore[operator]


def test_another_list_of_names_or_other_figures_are_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = json.loads(FROZEN.read_text(encoding="utf-8"))
    versions = [of(frozen).version, of(frozen | {"reference_rows": 1}).version]
    monkeypatch.setattr(nicknames, "groups", lambda: (("jari", "sari"),))
    versions += [of(frozen).version, of(frozen).version]
    assert versions[0] == contacts_model().version and versions[2] == versions[3]
    assert len(set(versions)) == 3 and {version.rpartition(" ")[0] for version in versions} == {frozen["version"]}


def test_why_is_told_in_one_sentences_pieces_whichever_side_is_left() -> None:
    rows = pair({"name": "Masa Virtanen", "email": None, "street": "Rantatie 2", "postcode": "00200"})
    pattern = int(scored(rows, [0], [1])["pattern"][0])
    one, other = rows.to_dict("records")
    told = [("match.phone.same", {}), ("match.last.same", {}), ("match.first.near", {"left": "Masa", "right": "Matti"}),
            ("match.address.city", {})]
    assert [tuple(piece) for piece in why(pattern, one, other)] == told
    assert why(pattern, other, one) == why(pattern, one, other)

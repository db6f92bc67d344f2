"""Tables that nobody has described: what their columns are taken for, who is one in them, what the order of rows never does."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import shapes
from benchmarks.matching import quality
from register.matching import learning, unknown
from register.matching.columns import coded
from register.matching.dependence import contexts
from register.matching.levels import Comparison, levels_of, patterns
from register.matching.profile import given as said
from register.matching.profile import profile

NOTHING = None


def table(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame(columns).astype("str")


def matched(made: pd.DataFrame, side: np.ndarray | None = None) -> unknown.Found:
    rows = made.drop(columns="entity", errors="ignore")
    return unknown.match(rows, np.zeros(len(rows), dtype="int64") if side is None else side, {})


def f1(made: pd.DataFrame, found: unknown.Found) -> float:
    return quality(found.cluster, made["entity"].to_numpy())["f1"]


KINDS = {
    "email": ["matti@kopare.example", "anna@kopare.example", "info@talo.example"],
    "date": ["3.11.1980", "1980-11-03", "19801203"],
    "digits": ["9800001", "9800002", "9900003"],
    "phone": ["040 123 4567", "+358 40 765 4321", "09-542 1222"],
    "number": ["7", "12,50", "1 900"],
    "web": ["www.kopare.example", "https://talo.example/yhteys", "www.talo.example"],
    "code": ["AB-12", "x9", "9900001-8"],
    "name": ["Matti", "Åsa", "O’Brien"],
    "text": ["Satamakatu 1 A 3", "Rantatie 12", "vanhan kirkon takana"],
}


@pytest.mark.parametrize(("kind", "values"), KINDS.items(), ids=KINDS)
def test_the_kind_of_a_column_is_told_by_its_values(kind: str, values: list[str]) -> None:
    columns, _ = profile(table(anything=values), {})
    assert columns[0].kind == kind


def test_postcodes_are_no_spreadsheet_days() -> None:
    assert profile(table(place=["33100", "20100", "45120"]), {})[0][0].kind == "digits"


@pytest.mark.parametrize("nothing", ["n/a", "-", "0", "0.0", "00000", "ei ole", "null", "xxx", "?"])
def test_what_stands_for_nothing_is_missing(nothing: str) -> None:
    assert said(pd.Series([nothing, "Matti"], dtype="str")).isna().tolist() == [True, False]


def test_a_value_far_too_frequent_for_its_column_is_missing_and_a_frequent_name_is_not() -> None:
    phones = pd.Series(["010 000 111"] * 40 + [f"040 {number}" for number in range(1000, 1100)], dtype="str")
    names = pd.Series(["Virtanen"] * 40 + ["Korhonen"] * 30 + ["Nieminen"] * 20, dtype="str")
    assert said(phones).isna().sum() == 40
    assert said(names).notna().all()


def test_columns_that_would_mislead_are_named_with_their_reason_and_not_compared() -> None:
    rows = 200
    first = [f"Nimi{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(rows)]
    last = [f"Suku{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(rows)]
    made = table(
        number=[str(number + 1) for number in range(rows)], sex=["f", "m"] * (rows // 2), note=["x1"] + [NOTHING] * (rows - 1),
        first=first, last=last, whole=[f"{one} {two}" for one, two in zip(first, last, strict=True)],
        town=[f"Town{chr(97 + number % 20)}" for number in range(rows)], code=[f"T{number % 20}" for number in range(rows)])
    reasons = {column.title: column.why_not for column in profile(made, {})[0]}
    assert reasons == {"number": "running", "sex": "few_values", "note": "nearly_empty", "first": "", "last": "",
                       "whole": "derived", "town": "", "code": "derived"}


LEVELS = [
    ("date", "19801103", "19801103", "same"), ("date", "19801103", "19800311", "near"),
    ("date", "19801103", "19801104", "near"),
    ("date", "19801103", "19801129", "partly"), ("date", "19801103", "19550621", "other"),
    ("code", "9800123", "9800132", "near"), ("code", "9800123", "9811123", "similar"), ("code", "9800123", "1234567", "other"),
    ("number", "100", "100.5", "near"), ("number", "2100", "1999", "similar"), ("number", "100", "450", "other"),
    ("text", "rosetta village", "rosett a village", "near"), ("text", "vanhan kirkon takana", "kirkon takana", "contained"),
    ("text", "satamakatu 1", "satamakatu 3", "similar"), ("text", "satamakatu 1", "rantatie 9", "other"),
]


@pytest.mark.parametrize(("kind", "one", "two", "level"), LEVELS, ids=str)
def test_two_values_are_as_alike_as_a_reader_would_say_on_either_side(kind: str, one: str, two: str, level: str) -> None:
    comparison = Comparison("c", kind, ("c",))
    columns = coded({"c": pd.Series([one, two], dtype="str")}, is_sorted=True)
    found = patterns([comparison], columns, np.array([0, 1]), np.array([1, 0]))
    assert [comparison.levels[place] for place in levels_of([comparison], found)[0]] == [level, level]


def test_the_columns_of_a_firm_are_a_context_and_those_of_a_person_are_none() -> None:
    made = shapes.contacts(10_000).drop(columns="entity")
    columns, folded = profile(made, {})
    names = {column.name: column.title for column in columns if not column.why_not}
    found = contexts(coded({name: folded[name] for name in names}), list(names), np.random.default_rng(1))
    shared = {names[context.anchor]: {names[name] for name in context.columns} for context in found}
    assert any({"organisation_id", "street", "postcode", "city"} <= said for said in shared.values())
    assert not shared.keys() & {"first_name", "email"} and all("first_name" not in said for said in shared.values())


@cache
def of_shape(shape: str, rows: int) -> tuple[pd.DataFrame, unknown.Found]:
    made = shapes.SHAPES[shape](rows, 3)
    return made, matched(made)


@pytest.mark.parametrize(("shape", "rows", "least"), [
    ("people with a date of birth", 1500, 0.98), ("people with a date of birth", 6000, 0.98), ("firms", 4000, 0.94),
    ("contacts", 10_000, 0.9)])
def test_tables_of_several_shapes_are_matched_by_one_default(shape: str, rows: int, least: float) -> None:
    made, found = of_shape(shape, rows)
    assert f1(made, found) >= least, "all pairs up to some thousand rows, keys above"


def test_where_columns_tell_too_little_it_says_so() -> None:
    assert set(matched(shapes.products(3000)).warnings) >= {"few_columns", "many_doubtful"}
    assert matched(table(sex=["f", "m", "f"])).warnings == ("nothing_to_compare",)
    assert matched(shapes.born(3000)).warnings == ()


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_rows_shuffled_give_the_same_clusters_and_doubts(seed: int) -> None:
    made = shapes.born(600, seed % 3)
    order = np.random.default_rng(seed).permutation(len(made))
    whole, shuffled = matched(made), matched(made.iloc[order].reset_index(drop=True))
    assert same_partition(whole.cluster[order], shuffled.cluster)
    assert (whole.doubtful[order] == shuffled.doubtful).all() and (whole.log_odds[order] == shuffled.log_odds).all()


def test_above_some_thousand_rows_the_order_decides_nothing_either() -> None:
    made, found = of_shape("firms", 4000)
    order = np.random.default_rng(1).permutation(len(made))
    assert same_partition(found.cluster[order], matched(made.iloc[order].reset_index(drop=True)).cluster)


def same_partition(one: np.ndarray, other: np.ndarray) -> bool:
    pairs = pd.DataFrame({"one": one, "other": other}).drop_duplicates()
    return pairs["one"].is_unique and pairs["other"].is_unique


def test_two_files_exchanged_are_linked_the_same_and_no_cluster_lies_in_one_file() -> None:
    made = shapes.born(1200)
    side = np.arange(len(made)) % 2
    found, exchanged = matched(made, side), matched(made, 1 - side)
    assert same_partition(found.cluster, exchanged.cluster)
    sizes = np.bincount(found.cluster, minlength=len(made))
    both = [np.bincount(found.cluster[side == file], minlength=len(made)) > 0 for file in (0, 1)]
    assert (sizes > 1).sum() > 100 and (both[0] & both[1])[sizes > 1].all()


def test_a_cluster_within_one_of_two_files_is_none() -> None:
    label = np.array([0, 0, 2, 2])
    assert unknown.linked(label, np.array([0, 0, 0, 1])).tolist() == [0, 1, 2, 2]
    assert unknown.linked(label, np.zeros(4, dtype="int64")).tolist() == [0, 0, 2, 2]


def test_what_agrees_by_chance_is_counted_among_rows_that_have_a_value() -> None:
    dice = np.random.default_rng(1)
    rows, values = 3000, 600
    codes = pd.Series([f"x{number}" for number in dice.integers(values, size=rows)], dtype="str").where(dice.random(rows) < 0.4)
    found = coded({"c": codes, "d": codes.sample(frac=1, random_state=1).reset_index(drop=True)}, is_sorted=True)
    asked = tuple(Comparison(name, "code", (name,)) for name in ("c", "d"))
    left, right = np.triu_indices(rows, 1)
    _, estimate = learning.learn(learning.Rows(found, asked, np.zeros(rows, dtype="int64")), left, right, patterns(
        asked, found, left, right))
    assert estimate.odds["stranger"]["c"][0] == pytest.approx(1 / values, rel=0.1)


@pytest.mark.parametrize("made", [table(name=["Matti"]), table(name=[]), table(name=[NOTHING, NOTHING])], ids=len)
def test_nothing_to_compare_is_no_error(made: pd.DataFrame) -> None:
    found = matched(made)
    assert found.cluster.tolist() == list(range(len(made))) and found.warnings == ("nothing_to_compare",)


@pytest.mark.deep
@pytest.mark.parametrize(("shape", "least"), [("people with a date of birth", 0.97), ("firms", 0.9)])
def test_an_unknown_table_of_a_hundred_thousand_rows_takes_a_minute_at_most(shape: str, least: float) -> None:
    figures = shapes.measured(shape, 100_000)
    assert figures["f1"] >= least and figures["process s"] <= 60

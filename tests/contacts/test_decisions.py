"""Who is who by the steward's word: what is in force, what a newer word does to an older one, and undo as if never said."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from register import explain
from register.contacts import decisions
from register.contacts.decisions import Decision, _counting
from register.errors import RefusedError
from register.store import tables
from register.store.database import Database
from tests.rows import DAY, POLICY, compute, ids, observation, put, table

STEWARD = "Liisa Kaski"
KOPARE = {"company": "Köpare Oy", "business_id": "9900001-8"}
VARUBODEN = {"company": "Varuboden Ab", "business_id": "9900002-6"}


def say(database: Database, kind: decisions.Kind, left: str, right: str) -> int:
    with database.writing("decide", DAY) as store:
        return decisions.decide(store, kind, left.split(), right.split(), STEWARD, "liisa")


def lift(database: Database, number: int) -> None:
    with database.writing("undo", DAY) as store:
        assert decisions.lift(store, number, STEWARD, "liisa")


def counting(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as store:
        found = decisions.in_force(store)
    sides = zip(found["kind"], found["left"], found["right"], strict=True)
    return [(kind, " ".join(left), " ".join(right)) for kind, left, right in sides]


def test_a_decision_is_kept_with_who_when_and_the_run_that_took_it(database: Database) -> None:
    number = say(database, "same", "a b", "c")
    row = table(database, tables.decisions).iloc[0]
    assert (row["decision_id"], row["kind"], row["decided_by"], row["os_user"]) == (number, "same", STEWARD, "liisa")
    assert row["decided_at"] and row["lifted_at"] != row["lifted_at"], "taken, not lifted"
    assert row["changed_in"] == table(database, tables.runs)["run"].max(), "matching sees it by the run's number"
    assert counting(database) == [("same", "a b", "c")]


def test_a_lifted_decision_counts_no_more_and_says_who_lifted_it(database: Database) -> None:
    number = say(database, "different", "a", "b")
    lift(database, number)
    row = table(database, tables.decisions).iloc[0]
    assert counting(database) == []
    assert row["lifted_at"] and '"lifted_by": "Liisa Kaski"' in row["content"] and '"lifted_os_user": "liisa"' in row["content"]
    with database.writing("undo", DAY) as store:
        assert not decisions.lift(store, number, STEWARD, "liisa"), "lifted before"


def test_accepted_deliveries_are_no_decisions_on_who_is_who(database: Database) -> None:
    number = say(database, "same", "a", "b")
    with database.writing("accept", DAY) as store:
        store.execute(update(tables.decisions).values(kind="accept", content="{}"))
    assert counting(database) == []
    with database.writing("undo", DAY) as store:
        assert not decisions.lift(store, number, STEWARD, "liisa")


def test_what_changed_since_a_run_are_the_records_of_decisions_taken_and_lifted(database: Database) -> None:
    first = say(database, "same", "a", "b")
    with database.reading() as store:
        before = store.scalar(select(tables.runs.c.run).order_by(tables.runs.c.run.desc()))
    say(database, "unsure", "c", "d e")
    lift(database, first)
    with database.reading() as store:
        assert decisions.changed_since(store, 0).tolist() == ["a", "b", "c", "d", "e"]
        assert decisions.changed_since(store, before).tolist() == ["a", "b", "c", "d", "e"], "lifting concerns them again"
        last = store.scalar(select(tables.runs.c.run).order_by(tables.runs.c.run.desc()))
        assert decisions.changed_since(store, last).tolist() == []


OVER: list[tuple[list[tuple[decisions.Kind, str, str]], list[tuple[str, str, str]]]] = [
    ([("same", "a", "b"), ("different", "b", "a")], [("different", "b", "a")]),
    ([("same", "a b", "c"), ("different", "a", "b c")], [("same", "b", "c"), ("different", "a", "b c")]),
    ([("different", "a b", "c d"), ("same", "a", "c")],
     [("different", "b", "c d"), ("different", "a", "d"), ("same", "a", "c")]),
    ([("same", "a", "b"), ("different", "a", "c")], [("same", "a", "b"), ("different", "a", "c")]),
    ([("different", "a", "b"), ("unsure", "a", "b")], [("different", "a", "b"), ("unsure", "a", "b")]),
    ([("unsure", "a", "b"), ("other_firm", "a", "b")], [("other_firm", "a", "b")]),
    ([("same", "a", "b"), ("same", "a b", "c")], [("same", "a", "b"), ("same", "a b", "c")]),
]
"""What was said in order, and what counts then."""


@pytest.mark.parametrize(("said", "counts"), OVER, ids=lambda case: " ".join(str(case[-1]).split()))
def test_the_newest_word_on_two_records_counts(
    said: list[tuple[decisions.Kind, str, str]], counts: list[tuple[str, str, str]]
) -> None:
    taken = [Decision(no, kind, frozenset(left.split()), frozenset(right.split()), no)
             for no, (kind, left, right) in enumerate(said)]
    found = [(one.kind, " ".join(sorted(one.left)), " ".join(sorted(one.right))) for one in _counting(taken)]
    assert found == counts


Word = tuple[decisions.Kind, tuple[frozenset[str], frozenset[str]]]
KEYS = "abcdef"
SIDES = st.permutations(KEYS).flatmap(lambda keys: st.tuples(st.integers(1, 3), st.integers(1, 3)).map(
    lambda n: (frozenset(keys[:n[0]]), frozenset(keys[3:3 + n[1]]))))
WORDS = st.lists(st.tuples(st.sampled_from(decisions.KINDS), SIDES), max_size=6)


def by_pair(taken: list[Decision]) -> dict[frozenset[str], set[str]]:
    """The naive answer: what counts of each pair, said word by word."""
    counts: dict[frozenset[str], set[str]] = {}
    for one in taken:
        for pair in map(frozenset, product(one.left, one.right)):
            held = counts.setdefault(pair, set())
            if one.kind != "unsure":
                held.intersection_update({one.kind})
            held.add(one.kind)
    return counts


@settings(max_examples=300, deadline=None)
@given(WORDS)
def test_law_what_counts_is_for_each_pair_the_newest_word(words: list[Word]) -> None:
    taken = [Decision(no, kind, left, right, no) for no, (kind, (left, right)) in enumerate(words)]
    found: dict[frozenset[str], set[str]] = {}
    for one in _counting(taken):
        for pair in map(frozenset, product(one.left, one.right)):
            found.setdefault(pair, set()).add(one.kind)
    assert found == by_pair(taken)


def test_undo_of_the_newer_word_leaves_what_was_before_it(database: Database) -> None:
    say(database, "same", "a b", "c")
    before = counting(database)
    number = say(database, "different", "a", "b c")
    assert counting(database) != before
    lift(database, number)
    assert counting(database) == before, "as if the newer one had never been said"


@pytest.fixture
def people(database: Database) -> Database:
    """Åsa with two records of one contact, Matti at the same firm, Åsa's namesake at another."""
    put(database,
        observation("asa 1", **KOPARE, name="Åsa Åkerberg", email="asa@kopare.example"),
        observation("asa 2", "provider_x", **KOPARE, name="Åsa Åkerberg", email="asa@kopare.example", on="2026-11-02"),
        observation("matti", **KOPARE, name="Matti Virtanen", email="matti@kopare.example"),
        observation("other", **VARUBODEN, name="Ossi Kolmas", email="ossi@varuboden.example"))
    compute(database)
    return database


def test_merge_finds_all_records_of_both_contacts(people: Database) -> None:
    held = ids(people)
    with people.writing("merge", DAY) as store:
        decisions.merge(store, POLICY, (held["asa 1"], held["matti"]), STEWARD, "liisa")
    assert counting(people) == [("same", "asa 1 asa 2", "matti")]
    with people.reading() as store:
        [told] = decisions.listed(store)
    assert told["contact_ids"] == sorted({held["asa 1"], held["matti"]}) and told["decided_by"] == STEWARD


def test_split_takes_the_rows_as_explain_numbers_them(people: Database) -> None:
    contact = ids(people)["asa 1"]
    with people.writing("split", DAY) as store:
        assert explain.record_keys(store, contact) == ["asa 1", "asa 2"]
        decisions.split(store, POLICY, contact, [2], STEWARD, "liisa")
    assert counting(people) == [("different", "asa 2", "asa 1")]


def test_two_firms_are_one_person_only_and_one_firm_one_contact_only(people: Database) -> None:
    held = ids(people)
    with people.writing("merge", DAY) as store:
        with pytest.raises(RefusedError, match="--same-person"):
            decisions.merge(store, POLICY, (held["asa 1"], held["other"]), STEWARD, "liisa")
        with pytest.raises(RefusedError, match="--same-person"):
            decisions.merge(store, POLICY, (held["asa 1"], held["matti"]), STEWARD, "liisa", is_elsewhere=True)
        decisions.merge(store, POLICY, (held["asa 1"], held["other"]), STEWARD, "liisa", is_elsewhere=True)
    assert counting(people) == [("other_firm", "asa 1 asa 2", "other")]


def test_what_is_refused_says_what_is_allowed_and_takes_nothing(people: Database) -> None:
    asa = ids(people)["asa 1"]
    with people.writing("refused", DAY) as store:
        for rows in ([], [3], [1, 2], [0]):
            with pytest.raises(RefusedError, match="1-2"):
                decisions.split(store, POLICY, asa, rows, STEWARD, "liisa")
        with pytest.raises(RefusedError, match="register find"):
            decisions.merge(store, POLICY, (asa, "nobody"), STEWARD, "liisa")
        with pytest.raises(RefusedError, match="jo sama"):
            decisions.merge(store, POLICY, (asa, asa), STEWARD, "liisa")
        for act in (lambda: decisions.merge(store, POLICY, (asa, asa), "Vieras", "liisa"),
                    lambda: decisions.split(store, POLICY, asa, [1], "Vieras", "liisa"),
                    lambda: decisions.undo(store, POLICY, 1, "Vieras", "liisa")):
            with pytest.raises(RefusedError, match=STEWARD):
                act()
        with pytest.raises(ValueError, match="two sides"):
            decisions.decide(store, "same", ["a"], ["a", "b"], STEWARD, "liisa")
    assert counting(people) == []

"""Ids that stay: the ledger's laws, on clusters alone."""

import pandas as pd
import pytest

from register.matching import Identities, clusters, identify

Row = tuple[str, int, str | None, str | None, str]


def identified(*rows: Row, redirected: pd.DataFrame | None = None) -> Identities:
    """(record_key, cluster, old_id, first_id, first_seen_on)."""
    names = ["record_key", "cluster", "old_id", "first_id", "first_seen_on"]
    members = pd.DataFrame(rows, columns=names).astype({name: "str" for name in names if name != "cluster"})
    found = identify(members, redirected)
    backwards = identify(members.iloc[::-1], redirected)
    known = set(members["old_id"]) | set(members["first_id"])
    for one, other in zip(ids(found).items(), ids(backwards).items(), strict=True):
        assert one == other or not known & {one[1], other[1]}  # the order of rows decides nothing
    return found


def ids(found: Identities) -> dict[str, str]:
    return dict(sorted(zip(found.members["record_key"], found.members["id"], strict=True)))


def test_new_clusters_get_new_ids() -> None:
    found = identified(*((key, cluster, None, None, "2026-01-01") for key, cluster in (("a", 0), ("b", 0), ("c", 1))))
    assert ids(found)["a"] == ids(found)["b"] != ids(found)["c"]
    assert set(found.created) == set(ids(found).values())
    assert found.members["first_id"].tolist() == found.members["id"].tolist()
    assert found.redirects.empty and found.revived.empty


MERGES = {
    "most members": (
        [("a", 0, "A", "A", "2020-01-01"), ("b", 0, "B", "B", "2026-01-01"), ("c", 0, "B", "B", "2026-01-01")], "B"),
    "of as many the first seen": ([("a", 0, "A", "A", "2026-01-01"), ("b", 0, "B", "B", "2020-01-01")], "B"),
    "of as old the lesser id": ([("a", 0, "B", "B", "2026-01-01"), ("b", 0, "A", "A", "2026-01-01")], "A"),
}


@pytest.mark.parametrize(("rows", "kept"), MERGES.values(), ids=MERGES.keys())
def test_a_merge_keeps_one_id_and_redirects_the_other(rows: list[Row], kept: str) -> None:
    found = identified(*rows)
    assert set(ids(found).values()) == {kept}
    assert found.redirects.to_numpy().tolist() == [["A" if kept == "B" else "B", kept]]
    assert set(found.members["first_id"]) == {"A", "B"}


def test_a_split_gives_the_redirected_part_its_old_id_back() -> None:
    found = identified(("a", 0, "A", "A", "2020-01-01"), ("b", 1, "A", "B", "2021-01-01"), ("c", 1, "A", "B", "2021-01-01"))
    assert ids(found) == {"a": "A", "b": "B", "c": "B"}
    assert found.revived.tolist() == ["B"]


def test_a_part_with_no_id_of_its_own_gets_a_new_one_for_good() -> None:
    found = identified(("a", 0, "A", "A", "2020-01-01"), ("b", 1, "A", "A", "2021-01-01"))
    assert ids(found)["a"] == "A"
    assert len(ids(found)["b"]) == 36
    assert found.members.set_index("record_key").loc["b", "first_id"] == ids(found)["b"]
    assert found.revived.empty


def test_an_id_is_never_given_twice() -> None:
    found = identified(("a", 0, "A", "B", "2020-01-01"), ("b", 1, "A", "B", "2021-01-01"), ("c", 2, "A", "A", "2022-01-01"))
    assert ids(found)["a"] == "B" and ids(found)["c"] == "A"
    assert len(set(ids(found).values())) == 3


def test_a_ledger_without_first_ids_gives_back_what_was_redirected() -> None:
    redirected = pd.DataFrame({"old_id": ["B"], "new_id": ["A"]}, dtype="str")
    found = identified(("a", 0, "A", "A", "2020-01-01"), ("b", 1, "A", "A", "2021-01-01"), redirected=redirected)
    assert ids(found) == {"a": "A", "b": "B"}


def test_members_that_move_do_not_redirect_an_id_that_others_keep() -> None:
    found = identified(("a", 0, "A", "A", "2020-01-01"), ("b", 0, "A", "A", "2020-01-01"), ("c", 1, "A", "A", "2020-01-01"),
                       ("d", 1, "D", "D", "2019-01-01"))
    assert ids(found) == {"a": "A", "b": "A", "c": "D", "d": "D"}
    assert found.redirects.empty


def pairs(*ends: str) -> pd.DataFrame:
    places = [["abcde".index(letter) for letter in end] for end in ends]
    return pd.DataFrame(places, columns=["left", "right"], dtype="int64").assign(weight=1.0, rule="mobile")


NAMES = pd.Series({"a": "matti-virtanen", "b": "matti", "c": "korhonen-matti", "d": "matti-virtanen", "e": None}, dtype="str")

CLUSTERS = {
    "nothing in common": ((), ["a", "b", "c", "d", "e"]),
    "one name within the other": (("ab",), ["ab", "c", "d", "e"]),
    "a first name between two surnames": (("ab", "bc", "ad"), ["ad", "b", "c", "e"]),
    "equal names that only met through another": (("ab", "bd", "bc"), ["a", "b", "c", "d", "e"]),
}


@pytest.mark.parametrize(("ends", "expected"), CLUSTERS.values(), ids=CLUSTERS.keys())
def test_contradicting_names_are_never_in_one_cluster(ends: tuple[str, ...], expected: list[str]) -> None:
    labels = pd.Series(clusters(NAMES.reset_index(drop=True), pairs(*ends)).labels, index=NAMES.index)
    assert sorted("".join(group.index) for _, group in labels.groupby(labels)) == expected

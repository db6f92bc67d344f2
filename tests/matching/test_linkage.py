"""Average linkage round by round against the same done one by one, and what must never be linked."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from register.matching.linkage import CLIPPED, Edges, average_linkage

ROWS = 7
PAIRS = list(combinations(range(ROWS), 2))


def edges(scores: dict[tuple[int, int], int], apart: set[tuple[int, int]] = frozenset()) -> Edges:
    left, right = (np.array([pair[end] for pair in scores], dtype="int64") for end in (0, 1))
    return Edges(left, right, np.array(list(scores.values()), dtype="int64"), np.array([pair in apart for pair in scores]))


def one_by_one(scores: dict[tuple[int, int], int], apart: set[tuple[int, int]], groups: list[int]) -> list[int]:
    """The textbook: merge the best two that may, until none may."""
    clusters = [{row} for row in range(ROWS)]
    while True:
        options = []
        for one, two in combinations(sorted(clusters, key=min), 2):
            pairs = [(min(a, b), max(a, b)) for a in one for b in two]
            mean = sum(max(-CLIPPED, min(CLIPPED, scores.get(pair, -CLIPPED))) for pair in pairs) / len(pairs)
            firms = {groups[row] for row in one | two} - {-1}
            if mean > 0 and not apart & set(pairs) and len(firms) < 2:
                options.append((-mean, min(one), min(two), one, two))
        if not options:
            return [min(next(cluster for cluster in clusters if row in cluster)) for row in range(ROWS)]
        *_, one, two = min(options, key=lambda option: option[:3])
        clusters = [cluster for cluster in clusters if cluster not in (one, two)] + [one | two]


SCORES = st.dictionaries(st.sampled_from(PAIRS), st.integers(-15_000, 15_000), min_size=1)


@given(SCORES, st.sets(st.sampled_from(PAIRS), max_size=3), st.lists(st.sampled_from([-1, 0, 1]), min_size=ROWS, max_size=ROWS))
def test_all_best_pairs_at_once_give_what_one_by_one_gives(
    scores: dict[tuple[int, int], int], apart: set[tuple[int, int]], groups: list[int]
) -> None:
    apart &= set(scores)
    found = average_linkage(ROWS, edges(scores, apart), groups=np.array(groups))
    assert found.tolist() == one_by_one(scores, apart, groups)


@given(SCORES, st.randoms(use_true_random=False))
def test_the_order_of_pairs_decides_nothing_even_among_ties(scores: dict[tuple[int, int], int], dice: object) -> None:
    coarse = {pair: round(score, -4) for pair, score in scores.items()}
    shuffled = list(coarse.items())
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert average_linkage(ROWS, edges(coarse)).tolist() == average_linkage(ROWS, edges(dict(shuffled))).tolist()


def test_one_weak_bridge_joins_no_chain() -> None:
    found = average_linkage(4, edges({(0, 1): 9000, (2, 3): 9000, (1, 2): 3000, (0, 2): -6000, (0, 3): -6000, (1, 3): -6000}))
    assert found.tolist() == [0, 0, 2, 2]


def test_what_nobody_scored_counts_against() -> None:
    assert average_linkage(3, edges({(0, 1): 12_000, (1, 2): 11_000})).tolist() == [0, 0, 2]


@pytest.mark.parametrize(("cut", "expected"), [(0, [0, 0]), (2944, [0, 1])])
def test_the_cut_is_what_the_mean_must_exceed(cut: int, expected: list[int]) -> None:
    assert average_linkage(2, edges({(0, 1): 2000}), cut).tolist() == expected


def test_what_is_joined_is_one_whatever_its_score_and_speaks_with_one_voice() -> None:
    found = average_linkage(3, edges({(0, 1): -9000, (1, 2): 9000, (0, 2): -9500}), joined=np.array([5, 5, 7]))
    assert found.tolist() == [0, 0, 2]


def test_no_pairs_no_clusters() -> None:
    assert average_linkage(2, edges({})).tolist() == [0, 1]

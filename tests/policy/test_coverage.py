"""The choice of a circle: near the best, in proportion to the need, and the same whatever nobody would miss."""

from itertools import combinations

import numpy as np
import pytest

from advocate_score.policy.coverage import Coverage

SIZES = (5, 3)


def drawn(seed: int, candidates: int, equal_within: float = 0.0) -> Coverage:
    draw = np.random.default_rng(seed)
    starts = np.cumsum((0, *SIZES[:-1]))
    kinds = [start + draw.choice(size, candidates) for start, size in zip(starts, SIZES, strict=True)]
    need = np.concatenate([draw.dirichlet(np.ones(size)) for size in SIZES])
    return Coverage(draw.beta(4, 4, candidates), need, np.column_stack(kinds), equal_within)


def best(coverage: Coverage, size: int) -> float:
    return max(coverage.worth(some) for some in combinations(range(len(coverage.value)), size))


@pytest.mark.parametrize("seed", range(12))
def test_the_choice_is_as_good_as_trying_every_circle(seed: int) -> None:
    coverage = drawn(seed, 10)
    assert coverage.worth(coverage.choose(4)) >= 0.995 * best(coverage, 4)


@pytest.mark.parametrize("seed", range(6))
def test_taking_equals_in_turn_costs_no_more_than_the_tolerance_of_each_place(seed: int) -> None:
    coverage = drawn(seed, 10, equal_within=0.02)
    assert coverage.worth(coverage.choose(4)) >= best(coverage, 4) - 4 * 0.02


def test_worth_counts_each_member_of_a_kind_less_than_the_one_before() -> None:
    coverage = Coverage(np.array([0.5, 0.5, 0.5]), np.array([0.6, 0.4]), np.array([[0], [0], [-1]]))
    assert coverage.worth([0]) == pytest.approx(0.5 + 0.6)
    assert coverage.worth([0, 1]) == pytest.approx(1.0 + 0.6 * 1.5)
    assert coverage.worth([2]) == pytest.approx(0.5)
    assert coverage.firsts([0, 1, 2]).tolist() == [[True], [False], [False]]


def test_equally_ready_circles_grow_in_proportion_to_the_need() -> None:
    kind = np.repeat([[0], [1], [2]], 20, axis=0)
    coverage = Coverage(np.full(60, 0.5), np.array([0.6, 0.3, 0.1]), kind)
    assert np.bincount(kind[coverage.choose(10), 0]).tolist() == [6, 3, 1]


def test_without_diversity_the_readiest_are_chosen() -> None:
    value = np.array([0.2, 0.9, 0.5, 0.7])
    assert Coverage(value, np.zeros(1), np.zeros((4, 1), dtype=np.int64)).choose(3) == [1, 3, 2]


def test_among_equals_the_first_is_taken_and_an_exchange_can_mend_a_greedy_start() -> None:
    kind = np.array([[0, 2], [0, 3], [1, 2]])
    value = np.array([0.01, 0.0, 0.0])
    coverage = Coverage(value, np.array([1.0, 0.99, 0.5, 0.49]), kind)
    assert sorted(coverage.choose(2)) == [1, 2]
    assert Coverage(value, coverage.need, kind, equal_within=0.02).choose(1) == [0]
    assert Coverage(value[::-1].copy(), np.zeros(4), kind, equal_within=0.02).choose(1) == [0]


@pytest.mark.parametrize("seed", range(10))
def test_to_lose_a_candidate_nobody_chose_changes_nothing(seed: int) -> None:
    coverage = drawn(seed, 60)
    chosen = coverage.choose(12)
    lost = next(one for one in range(60) if one not in chosen)
    kept = [one for one in range(60) if one != lost]
    fewer = Coverage(coverage.value[kept], coverage.need, coverage.kind[kept])
    assert [kept[one] for one in fewer.choose(12)] == chosen


@pytest.mark.parametrize("candidates", [0, 1, 3])
def test_a_circle_is_no_larger_than_its_candidates(candidates: int) -> None:
    coverage = drawn(1, candidates)
    assert sorted(coverage.choose(5)) == list(range(candidates))
    assert coverage.choose(0) == []

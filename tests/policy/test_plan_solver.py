"""The solver against every choice there is, on allocations small enough to try them all."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from advocate_score.policy.plan.problem import Prices, Problem
from advocate_score.policy.plan.solver import Optimum, optimum

TINY = (*range(100), 1501, 1539, 2467, 3342, 3630, 3645)
"""The last are among the few whose linear programme is not in whole numbers."""


def tiny(seed: int) -> Problem:
    """Up to 7 accounts, each free for some of three levels, under limits that bind."""
    draw = np.random.default_rng(seed)
    accounts = int(draw.integers(2, 8))
    pairs = np.array([(a, k) for a in range(accounts) for k in range(3) if draw.random() < 0.8] or [(0, 0)])
    account = np.unique(pairs[:, 0], return_inverse=True)[1]
    groups = draw.integers(-1, 2, (accounts, 2)) + np.array([0, 2])
    groups[groups == np.array([-1, 1])] = -1
    floors = draw.integers(0, 4, 4)
    owner = draw.integers(-1, 2, accounts)
    return Problem(
        account=account,
        level=pairs[:, 1],
        worth=draw.choice([draw.normal(1, 1, len(pairs)), draw.integers(-1, 4, len(pairs))]).astype("float64"),
        owner=owner[account],
        group=groups[account],
        capacity=np.append(draw.integers(0, 3, 3), [0, 0]),
        owner_capacity=draw.integers(0, 3, 2),
        floor=floors,
        floor_price=np.full(4, draw.choice([0.3, 1.0, 1000.0])),
    )


def every_choice(problem: Problem) -> Iterator[list[int]]:
    own = [[-1, *np.flatnonzero(problem.account == account)] for account in range(problem.accounts)]
    for choice in product(*own):
        yield [int(pair) for pair in choice if pair >= 0]


def worth_of(problem: Problem, pairs: list[int]) -> float:
    """Minus infinity where a limit is broken."""
    levels = [int(problem.level[pair]) for pair in pairs]
    owners = [int(problem.owner[pair]) for pair in pairs]
    if any(levels.count(level) > problem.capacity[level] for level in range(5)):
        return -np.inf
    if any(owners.count(owner) > room for owner, room in enumerate(problem.owner_capacity)):
        return -np.inf
    total = sum(float(problem.worth[pair]) for pair in pairs)
    for floor, wanted in enumerate(problem.floor):
        there = sum(1 for pair in pairs if floor in problem.group[pair])
        total -= float(problem.floor_price[floor]) * max(int(wanted) - there, 0)
    return total


@pytest.fixture(scope="module")
def solved() -> list[tuple[Problem, Optimum]]:
    problems = [tiny(seed) for seed in TINY]
    return [(problem, optimum(problem)) for problem in problems]


def test_no_choice_at_all_is_better(solved: list[tuple[Problem, Optimum]]) -> None:
    for problem, best in solved:
        tried = max(worth_of(problem, pairs) for pairs in every_choice(problem))
        assert best.value == pytest.approx(tried, abs=1e-6)
        assert worth_of(problem, list(np.flatnonzero(best.chosen))) == pytest.approx(tried, abs=1e-6)


def test_the_bound_holds_and_is_what_the_prices_say(solved: list[tuple[Problem, Optimum]]) -> None:
    for problem, best in solved:
        by_hand = bound_by_hand(problem, best.prices)
        assert best.value - 1e-6 <= best.upper_bound <= by_hand + 1e-6
        assert best.upper_bound == pytest.approx(by_hand if best.method == "lp" else best.value, abs=1e-6)


def bound_by_hand(problem: Problem, prices: Prices) -> float:
    """Weak duality, pair by pair."""
    surplus = [0.0] * problem.accounts
    for pair, account in enumerate(problem.account):
        owner, groups = problem.owner[pair], problem.group[pair]
        worth = problem.worth[pair] - prices.level[problem.level[pair]]
        worth -= prices.owner[owner] if owner >= 0 else 0
        worth += sum(prices.floor[group] for group in groups if group >= 0)
        surplus[account] = max(surplus[account], float(worth))
    assert min(map(min, (prices.level, prices.owner, prices.floor))) >= 0
    assert (prices.floor <= problem.floor_price).all()
    paid = sum(prices.level * problem.capacity) + sum(prices.owner * problem.owner_capacity)
    return sum(surplus) + float(paid) - float(sum(prices.floor * problem.floor))


def test_branch_and_bound_is_used_only_where_it_is_needed(solved: list[tuple[Problem, Optimum]]) -> None:
    methods = [best.method for _, best in solved]
    assert {"lp", "milp"} == set(methods)
    assert methods.count("lp") > len(methods) / 2


def large(accounts: int, seed: int) -> Problem:
    """Owners and three crossing dimensions of floors that bind: what makes fractions likely."""
    draw = np.random.default_rng(seed)
    merit = draw.normal(size=accounts)
    group = np.column_stack(
        [draw.integers(0, 9, accounts), draw.integers(9, 13, accounts), draw.integers(13, 20, accounts)]
    )
    merit += np.where(group % 3 == 0, -0.8, 0.3).sum(axis=1)
    worth = np.array([1, 4, 3, 6, 10]) / (1 + np.exp(-merit[:, None] - np.array([0.3, -0.4, -0.6, -1.2, -1.8])))
    return Problem(
        account=np.repeat(np.arange(accounts), 5),
        level=np.tile(np.arange(5), accounts),
        worth=worth.ravel(),
        owner=np.repeat(draw.integers(0, 40, accounts), 5),
        group=np.repeat(group, 5, axis=0),
        capacity=np.array([40, 20, 20, 8, 4]),
        owner_capacity=np.full(40, 3),
        floor=np.array([6] * 9 + [15] * 4 + [8] * 7),
        floor_price=np.full(20, 1e4),
    )


@pytest.mark.parametrize("seed", range(6))
def test_large_plans_are_proven_within_a_thousandth_and_see_few_pairs(seed: int) -> None:
    problem = large(3000, seed)
    best = optimum(problem)
    assert not best.short.any()
    assert best.gap <= 1e-3
    assert best.columns < len(problem.account) / 4
    assert best.upper_bound <= bound_by_hand(problem, best.prices) <= best.value * 1.001
    assert worth_of(problem, list(np.flatnonzero(best.chosen))) == pytest.approx(best.value)

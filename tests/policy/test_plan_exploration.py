"""The lot: the probabilities written beside the asks are those with which it draws, and it breaks no limit."""

from dataclasses import replace

import numpy as np
import pytest

from advocate_score.policy.plan.exploration import (
    ExplorationDesign,
    exploration_design,
    exploration_draw,
    propensities,
    quotas,
    reserved_for_exploration,
)
from advocate_score.policy.plan.problem import Problem
from advocate_score.policy.plan.solver import optimum

DRAWS = 3_000


def problem(seed: int, accounts: int = 24) -> Problem:
    draw_ = np.random.default_rng(seed)
    pairs = np.array([(a, k) for a in range(accounts) for k in range(5) if draw_.random() < 0.7])
    account = np.unique(pairs[:, 0], return_inverse=True)[1]
    owner, group = draw_.integers(-1, 3, accounts), draw_.integers(0, 2, (accounts, 1))
    return Problem(
        account=account,
        level=pairs[:, 1],
        worth=draw_.uniform(0.1, 3, len(pairs)),
        owner=owner[account],
        group=group[account],
        capacity=np.array([4, 3, 2, 1, 1]),
        owner_capacity=np.array([5, 3, 2]),
        floor=np.array([3, 3]),
        floor_price=np.array([100.0, 100.0]),
    )


def lot_of(limits: Problem, exploration: float) -> ExplorationDesign:
    quota = quotas(limits, exploration)
    best = optimum(replace(limits, capacity=limits.capacity - reserved_for_exploration(quota)))
    return exploration_design(limits, quota, best.chosen, limits.floor)


LOTS = [lot_of(problem(seed), exploration) for seed, exploration in enumerate((0.05, 0.2, 0.35, 0.6))]


@pytest.fixture(scope="module")
def draws() -> list[np.ndarray]:
    """(draws, m) whether each pair was asked, one array a lot."""
    return [np.array([exploration_draw(lot, seed)[0] for seed in range(DRAWS)]) for lot in LOTS]


def test_every_pair_is_asked_as_often_as_its_propensity_says(draws: list[np.ndarray]) -> None:
    """Also the pairs of accounts that can be asked by both routes, and those that give way."""
    for lot, asked in zip(LOTS, draws, strict=True):
        expected = propensities(lot)
        error = np.sqrt(expected * (1 - expected) / DRAWS) + 1e-9
        assert (np.abs(asked.mean(axis=0) - expected) / error).max() < 4.5
        assert asked.sum(axis=1).mean() == pytest.approx(expected.sum(), abs=0.05)


def test_every_eligible_pair_of_an_account_with_room_can_be_drawn() -> None:
    for lot in LOTS:
        wanted = lot.quota[lot.problem.level] > 0
        assert (propensities(lot)[wanted & (lot.block >= 0)] > 0).all()
        outside = lot.problem.owner[lot.block < 0]
        assert (outside >= 0).all()


def test_no_lot_breaks_a_limit(draws: list[np.ndarray]) -> None:
    for lot, asked in zip(LOTS, draws, strict=True):
        limits = lot.problem
        assert (most(asked, limits.account) <= 1).all()
        assert (most(asked, limits.level) <= limits.capacity).all()
        assert (most(asked, limits.owner) <= limits.owner_capacity).all()


def most(asked: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """The most that any draw asked of each kind from 0 on."""
    return np.array([asked[:, kind == place].sum(axis=1).max() for place in range(kind.max() + 1)])


def test_what_gives_way_never_costs_a_floor(draws: list[np.ndarray]) -> None:
    for lot, asked in zip(LOTS, draws, strict=True):
        planned = lot.problem.group_counts(lot.planned)
        kept = np.minimum(planned, lot.problem.floor)
        counts = np.column_stack([asked[:, lot.problem.group[:, 0] == group].sum(axis=1) for group in range(2)])
        assert (counts >= kept).all()


def test_the_share_of_exploration_is_met_on_average() -> None:
    """Where the pool is large; in a small one a block may hold nobody free for the level that it draws."""
    for lot in LOTS[:2]:
        drawn = [exploration_draw(lot, seed)[1].sum() for seed in range(1000)]
        assert np.mean(drawn) == pytest.approx(lot.quota.sum(), rel=0.1, abs=0.1)
        assert max(drawn) <= lot.blocks


def test_without_exploration_all_is_certain() -> None:
    lot = lot_of(problem(9), 0.0)
    asked, drawn = exploration_draw(lot, 1)
    assert not drawn.any()
    np.testing.assert_array_equal(propensities(lot), asked.astype("float64"))


def test_weights_of_one_over_propensity_remove_the_bias_of_choosing_the_best() -> None:
    """The mean answer over all pairs that can be asked, from the asked ones alone, over many lots."""
    lot = LOTS[2]
    truth = np.random.default_rng(1).uniform(0, 1, len(lot.planned)) + 0.2 * lot.problem.worth
    chance = propensities(lot)
    can = chance > 0
    weighted, plain = [], []
    for seed in range(2500):
        asked = exploration_draw(lot, seed)[0]
        weighted.append((truth[asked] / chance[asked]).sum() / can.sum())
        plain.append(truth[asked].mean())
    assert np.mean(weighted) == pytest.approx(truth[can].mean(), rel=0.03)
    assert abs(np.mean(plain) - truth[can].mean()) > 0.1 * truth[can].mean()


def test_the_propensities_of_a_few_are_those_they_have_among_all() -> None:
    for lot in LOTS:
        asked = exploration_draw(lot, 3)[0]
        np.testing.assert_array_equal(propensities(lot, asked), propensities(lot)[asked])

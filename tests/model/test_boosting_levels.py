"""What a bag says at every level is what each of its boosters says there, to the last bit."""

import lightgbm
import numpy as np
import pandas as pd
import pytest

from advocate_score.errors import ModelRefusedError
from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.boosting import Bag, Booster, Residue, TreeTable, fit_booster
from advocate_score.model.recipe import Boosting

LEVELS = 5


def table(rows: int, seed: int = 0) -> TreeTable:
    rng = np.random.default_rng(seed)
    columns = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["a", "b", "c"])
    return TreeTable(columns.mask(rng.random((rows, 3)) < 0.2), (0, 0, 0))


def booster(seed: int, rounds: int, steps: Floats, leaves: int = 7) -> Booster:
    """Yes falls by `steps` along the levels."""
    rng = np.random.default_rng(seed)
    trees, level = table(800, seed), rng.integers(LEVELS, size=800)
    yes = rng.random(800) < 1 / (1 + np.exp(-(trees.table["a"].fillna(0) ** 2 - steps[level])))
    residue = Residue(level, yes.to_numpy(np.float64), np.ones(800), None)
    return fit_booster(trees, residue, Boosting(min_leaf=5, leaves=leaves, columns=1.0), rounds, seed)


@pytest.fixture(scope="module")
def bag() -> Bag:
    """Of different lengths; the first never asks for the level, the second tells two parts of the ladder apart."""
    flat, halves, even = np.zeros(LEVELS), np.array([-3.0, -3, 6, 6, 6]), np.arange(LEVELS) * 1.5
    return Bag((booster(1, 1, flat, 2), booster(2, 1, halves, 2), booster(3, 30, even), booster(4, 7, even)))


def each_alone(bag: Bag, trees: TreeTable, levels: int) -> Floats:
    """(boosters, n, K): every booster asked again at every level, over rows copied for each."""
    asked: list[Integers] = [np.full(len(trees.table), level) for level in range(levels)]
    return np.stack([bag.members_at(trees, level) for level in asked], axis=2)


@pytest.mark.parametrize("rows", [0, 1, 2, 501])
def test_what_is_said_at_every_level_is_each_boosters_own_to_the_last_bit(bag: Bag, rows: int) -> None:
    trees = table(rows, seed=9)
    found = bag.members_at_levels(trees, LEVELS)
    assert found.shape == (4, rows, LEVELS)
    np.testing.assert_array_equal(found, each_alone(bag, trees, LEVELS))


def test_another_number_of_levels_is_another_question(bag: Bag) -> None:
    trees = table(40, seed=9)
    np.testing.assert_array_equal(bag.members_at_levels(trees, 2), bag.members_at_levels(trees, LEVELS)[:, :, :2])


def test_what_was_loaded_from_its_text_says_the_same(bag: Bag) -> None:
    trees = table(200, seed=9)
    loaded = Bag(tuple(lightgbm.Booster(model_str=one.model_to_string()) for one in bag.boosters))
    np.testing.assert_array_equal(loaded.members_at_levels(trees, LEVELS), bag.members_at_levels(trees, LEVELS))


def test_columns_of_another_order_are_refused(bag: Bag) -> None:
    swapped = TreeTable(table(10).table[["b", "a", "c"]], (0, 0, 0))
    for ask in (lambda: bag.members_at_levels(swapped, LEVELS), lambda: bag.contributions(swapped, np.zeros(10, int))):
        with pytest.raises(ModelRefusedError, match="columns"):
            ask()

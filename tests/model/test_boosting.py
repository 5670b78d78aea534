import numpy as np
import pandas as pd
import pytest

from advocate_score.errors import ModelRefusedError
from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.boosting import Bag, Residue, TreeTable, fit_booster
from advocate_score.model.recipe import Boosting

CHOICES = Boosting(min_leaf=5)


def world(rows: int = 600, seed: int = 0) -> tuple[TreeTable, Integers, Floats]:
    """A log that contradicts the declared directions: yes falls with `up` and rises with the level."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"up": rng.normal(size=rows), "free": rng.normal(size=rows)})
    level = rng.integers(5, size=rows)
    yes = rng.random(rows) < 1 / (1 + np.exp(table["up"] - 0.5 * level + table["free"] ** 2))
    return TreeTable(table, (1, 0)), level, yes.to_numpy(dtype=np.float64)


def booster(rows: int = 600, weight: Floats | None = None, offset: Floats | None = None, rounds: int = 30) -> Bag:
    trees, level, yes = world(rows)
    residue = Residue(level, yes, np.ones(rows) if weight is None else weight, offset)
    return Bag((fit_booster(trees, residue, CHOICES, rounds, seed=5),))


def test_it_never_rises_with_the_level_nor_falls_with_a_signal_that_speaks_for() -> None:
    trees, _, _ = world(200, seed=9)
    curves = booster().members_at_levels(trees, 5)[0]
    assert (np.diff(curves, axis=1) <= 0).all()
    ups = np.linspace(-3, 3, 50)
    probe = TreeTable(pd.DataFrame({"up": ups, "free": 0.3}), (1, 0))
    assert (np.diff(booster().members_at(probe, np.full(50, 2))[0]) >= 0).all()


def test_the_same_inputs_give_the_same_trees() -> None:
    assert booster().boosters[0].model_to_string() == booster().boosters[0].model_to_string()


def test_a_row_of_no_weight_is_as_if_it_were_not_there() -> None:
    half = (np.arange(1200) < 600).astype(np.float64)
    trees, level, yes = world(1200)
    residue = Residue(level, yes, half, None)
    found = fit_booster(trees, residue, CHOICES, 30, seed=5)
    kept = TreeTable(trees.table[:600], trees.directions)
    expected = fit_booster(kept, Residue(level[:600], yes[:600], np.ones(600), None), CHOICES, 30, seed=5)
    assert found.model_to_string() == expected.model_to_string()


def test_what_is_already_explained_is_not_explained_again() -> None:
    _, level, yes = world()
    explained = booster(offset=np.where(yes == 1, 6.0, -6.0))
    trees, _, _ = world()
    assert np.abs(explained.members_at(trees, level)).max() < 0.2
    assert np.abs(booster().members_at(trees, level)).max() > 0.5


def test_contributions_add_up_to_the_log_odds() -> None:
    trees, level, _ = world(50, seed=2)
    bag = booster()
    total = bag.contributions(trees, level).sum(axis=2)
    assert total == pytest.approx(bag.members_at(trees, level), abs=1e-9)


def test_swapped_columns_are_refused_rather_than_scored_wrong() -> None:
    trees, level, _ = world(10)
    with pytest.raises(ModelRefusedError):
        booster().members_at(TreeTable(trees.table[["free", "up"]], (0, 1)), level)


def test_where_nothing_can_be_learned_nothing_is_added() -> None:
    trees, level, _ = world(40)
    residue = Residue(level, (np.arange(40) % 2).astype(np.float64), np.ones(40), np.zeros(40))
    bag = Bag((fit_booster(trees, residue, Boosting(min_leaf=40), 20, seed=5),))
    assert bag.members_at(trees, level) == pytest.approx(np.zeros((1, 40)), abs=1e-9)
    assert bag.contributions(trees, level) == pytest.approx(np.zeros((1, 40, 4)), abs=1e-9)

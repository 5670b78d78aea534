"""A bag of small LightGBM boosters, non-increasing in level and monotone in every signal of declared direction.

Each is fitted on an account-clustered resample, on what the linear part leaves unexplained; the mean of their log-odds
is added to the linear ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
import pandas as pd

from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.recipe import Boosting

LEVEL = "level"
Booster = lightgbm.Booster


@dataclass(frozen=True)
class TreeTable:
    """Inputs of the trees, one row an account or ask, without the level; `directions` per column."""

    table: pd.DataFrame
    directions: tuple[int, ...]

    @property
    def names(self) -> list[str]:
        return [LEVEL, *map(str, self.table.columns)]

    def at(self, level: Integers) -> pd.DataFrame:
        """With the level in front, in the order that the boosters were fitted on."""
        table = self.table.copy(deep=False)
        table.insert(0, LEVEL, level.astype(np.float64))
        return table


@dataclass(frozen=True)
class Bag:
    """The log-odds that trees add."""

    boosters: tuple[Booster, ...]

    def members_at(self, trees: TreeTable, level: Integers) -> Floats:
        """Log-odds (boosters, n), at each row's own level."""
        table = trees.at(level)
        if table.empty:  # which LightGBM refuses
            return np.empty((len(self.boosters), 0))
        log_odds = [one.predict(table, raw_score=True, validate_features=True) for one in self.boosters]
        return np.stack([np.asarray(one, dtype=np.float64) for one in log_odds])

    def members_at_levels(self, trees: TreeTable, count: int) -> Floats:
        """Log-odds (boosters, n, K)."""
        size = len(trees.table)
        repeated = TreeTable(trees.table.loc[trees.table.index.repeat(count)].reset_index(drop=True), trees.directions)
        levels = np.tile(np.arange(count), size)
        return self.members_at(repeated, levels).reshape(len(self.boosters), size, count)

    def contributions(self, trees: TreeTable, level: Integers) -> Floats:
        """TreeSHAP (boosters, n, 1 + columns + 1): the level's, each column's, and the expected value."""
        table = trees.at(level)
        shares = [one.predict(table, pred_contrib=True, validate_features=True) for one in self.boosters]
        return np.stack([np.asarray(one, dtype=np.float64) for one in shares])


@dataclass(frozen=True)
class Residue:
    """What is left to explain: the answers, their levels and weights, and the log-odds that are there already."""

    level: Integers
    outcome: Floats
    weight: Floats
    offset: Floats | None


def fit_booster(trees: TreeTable, residue: Residue, choices: Boosting, rounds: int, seed: int) -> Booster:
    """One booster of `rounds` trees; rows of weight 0 are left out. The same inputs give the same trees."""
    used = residue.weight > 0
    data = lightgbm.Dataset(
        trees.at(residue.level)[used],
        label=residue.outcome[used],
        weight=residue.weight[used],
        init_score=None if residue.offset is None else residue.offset[used],
        feature_name=trees.names,
        params=_DATA | {"min_data_in_leaf": choices.min_leaf},
    )
    return lightgbm.train(_parameters(trees.directions, choices, seed), data, num_boost_round=rounds)


_DATA = {"verbosity": -1, "feature_pre_filter": False, "max_bin": 63, "num_threads": 1}


def _parameters(directions: Sequence[int], choices: Boosting, seed: int) -> dict[str, object]:
    signs = [int(one) for one in directions] if choices.signs else [0] * len(directions)
    return _DATA | {
        "objective": "binary",
        "learning_rate": choices.learning_rate,
        "num_leaves": choices.leaves,
        "min_data_in_leaf": choices.min_leaf,
        "lambda_l2": choices.ridge,
        "feature_fraction": choices.columns,
        "monotone_constraints": [-1, *signs],
        "monotone_constraints_method": "basic",
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
    }

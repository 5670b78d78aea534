"""A bag of small LightGBM boosters, non-increasing in level and monotone in every signal with a declared direction.

Each booster is fitted on an account-clustered resample, on what the linear part leaves unexplained; the mean of the
boosters' log-odds is added to the linear log-odds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import lightgbm
import numpy as np
import pandas as pd

from advocate_score.errors import ModelRefusedError
from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.recipe import Boosting

LEVEL = "level"
_THREADED_FROM = 4_096
"""The number of rows from which several threads are faster; the results are the same to the last bit."""
_CONTRIBUTIONS_COST = 200
"""The cost of a row's contributions, in predictions."""
Booster = lightgbm.Booster


@dataclass(frozen=True)
class TreeTable:
    """Inputs of the trees without the level, one row per account or ask; `directions` by column."""

    table: pd.DataFrame
    directions: tuple[int, ...]

    @property
    def names(self) -> list[str]:
        return [LEVEL, *map(str, self.table.columns)]

    def at(self, level: Integers) -> pd.DataFrame:
        """Return the table with the level in front, in the column order of the fit."""
        table = self.table.copy(deep=False)
        table.insert(0, LEVEL, level.astype(np.float64))
        return table

    def after(self, front: Floats) -> Floats:
        """Return a row-major matrix (n, front + columns): `front`, (n, front) or (front,), then the columns."""
        width = front.shape[-1]
        matrix = np.empty((len(self.table), width + self.table.shape[1]))
        matrix[:, :width] = front
        matrix[:, width:] = self.table.to_numpy(np.float64)
        return matrix


@dataclass(frozen=True)
class Bag:
    """The boosters whose mean log-odds are added to the linear part."""

    boosters: tuple[Booster, ...]

    def members_at(self, trees: TreeTable, level: Integers) -> Floats:
        """Return log-odds (boosters, n), each row at its own level."""
        self._check(trees)
        matrix = trees.after(level.astype(np.float64)[:, None])
        threads = _thread_count(len(matrix))
        return np.stack([_log_odds(booster, matrix, threads) for booster in self.boosters])

    def members_at_levels(self, trees: TreeTable, count: int) -> Floats:
        """Return log-odds (boosters, n, K).

        Most boosters never split on the level, because they are fitted on top of a linear part that knows it; these are
        evaluated once for all levels.
        """
        self._check(trees)
        matrix = trees.after(np.zeros(1))
        log_odds = np.empty((len(self.boosters), len(matrix), count))
        for values, booster in zip(log_odds, self.boosters, strict=True):
            knows_level = booster.feature_importance("split")[0] > 0
            for level in range(count if knows_level else 1):
                matrix[:, 0] = level
                values[:, level:] = _log_odds(booster, matrix, threads=1)[:, None]
        return log_odds

    def contributions(self, trees: TreeTable, level: Integers) -> Floats:
        """Return TreeSHAP values (boosters, n, 1 + columns + 1): the level, each column, and the expected value."""
        self._check(trees)
        matrix = trees.after(level.astype(np.float64)[:, None])
        threads = _thread_count(_CONTRIBUTIONS_COST * len(matrix))
        shares = [booster.predict(matrix, pred_contrib=True, num_threads=threads) for booster in self.boosters]
        return np.stack([np.asarray(values, dtype=np.float64) for values in shares])

    @cached_property
    def _names(self) -> list[list[str]]:
        return [booster.feature_name() for booster in self.boosters]

    def _check(self, trees: TreeTable) -> None:
        """Refuse columns in another order, which would give wrong scores without an error."""
        expected = trees.names
        if any(names != expected for names in self._names):
            raise ModelRefusedError("the columns are not those that the trees were fitted on")


def _log_odds(booster: Booster, matrix: Floats, threads: int) -> Floats:
    if not len(matrix):  # LightGBM refuses an empty matrix
        return np.empty(0)
    return np.asarray(booster.predict(matrix, raw_score=True, num_threads=threads), dtype=np.float64)


def _thread_count(rows: int) -> int:
    """Return LightGBM's number of threads; 0 means every processor."""
    return 1 if rows < _THREADED_FROM else 0


@dataclass(frozen=True)
class Residue:
    """The answers, their levels and weights, and the log-odds (`offset`) that are already explained."""

    level: Integers
    outcome: Floats
    weight: Floats
    offset: Floats | None


def fit_booster(trees: TreeTable, residue: Residue, choices: Boosting, rounds: int, seed: int) -> Booster:
    """Fit one booster; the same inputs give the same trees.

    Parameters
    ----------
    trees : n rows.
    residue : the answers of the n rows; rows of weight 0 are left out.
    choices : the recipe of the boosters.
    rounds : the number of trees.
    seed : of LightGBM's random numbers.
    """
    used = residue.weight > 0
    data = lightgbm.Dataset(
        trees.at(residue.level)[used],
        label=residue.outcome[used],
        weight=residue.weight[used],
        init_score=None if residue.offset is None else residue.offset[used],
        feature_name=trees.names,
        params=_DATA | {"min_data_in_leaf": choices.min_leaf},
    )
    parameters = _parameters(trees.directions, choices, seed) | {"num_iterations": rounds}
    booster = Booster(parameters, train_set=data)
    for _ in range(rounds):  # as lightgbm.train does; `mlflow.autolog()` would make a run and a model of each of those
        booster.update()
    return Booster(model_str=booster.model_to_string())


_DATA = {"verbosity": -1, "feature_pre_filter": False, "max_bin": 63, "num_threads": 1}


def _parameters(directions: Sequence[int], choices: Boosting, seed: int) -> dict[str, object]:
    signs = [int(direction) for direction in directions] if choices.signs else [0] * len(directions)
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

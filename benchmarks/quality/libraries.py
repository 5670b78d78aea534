"""LightGBM, XGBoost and CatBoost behind one form, with like settings: slow small trees, as many as pay.

The last two are of the extra `benchmark`; without it their methods are not installed, and the others run.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import pandas as pd

from advocate_score.model.arrays import Floats

Predict = Callable[[pd.DataFrame], Floats]
"""P(yes) (n,) of two classes, the classes' shares (n, C) of more."""
Directions = Mapping[str, int]
NO_DIRECTIONS: Directions = {}

RATE, MOST_TREES, PATIENCE = 0.05, 400, 30
_HELD_OUT = 0.25
_UNTESTED_TREES = 50
_SEED = 1


class Library(Protocol):
    def __call__(self, table: pd.DataFrame, label: np.ndarray, directions: Directions = NO_DIRECTIONS) -> Predict:
        """Learns from rows in order of time; `directions` holds columns to rising (+1) or falling (−1)."""


def tested_on_newest(table: pd.DataFrame, label: np.ndarray) -> slice | None:
    """The rows on which the number of trees is chosen; None where they, or those before, are all of one class."""
    start = round(len(table) * (1 - _HELD_OUT))
    both = all(len(np.unique(part)) > 1 for part in (label[:start], label[start:]))
    return slice(start, None) if both else None


def lightgbm_trees(table: pd.DataFrame, label: np.ndarray, directions: Directions = NO_DIRECTIONS) -> Predict:
    import lightgbm

    classes = int(label.max()) + 1
    many = {"objective": "multiclass", "num_class": classes}
    parameters = {
        **({"objective": "binary"} if classes == 2 else many),
        "learning_rate": RATE,
        "num_leaves": 15,
        "min_data_in_leaf": 10,
        "feature_fraction": 0.5,
        "lambda_l2": 5.0,
        "monotone_constraints": [directions.get(str(name), 0) for name in table],
        "seed": _SEED,
        "num_threads": 1,
        "verbosity": -1,
    }
    rounds, newest = _UNTESTED_TREES, tested_on_newest(table, label)
    if newest is not None:
        earlier = lightgbm.Dataset(table[: newest.start], label[: newest.start])
        tests = [lightgbm.Dataset(table[newest], label[newest], reference=earlier)]
        stop: list[Callable[..., object]] = [lightgbm.early_stopping(PATIENCE, verbose=False)]
        rounds = lightgbm.train(parameters, earlier, MOST_TREES, valid_sets=tests, callbacks=stop).best_iteration
    booster = lightgbm.train(parameters, lightgbm.Dataset(table, label), max(rounds, 1))
    return lambda rows: np.asarray(booster.predict(rows))


def xgboost_trees(table: pd.DataFrame, label: np.ndarray, directions: Directions = NO_DIRECTIONS) -> Predict:
    import xgboost

    parameters = {
        "objective": "binary:logistic",
        "eta": RATE,
        "max_depth": 4,
        "min_child_weight": 2,
        "subsample": 0.8,
        "colsample_bytree": 0.5,
        "lambda": 5.0,
        "monotone_constraints": "(" + ",".join(str(directions.get(str(name), 0)) for name in table) + ")",
        "nthread": 1,
        "seed": _SEED,
    }
    rounds, newest = _UNTESTED_TREES, tested_on_newest(table, label)
    if newest is not None:
        earlier = xgboost.DMatrix(table[: newest.start], label[: newest.start])
        tests = [(xgboost.DMatrix(table[newest], label[newest]), "newest")]
        choice = {"evals": tests, "early_stopping_rounds": PATIENCE, "verbose_eval": False}
        rounds = xgboost.train(parameters, earlier, MOST_TREES, **choice).best_iteration + 1
    booster = xgboost.train(parameters, xgboost.DMatrix(table, label), rounds)
    return lambda rows: np.asarray(booster.predict(xgboost.DMatrix(rows)), dtype=np.float64)


def catboost_trees(table: pd.DataFrame, label: np.ndarray, directions: Directions = NO_DIRECTIONS) -> Predict:
    import catboost

    parameters = {
        "learning_rate": RATE,
        "depth": 4,
        "monotone_constraints": [directions.get(str(name), 0) for name in table],
        "random_seed": _SEED,
        "thread_count": 1,
        "allow_writing_files": False,
        "verbose": False,
    }
    rounds, newest = _UNTESTED_TREES, tested_on_newest(table, label)
    if newest is not None:
        chooser = catboost.CatBoostClassifier(iterations=MOST_TREES, od_wait=PATIENCE, od_type="Iter", **parameters)
        chooser.fit(table[: newest.start], label[: newest.start], eval_set=(table[newest], label[newest]))
        rounds = chooser.tree_count_
    model = catboost.CatBoostClassifier(iterations=max(rounds, 1), **parameters).fit(table, label)
    return lambda rows: np.asarray(model.predict_proba(rows)[:, 1])

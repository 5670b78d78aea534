"""What others would fit: trees per level, trees for the highest level reached, and pooled trees of other libraries.

Each takes the ask rows and the accounts, and returns readiness (n, 5). How many trees is chosen on the newest quarter
of the asks, and all asks are then learned with that many.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from benchmarks.quality.inputs import LEVEL, Inputs, as_curves, at_every_level
from benchmarks.quality.libraries import Library, catboost_trees, lightgbm_trees, xgboost_trees

from advocate_score.evaluation.methods import base_rate
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.model.arrays import Floats

Competitor = Callable[[pd.DataFrame, pd.DataFrame], Floats]

_LEAST_ASKS = 20
"""Below this many asks, or with one kind of answer only, a level has its base rate."""


def lightgbm_per_level(asks: pd.DataFrame, accounts: pd.DataFrame) -> Floats:
    """Five models that know nothing of each other."""
    return np.column_stack([_of_level(asks[asks[LEVEL] == level], asks, accounts, level) for level in LEVEL_NUMBERS])


def _of_level(own: pd.DataFrame, asks: pd.DataFrame, accounts: pd.DataFrame, level: int) -> Floats:
    if len(own) < _LEAST_ASKS or own["outcome"].nunique() < 2:
        return base_rate(asks, accounts.assign(level=level))
    inputs = Inputs.of(own)
    predict = lightgbm_trees(inputs.table(own), own["outcome"].to_numpy())
    return predict(inputs.table(accounts))


def lightgbm_highest_level(asks: pd.DataFrame, accounts: pd.DataFrame) -> Floats:
    """One row an account, its class the highest level that it said yes to; 0 for those never asked, as for refusals."""
    rows = _highest_levels(asks, accounts).sample(frac=1, random_state=0)  # whose order would tell who was asked
    inputs = Inputs.of(rows)
    predict = lightgbm_trees(inputs.table(rows), rows["highest"].to_numpy())
    shares = np.zeros((len(accounts), len(LEVEL_NUMBERS) + 1))
    told = predict(inputs.table(accounts))
    shares[:, : told.shape[1]] = told
    return np.cumsum(shares[:, ::-1], axis=1)[:, ::-1][:, 1:]


def _highest_levels(asks: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Signals as of the last ask, or as of the data cut where there was none; one row an account."""
    reached = (asks[LEVEL] * asks["outcome"]).groupby(asks["account_id"]).max()
    asked = asks.drop_duplicates("account_id", keep="last")
    asked = asked.assign(highest=asked["account_id"].map(reached))
    others = accounts[~accounts["account_id"].isin(reached.index)].assign(highest=0)
    return pd.concat([asked, others], ignore_index=True)


def pooled(library: Library) -> Competitor:
    """One model over all levels, the level being an input with which it may only fall."""

    def competitor(asks: pd.DataFrame, accounts: pd.DataFrame) -> Floats:
        inputs = Inputs.of(asks)
        predict = library(inputs.pooled(asks), asks["outcome"].to_numpy(), {LEVEL: -1})
        return as_curves(predict(inputs.pooled(at_every_level(accounts))))

    return competitor


COMPETITORS: dict[str, Competitor] = {
    "lightgbm_pooled": pooled(lightgbm_trees),
    "lightgbm_per_level": lightgbm_per_level,
    "lightgbm_highest_level": lightgbm_highest_level,
    "xgboost_pooled": pooled(xgboost_trees),
    "catboost_pooled": pooled(catboost_trees),
}

NEEDS = {"xgboost_pooled": "xgboost", "catboost_pooled": "catboost"}
"""The library of the extra `benchmark` that a method cannot do without."""

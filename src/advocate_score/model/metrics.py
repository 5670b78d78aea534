"""The metrics of a backtest by name, and their values with account-clustered intervals.

A predictions frame holds `account_id, level, origin, outcome` and one column of probabilities a method.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.model import calibration_measures as calibration
from advocate_score.model import capacity as capacity_measures
from advocate_score.model import discrimination, losses
from advocate_score.model.arrays import Floats
from advocate_score.model.cases import Cases, cases_of, plain_weights, ratio
from advocate_score.model.resampling import AccountDraws, draw_accounts
from advocate_score.model.threads import one_thread

Measure = Callable[[Cases, Floats], Floats]

METRICS: Mapping[str, Measure] = {
    "log_loss": losses.log_loss,
    "brier": losses.brier,
    "auc": discrimination.auc,
    "average_precision": discrimination.average_precision,
    "calibration_slope": calibration.calibration_slope,
    "calibration_intercept": calibration.calibration_intercept,
    "ici": calibration.integrated_calibration_index,
    "precision_at_capacity": capacity_measures.precision_at_capacity,
    "lift_at_capacity": capacity_measures.lift_at_capacity,
}

POOLED, MACRO = "pooled", "macro"


@dataclass(frozen=True)
class Estimate:
    """A metric on all asks together, by level, and as the plain mean of the levels (`macro`).

    `value` by level name; `draws` by level name, (draws,) each, empty where no draws were asked for.
    """

    value: Mapping[str, float]
    draws: Mapping[str, Floats]


@dataclass(frozen=True)
class Part:
    """One level's asks, or all of them, for several methods."""

    level: str
    cases: Mapping[str, Cases]
    draws: AccountDraws


@one_thread()
def estimate(
    predictions: pd.DataFrame,
    methods: Sequence[str],
    metrics: Sequence[str],
    *,
    capacity: Mapping[int, float] | None = None,
    draws: int = 200,
    seed: int = 0,
) -> dict[tuple[str, str], Estimate]:
    """Every (method, metric); all share the same draws of accounts, so that any two can be compared in pairs."""
    parts = [*_parts(predictions, methods, capacity, draw_accounts(predictions["account_id"], draws, seed))]
    values: dict[tuple[str, str], dict[str, Floats]] = {(a, b): {} for a in methods for b in metrics}
    for part in parts:
        for key, drawn in _over_draws(part, metrics).items():
            values[key][part.level] = drawn
    return {key: _estimate(by_level) for key, by_level in values.items()}


def counts_by_level(predictions: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """(asks, accounts) under each level name."""
    whole = (len(predictions), int(predictions["account_id"].nunique()))
    levels = {
        str(level): (len(rows), int(rows["account_id"].nunique())) for level, rows in predictions.groupby("level")
    }
    return {POOLED: whole, MACRO: whole, **levels}


def _parts(
    predictions: pd.DataFrame, methods: Sequence[str], capacity: Mapping[int, float] | None, draws: AccountDraws
) -> Iterator[Part]:
    levels = predictions["level"].to_numpy(np.int64)
    chosen = {POOLED: np.arange(len(levels)), **{str(k): np.flatnonzero(levels == k) for k in np.unique(levels)}}
    for level, rows in chosen.items():
        asks = predictions.iloc[rows]
        yield Part(level, {one: cases_of(asks, one, capacity) for one in methods}, draws.only(rows))


def _over_draws(part: Part, metrics: Sequence[str]) -> dict[tuple[str, str], Floats]:
    """The value on the asks as they are, then one a draw: (1 + draws,)."""
    found: dict[tuple[str, str], list[Floats]] = {(a, b): [] for a in part.cases for b in metrics}
    first = plain_weights(next(iter(part.cases.values())))
    for weight in (first, *part.draws.weights()):
        for (method, metric), values in found.items():
            values.append(METRICS[metric](part.cases[method], weight))
    return {key: np.concatenate(values) for key, values in found.items()}


def _estimate(by_level: dict[str, Floats]) -> Estimate:
    levels = [value for level, value in by_level.items() if level != POOLED]
    whole = {POOLED: by_level[POOLED], MACRO: _mean_of_known(levels, len(by_level[POOLED])), **by_level}
    return Estimate({k: float(v[0]) for k, v in whole.items()}, {k: v[1:] for k, v in whole.items()})


def _mean_of_known(levels: list[Floats], length: int) -> Floats:
    """Plain mean over the levels; levels without a value are left out of it."""
    if not levels:
        return np.full(length, np.nan)
    stack = np.vstack(levels)
    known = np.isfinite(stack)
    total = np.where(known, stack, 0).sum(axis=0)
    return ratio(total, known.sum(axis=0).astype(np.float64))

"""Two methods on the same asks: the paired difference of a metric, by account-clustered bootstrap."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.model.metrics import POOLED, Estimate, counts_by_level, estimate
from advocate_score.model.resampling import interval


@dataclass(frozen=True)
class Difference:
    """metric(a) − metric(b) at one level name, its 90 % interval (each bound is a one-sided 95 % one), and
    P(difference < 0) over the draws, ties counting half; NaN where the metric is not defined."""

    metric: str
    level: str
    delta: float
    low: float
    high: float
    p_below_zero: float
    n: int
    n_accounts: int


def paired_difference(
    predictions: pd.DataFrame,
    a: str,
    b: str,
    metric: str = "log_loss",
    *,
    level: str = POOLED,
    draws: int = 1000,
    seed: int = 0,
) -> Difference:
    """Difference of the columns `a` and `b`; `level` is `pooled`, `macro` or a level's number as text."""
    found = estimate(predictions, [a, b], [metric], draws=draws, seed=seed)
    n, accounts = counts_by_level(predictions).get(level, (0, 0))
    return difference(found[a, metric], found[b, metric], metric, level, (n, accounts))


def difference(a: Estimate, b: Estimate, metric: str, level: str, counts: tuple[int, int]) -> Difference:
    """The same from two estimates that share their draws."""
    if level not in a.value:
        return Difference(metric, level, np.nan, np.nan, np.nan, np.nan, *counts)
    drawn = a.draws[level] - b.draws[level]
    known = drawn[np.isfinite(drawn)]
    below = float(np.mean(known < 0) + np.mean(known == 0) / 2) if len(known) else np.nan
    return Difference(metric, level, a.value[level] - b.value[level], *interval(drawn), below, *counts)

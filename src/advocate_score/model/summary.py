"""A backtest in one tidy frame: every method, metric, level and subset, beside its difference from the blend."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from advocate_score.model.backtest import KEYS, NEVER_ASKED
from advocate_score.model.differences import difference
from advocate_score.model.metrics import METRICS, Estimate, counts_by_level, estimate
from advocate_score.model.resampling import interval

BLEND = "readiness"
COLUMNS = ["method", "metric", "level", "subset", "value", "low", "high", "n", "n_accounts"]
DIFFERENCES = ["delta", "delta_low", "delta_high", "p_delta_below_zero"]


def summary(
    predictions: pd.DataFrame,
    *,
    metrics: Sequence[str] = tuple(METRICS),
    capacity: Mapping[int, float] | None = None,
    draws: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """Method × metric × level (`pooled`, `macro`, `1` … `5`) × subset (`all`, `never_asked_before`).

    `value` with its 90 % account-clustered interval; `delta` = blend − method with its paired interval and
    P(delta < 0), NaN on the blend's own rows. `to_json` writes NaN as null.
    """
    methods = methods_of(predictions)
    subsets = {"all": predictions, NEVER_ASKED: predictions[predictions[NEVER_ASKED]]}
    frames = [
        _tidy(estimate(asks, methods, metrics, capacity=capacity, draws=draws, seed=seed), asks, subset)
        for subset, asks in subsets.items()
        if len(asks)
    ]
    return pd.concat(frames, ignore_index=True)


def methods_of(predictions: pd.DataFrame) -> list[str]:
    """The columns of probabilities."""
    return [name for name in predictions.columns if name not in (*KEYS, NEVER_ASKED)]


def _tidy(found: Mapping[tuple[str, str], Estimate], asks: pd.DataFrame, subset: str) -> pd.DataFrame:
    counts = counts_by_level(asks)
    rows = []
    for (method, metric), one in found.items():
        for level, value in one.value.items():
            apart = _from_blend(found, method, metric, level)
            rows.append((method, metric, level, subset, value, *interval(one.draws[level]), *counts[level], *apart))
    return pd.DataFrame(rows, columns=[*COLUMNS, *DIFFERENCES])


def _from_blend(found: Mapping[tuple[str, str], Estimate], method: str, metric: str, level: str) -> tuple[float, ...]:
    if method == BLEND or (BLEND, metric) not in found:
        return (np.nan,) * len(DIFFERENCES)
    apart = asdict(difference(found[BLEND, metric], found[method, metric], metric, level, (0, 0)))
    return tuple(apart[name] for name in ("delta", "low", "high", "p_below_zero"))

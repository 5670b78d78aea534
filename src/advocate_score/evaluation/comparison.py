"""A backtest in tidy frames: every method, metric, level and subset with its difference from the blend, the learning
curve, the lift curve and the reliability table; and the observed order of the levels.

The learning curve reuses the models of the backtest, which predict the newest asks as well; only one more model per
method is fitted, on the oldest fifth of the asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

import numpy as np
import pandas as pd

from advocate_score.evaluation.backtest import FEWEST_TRAINING, KEYS, NEVER_ASKED, Method, Split
from advocate_score.evaluation.metrics import (
    METRICS,
    POOLED,
    Cases,
    Estimate,
    cases_of,
    counts_by_level,
    difference,
    estimate,
    lift_at_capacity,
    plain_weights,
    precision_at_capacity,
    ratio,
)
from advocate_score.model.arrays import AccountDraws, Floats, Integers, draw_accounts, interval, single_thread
from advocate_score.stats import effective_size, wilson

BLEND = "readiness"
SUMMARY_COLUMNS = ["method", "metric", "level", "subset", "value", "low", "high", "n", "n_accounts"]
DIFFERENCES = ["delta", "delta_low", "delta_high", "p_delta_below_zero"]


def summary(
    predictions: pd.DataFrame,
    *,
    metrics: Sequence[str] = tuple(METRICS),
    capacity: Mapping[int, float] | None = None,
    draws: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """Return method × metric × level (`pooled`, `macro`, `1` … `5`) × subset (`all`, `never_asked_before`).

    `value` comes with its 90 % account-clustered interval; `delta` = blend − method with its paired interval and
    P(delta < 0), NaN on the blend's own rows. `to_json` writes NaN as null.

    Parameters
    ----------
    predictions : as `rolling_origins` returns them.
    metrics : names of `METRICS`.
    capacity : the number of asks taken by level within one origin's window.
    draws, seed : of the bootstrap over accounts.
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
    """Return the names of the columns of probabilities."""
    return [name for name in predictions.columns if name not in (*KEYS, NEVER_ASKED)]


def _tidy(estimates: Mapping[tuple[str, str], Estimate], asks: pd.DataFrame, subset: str) -> pd.DataFrame:
    counts = counts_by_level(asks)
    rows = []
    for (method, metric), result in estimates.items():
        for level, value in result.value.items():
            versus_blend = _from_blend(estimates, method, metric, level)
            rows.append(
                (method, metric, level, subset, value, *interval(result.draws[level]), *counts[level], *versus_blend)
            )
    return pd.DataFrame(rows, columns=[*SUMMARY_COLUMNS, *DIFFERENCES])


def _from_blend(
    estimates: Mapping[tuple[str, str], Estimate], method: str, metric: str, level: str
) -> tuple[float, ...]:
    if method == BLEND or (BLEND, metric) not in estimates:
        return (np.nan,) * len(DIFFERENCES)
    versus_blend = asdict(difference(estimates[BLEND, metric], estimates[method, metric], metric, level, (0, 0)))
    return tuple(versus_blend[name] for name in ("delta", "low", "high", "p_below_zero"))


CURVE_METHODS = ("readiness", "logit", "smoothed_history")
OLDEST_SHARE = 0.2
CURVE_METRICS = ("log_loss", "auc")
LEARNING_CURVE_COLUMNS = ["method", "asks", "metric", "value", "low", "high", "tested"]


class Watched:
    """A method that also predicts the `newest` asks at every fit: `predictions_by_size`, by number of training asks."""

    def __init__(self, method: Method, newest: pd.DataFrame) -> None:
        self.method = method
        self.newest = newest
        self.predictions_by_size: dict[int, Floats] = {}

    def __call__(self, training: pd.DataFrame, test: pd.DataFrame) -> Floats:
        probability = self.method(training, pd.concat([test, self.newest], ignore_index=True))
        self.predictions_by_size[len(training)] = probability[len(test) :]
        return probability[: len(test)]


@single_thread()
def learning_curve(methods: Mapping[str, Watched], last: Split, rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return one row per method, number of training asks and metric, with its 90 % account-clustered interval.

    Metrics are measured on the asks of the `last` split, all levels together.

    Parameters
    ----------
    methods : after the backtest has called each at every origin; all predict the same newest asks.
    last : the last split of the backtest.
    rows : the mature asks that the backtest was given.
    seed : of the bootstrap over accounts.
    """
    oldest = _oldest_asks(last.training(rows))
    for method in methods.values():
        if oldest is not None and len(oldest) < min(method.predictions_by_size):
            method(oldest, method.newest[:0])
    newest = next(iter(methods.values())).newest
    keys = [(name, asks) for name, method in methods.items() for asks in sorted(method.predictions_by_size)]
    described = newest[["account_id", "level", "outcome"]].assign(origin=pd.Timestamp(last.origin))
    predictions = described.assign(**{_column(*key): methods[key[0]].predictions_by_size[key[1]] for key in keys})
    estimates = estimate(predictions, [_column(*key) for key in keys], CURVE_METRICS, seed=seed)
    points = [
        (*key, metric, *_learning_curve_point(estimates[_column(*key), metric]))
        for key in keys
        for metric in CURVE_METRICS
    ]
    return pd.DataFrame([(*point, len(newest)) for point in points], columns=LEARNING_CURVE_COLUMNS)


def _learning_curve_point(result: Estimate) -> tuple[float, float, float]:
    return result.value[POOLED], *interval(result.draws[POOLED])


def _oldest_asks(training: pd.DataFrame) -> pd.DataFrame | None:
    """Return the oldest asks of the log; None if they are too few or of a single outcome."""
    by_time = training.sort_values(["asked_at", "ask_id"], kind="stable")
    oldest = by_time.head(int(OLDEST_SHARE * len(by_time)))
    return oldest if len(oldest) >= FEWEST_TRAINING and oldest["outcome"].nunique() == 2 else None


def _column(method: str, asks: int) -> str:
    return f"{method} after {asks}"


SHARES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
LIFT_COLUMNS = ["share", "precision", "precision_low", "precision_high", "lift", "lift_low", "lift_high"]


def lift_curve(
    predictions: pd.DataFrame, method: str, shares: Sequence[float] = SHARES, draws: int = 200, seed: int = 0
) -> pd.DataFrame:
    """Return one row per share of each origin's and level's asks, with 90 % account-clustered intervals.

    Parameters
    ----------
    predictions : as `rolling_origins` returns them.
    method : the column of probabilities.
    shares : the shares of the asks to take, best first.
    draws, seed : of the bootstrap over accounts.
    """
    cases = cases_of(predictions, method)
    account_draws = draw_accounts(predictions["account_id"], draws, seed)
    rows = [
        (share, *_lift_point(replace(cases, share=np.full_like(cases.share, share)), account_draws)) for share in shares
    ]
    return pd.DataFrame(rows, columns=LIFT_COLUMNS)


def _lift_point(cases: Cases, account_draws: AccountDraws) -> tuple[float, ...]:
    point: list[float] = []
    for measure in (precision_at_capacity, lift_at_capacity):
        values = np.concatenate([measure(cases, weight) for weight in account_draws.weights()])
        point += [float(measure(cases, plain_weights(cases))[0]), *interval(values)]
    return tuple(point)


BINS = 10
SMALLEST_BIN = 10
RELIABILITY_COLUMNS = ["level", "bin", "predicted", "observed", "low", "high", "n", "n_accounts"]


def reliability(
    predictions: pd.DataFrame, method: str, bins: int = BINS, smallest: int = SMALLEST_BIN, confidence: float = 0.9
) -> pd.DataFrame:
    """Return mean prediction and share of yes per level name (`pooled`, `1` … `5`) and bin of equal counts.

    The share comes with its Wilson interval at the effective number of asks (asks over their design effect by account).

    Parameters
    ----------
    predictions : as `rolling_origins` returns them.
    method : the column of probabilities.
    bins : the most bins per level.
    smallest : the fewest asks per bin.
    confidence : of the interval.
    """
    rows: list[tuple[object, ...]] = []
    groups = [(POOLED, predictions), *((str(k), asks) for k, asks in predictions.groupby("level"))]
    for level, asks in groups:
        for number, part in enumerate(_bins(asks, method, bins, smallest), start=1):
            rows.append((level, number, float(part[method].mean()), *_observed_rate(part, confidence)))
    return pd.DataFrame(rows, columns=RELIABILITY_COLUMNS)


def _bins(asks: pd.DataFrame, method: str, bins: int, smallest: int) -> list[pd.DataFrame]:
    """Return bins of equal counts; equal predictions share a bin, so that the order of the rows does not matter."""
    count = max(1, min(bins, len(asks) // smallest))
    edges = np.unique(np.quantile(asks[method], np.linspace(0, 1, count + 1)[1:-1]))
    bin_of = np.searchsorted(edges, asks[method].to_numpy(), side="left")
    return [part for _, part in asks.groupby(bin_of)]


def _observed_rate(asks: pd.DataFrame, confidence: float) -> tuple[float, float, float, int, int]:
    by_account = asks.groupby("account_id")["outcome"].agg(["sum", "count"])
    yes, n = by_account["sum"].to_numpy(np.float64), by_account["count"].to_numpy(np.float64)
    share = yes.sum() / n.sum()
    low, high = wilson(share, effective_size(yes, n), confidence)
    return float(share), low, high, len(asks), len(by_account)


LEVEL_ORDER_COLUMNS = ["lower", "higher", "rate_lower", "rate_higher", "difference", "low", "high", "contradicts"]


def level_order(rows: pd.DataFrame, draws: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Return one row per pair of adjacent levels that were asked: their shares of yes, and higher minus lower.

    The intervals are account-clustered and hold with 90 % for all pairs together (Bonferroni). `contradicts`: the
    interval lies above 0, so that the higher level is granted more often, against what the model takes for granted.

    Parameters
    ----------
    rows : account_id, level, outcome.
    draws, seed : of the bootstrap over accounts.
    """
    levels = np.unique(rows["level"].to_numpy(np.int64))
    rates = _rates_by_level(rows, levels, draws, seed)
    confidence = 1 - 0.1 / max(1, len(levels) - 1)
    pairs = []
    for position in range(len(levels) - 1):
        rise = rates[:, position + 1] - rates[:, position]
        low, high = interval(rise[1:], confidence)
        observed = rates[0, position], rates[0, position + 1], rise[0]
        pairs.append((levels[position], levels[position + 1], *observed, low, high, low > 0))
    return pd.DataFrame(pairs, columns=LEVEL_ORDER_COLUMNS)


def _rates_by_level(rows: pd.DataFrame, levels: Integers, draws: int, seed: int) -> Floats:
    """Return (1 + draws, levels): the shares of yes as observed, then of each draw of accounts."""
    asked = (rows["level"].to_numpy(np.int64)[:, None] == levels).astype(np.float64)
    yes = asked * rows["outcome"].to_numpy(np.float64)[:, None]
    weights = (np.ones((1, len(rows))), *draw_accounts(rows["account_id"], draws, seed).weights())
    return np.concatenate([ratio(weight @ yes, weight @ asked) for weight in weights])

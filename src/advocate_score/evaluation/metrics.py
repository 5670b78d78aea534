"""The metrics of a backtest by name, with account-clustered intervals: proper scores, discrimination, calibration,
results at capacity, and the paired difference of two methods.

Each measure takes cases and weights (draws × n) and returns one value per draw. Ties share their rank, as in
scikit-learn, and ranking metrics are NaN if a draw has one class only. At capacity, tied scores share the last places
in proportion.

A predictions frame holds `account_id, level, origin, outcome` and one column of probabilities per method.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advocate_score.model.arrays import AccountDraws, Floats, Integers, draw_accounts, interval, single_thread

CAPACITY_SHARE = 0.1
"""The share of a block's asks that are taken if no capacity is given. The logged asks were already limited by capacity,
so taking the same number would take all of them.
"""


@dataclass(frozen=True)
class Cases:
    """`n` asks: outcome (0/1), probability, and the block (origin × level) within which asks compete for capacity.

    `share` (one value per block) is the part of the block that capacity allows.
    """

    outcome: Floats
    probability: Floats
    block: Integers
    share: Floats

    def __len__(self) -> int:
        return len(self.outcome)


def cases_of(predictions: pd.DataFrame, method: str, capacity: Mapping[int, float] | None = None) -> Cases:
    """Return the cases of the column `method`.

    `capacity` is the number of asks taken by level within one origin's window.
    """
    block: Integers = predictions.groupby(["origin", "level"], sort=True).ngroup().to_numpy().astype(np.int64)
    return Cases(
        outcome=predictions["outcome"].to_numpy(np.float64),
        probability=predictions[method].to_numpy(np.float64),
        block=block,
        share=_shares(predictions["level"].to_numpy(np.int64), block, capacity),
    )


def _shares(level: Integers, block: Integers, capacity: Mapping[int, float] | None) -> Floats:
    size = np.bincount(block)
    if capacity is None:
        return np.maximum(CAPACITY_SHARE, 1 / size)
    level_of_block = np.zeros(len(size), np.int64)
    level_of_block[block] = level
    asks = np.array([capacity.get(int(level), 0.0) for level in level_of_block])
    return np.minimum(1.0, asks / size)


def plain_weights(cases: Cases) -> Floats:
    """Return the weights of one draw in which each ask counts once."""
    return np.ones((1, len(cases)))


def ratio(top: Floats, bottom: Floats) -> Floats:
    """Return `top / bottom`, NaN if `bottom` is 0."""
    unknown = np.full(np.broadcast(top, bottom).shape, np.nan)
    return np.asarray(np.divide(top, bottom, out=unknown, where=bottom != 0))


def log_loss(cases: Cases, weight: Floats) -> Floats:
    """Return the mean −log P(observed outcome), in nats; probabilities are clipped at machine precision."""
    edge = np.finfo(np.float64).eps
    probability = np.clip(cases.probability, edge, 1 - edge)
    loss = -np.where(cases.outcome == 1, np.log(probability), np.log1p(-probability))
    return _weighted_mean(loss, weight)


def brier(cases: Cases, weight: Floats) -> Floats:
    """Return the mean squared error of the probability."""
    return _weighted_mean((cases.probability - cases.outcome) ** 2, weight)


def ranked_probability_score(curve: Floats, truth: Floats) -> float:
    """Return the mean over accounts and levels of (P(ready ≥ k) − truth_k)².

    Both are (n, K). `truth` is a true curve, or the 0/1 steps of the level truly reached; with steps this is the
    usual ranked probability score over K + 1 ordered classes.
    """
    return float(np.mean((curve - truth) ** 2))


def _weighted_mean(value: Floats, weight: Floats) -> Floats:
    return ratio(weight @ value, weight.sum(axis=1))


def auc(cases: Cases, weight: Floats) -> Floats:
    """Return P(a yes is scored above a no); a tie counts half."""
    yes, no = _by_ascending_score(cases, weight)
    below = np.cumsum(no, axis=1) - no
    wins = (yes * (below + no / 2)).sum(axis=1)
    return ratio(wins, yes.sum(axis=1) * no.sum(axis=1))


def average_precision(cases: Cases, weight: Floats) -> Floats:
    """Return Σ (recallᵢ − recallᵢ₋₁) · precisionᵢ over distinct thresholds, best first."""
    yes, no = (counts[:, ::-1] for counts in _by_ascending_score(cases, weight))
    hits = np.cumsum(yes, axis=1)
    precision = np.nan_to_num(ratio(hits, hits + np.cumsum(no, axis=1)))
    value = ratio((yes * precision).sum(axis=1), yes.sum(axis=1))
    return np.where(no.sum(axis=1) > 0, value, np.nan)


def _by_ascending_score(cases: Cases, weight: Floats) -> tuple[Floats, Floats]:
    """Return the weight of yes and of no at each distinct score, lowest first: (draws × distinct scores) each."""
    if len(cases) == 0:
        return np.zeros((len(weight), 1)), np.zeros((len(weight), 1))
    order = np.argsort(cases.probability, kind="stable")
    score = cases.probability[order]
    starts = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
    yes = weight[:, order] * cases.outcome[order]
    no = weight[:, order] * (1 - cases.outcome[order])
    return np.add.reduceat(yes, starts, axis=1), np.add.reduceat(no, starts, axis=1)


class CapacityTotals(NamedTuple):
    """Per draw: asks taken, yes among them, and yes expected if they were taken at random within their block."""

    asks: Floats
    yes: Floats
    yes_at_random: Floats


def precision_at_capacity(cases: Cases, weight: Floats) -> Floats:
    """Return the share of yes among the asks taken."""
    totals = _totals_at_capacity(cases, weight)
    return ratio(totals.yes, totals.asks)


def lift_at_capacity(cases: Cases, weight: Floats) -> Floats:
    """Return yes among the asks taken, over the yes of as many taken at random within each origin and level."""
    totals = _totals_at_capacity(cases, weight)
    return ratio(totals.yes, totals.yes_at_random)


def churn(a: Cases, b: Cases) -> float:
    """Return the share of places in b's lists (the best of each origin and level) that a gives to others.

    Ties are broken by row.
    """
    listed = _is_listed(b)
    return float(1 - _is_listed(a)[listed].mean()) if listed.any() else np.nan


def _is_listed(cases: Cases) -> NDArray[np.bool_]:
    listed = np.zeros(len(cases), bool)
    for block in np.unique(cases.block):
        rows = np.flatnonzero(cases.block == block)
        slots = round(cases.share[block] * len(rows))
        listed[rows[np.argsort(-cases.probability[rows], kind="stable")[:slots]]] = True
    return listed


def _totals_at_capacity(cases: Cases, weight: Floats) -> CapacityTotals:
    total = CapacityTotals(*(np.zeros(len(weight)) for _ in range(3)))
    for block in np.unique(cases.block):
        total = CapacityTotals(*map(np.add, total, _block_totals(cases, weight, int(block))))
    return total


def _block_totals(cases: Cases, weight: Floats, block: int) -> CapacityTotals:
    rows = np.flatnonzero(cases.block == block)
    order = rows[np.argsort(-cases.probability[rows], kind="stable")]
    score = cases.probability[order]
    starts = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
    size = np.add.reduceat(weight[:, order], starts, axis=1)
    yes = np.add.reduceat(weight[:, order] * cases.outcome[order], starts, axis=1)
    slots = cases.share[block] * size.sum(axis=1, keepdims=True)
    counts = np.clip(slots - (np.cumsum(size, axis=1) - size), 0, size)
    asks = counts.sum(axis=1)
    base_rate = np.nan_to_num(ratio(yes.sum(axis=1), size.sum(axis=1)))
    return CapacityTotals(asks, (counts * np.nan_to_num(ratio(yes, size))).sum(axis=1), asks * base_rate)


SPAN = 0.75
GRID_POINTS = 25
NEWTON_STEPS = 30
LOGIT_EDGE = 1e-9


def calibration_slope(cases: Cases, weight: Floats) -> Floats:
    """Return b of logit P(yes) = a + b · logit p: 1 is right, below 1 the probabilities are too extreme.

    It is NaN if not identified: one class, one probability, or perfect separation.
    """
    return _recalibrate(cases, weight)[1]


def calibration_intercept(cases: Cases, weight: Floats) -> Floats:
    """Return a of the same fit, in log-odds: 0 is right, above 0 the probabilities are too low at p = ½."""
    return _recalibrate(cases, weight)[0]


def integrated_calibration_index(cases: Cases, weight: Floats) -> Floats:
    """Return the mean |smoothed outcome − p| (Austin & Steyerberg 2019), smoothed by local lines.

    Loess of degree 1 on p: tricube weights over the nearest 75 % of the asks, at up to 25 quantiles of p with
    straight lines between. Neighbourhoods are those of the whole sample in every draw. NaN if a draw has one class
    only.
    """
    if len(cases) == 0:
        return np.full(len(weight), np.nan)
    smooth = _local_line(cases, weight)
    index = ratio((weight * np.abs(smooth - cases.probability)).sum(axis=1), weight.sum(axis=1))
    return np.where(_has_both(cases, weight), index, np.nan)


def _has_both(cases: Cases, weight: Floats) -> NDArray[np.bool_]:
    yes = weight @ cases.outcome
    return np.asarray((yes > 0) & (yes < weight.sum(axis=1)))


def _recalibrate(cases: Cases, weight: Floats) -> tuple[Floats, Floats]:
    """Return the maximum-likelihood (a, b) of every draw, by Newton's method from the fit to the undrawn asks."""
    if len(cases) == 0:
        return np.full(len(weight), np.nan), np.full(len(weight), np.nan)
    p = np.clip(cases.probability, LOGIT_EDGE, 1 - LOGIT_EDGE)
    x = np.log(p) - np.log1p(-p)
    centre = x.mean()
    fit = _fit_by_newton(x - centre, cases.outcome, plain_weights(cases), (0.0, 0.0))
    start = (float(fit[0][0]), float(fit[1][0])) if fit[2][0] else (0.0, 0.0)
    a, b, converged = _fit_by_newton(x - centre, cases.outcome, weight, start)
    known = converged & _has_both(cases, weight)
    return np.where(known, a - b * centre, np.nan), np.where(known, b, np.nan)


def _fit_by_newton(
    x: Floats, y: Floats, weight: Floats, start: tuple[float, float]
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return a, b and whether they converged, by draw."""
    a, b = (np.full(len(weight), value) for value in start)
    converged = np.zeros(len(weight), bool)
    size = np.maximum(weight.sum(axis=1), 1.0)
    for _ in range(NEWTON_STEPS):
        mean = 1 / (1 + np.exp(-np.clip(a[:, None] + b[:, None] * x, -40, 40)))
        error = weight * (y - mean)
        curve = weight * mean * (1 - mean)
        g0, g1 = error.sum(axis=1), error @ x
        h00, h01, h11 = curve.sum(axis=1), curve @ x, curve @ (x * x)
        volume = h00 * h11 - h01**2
        singular = volume <= 1e-12 * size**2
        step_a = np.nan_to_num(ratio(h11 * g0 - h01 * g1, np.where(singular, 0.0, volume)))
        step_b = np.nan_to_num(ratio(h00 * g1 - h01 * g0, np.where(singular, 0.0, volume)))
        a, b = a + np.clip(step_a, -5, 5), b + np.clip(step_b, -5, 5)
        converged = ~singular & (np.abs(step_a) < 1e-6) & (np.abs(step_b) < 1e-6)
        if np.all(converged | singular):
            break
    return a, b, converged


def _local_line(cases: Cases, weight: Floats) -> Floats:
    """Return the smoothed outcome at every ask, (draws × n)."""
    x, y = cases.probability, cases.outcome
    grid = np.unique(np.quantile(x, np.linspace(0, 1, GRID_POINTS)))
    kernel = _tricube(x, grid)
    weighted_distance = kernel * (x[:, None] - grid)
    per_ask = (
        kernel,
        weighted_distance,
        weighted_distance * (x[:, None] - grid),
        kernel * y[:, None],
        weighted_distance * y[:, None],
    )
    s0, s1, s2, t0, t1 = np.split(weight @ np.hstack(per_ask), 5, axis=1)
    volume = s0 * s2 - s1**2
    flat = volume <= 1e-9 * s0**2 * max(float(np.ptp(x)) ** 2, 1e-12)
    line = ratio(s2 * t0 - s1 * t1, np.where(flat, 0.0, volume))
    at_grid = np.clip(np.where(flat, ratio(t0, s0), line), 0, 1)
    return _interpolate(np.nan_to_num(at_grid), grid, x)


def _tricube(x: Floats, grid: Floats) -> Floats:
    """Return the kernel weight of each ask (rows) at each grid point (columns)."""
    distance = np.abs(x[:, None] - grid)
    nearest = min(len(x) - 1, int(np.ceil(SPAN * len(x))) - 1)
    reach = np.partition(distance, nearest, axis=0)[nearest]
    reach = np.where(reach > 0, reach * (1 + 1e-9), 1e-12)
    return np.asarray((1 - np.minimum(distance / reach, 1) ** 3) ** 3)


def _interpolate(value: Floats, grid: Floats, x: Floats) -> Floats:
    """Interpolate linearly between the grid points for all draws: (draws × grid) → (draws × n)."""
    right = np.clip(np.searchsorted(grid, x), min(1, len(grid) - 1), len(grid) - 1)
    left = np.maximum(right - 1, 0)
    part = np.clip(np.nan_to_num(ratio(x - grid[left], grid[right] - grid[left])), 0, 1)
    return np.asarray(value[:, left] * (1 - part) + value[:, right] * part)


Measure = Callable[[Cases, Floats], Floats]

METRICS: Mapping[str, Measure] = {
    "log_loss": log_loss,
    "brier": brier,
    "auc": auc,
    "average_precision": average_precision,
    "calibration_slope": calibration_slope,
    "calibration_intercept": calibration_intercept,
    "ici": integrated_calibration_index,
    "precision_at_capacity": precision_at_capacity,
    "lift_at_capacity": lift_at_capacity,
}

POOLED, MACRO = "pooled", "macro"


@dataclass(frozen=True)
class Estimate:
    """A metric on all asks together (`pooled`), by level, and as the plain mean of the levels (`macro`).

    `value` by level name; `draws` by level name, (draws,) each, empty if there were no draws.
    """

    value: Mapping[str, float]
    draws: Mapping[str, Floats]


@dataclass(frozen=True)
class Part:
    """One level's asks, or all of them, for several methods."""

    level: str
    cases: Mapping[str, Cases]
    draws: AccountDraws


@single_thread()
def estimate(
    predictions: pd.DataFrame,
    methods: Sequence[str],
    metrics: Sequence[str],
    *,
    capacity: Mapping[int, float] | None = None,
    draws: int = 200,
    seed: int = 0,
) -> dict[tuple[str, str], Estimate]:
    """Return the estimate of every (method, metric); all use the same draws of accounts, so any two can be paired.

    Parameters
    ----------
    predictions : a predictions frame.
    methods : columns of probabilities.
    metrics : names of `METRICS`.
    capacity : the number of asks taken by level within one origin's window.
    draws, seed : of the bootstrap over accounts.
    """
    parts = [*_parts(predictions, methods, capacity, draw_accounts(predictions["account_id"], draws, seed))]
    values: dict[tuple[str, str], dict[str, Floats]] = {(a, b): {} for a in methods for b in metrics}
    for part in parts:
        for key, draws_of_part in _over_draws(part, metrics).items():
            values[key][part.level] = draws_of_part
    return {key: _estimate(by_level) for key, by_level in values.items()}


def counts_by_level(predictions: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Return (asks, accounts) by level name."""
    totals = (len(predictions), int(predictions["account_id"].nunique()))
    levels = {
        str(level): (len(rows), int(rows["account_id"].nunique())) for level, rows in predictions.groupby("level")
    }
    return {POOLED: totals, MACRO: totals, **levels}


def _parts(
    predictions: pd.DataFrame, methods: Sequence[str], capacity: Mapping[int, float] | None, draws: AccountDraws
) -> Iterator[Part]:
    levels = predictions["level"].to_numpy(np.int64)
    chosen = {POOLED: np.arange(len(levels)), **{str(k): np.flatnonzero(levels == k) for k in np.unique(levels)}}
    for level, rows in chosen.items():
        asks = predictions.iloc[rows]
        yield Part(level, {method: cases_of(asks, method, capacity) for method in methods}, draws.only(rows))


def _over_draws(part: Part, metrics: Sequence[str]) -> dict[tuple[str, str], Floats]:
    """Return the value on the undrawn asks, then one per draw: (1 + draws,)."""
    collected: dict[tuple[str, str], list[Floats]] = {(a, b): [] for a in part.cases for b in metrics}
    first = plain_weights(next(iter(part.cases.values())))
    for weight in (first, *part.draws.weights()):
        for (method, metric), values in collected.items():
            values.append(METRICS[metric](part.cases[method], weight))
    return {key: np.concatenate(values) for key, values in collected.items()}


def _estimate(by_level: dict[str, Floats]) -> Estimate:
    levels = [value for level, value in by_level.items() if level != POOLED]
    estimates = {POOLED: by_level[POOLED], MACRO: _mean_of_known(levels, len(by_level[POOLED])), **by_level}
    return Estimate({k: float(v[0]) for k, v in estimates.items()}, {k: v[1:] for k, v in estimates.items()})


def _mean_of_known(levels: list[Floats], length: int) -> Floats:
    """Return the plain mean over the levels that have a value."""
    if not levels:
        return np.full(length, np.nan)
    stack = np.vstack(levels)
    known = np.isfinite(stack)
    total = np.where(known, stack, 0).sum(axis=0)
    return ratio(total, known.sum(axis=0).astype(np.float64))


@dataclass(frozen=True)
class Difference:
    """metric(a) − metric(b) at one level name, with its 90 % interval (each bound is a one-sided 95 % bound).

    `p_below_zero` is P(difference < 0) over the draws, ties counting half. Values are NaN if the metric is undefined.
    """

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
    """Return the difference of the columns `a` and `b`.

    Parameters
    ----------
    predictions : a predictions frame.
    a, b : columns of probabilities.
    metric : a name of `METRICS`.
    level : `pooled`, `macro` or a level's number as text.
    draws, seed : of the bootstrap over accounts.
    """
    estimates = estimate(predictions, [a, b], [metric], draws=draws, seed=seed)
    n, accounts = counts_by_level(predictions).get(level, (0, 0))
    return difference(estimates[a, metric], estimates[b, metric], metric, level, (n, accounts))


def difference(a: Estimate, b: Estimate, metric: str, level: str, counts: tuple[int, int]) -> Difference:
    """Return the difference of two estimates that share their draws.

    Parameters
    ----------
    a, b : the estimates.
    metric : the name of the metric, for the result.
    level : `pooled`, `macro` or a level's number as text.
    counts : (asks, accounts), for the result.
    """
    if level not in a.value:
        return Difference(metric, level, np.nan, np.nan, np.nan, np.nan, *counts)
    deltas = a.draws[level] - b.draws[level]
    known = deltas[np.isfinite(deltas)]
    below = float(np.mean(known < 0) + np.mean(known == 0) / 2) if len(known) else np.nan
    return Difference(metric, level, a.value[level] - b.value[level], *interval(deltas), below, *counts)

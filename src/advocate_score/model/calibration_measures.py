"""Whether probabilities mean what they say: logistic recalibration and the integrated calibration index."""

import numpy as np
from numpy.typing import NDArray

from advocate_score.model.arrays import Floats
from advocate_score.model.cases import Cases, plain_weights, ratio

SPAN = 0.75
GRID_POINTS = 25
NEWTON_STEPS = 30
LOGIT_EDGE = 1e-9


def calibration_slope(cases: Cases, weight: Floats) -> Floats:
    """b of logit P(yes) = a + b · logit p: 1 is right, below 1 the probabilities are too extreme.

    NaN where it is not identified: one class, one probability, or perfect separation.
    """
    return _recalibrate(cases, weight)[1]


def calibration_intercept(cases: Cases, weight: Floats) -> Floats:
    """a of the same fit, in log-odds: 0 is right, above 0 the probabilities are too low where p = ½."""
    return _recalibrate(cases, weight)[0]


def integrated_calibration_index(cases: Cases, weight: Floats) -> Floats:
    """Mean |smoothed outcome − p| (Austin & Steyerberg 2019), the smoother being a local line.

    Loess of degree 1 on p: tricube weights over the nearest 75 % of the asks, at up to 25 quantiles of p with
    straight lines between. Neighbourhoods are those of the whole sample in every draw. NaN where a draw holds one
    class only.
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
    """Maximum-likelihood (a, b) of every draw at once, by Newton's method from the fit to the asks as they are."""
    if len(cases) == 0:
        return np.full(len(weight), np.nan), np.full(len(weight), np.nan)
    p = np.clip(cases.probability, LOGIT_EDGE, 1 - LOGIT_EDGE)
    x = np.log(p) - np.log1p(-p)
    centre = x.mean()
    whole = _newton(x - centre, cases.outcome, plain_weights(cases), (0.0, 0.0))
    start = (float(whole[0][0]), float(whole[1][0])) if whole[2][0] else (0.0, 0.0)
    a, b, settled = _newton(x - centre, cases.outcome, weight, start)
    found = settled & _has_both(cases, weight)
    return np.where(found, a - b * centre, np.nan), np.where(found, b, np.nan)


def _newton(
    x: Floats, y: Floats, weight: Floats, start: tuple[float, float]
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """a, b and whether they were found, by draw."""
    a, b = (np.full(len(weight), value) for value in start)
    settled = np.zeros(len(weight), bool)
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
        settled = ~singular & (np.abs(step_a) < 1e-6) & (np.abs(step_b) < 1e-6)
        if np.all(settled | singular):
            break
    return a, b, settled


def _local_line(cases: Cases, weight: Floats) -> Floats:
    """Smoothed outcome at every ask, (draws × n)."""
    x, y = cases.probability, cases.outcome
    grid = np.unique(np.quantile(x, np.linspace(0, 1, GRID_POINTS)))
    kernel = _tricube(x, grid)
    tilted = kernel * (x[:, None] - grid)
    per_ask = (kernel, tilted, tilted * (x[:, None] - grid), kernel * y[:, None], tilted * y[:, None])
    s0, s1, s2, t0, t1 = np.split(weight @ np.hstack(per_ask), 5, axis=1)
    volume = s0 * s2 - s1**2
    flat = volume <= 1e-9 * s0**2 * max(float(np.ptp(x)) ** 2, 1e-12)
    line = ratio(s2 * t0 - s1 * t1, np.where(flat, 0.0, volume))
    at_grid = np.clip(np.where(flat, ratio(t0, s0), line), 0, 1)
    return _between(np.nan_to_num(at_grid), grid, x)


def _tricube(x: Floats, grid: Floats) -> Floats:
    """Kernel weight of each ask (rows) at each grid point (columns)."""
    distance = np.abs(x[:, None] - grid)
    nearest = min(len(x) - 1, int(np.ceil(SPAN * len(x))) - 1)
    reach = np.partition(distance, nearest, axis=0)[nearest]
    reach = np.where(reach > 0, reach * (1 + 1e-9), 1e-12)
    return np.asarray((1 - np.minimum(distance / reach, 1) ** 3) ** 3)


def _between(value: Floats, grid: Floats, x: Floats) -> Floats:
    """Straight lines between the grid points, for all draws: (draws × grid) → (draws × n)."""
    right = np.clip(np.searchsorted(grid, x), min(1, len(grid) - 1), len(grid) - 1)
    left = np.maximum(right - 1, 0)
    part = np.clip(np.nan_to_num(ratio(x - grid[left], grid[right] - grid[left])), 0, 1)
    return np.asarray(value[:, left] * (1 - part) + value[:, right] * part)

"""Estimates with intervals: shares, rates, ratios, medians and differences, for asks of which some share an account.

Intervals are central 90 % intervals, so each bound is a one-sided 95 % bound. They cover chance variation only, and
treat asks of one account as dependent.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.special import ndtri


def effective_size(yes: NDArray[np.float64], n: NDArray[np.float64]) -> float:
    """The number of independent asks with the same information as the asks of all accounts.

    `yes`, `n`: yes answers and asks of each account, both (accounts,). Computed from the linearised variance of the
    ratio. If all answers are the same, the variance is unknown, and each account counts as one ask.
    """
    total, accounts = n.sum(), len(n)
    share = yes.sum() / total
    if share in (0.0, 1.0) or accounts == 1:
        return float(accounts)
    clustered = accounts / (accounts - 1) * ((yes - share * n) ** 2).sum() / total**2
    return float(np.clip(share * (1 - share) / max(clustered, 1e-12), 1.0, total))


def wilson(share: float, n: float, confidence: float = 0.9) -> tuple[float, float]:
    """Return Wilson's score interval of a share observed in `n` independent asks."""
    z = float(ndtri((1 + confidence) / 2))
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


Floats = NDArray[np.float64]
CONFIDENCE = 0.9
_DRAWS = 999
_CELLS_AT_ONCE = 2_000_000
_SEED = 20_250_101


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval. `value` is NaN if there was nothing to measure; bounds are NaN without an interval.

    numerator, denominator: the counts behind the value · accounts: number of accounts behind it, 0 if it is not about
    accounts · interval: the method of the bounds, '' without an interval.
    """

    numerator: float
    denominator: float
    value: float
    low: float = np.nan
    high: float = np.nan
    accounts: int = 0
    interval: str = ""


def nothing(numerator: float = 0.0, denominator: float = 0.0, accounts: int = 0) -> Estimate:
    return Estimate(numerator, denominator, np.nan, accounts=accounts)


def share(yes: "pd.Series[bool]", account_id: "pd.Series[str]") -> Estimate:
    """Share of the rows that are `yes`, with Wilson's interval at the effective number of rows."""
    if not len(yes):
        return nothing()
    by_account = yes.astype("float64").groupby(account_id.to_numpy()).agg(["sum", "count"]).to_numpy(np.float64)
    known, n = by_account[:, 0], by_account[:, 1]
    value = float(known.sum() / n.sum())
    low, high = wilson(value, effective_size(known, n), CONFIDENCE)
    low, high = min(low, value), max(high, value)  # at 0 and 1 rounding may put a bound on the wrong side of the value
    return Estimate(float(known.sum()), float(n.sum()), value, low, high, len(n), "wilson")


def rate(events: int, exposure: float, accounts: int = 0) -> Estimate:
    """Events per unit of exposure, with Garwood's exact Poisson interval."""
    if exposure <= 0:
        return nothing(events, exposure, accounts)
    low, high = poisson(events)
    return Estimate(events, exposure, events / exposure, low / exposure, high / exposure, accounts, "poisson_exact")


def poisson(events: int) -> tuple[float, float]:
    """Return the exact bounds of the mean of a Poisson count."""
    tail = (1 - CONFIDENCE) / 2
    low = float(stats.chi2.ppf(tail, 2 * events) / 2) if events else 0.0
    return low, float(stats.chi2.ppf(1 - tail, 2 * events + 2) / 2)


def ratio(top: Floats, bottom: Floats, scale: float = 1.0) -> Estimate:
    """scale × Σtop / Σbottom over accounts or other independent units, with a bootstrap interval over the units."""
    if not len(bottom) or bottom.sum() == 0:
        return nothing(float(top.sum()), float(bottom.sum()), len(bottom))

    def statistic(a: Floats, b: Floats, axis: int = -1) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(scale * a.sum(axis=axis) / b.sum(axis=axis))

    value = float(scale * top.sum() / bottom.sum())
    low, high = _bootstrap((top, bottom), statistic, paired=True)
    return Estimate(float(top.sum()), float(bottom.sum()), value, low, high, len(bottom), "bootstrap")


def median(values: Floats, units: int) -> Estimate:
    """The median of independent cases, with an exact interval from order statistics; `units` is the denominator."""
    if not len(values):
        return nothing(denominator=units)
    test: Any = stats.quantile_test(values, p=0.5)
    low, high = test.confidence_interval(CONFIDENCE)
    return Estimate(len(values), units, float(np.median(values)), float(low), float(high), 0, "exact")


def difference_of_shares(first: Estimate, second: Estimate) -> Estimate:
    """first − second for independent shares, with Newcombe's interval from both Wilson intervals."""
    value = first.value - second.value
    low = value - np.hypot(first.value - first.low, second.high - second.value)
    high = value + np.hypot(first.high - first.value, second.value - second.low)
    if np.isnan(value):
        return nothing(np.nan, np.nan)
    return Estimate(np.nan, np.nan, value, max(-1.0, low), min(1.0, high), first.accounts + second.accounts, "newcombe")


def difference(first: Floats, second: Floats, statistic: Callable[..., Any], accounts: int = 0) -> Estimate:
    """statistic(first) − statistic(second) for independent samples, with a bootstrap interval that resamples both.

    Parameters
    ----------
    first, second : values of the cases, (n,) and (m,).
    statistic : a vectorised statistic that takes `axis`.
    accounts : number of accounts behind the estimate.
    """
    if not len(first) or not len(second):
        return nothing(np.nan, np.nan)

    def statistic_gap(a: Floats, b: Floats, axis: int = -1) -> Floats:
        return np.asarray(statistic(a, axis=axis) - statistic(b, axis=axis))

    value = float(statistic_gap(first, second))
    low, high = _bootstrap((first, second), statistic_gap, paired=False)
    return Estimate(np.nan, np.nan, value, low, high, accounts, "bootstrap")


def bootstrap_estimate(samples: tuple[Floats, ...], statistic: Callable[..., Floats]) -> Estimate:
    """A statistic of units with several columns, with a bootstrap interval that resamples whole units."""
    low, high = _bootstrap(samples, statistic, paired=True)
    return Estimate(np.nan, np.nan, float(statistic(*samples)), low, high, len(samples[0]), "bootstrap")


def _bootstrap(samples: tuple[Floats, ...], statistic: Callable[..., Floats], paired: bool) -> tuple[float, float]:
    """Percentile bounds of the bootstrap; NaN for fewer than two cases, which have no known spread."""
    if min(map(len, samples)) < 2:
        return np.nan, np.nan
    with warnings.catch_warnings():  # if all cases are the same, the bounds equal the value, which is right
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        result = stats.bootstrap(
            samples,
            statistic,
            paired=paired,
            vectorized=True,
            n_resamples=_DRAWS,
            batch=max(1, _CELLS_AT_ONCE // max(map(len, samples))),
            confidence_level=CONFIDENCE,
            method="percentile",
            rng=np.random.default_rng(_SEED),
        )
    distribution = result.bootstrap_distribution
    if np.isfinite(distribution).all():
        return float(result.confidence_interval.low), float(result.confidence_interval.high)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.nanquantile(distribution, [tail, 1 - tail])
    return float(low), float(high)

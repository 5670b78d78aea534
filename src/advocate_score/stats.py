"""Shares of yes among asks of which some belong to the same account, and figures with what they were made of and an
interval.

Intervals are central 90 % ones, so that each bound is a one-sided 95 % one. They say how far a figure could be moved
by chance alone, asks of one account counting as related.
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
    """Independent asks that would say as much as `n` asks an account with `yes` among them.

    From the linearised variance of the ratio; where every answer is the same it cannot be told, and each account
    counts as one.
    """
    total, accounts = n.sum(), len(n)
    share = yes.sum() / total
    if share in (0.0, 1.0) or accounts == 1:
        return float(accounts)
    clustered = accounts / (accounts - 1) * ((yes - share * n) ** 2).sum() / total**2
    return float(np.clip(share * (1 - share) / max(clustered, 1e-12), 1.0, total))


def wilson(share: float, n: float, confidence: float = 0.9) -> tuple[float, float]:
    """Wilson's score interval of a share seen in `n` independent asks."""
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
    """`value` is NaN where there was nothing to measure; bounds are NaN where no interval is meant.

    numerator, denominator: what the definition counts · accounts: how many stand behind it, 0 where it is not theirs ·
    interval: how the bounds were found, '' where there are none.
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
    """Share of the rows that are `yes`: Wilson's interval at the effective number of rows."""
    if not len(yes):
        return nothing()
    by_account = yes.astype("float64").groupby(account_id.to_numpy()).agg(["sum", "count"]).to_numpy(np.float64)
    known, n = by_account[:, 0], by_account[:, 1]
    value = float(known.sum() / n.sum())
    low, high = wilson(value, effective_size(known, n), CONFIDENCE)
    low, high = min(low, value), max(high, value)  # at 0 and 1 a bound may miss the value by a rounding
    return Estimate(float(known.sum()), float(n.sum()), value, low, high, len(n), "wilson")


def rate(events: int, exposure: float, accounts: int = 0) -> Estimate:
    """Events a unit of exposure: Garwood's exact Poisson interval."""
    if exposure <= 0:
        return nothing(events, exposure, accounts)
    low, high = poisson(events)
    return Estimate(events, exposure, events / exposure, low / exposure, high / exposure, accounts, "poisson_exact")


def poisson(events: int) -> tuple[float, float]:
    """Exact bounds of the mean of a Poisson count."""
    tail = (1 - CONFIDENCE) / 2
    low = float(stats.chi2.ppf(tail, 2 * events) / 2) if events else 0.0
    return low, float(stats.chi2.ppf(1 - tail, 2 * events + 2) / 2)


def ratio(top: Floats, bottom: Floats, scale: float = 1.0) -> Estimate:
    """scale × Σtop / Σbottom over accounts (or other independent units): bootstrap of the units."""
    if not len(bottom) or bottom.sum() == 0:
        return nothing(float(top.sum()), float(bottom.sum()), len(bottom))

    def statistic(a: Floats, b: Floats, axis: int = -1) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(scale * a.sum(axis=axis) / b.sum(axis=axis))

    value = float(scale * top.sum() / bottom.sum())
    low, high = _bootstrap((top, bottom), statistic, paired=True)
    return Estimate(float(top.sum()), float(bottom.sum()), value, low, high, len(bottom), "bootstrap")


def median(values: Floats, units: int) -> Estimate:
    """The middle value of independent cases: exact interval from the order of the values."""
    if not len(values):
        return nothing(denominator=units)
    test: Any = stats.quantile_test(values, p=0.5)
    low, high = test.confidence_interval(CONFIDENCE)
    return Estimate(len(values), units, float(np.median(values)), float(low), float(high), 0, "exact")


def difference_of_shares(first: Estimate, second: Estimate) -> Estimate:
    """one − other of independent cases: Newcombe's interval, made of both Wilson intervals."""
    value = first.value - second.value
    low = value - np.hypot(first.value - first.low, second.high - second.value)
    high = value + np.hypot(first.high - first.value, second.value - second.low)
    if np.isnan(value):
        return nothing(np.nan, np.nan)
    return Estimate(np.nan, np.nan, value, max(-1.0, low), min(1.0, high), first.accounts + second.accounts, "newcombe")


def difference(first: Floats, second: Floats, statistic: Callable[..., Any], accounts: int = 0) -> Estimate:
    """statistic(one) − statistic(other) of independent cases: both are resampled."""
    if not len(first) or not len(second):
        return nothing(np.nan, np.nan)

    def statistic_gap(a: Floats, b: Floats, axis: int = -1) -> Floats:
        return np.asarray(statistic(a, axis=axis) - statistic(b, axis=axis))

    value = float(statistic_gap(first, second))
    low, high = _bootstrap((first, second), statistic_gap, paired=False)
    return Estimate(np.nan, np.nan, value, low, high, accounts, "bootstrap")


def resampled(samples: tuple[Floats, ...], statistic: Callable[..., Floats]) -> Estimate:
    """A statistic of units that are described by several columns: whole units are resampled."""
    low, high = _bootstrap(samples, statistic, paired=True)
    return Estimate(np.nan, np.nan, float(statistic(*samples)), low, high, len(samples[0]), "bootstrap")


def _bootstrap(samples: tuple[Floats, ...], statistic: Callable[..., Floats], paired: bool) -> tuple[float, float]:
    """Percentile bounds; NaN for fewer than two cases, whose spread nobody knows."""
    if min(map(len, samples)) < 2:
        return np.nan, np.nan
    with warnings.catch_warnings():  # where every case is the same, so are the bounds, which is right
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

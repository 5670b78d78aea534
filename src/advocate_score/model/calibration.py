"""Logit recalibration of the blend, shrunk to the identity: slope, intercept, and small deviations by level.

The slope is positive, so the order of accounts at a level is kept; the intercepts are constrained so that readiness
never rises with the level.
"""

from typing import Self

import numpy as np
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit

from advocate_score.model.arrays import Fitted, Floats, Integers, Vector
from advocate_score.model.recipe import Shrinkage

_LEAST_SLOPE = 0.05


class Calibration(Fitted):
    """Maps log-odds to intercept of the level + slope × log-odds.

    `covariance` (2 + K, 2 + K) is the posterior covariance of intercept, slope and the deviations of the levels; before
    any ask it is that of the prior.
    """

    slope: float
    intercepts: Vector
    covariance: Vector

    @classmethod
    def identity(cls, covariance: Floats) -> Self:
        return cls(slope=1.0, intercepts=np.zeros(len(covariance) - 2), covariance=covariance)

    def at_levels(self, log_odds: Floats) -> Floats:
        """Return calibrated log-odds, (…, K) → (…, K)."""
        return self.intercepts + self.slope * log_odds

    def own_log_odds(self, log_odds: Floats, level: Integers) -> Floats:
        """Return calibrated log-odds, (n,) → (n,), each at its own level."""
        return self.intercepts[level] + self.slope * log_odds

    def variance(self, log_odds: Floats) -> Floats:
        """Return the variance of the calibrated log-odds from the uncalibrated ones, (n, K) → (n, K)."""
        levels = log_odds.shape[1]
        features = [_features(log_odds[:, level], np.full(len(log_odds), level), levels) for level in range(levels)]
        return np.stack([np.einsum("ij,jk,ik->i", values, self.covariance, values) for values in features], axis=1)

    def with_falling_levels(self, falls: Floats) -> Self:
        """Constrain the intercepts so that levels never rise if log-odds fall at least as `falls` (K,) do."""
        together = isotonic_regression(self.intercepts + self.slope * falls, increasing=False).x
        return self.model_copy(update={"intercepts": together - self.slope * falls})


def prior_covariance(shrinkage: Shrinkage, levels: int) -> Floats:
    return np.diag(_deviations(shrinkage, levels) ** 2)


def fit_calibration(
    log_odds: Floats, level: Integers, outcome: Floats, weight: Floats, shrinkage: Shrinkage, levels: int
) -> Calibration:
    """Fit the calibration by penalised maximum likelihood on out-of-fold log-odds.

    Parameters
    ----------
    log_odds, outcome : (n,).
    level : (n,) position on the ladder.
    weight : (n,) how many asks each row counts as.
    shrinkage : prior deviations from the identity.
    levels : K.
    """
    deviations = _deviations(shrinkage, levels)
    free = deviations > 0
    if not free.any():
        return Calibration.identity(prior_covariance(shrinkage, levels))
    features = _features(log_odds, level, levels)[:, free]
    start = np.array([0.0, 1.0] + [0.0] * levels)
    base = _features(log_odds, level, levels) @ start
    penalty = 1 / deviations[free] ** 2
    bounds = [(_LEAST_SLOPE - 1 if column == 1 else None, None) for column in np.flatnonzero(free)]

    def objective(deviations: Floats) -> tuple[float, Floats]:
        fitted = base + features @ deviations
        loss = weight @ (np.logaddexp(0.0, fitted) - outcome * fitted) + 0.5 * penalty @ deviations**2
        return float(loss), features.T @ (weight * (expit(fitted) - outcome)) + penalty * deviations

    solution = minimize(objective, np.zeros(free.sum()), jac=True, method="L-BFGS-B", bounds=bounds).x
    parameters = start.copy()
    parameters[free] += solution
    chance = expit(base + features @ solution)
    covariance = np.zeros((len(start), len(start)))
    information = features.T @ (features * (weight * chance * (1 - chance))[:, None]) + np.diag(penalty)
    covariance[np.ix_(free, free)] = np.linalg.inv(information)
    return Calibration(slope=float(parameters[1]), intercepts=parameters[0] + parameters[2:], covariance=covariance)


def _deviations(shrinkage: Shrinkage, levels: int) -> Floats:
    return np.array([shrinkage.intercept, shrinkage.slope] + [shrinkage.level] * levels)


def _features(log_odds: Floats, level: Integers, levels: int) -> Floats:
    """Return (n, 2 + K): a constant 1, the log-odds, and the level one-hot."""
    return np.column_stack([np.ones(len(level)), log_odds, np.eye(levels)[level]])

"""The blend on the log-odds: weights that are never negative, learned out of fold and pulled to a start."""

import numpy as np
from scipy.optimize import LinearConstraint, minimize, minimize_scalar
from scipy.special import expit

from advocate_score.model.arrays import Floats

_NOTHING = 1e-3
"""A weight below this is none, so that a component that adds nothing costs nothing."""


def fit_weights(log_odds: Floats, outcome: Floats, share: Floats, start: Floats, strength: float) -> Floats:
    """Weights (C,) ≥ 0 that add up to one, for the out-of-fold `log_odds` (n, C) of the components.

    Minimises log loss + strength × Σ (weight − start)²; without rows it is `start`. `share` (n,) is how much an ask
    counts.
    """
    if len(outcome) == 0 or len(start) == 1:
        return start

    def objective(weights: Floats) -> tuple[float, Floats]:
        mixed, apart = log_odds @ weights, weights - start
        loss = log_loss(mixed, outcome, share) + strength * apart @ apart
        return float(loss), log_odds.T @ (share * (expit(mixed) - outcome)) + 2 * strength * apart

    found = minimize(
        objective,
        start,
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * len(start),
        constraints=LinearConstraint(np.ones(len(start)), 1.0, 1.0),
        options={"maxiter": 200, "ftol": 1e-9},
    )
    kept: Floats = np.where(found.x < _NOTHING, 0.0, found.x)
    return np.asarray(kept / kept.sum())


def fit_added(log_odds: Floats, added: Floats, outcome: Floats, share: Floats, start: float, strength: float) -> float:
    """The weight in [0, 1] with which `added` (n,) is best put on top of `log_odds` (n,)."""

    def objective(weight: float) -> float:
        return log_loss(log_odds + weight * added, outcome, share) + strength * (weight - start) ** 2

    found = float(minimize_scalar(objective, bounds=(0.0, 1.0), method="bounded").x)
    return found if found >= _NOTHING else 0.0


def log_loss(log_odds: Floats, outcome: Floats, share: Floats) -> float:
    """Total, not mean."""
    return float(share @ (np.logaddexp(0.0, log_odds) - outcome * log_odds))

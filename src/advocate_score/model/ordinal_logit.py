"""Proportional-odds logit over a ladder: log-odds = intercept of the level + design · slopes.

The intercepts never rise with the level, by parametrisation: intercept of level k = first − sum of k drops, each ≥ 0.
Ridge penalties pull slopes to prior means and drops to prior drops, so a level with few asks borrows from its
neighbours. Where the order of the levels says nothing of the outcome, as with deliveries, the intercepts are free and
each is pulled to its own prior. Solved by L-BFGS-B with the analytic gradient.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from advocate_score.model.arrays import Fitted, Floats, Integers, Vector

_FIRST_PENALTY, _DROP_PENALTY, _FREE_PENALTY = 0.5, 5.0, 1.0


@dataclass(frozen=True)
class Prior:
    """For each design column: mean and ridge penalty of its slope, and whether it must be ≥ 0 (1) or ≤ 0 (−1).

    `intercepts` (K,), never rising, are the levels' log-odds before any ask; where `ordered` is false, they may rise,
    and so may those of the fit.
    """

    means: Floats
    penalties: Floats
    signs: Integers
    intercepts: Floats
    ordered: bool = True

    def sample(self, rng: np.random.Generator) -> Self:
        """Return the prior with its centre drawn from itself, for a posterior bootstrap (Fong et al. 2019).

        A fit around that centre on resampled rows is a draw from the posterior. A bootstrap of shrunk slopes alone
        would leave out the uncertainty that the shrinkage hides.
        """
        steps, slopes = rng.standard_normal(len(self.intercepts)), rng.standard_normal(len(self.means))
        steps /= np.sqrt(_step_penalties(len(steps)))
        drops = np.maximum(0.0, steps[1:] - np.diff(self.intercepts))
        intercepts = _intercepts(np.concatenate([self.intercepts[:1] + steps[:1], drops]))
        return replace(self, means=self.means + slopes / np.sqrt(self.penalties), intercepts=intercepts)


class Logit(Fitted):
    intercepts: Vector
    slopes: Vector

    @property
    def parameters(self) -> Floats:
        """The first intercept, the K − 1 drops, then the slopes."""
        return np.concatenate([self.intercepts[:1], -np.diff(self.intercepts), self.slopes])

    def at_levels(self, design: Floats) -> Floats:
        """Return log-odds (n, K)."""
        return (design @ self.slopes)[:, None] + self.intercepts[None, :]

    def own_log_odds(self, design: Floats, level: Integers) -> Floats:
        """Return log-odds (n,), each at its own level."""
        log_odds: Floats = design @ self.slopes + self.intercepts[level]
        return log_odds


def fit_logit(
    design: Floats, level: Integers, outcome: Floats, weight: Floats, prior: Prior, initial: Logit | None = None
) -> Logit:
    """Return the penalised maximum-likelihood fit; without rows it is the prior itself.

    Parameters
    ----------
    design : (n, columns).
    level : (n,) position on the ladder.
    outcome : (n,) 0 or 1.
    weight : (n,) how much each row counts; rows of weight 0 are left out.
    prior : of the intercepts and slopes.
    initial : where the search starts; by default at the prior.
    """
    used = weight > 0
    if not used.all():
        design, level, outcome, weight = design[used], level[used], outcome[used], weight[used]
    problem = _Problem(design, level, outcome, weight, prior)
    start = problem.prior if initial is None or not prior.ordered else initial.parameters
    solution = minimize(
        problem.value,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=problem.bounds,
        options={"maxiter": 500, "ftol": 1e-8, "gtol": 1e-3},
    )
    count = len(prior.intercepts)
    levels, slopes = solution.x[:count], solution.x[count:]
    return Logit(intercepts=_intercepts(levels) if prior.ordered else levels, slopes=slopes)


def _intercepts(steps: Floats) -> Floats:
    return np.asarray(steps[0] - np.concatenate([[0.0], np.cumsum(steps[1:])]))


def _step_penalties(levels: int) -> Floats:
    """Return the penalties of the first intercept and of each drop."""
    return np.array([_FIRST_PENALTY] + [_DROP_PENALTY] * (levels - 1))


_Bounds = tuple[float | None, float | None]
_Levels = tuple[Floats, Floats, Floats, list[_Bounds]]
"""Of the parameters of the levels: their columns (n, K), priors, penalties and bounds."""


def _steps(level: Integers, prior: Prior) -> _Levels:
    count = len(prior.intercepts)
    reached = (np.arange(1, count)[None, :] <= level[:, None]).astype(np.float64)
    start = np.concatenate([prior.intercepts[:1], -np.diff(prior.intercepts)])
    bounds: list[_Bounds] = [(None, None), *[(0.0, None)] * (count - 1)]
    return np.column_stack([np.ones(len(level)), -reached]), start, _step_penalties(count), bounds


def _free_levels(level: Integers, prior: Prior) -> _Levels:
    count = len(prior.intercepts)
    return np.eye(count)[level], prior.intercepts, np.full(count, _FREE_PENALTY), [(None, None)] * count


class _Problem:
    """The penalised log loss and its gradient; parameters are ordered as in `Logit.parameters`, or the intercepts come
    first where they are free."""

    def __init__(self, design: Floats, level: Integers, outcome: Floats, weight: Floats, prior: Prior) -> None:
        columns, start, penalty, bounds = _steps(level, prior) if prior.ordered else _free_levels(level, prior)
        self.full = np.column_stack([columns, design])
        self.outcome, self.weight = outcome, weight
        self.prior = np.concatenate([start, prior.means])
        self.penalty = np.concatenate([penalty, prior.penalties])
        limits: dict[int, _Bounds] = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
        self.bounds = [*bounds, *(limits[int(sign)] for sign in prior.signs)]

    def value(self, parameters: Floats) -> tuple[float, Floats]:
        log_odds = self.full @ parameters
        deviation = parameters - self.prior
        losses = np.logaddexp(0.0, log_odds) - self.outcome * log_odds
        loss = float(self.weight @ losses + 0.5 * self.penalty @ deviation**2)
        residual = self.weight * (expit(log_odds) - self.outcome)
        return loss, self.full.T @ residual + self.penalty * deviation

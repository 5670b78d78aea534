"""The blend of the components on the log-odds, its bootstrap refits, and the model of completion.

The components are non-increasing in level; their weights are non-negative and learned out of fold. Completion,
P(delivered | accepted), is a single ridge logit over the same design, whose levels are free: a reference call is
delivered more often than the written quote below it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from scipy.optimize import LinearConstraint, minimize, minimize_scalar
from scipy.special import expit, logit

from advocate_score.model.arrays import Fitted, Floats, Integers
from advocate_score.model.boosting import Bag, Booster, Residue, TreeTable, fit_booster
from advocate_score.model.calibration import Calibration, prior_covariance
from advocate_score.model.design import CARD, HISTORY, Preparation
from advocate_score.model.ordinal_logit import Logit, Prior, fit_logit
from advocate_score.model.recipe import Component
from advocate_score.model.training_data import AskRows, Plan, TunedChoices, has_enough_asks

_NOTHING = 1e-3
"""A smaller weight is set to 0, so that a component that adds nothing costs nothing."""


def fit_weights(log_odds: Floats, outcome: Floats, share: Floats, start: Floats, strength: float) -> Floats:
    """Return weights (C,) ≥ 0 that add up to one.

    They minimise log loss + strength × Σ (weight − start)²; without rows they are `start`.

    Parameters
    ----------
    log_odds : (n, C) out-of-fold log-odds of the components.
    outcome : (n,) 0 or 1.
    share : (n,) how much each ask counts.
    start : (C,) the weights to shrink to.
    strength : of the shrinkage, in asks.
    """
    if len(outcome) == 0 or len(start) == 1:
        return start

    def objective(weights: Floats) -> tuple[float, Floats]:
        mixed, deviation = log_odds @ weights, weights - start
        loss = log_loss(mixed, outcome, share) + strength * deviation @ deviation
        return float(loss), log_odds.T @ (share * (expit(mixed) - outcome)) + 2 * strength * deviation

    solution = minimize(
        objective,
        start,
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * len(start),
        constraints=LinearConstraint(np.ones(len(start)), 1.0, 1.0),
        options={"maxiter": 200, "ftol": 1e-9},
    )
    weights: Floats = np.where(solution.x < _NOTHING, 0.0, solution.x)
    return np.asarray(weights / weights.sum())


def fit_added(log_odds: Floats, added: Floats, outcome: Floats, share: Floats, start: float, strength: float) -> float:
    """Return the weight in [0, 1] of `added` on top of `log_odds` that minimises the penalised log loss.

    Parameters
    ----------
    log_odds, added : (n,).
    outcome : (n,) 0 or 1.
    share : (n,) how much each ask counts.
    start, strength : the weight to shrink to, and how strongly.
    """

    def objective(weight: float) -> float:
        return log_loss(log_odds + weight * added, outcome, share) + strength * (weight - start) ** 2

    weight = float(minimize_scalar(objective, bounds=(0.0, 1.0), method="bounded").x)
    return weight if weight >= _NOTHING else 0.0


def log_loss(log_odds: Floats, outcome: Floats, share: Floats) -> float:
    """Return the total log loss, not the mean."""
    return float(share @ (np.logaddexp(0.0, log_odds) - outcome * log_odds))


LONE: Mapping[Component, int] = {"history": HISTORY, "scorecard": CARD}
"""Components that read a single column of the design."""


@dataclass(frozen=True)
class Encoded:
    """Ask rows with their two encodings: `design` for the linear components, `trees` for the boosted one."""

    rows: AskRows
    preparation: Preparation
    design: Floats
    trees: TreeTable

    @classmethod
    def of(cls, rows: AskRows, preparation: Preparation) -> Self:
        return cls(rows, preparation, *preparation.encode(rows.signals, rows.yes, rows.answered))


def linear_prior(name: Component, preparation: Preparation, ridge: float, plan: Plan) -> Prior:
    """Return the prior of a linear component on the columns that it reads.

    Parameters
    ----------
    name : the component; `ridge` is used only if it reads more than one column.
    preparation : the fitted encoding.
    ridge : penalty of a signal's slope.
    plan : gives the recipe.
    """
    if name in LONE:
        return preparation.lone_prior(LONE[name], plan.recipe)
    return preparation.slope_prior(plan.recipe, ridge)


def linear_priors(preparation: Preparation, chosen: TunedChoices, plan: Plan) -> dict[Component, Prior]:
    """Return the prior of every linear component with a positive weight."""
    used = [name for name, share in chosen.weights.items() if name != "boosted" and share > 0]
    return {name: linear_prior(name, preparation, chosen.ridge, plan) for name in used}


def fit_linear(name: Component, data: Encoded, weight: Floats, prior: Prior, start: Logit | None = None) -> Logit:
    """Fit a linear component over the whole design; columns that it does not read have slope 0.

    Parameters
    ----------
    name : the component.
    data : n ask rows and their design.
    weight : (n,) how much each row counts.
    prior : as `linear_prior` returns it.
    start : a nearby fit from which to start the search.
    """
    rows = data.rows
    if name not in LONE:
        return fit_logit(data.design, rows.level, rows.outcome, weight, prior, start)
    column = LONE[name]
    lone = fit_logit(data.design[:, [column]], rows.level, rows.outcome, weight, prior)
    slopes = np.zeros(data.design.shape[1])
    slopes[column] = lone.slopes[0]
    return Logit(intercepts=lone.intercepts, slopes=slopes)


def fit_all_linear(
    data: Encoded, weight: Floats, priors: Mapping[Component, Prior], starts: Mapping[Component, Logit] | None = None
) -> dict[Component, Logit]:
    """Fit every linear component in `priors`.

    Parameters
    ----------
    data : n ask rows and their design.
    weight : (n,) how much each row counts.
    priors : by component.
    starts : nearby fits from which to start the search, by component.
    """
    return {name: fit_linear(name, data, weight, prior, (starts or {}).get(name)) for name, prior in priors.items()}


def weighted_sum(parts: Sequence[tuple[float, Logit]]) -> Logit | None:
    """Return the weighted sum of linear log-odds, which is linear again; None if `parts` is empty."""
    if not parts:
        return None
    return Logit(
        intercepts=np.sum([share * logit.intercepts for share, logit in parts], axis=0),
        slopes=np.sum([share * logit.slopes for share, logit in parts], axis=0),
    )


def fit_trees(data: Encoded, weight: Floats, linear: Logit | None, rounds: int, plan: Plan, number: int = 0) -> Booster:
    """Fit the booster `number` on what `linear` leaves unexplained, or on the outcomes if there is no linear part.

    Parameters
    ----------
    data : n ask rows and their encodings.
    weight : (n,) how much each row counts.
    linear : the linear blend.
    rounds : the number of trees.
    plan : gives the recipe and the seed.
    number : added to the seed.
    """
    rows = data.rows
    offset = None if linear is None else linear.own_log_odds(data.design, rows.level)
    residue = Residue(rows.level, rows.outcome, weight, offset)
    return fit_booster(data.trees, residue, plan.recipe.boosting, rounds, plan.seed + number)


_NINETY_PERCENT = 1.645


class Blend(Fitted):
    """Everything but the trees.

    `linear` is the weighted sum of the linear components, `refits` the linear part of each bootstrap refit that has
    trees of its own, `linear_refits` that of the further ones, which share these trees in turn, and `boosted` the
    weight of the trees.
    """

    preparation: Preparation
    weights: dict[Component, float]
    linear: Logit
    refits: tuple[Logit, ...]
    linear_refits: tuple[Logit, ...] = ()
    calibration: Calibration

    @property
    def boosted(self) -> float:
        return self.weights.get("boosted", 0.0)


@dataclass(frozen=True)
class Described:
    """The two encodings of rows to be scored."""

    design: Floats
    trees: TreeTable

    @classmethod
    def of(cls, preparation: Preparation, signals: pd.DataFrame, yes: Floats, answered: Floats) -> "Described":
        """Encode the rows.

        Parameters
        ----------
        preparation : the fitted encoding.
        signals : (n, inputs).
        yes, answered : (n,) the account's record of answers.
        """
        return cls(*preparation.encode(signals, yes, answered))


@dataclass(frozen=True)
class FittedLadder:
    blend: Blend
    bag: Bag | None

    @property
    def levels(self) -> int:
        return len(self.blend.linear.intercepts)

    def with_spread(self, rows: Described) -> tuple[Floats, Floats]:
        """Return calibrated log-odds (n, K), and half the width of their 90 % interval (n, K).

        The interval combines the variance between bootstrap refits with that of the calibration.
        """
        members = self.blend.boosted * self._trees(rows)
        log_odds = self.blend.linear.at_levels(rows.design) + members.mean(axis=0)
        calibration = self.blend.calibration
        refits = (*self.blend.refits, *self.blend.linear_refits)
        between = variance_between(refits, rows.design, members) if len(refits) > 1 else np.zeros_like(log_odds)
        variance = calibration.slope**2 * between + calibration.variance(log_odds)
        return calibration.at_levels(log_odds), _NINETY_PERCENT * np.sqrt(variance)

    def own_log_odds(self, signals: pd.DataFrame, yes: Floats, answered: Floats, level: Integers) -> Floats:
        """Return calibrated log-odds (n,), each at its own level.

        Parameters
        ----------
        signals : (n, inputs).
        yes, answered : (n,) the account's record of answers.
        level : (n,) position on the ladder.
        """
        rows = Described.of(self.blend.preparation, signals, yes, answered)
        log_odds = self.blend.linear.own_log_odds(rows.design, level)
        if self.bag is not None:
            log_odds += self.blend.boosted * self.bag.members_at(rows.trees, level).mean(axis=0)
        return self.blend.calibration.own_log_odds(log_odds, level)

    def _trees(self, rows: Described) -> Floats:
        if self.bag is None:
            return np.zeros((1, 1, 1))
        return self.bag.members_at_levels(rows.trees, self.levels)


def variance_between(refits: Sequence[Logit], design: Floats, trees: Floats) -> Floats:
    """Return the variance (n, K) of the log-odds between refits, each with the trees that it has or shares.

    It is that of `np.var(linear + trees, axis=0, ddof=1)`, without an array for every refit, row and level.

    Parameters
    ----------
    refits : B linear parts, at least two.
    design : (n, columns).
    trees : log-odds (M, n or 1, K or 1) of M boosters; refit b has those of booster b mod M.
    """
    count = len(refits)
    slopes = np.stack([refit.slopes for refit in refits], axis=1)
    levels = np.stack([refit.intercepts for refit in refits])
    levels = levels - levels.mean(axis=0)
    has = np.eye(len(trees))[np.arange(count) % len(trees)]
    linear = design @ (slopes - slopes.mean(axis=1, keepdims=True))
    of_rows = 2 * (linear @ np.column_stack([levels, has]))
    of_levels, users = 2 * has.T @ levels, has.sum(axis=0)
    total = np.einsum("ij,ij->i", linear, linear)[:, None] + of_rows[:, : levels.shape[1]] + (levels**2).sum(axis=0)
    of_members = of_rows[:, levels.shape[1] :]
    mean = np.tensordot(users / count, trees, axes=1)
    for member, added in enumerate(trees):
        deviation = added - mean
        total += deviation * (users[member] * deviation + of_members[:, [member]] + of_levels[member])
    return np.asarray(np.maximum(total, 0.0) / (count - 1))


def assemble(rows: AskRows, chosen: TunedChoices, plan: Plan, draws: Floats) -> FittedLadder:
    """Fit the blend on `rows` and refit it on bootstrap draws, each around its own sample of the prior.

    Each refit uses one linear component, chosen in proportion to the weights, because the choice of component is as
    uncertain as the slopes. The trees of a refit are fitted on what its linear blend leaves unexplained. The draws
    beyond the recipe's `bootstrap` are refits of their linear component alone.

    Parameters
    ----------
    rows : n mature asks.
    chosen : the ridge, rounds and weights that tuning chose.
    plan : gives the recipe and the seed.
    draws : (B, n) row weights of the refits; if there are none, one booster is fitted on all rows.
    """
    data, whole = Encoded.of(rows, Preparation.fit(rows, plan)), plan.recipe.bootstrap
    weights = [draw * rows.weight for draw in draws]
    priors = linear_priors(data.preparation, chosen, plan)
    fits = fit_all_linear(data, rows.weight, priors)
    sampled = _sample_priors(priors, plan.seed, len(weights))
    each = [fit_all_linear(data, *draw, starts=fits) for draw in zip(weights[:whole], sampled, strict=False)]
    zero_logit = Logit(intercepts=np.zeros(plan.levels), slopes=np.zeros(data.design.shape[1]))
    blend = Blend(
        preparation=data.preparation,
        weights=chosen.weights,
        linear=_blend_fits(fits, chosen) or zero_logit,
        refits=_one_of_each(each, chosen) or (zero_logit,) * len(each),
        linear_refits=_refit_further(data, weights[whole:], sampled[whole:], fits, chosen),
        calibration=Calibration.identity(prior_covariance(plan.recipe.calibration.plain, plan.levels)),
    )
    if blend.boosted == 0:
        return FittedLadder(blend, None)
    members = zip(weights or [rows.weight], [_blend_fits(one, chosen) for one in each or [fits]], strict=False)
    boosters = [fit_trees(data, weight, linear, chosen.rounds, plan, b) for b, (weight, linear) in enumerate(members)]
    return FittedLadder(blend, Bag(tuple(boosters)))


def _sample_priors(priors: Mapping[Component, Prior], seed: int, draws: int) -> list[dict[Component, Prior]]:
    """Return a sample of every prior for each draw; more draws leave the first ones as they are."""
    doubts = np.random.default_rng(seed).spawn(draws)
    return [{name: prior.sample(rng) for name, prior in priors.items()} for rng in doubts]


def _blend_fits(fits: Mapping[Component, Logit], chosen: TunedChoices) -> Logit | None:
    return weighted_sum([(chosen.weights[name], fitted) for name, fitted in fits.items()])


def _one_of_each(refits: Sequence[Mapping[Component, Logit]], chosen: TunedChoices) -> tuple[Logit, ...]:
    """Return one linear component of each refit; nothing if the blend has no linear component."""
    names = _components_by_share(chosen, len(refits))
    return tuple(refit[name] for name, refit in zip(names, refits, strict=False))


def _refit_further(
    data: Encoded,
    weights: Sequence[Floats],
    priors: Sequence[Mapping[Component, Prior]],
    fits: Mapping[Component, Logit],
    chosen: TunedChoices,
) -> tuple[Logit, ...]:
    """Refit one linear component on each of the draws, starting at the `fits` on all rows."""
    draws = zip(_components_by_share(chosen, len(weights)), weights, priors, strict=False)
    return tuple(fit_linear(name, data, weight, prior[name], fits[name]) for name, weight, prior in draws)


def _components_by_share(chosen: TunedChoices, draws: int) -> list[Component]:
    """Return one linear component per draw, in proportion to the weights; none if the blend has no linear component."""
    names = [name for name, share in chosen.weights.items() if name != "boosted" and share > 0]
    if not names:
        return []
    ends = np.cumsum([chosen.weights[name] for name in names])
    indices = np.searchsorted(ends / ends[-1], (np.arange(draws) + 0.5) / max(draws, 1))
    return [names[index] for index in indices]


def fit_completion(data: Encoded, completed: Floats, plan: Plan) -> Logit | None:
    """Fit P(delivered | accepted), its levels shrunk to the pooled rate.

    It is None if too few deliveries are known, or all are the same.

    Parameters
    ----------
    completed : (n,) 0, 1 or NaN if not accepted or not known.
    """
    known = ~np.isnan(completed)
    delivered, weight = completed[known], data.rows.weight[known]
    if not has_enough_asks(delivered, plan.recipe.folds.min_asks):
        return None
    rate = logit((weight @ delivered + 1) / (weight.sum() + 2))
    design = data.design[known]
    columns = design.shape[1]
    prior = Prior(
        means=np.zeros(columns),
        penalties=np.full(columns, max(plan.recipe.logit.ridges)),
        signs=np.zeros(columns, dtype=np.int64),
        intercepts=np.full(plan.levels, rate),
        ordered=False,
    )
    return fit_logit(design, data.rows.level[known], delivered, weight, prior)

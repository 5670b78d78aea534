"""What the rolling folds decide: ridge, rounds and weights, always on asks later than those learned from.

First the linear components, ridge and weights; then the trees on what those leave, rounds and weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.blend import fit_share, fit_weights, log_loss
from advocate_score.model.folds import positions, rolling_folds
from advocate_score.model.plan import Chosen, Plan
from advocate_score.model.recipe import Component
from advocate_score.model.rows import AskRows
from advocate_score.model.trials import Trial


@dataclass(frozen=True)
class Tuning:
    """`log_odds` (n,) of the blend for the asks `held_out`, each from a fold that ended before it; `fold` (n,) says
    which."""

    chosen: Chosen
    log_odds: Floats
    held_out: AskRows
    fold: Integers


@dataclass(frozen=True)
class _Part:
    """A component at its best candidate: its weight, and its log-odds (n,) of the held-out asks."""

    candidate: int
    weight: float
    log_odds: Floats


def tune(rows: AskRows, plan: Plan) -> Tuning:
    """Runs every component over the folds; where there are too few asks for a fold the recipe's start stands."""
    components = plan.components(len(rows))
    linear = tuple(name for name in components if name != "boosted")
    folds = list(rolling_folds(rows, plan.recipe.folds))
    trials = [Trial.of(rows, fold, linear, plan) for fold in folds]
    held_out = rows.take(positions([fold.test for fold in folds]))
    parts = _linear(trials, linear, held_out.outcome, plan)
    log_odds = sum((part.weight * part.log_odds for part in parts.values()), np.zeros(len(held_out)))
    if "boosted" in components:
        trees = _boosted(trials, parts, log_odds, held_out.outcome, plan)
        log_odds, parts = log_odds + trees.weight * trees.log_odds, {**parts, "boosted": trees}
    fold = np.repeat(np.arange(len(folds)), [len(one.test) for one in folds])
    return Tuning(_chosen(parts, plan, bool(trials)), log_odds, held_out, fold)


def _linear(
    trials: Sequence[Trial], names: tuple[Component, ...], outcome: Floats, plan: Plan
) -> dict[Component, _Part]:
    if not names:
        return {}
    best = {name: _best(_stack([trial.tested(name) for trial in trials]), outcome) for name in names}
    stated = np.array([plan.recipe.blend.start.get(name, 0.0) for name in names])
    start = stated if stated.any() else np.ones(len(names))
    log_odds = np.stack([column for _, column in best.values()], axis=1)
    weights = fit_weights(log_odds, outcome, start / start.sum(), plan.recipe.blend.strength)
    return {
        name: _Part(candidate, float(weight), column)
        for (name, (candidate, column)), weight in zip(best.items(), weights, strict=True)
    }


def _boosted(
    trials: Sequence[Trial], linear: dict[Component, _Part], offset: Floats, outcome: Floats, plan: Plan
) -> _Part:
    """Alone the trees have the weight 1; beside others, what they are worth."""
    shares = {name: (part.candidate, part.weight) for name, part in linear.items()}
    candidates = _stack([trial.boosted(shares, plan) for trial in trials])
    best, added = _best(candidates, outcome, offset)
    if not linear:
        return _Part(best, 1.0, added)
    start = plan.recipe.blend.start.get("boosted", 0.0) if len(outcome) else 0.0
    return _Part(best, fit_share(offset, added, outcome, start, plan.recipe.blend.strength), added)


def _stack(parts: list[Floats]) -> Floats:
    return np.concatenate(parts, axis=1) if parts else np.empty((1, 0))


def _best(candidates: Floats, outcome: Floats, offset: Floats | float = 0.0) -> tuple[int, Floats]:
    """The candidate of least log loss, and its log-odds."""
    best = int(np.argmin([log_loss(offset + one, outcome) for one in candidates]))
    return best, candidates[best]


def _chosen(parts: dict[Component, _Part], plan: Plan, tried: bool) -> Chosen:
    """Where nothing was tried: the strongest ridge and the fewest rounds."""
    ridges, rounds = plan.recipe.logit.ridges, plan.recipe.boosting.rounds
    return Chosen(
        ridge=ridges[parts["logit"].candidate] if tried and "logit" in parts else max(ridges),
        rounds=rounds[parts["boosted"].candidate] if tried and "boosted" in parts else min(rounds),
        weights={name: part.weight for name, part in parts.items()},
    )

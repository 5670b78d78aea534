"""What the rolling folds decide: ridge, rounds and weights, always on asks later than those learned from.

First the linear components, ridge and weights; then the trees on what those leave, rounds and weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.blend import fit_added, fit_weights, log_loss
from advocate_score.model.folds import positions, rolling_folds
from advocate_score.model.plan import Chosen, Plan
from advocate_score.model.recipe import Component
from advocate_score.model.rows import AskRows
from advocate_score.model.trials import Trial


@dataclass(frozen=True)
class Tuning:
    """`log_odds` (n,) of the blend for the asks `held_out`, each from a fold that ended before it; `share` (n,) is how
    much each counts, `fold` (n,) which fold it is of."""

    chosen: Chosen
    log_odds: Floats
    held_out: AskRows
    share: Floats
    fold: Integers


@dataclass(frozen=True)
class _Part:
    """A component at its best candidate: its weight, and its log-odds (n,) of the held-out asks."""

    candidate: int
    weight: float
    log_odds: Floats


@dataclass(frozen=True)
class _Contest:
    """What candidates are judged on."""

    trials: Sequence[Trial]
    outcome: Floats
    share: Floats
    plan: Plan

    def best(self, tested: Sequence[Floats], offset: Floats | float = 0.0) -> tuple[int, Floats]:
        """Of candidates (candidates, n of the trial) the one of least log loss on top of `offset`, and its log-odds."""
        candidates = np.concatenate(tested, axis=1) if tested else np.empty((1, 0))
        losses = [log_loss(offset + one, self.outcome, self.share) for one in candidates]
        return int(np.argmin(losses)), candidates[int(np.argmin(losses))]


def tune(rows: AskRows, plan: Plan) -> Tuning:
    """Runs every component over the folds; where there are too few asks for a fold the recipe's start stands."""
    components = plan.components(len(rows))
    linear = tuple(name for name in components if name != "boosted")
    folds = list(rolling_folds(rows, plan.recipe.folds))
    held_out = rows.take(positions([fold.test for fold in folds]))
    share = held_out.shares(plan.recipe.correlation)
    contest = _Contest([Trial.of(rows, fold, linear, plan) for fold in folds], held_out.outcome, share, plan)
    parts = _linear(contest, linear) if linear else {}
    log_odds = sum((part.weight * part.log_odds for part in parts.values()), np.zeros(len(held_out)))
    if "boosted" in components:
        trees = _boosted(contest, parts, log_odds)
        log_odds, parts = log_odds + trees.weight * trees.log_odds, {**parts, "boosted": trees}
    fold = np.repeat(np.arange(len(folds)), [len(one.test) for one in folds])
    return Tuning(_chosen(parts, plan, bool(folds)), log_odds, held_out, share, fold)


def _linear(contest: _Contest, names: tuple[Component, ...]) -> dict[Component, _Part]:
    best = {name: contest.best([trial.tested(name) for trial in contest.trials]) for name in names}
    choices = contest.plan.recipe.blend
    stated = np.array([choices.start.get(name, 0.0) for name in names])
    start = stated if stated.any() else np.ones(len(names))
    log_odds = np.stack([column for _, column in best.values()], axis=1)
    weights = fit_weights(log_odds, contest.outcome, contest.share, start / start.sum(), choices.strength)
    return {
        name: _Part(candidate, float(weight), column)
        for (name, (candidate, column)), weight in zip(best.items(), weights, strict=True)
    }


def _boosted(contest: _Contest, linear: dict[Component, _Part], offset: Floats) -> _Part:
    """Alone the trees have the weight 1; beside others, what they are worth out of fold."""
    used = {name: (part.candidate, part.weight) for name, part in linear.items()}
    best, added = contest.best([trial.boosted(used, contest.plan) for trial in contest.trials], offset)
    if not linear:
        return _Part(best, 1.0, added)
    choices = contest.plan.recipe.blend
    start = choices.start.get("boosted", 0.0) if contest.trials else 0.0
    return _Part(best, fit_added(offset, added, contest.outcome, contest.share, start, choices.strength), added)


def _chosen(parts: dict[Component, _Part], plan: Plan, tried: bool) -> Chosen:
    """Where nothing was tried: the strongest ridge and the fewest rounds."""
    ridges, rounds = plan.recipe.logit.ridges, plan.recipe.boosting.rounds
    return Chosen(
        ridge=ridges[parts["logit"].candidate] if tried and "logit" in parts else max(ridges),
        rounds=rounds[parts["boosted"].candidate] if tried and "boosted" in parts else min(rounds),
        weights={name: part.weight for name, part in parts.items()},
    )

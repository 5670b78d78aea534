"""Every component refitted on all rows and put together in the blend's weights, before calibration."""

from collections.abc import Iterable, Mapping

import numpy as np

from advocate_score.model.arrays import Floats
from advocate_score.model.boosting import Bag
from advocate_score.model.calibration import Calibration, prior_covariance
from advocate_score.model.components import Encoded, fit_all_linear, fit_trees, linear_priors, weighted_sum
from advocate_score.model.fitted import Blend, FittedLadder
from advocate_score.model.logit import Logit
from advocate_score.model.plan import Chosen, Plan
from advocate_score.model.preparation import Preparation
from advocate_score.model.recipe import Component
from advocate_score.model.rows import AskRows


def assemble(rows: AskRows, chosen: Chosen, plan: Plan, draws: Iterable[Floats]) -> FittedLadder:
    """`draws` (B, n) are the row weights of the bootstrap refits, each around a prior drawn anew; without any there is
    one booster, on all rows.

    A refit speaks with one linear component, each as often as its weight: which of them is right is as much in doubt as
    the slopes are. The trees are fitted on what the blend of the refit leaves.
    """
    data = Encoded.of(rows, Preparation.fit(rows, plan))
    draws = [draw * rows.weight for draw in draws]
    priors = linear_priors(data.preparation, chosen, plan)
    fits = fit_all_linear(data, rows.weight, priors)
    whole = _blended(fits, chosen)
    doubts = np.random.default_rng(plan.seed).spawn(len(draws))
    others = [{name: prior.drawn(rng) for name, prior in priors.items()} for rng in doubts]
    each = [fit_all_linear(data, draw, other, near=fits) for draw, other in zip(draws, others, strict=True)]
    refits = [_blended(refit, chosen) for refit in each]
    spoken = [refit[name] for refit, name in zip(each, _in_turn(chosen, len(each)), strict=True)] if priors else refits
    nothing = Logit(intercepts=np.zeros(plan.levels), slopes=np.zeros(data.design.shape[1]))
    blend = Blend(
        preparation=data.preparation,
        weights=chosen.weights,
        linear=whole or nothing,
        refits=tuple(refit or nothing for refit in spoken),
        calibration=Calibration.identity(prior_covariance(plan.recipe.calibration.plain, plan.levels)),
    )
    if blend.boosted == 0:
        return FittedLadder(blend, None)
    members = zip(draws, refits, strict=True) if draws else [(rows.weight, whole)]
    boosters = [fit_trees(data, weight, linear, chosen.rounds, plan, b) for b, (weight, linear) in enumerate(members)]
    return FittedLadder(blend, Bag(tuple(boosters)))


def _blended(fits: Mapping[Component, Logit], chosen: Chosen) -> Logit | None:
    return weighted_sum([(chosen.weights[name], one) for name, one in fits.items()])


def _in_turn(chosen: Chosen, draws: int) -> list[Component]:
    """One linear component a draw, in proportion to their weights."""
    names = [name for name, share in chosen.weights.items() if name != "boosted" and share > 0]
    ends = np.cumsum([chosen.weights[name] for name in names])
    places = np.searchsorted(ends / ends[-1], (np.arange(draws) + 0.5) / max(draws, 1))
    return [names[place] for place in places]

"""Every component refitted on all rows and put together in the blend's weights, before calibration."""

from collections.abc import Iterable, Mapping

import numpy as np

from advocate_score.model.arrays import Floats
from advocate_score.model.boosting import Bag
from advocate_score.model.calibration import Calibration, prior_covariance
from advocate_score.model.components import Encoded, fit_all_linear, fit_trees, weighted_sum
from advocate_score.model.fitted import Blend, FittedLadder
from advocate_score.model.logit import Logit
from advocate_score.model.plan import Chosen, Plan
from advocate_score.model.preparation import Preparation
from advocate_score.model.recipe import Component
from advocate_score.model.rows import AskRows


def assemble(rows: AskRows, chosen: Chosen, plan: Plan, draws: Iterable[Floats]) -> FittedLadder:
    """`draws` (B, n) are the row weights of the bootstrap refits; without any there is one booster, on all rows."""
    data = Encoded.of(rows, Preparation.fit(rows, plan))
    draws = [draw * rows.weight for draw in draws]
    fits = fit_all_linear(data, rows.weight, chosen, plan)
    whole = _blended(fits, chosen)
    refits = [_blended(fit_all_linear(data, draw, chosen, plan, near=fits), chosen) for draw in draws]
    nothing = Logit(intercepts=np.zeros(plan.levels), slopes=np.zeros(data.design.shape[1]))
    blend = Blend(
        preparation=data.preparation,
        weights=chosen.weights,
        linear=whole or nothing,
        refits=tuple(refit or nothing for refit in refits),
        calibration=Calibration.identity(prior_covariance(plan.recipe.calibration.plain, plan.levels)),
    )
    if blend.boosted == 0:
        return FittedLadder(blend, None)
    members = zip(draws, refits, strict=True) if draws else [(rows.weight, whole)]
    boosters = [fit_trees(data, weight, linear, chosen.rounds, plan, b) for b, (weight, linear) in enumerate(members)]
    return FittedLadder(blend, Bag(tuple(boosters)))


def _blended(fits: Mapping[Component, Logit], chosen: Chosen) -> Logit | None:
    return weighted_sum([(chosen.weights[name], one) for name, one in fits.items()])

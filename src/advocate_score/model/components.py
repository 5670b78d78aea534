"""The components of the blend, each a log-odds at every level that is non-increasing in level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from advocate_score.model.arrays import Floats
from advocate_score.model.boosting import Booster, Residue, TreeTable, fit_booster
from advocate_score.model.logit import Logit, Prior, fit_logit
from advocate_score.model.plan import Chosen, Plan
from advocate_score.model.preparation import CARD, HISTORY, Preparation
from advocate_score.model.recipe import Component
from advocate_score.model.rows import AskRows

LONE: Mapping[Component, int] = {"history": HISTORY, "scorecard": CARD}
"""Components that read one column of the design."""


@dataclass(frozen=True)
class Encoded:
    """Rows with their encodings: `design` for the linear components, `trees` for the boosted one."""

    rows: AskRows
    preparation: Preparation
    design: Floats
    trees: TreeTable

    @classmethod
    def of(cls, rows: AskRows, preparation: Preparation) -> Self:
        return cls(rows, preparation, *preparation.encoded(rows.signals, rows.yes, rows.answered))


def linear_prior(name: Component, preparation: Preparation, ridge: float, plan: Plan) -> Prior:
    """Of a linear component, on the columns that it reads."""
    if name in LONE:
        return preparation.lone_prior(LONE[name], plan.recipe)
    return preparation.slope_prior(plan.recipe, ridge)


def linear_priors(preparation: Preparation, chosen: Chosen, plan: Plan) -> dict[Component, Prior]:
    """Of every linear component that has a weight."""
    used = [name for name, share in chosen.weights.items() if name != "boosted" and share > 0]
    return {name: linear_prior(name, preparation, chosen.ridge, plan) for name in used}


def fit_linear(name: Component, data: Encoded, weight: Floats, prior: Prior, near: Logit | None = None) -> Logit:
    """A linear component over the whole design; columns that it does not read have slope 0. `near` speeds it up."""
    rows = data.rows
    if name not in LONE:
        return fit_logit(data.design, rows.level, rows.outcome, weight, prior, near)
    column = LONE[name]
    lone = fit_logit(data.design[:, [column]], rows.level, rows.outcome, weight, prior)
    slopes = np.zeros(data.design.shape[1])
    slopes[column] = lone.slopes[0]
    return Logit(intercepts=lone.intercepts, slopes=slopes)


def fit_all_linear(
    data: Encoded, weight: Floats, priors: Mapping[Component, Prior], near: Mapping[Component, Logit] | None = None
) -> dict[Component, Logit]:
    return {name: fit_linear(name, data, weight, prior, (near or {}).get(name)) for name, prior in priors.items()}


def weighted_sum(parts: Sequence[tuple[float, Logit]]) -> Logit | None:
    """Again a linear log-odds at every level; None of nothing."""
    if not parts:
        return None
    return Logit(
        intercepts=np.sum([share * one.intercepts for share, one in parts], axis=0),
        slopes=np.sum([share * one.slopes for share, one in parts], axis=0),
    )


def fit_trees(data: Encoded, weight: Floats, linear: Logit | None, rounds: int, plan: Plan, number: int = 0) -> Booster:
    """Booster `number`, on what `linear` leaves; from the base rate where there is no linear part."""
    rows = data.rows
    offset = None if linear is None else linear.own(data.design, rows.level)
    residue = Residue(rows.level, rows.outcome, weight, offset)
    return fit_booster(data.trees, residue, plan.recipe.boosting, rounds, plan.seed + number)

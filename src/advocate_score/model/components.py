"""The components of the blend, each a log-odds at every level that is non-increasing in level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from advocate_score.model.arrays import Floats
from advocate_score.model.boosting import Booster, Residue, TreeTable, fit_booster
from advocate_score.model.logit import Logit, fit_logit
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
        record = (rows.signals, rows.yes, rows.answered)
        return cls(rows, preparation, preparation.design(*record), preparation.trees(*record))


def fit_linear(
    name: Component, data: Encoded, weight: Floats, ridge: float, plan: Plan, near: Logit | None = None
) -> Logit:
    """A linear component over the whole design; columns that it does not read have slope 0. `near` speeds it up."""
    rows = data.rows
    if name not in LONE:
        prior = data.preparation.slope_prior(plan.recipe, ridge)
        return fit_logit(data.design, rows.level, rows.outcome, weight, prior, near)
    column = LONE[name]
    prior = data.preparation.lone_prior(column, plan.recipe)
    lone = fit_logit(data.design[:, [column]], rows.level, rows.outcome, weight, prior)
    slopes = np.zeros(data.design.shape[1])
    slopes[column] = lone.slopes[0]
    return Logit(intercepts=lone.intercepts, slopes=slopes)


def fit_all_linear(
    data: Encoded, weight: Floats, chosen: Chosen, plan: Plan, near: Mapping[Component, Logit] | None = None
) -> dict[Component, Logit]:
    """Every linear component that has a weight."""
    used = [name for name, share in chosen.weights.items() if name != "boosted" and share > 0]
    return {name: fit_linear(name, data, weight, chosen.ridge, plan, (near or {}).get(name)) for name in used}


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

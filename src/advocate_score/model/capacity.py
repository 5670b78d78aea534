"""What a limited number of asks brings: within each origin and level, the best-ranked share that capacity lets through.

Tied scores share the last places in proportion. Each takes cases and weights (draws × n): one value a draw.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from advocate_score.model.arrays import Floats
from advocate_score.model.cases import Cases, ratio


class Taken(NamedTuple):
    """Per draw: asks taken, yes among them, and yes expected had they been taken blindly within their block."""

    asks: Floats
    yes: Floats
    blindly: Floats


def precision_at_capacity(cases: Cases, weight: Floats) -> Floats:
    """Share of yes among the asks taken."""
    taken = _take(cases, weight)
    return ratio(taken.yes, taken.asks)


def lift_at_capacity(cases: Cases, weight: Floats) -> Floats:
    """Yes among the asks taken, over the yes of as many taken blindly within each origin and level."""
    taken = _take(cases, weight)
    return ratio(taken.yes, taken.blindly)


def churn(a: Cases, b: Cases) -> float:
    """Share of the places in b's lists (the best of each origin and level) that a gives to others; ties by row."""
    listed = _listed(b)
    return float(1 - _listed(a)[listed].mean()) if listed.any() else np.nan


def _listed(cases: Cases) -> NDArray[np.bool_]:
    listed = np.zeros(len(cases), bool)
    for block in np.unique(cases.block):
        rows = np.flatnonzero(cases.block == block)
        places = round(cases.share[block] * len(rows))
        listed[rows[np.argsort(-cases.probability[rows], kind="stable")[:places]]] = True
    return listed


def _take(cases: Cases, weight: Floats) -> Taken:
    total = Taken(*(np.zeros(len(weight)) for _ in range(3)))
    for block in np.unique(cases.block):
        total = Taken(*map(np.add, total, _take_in_block(cases, weight, int(block))))
    return total


def _take_in_block(cases: Cases, weight: Floats, block: int) -> Taken:
    rows = np.flatnonzero(cases.block == block)
    order = rows[np.argsort(-cases.probability[rows], kind="stable")]
    score = cases.probability[order]
    starts = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
    size = np.add.reduceat(weight[:, order], starts, axis=1)
    yes = np.add.reduceat(weight[:, order] * cases.outcome[order], starts, axis=1)
    places = cases.share[block] * size.sum(axis=1, keepdims=True)
    taken = np.clip(places - (np.cumsum(size, axis=1) - size), 0, size)
    asks = taken.sum(axis=1)
    base_rate = np.nan_to_num(ratio(yes.sum(axis=1), size.sum(axis=1)))
    return Taken(asks, (taken * np.nan_to_num(ratio(yes, size))).sum(axis=1), asks * base_rate)

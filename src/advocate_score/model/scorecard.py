"""The transparent scorecard: points for each signal's standing, weights for the families, no ask needed.

log-odds at a level = its base rate's + Σ over families: weight × mean over its concepts × mean over their signals of
direction × standing. It is a sum over signals, so every contribution is exact. A concept counts once however many
signals it has, so no single survey score can lead the card.
"""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from advocate_score.declaration import Family
from advocate_score.model.arrays import Floats
from advocate_score.model.schema import Input, Schema


def card_points(schema: Schema, weights: Mapping[Family | None, float]) -> dict[str, float]:
    """Log-odds that each number is worth at a standing of 1; signals without direction are worth nothing."""
    scored = [one for one in schema.numbers if one.direction != 0 and weights.get(one.family, 0.0) != 0]
    in_concept = Counter((one.family, one.concept) for one in scored)
    in_family = Counter(family for family, _ in in_concept)
    return {one.name: _worth(one, weights, in_concept, in_family) for one in scored}


def _worth(
    one: Input,
    weights: Mapping[Family | None, float],
    in_concept: Counter[tuple[Family | None, str]],
    in_family: Counter[Family | None],
) -> float:
    return one.direction * weights[one.family] / in_family[one.family] / in_concept[one.family, one.concept]


def points_vector(points: Mapping[str, float], sources: tuple[str, ...], standings: int) -> Floats:
    """The card as slopes of the design, whose first `standings` columns are standings."""
    worth = [points.get(name, 0.0) if position < standings else 0.0 for position, name in enumerate(sources)]
    return np.array(worth, dtype=np.float64)

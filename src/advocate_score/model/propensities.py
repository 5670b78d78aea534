"""Weights under which the asks that were made speak for the clients of today: by propensity, and by age.

Asks that the plan seldom chose speak for the many like them that it never did. And the newer an ask, the more it was
made among such records of answers as clients have by now: who had never been asked three years ago was anybody, and is
today whoever was passed over.
"""

import numpy as np

from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.rows import AskRows

_CLIP = 0.99
_DAY = 86_400 * 1_000_000


def are_logged(rows: AskRows) -> bool:
    """Whether propensities differ and exploration asks are among the rows."""
    return bool(rows.exploration.any() and np.ptp(rows.propensity) > 0)


def standing_weights(propensity: Floats, asked_at: Integers, half_life_days: float) -> Floats:
    """1/propensity, clipped at its 99th percentile, halved every `half_life_days` before the newest ask, scaled to add
    up to the effective sample size; `asked_at` in microseconds."""
    inverse = 1.0 / propensity
    age = (asked_at.max() - asked_at) / _DAY
    weight = np.minimum(inverse, np.quantile(inverse, _CLIP)) * np.exp2(-age / half_life_days)
    scaled: Floats = weight * effective_size(weight) / weight.sum()
    return scaled


def effective_size(weight: Floats) -> float:
    """Kish: (Σw)²/Σw²."""
    return float(weight.sum() ** 2 / (weight**2).sum())

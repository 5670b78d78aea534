"""Inverse-propensity weights: asks that the plan seldom chose speak for the many like them that it never did."""

import numpy as np

from advocate_score.model.arrays import Floats
from advocate_score.model.rows import AskRows

_CLIP = 0.99


def are_logged(rows: AskRows) -> bool:
    """Whether propensities differ and exploration asks are among the rows."""
    return bool(rows.exploration.any() and np.ptp(rows.propensity) > 0)


def inverse_weights(propensity: Floats) -> Floats:
    """1/propensity, clipped at its 99th percentile, scaled to add up to the effective sample size."""
    weight = 1.0 / propensity
    weight = np.minimum(weight, np.quantile(weight, _CLIP))
    scaled: Floats = weight * effective_size(weight) / weight.sum()
    return scaled


def effective_size(weight: Floats) -> float:
    """Kish: (Σw)²/Σw²."""
    return float(weight.sum() ** 2 / (weight**2).sum())

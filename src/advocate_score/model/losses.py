"""Proper scores. Each takes cases and weights (draws × n) and returns one value a draw; lower is better."""

import numpy as np

from advocate_score.model.arrays import Floats
from advocate_score.model.cases import Cases, ratio


def log_loss(cases: Cases, weight: Floats) -> Floats:
    """Mean −log P(what happened), in nats; probabilities are clipped at machine precision."""
    edge = np.finfo(np.float64).eps
    probability = np.clip(cases.probability, edge, 1 - edge)
    loss = -np.where(cases.outcome == 1, np.log(probability), np.log1p(-probability))
    return _weighted_mean(loss, weight)


def brier(cases: Cases, weight: Floats) -> Floats:
    """Mean squared error of the probability."""
    return _weighted_mean((cases.probability - cases.outcome) ** 2, weight)


def ranked_probability_score(curve: Floats, truth: Floats) -> float:
    """Mean over accounts and levels of (P(ready ≥ k) − truth_k)².

    Both are (n, K). `truth` is a true curve, or the 0/1 steps of the level truly reached; with steps this is the
    usual ranked probability score over K + 1 ordered classes.
    """
    return float(np.mean((curve - truth) ** 2))


def _weighted_mean(value: Floats, weight: Floats) -> Floats:
    return ratio(weight @ value, weight.sum(axis=1))

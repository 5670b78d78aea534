"""How well yes is told from no, whatever the scale. Each takes cases and weights (draws × n): one value a draw.

Ties share their place, as in scikit-learn. NaN where a draw holds one class only.
"""

import numpy as np

from advocate_score.model.arrays import Floats
from advocate_score.model.cases import Cases, ratio


def auc(cases: Cases, weight: Floats) -> Floats:
    """P(a yes is scored above a no), half for a tie."""
    yes, no = _by_ascending_score(cases, weight)
    below = np.cumsum(no, axis=1) - no
    wins = (yes * (below + no / 2)).sum(axis=1)
    return ratio(wins, yes.sum(axis=1) * no.sum(axis=1))


def average_precision(cases: Cases, weight: Floats) -> Floats:
    """Σ (recallᵢ − recallᵢ₋₁) · precisionᵢ over distinct thresholds, best first."""
    yes, no = (counts[:, ::-1] for counts in _by_ascending_score(cases, weight))
    found = np.cumsum(yes, axis=1)
    precision = np.nan_to_num(ratio(found, found + np.cumsum(no, axis=1)))
    value = ratio((yes * precision).sum(axis=1), yes.sum(axis=1))
    return np.where(no.sum(axis=1) > 0, value, np.nan)


def _by_ascending_score(cases: Cases, weight: Floats) -> tuple[Floats, Floats]:
    """Weight of yes and of no at each distinct score, lowest first: (draws × distinct scores) each."""
    if len(cases) == 0:
        return np.zeros((len(weight), 1)), np.zeros((len(weight), 1))
    order = np.argsort(cases.probability, kind="stable")
    score = cases.probability[order]
    starts = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
    yes = weight[:, order] * cases.outcome[order]
    no = weight[:, order] * (1 - cases.outcome[order])
    return np.add.reduceat(yes, starts, axis=1), np.add.reduceat(no, starts, axis=1)

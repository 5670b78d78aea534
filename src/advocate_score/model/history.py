"""The account's own record of answers, shrunk to the base rate: a beta-binomial reading of yes out of answered."""

from collections.abc import Sequence

import numpy as np
from scipy.special import logit, xlogy

from advocate_score.model.arrays import Fitted, Floats


class History(Fitted):
    """`strength` is the number of asks at `base_rate` that the record is shrunk by."""

    base_rate: float
    strength: float

    def log_odds(self, yes: Floats, answered: Floats) -> Floats:
        """Above (+) or below (−) the base rate; 0 where nothing was answered yet."""
        rate = (yes + self.strength * self.base_rate) / (answered + self.strength)
        return logit(rate) - logit(self.base_rate)


def fit_history(
    yes: Floats, answered: Floats, outcome: Floats, strengths: Sequence[float], weight: Floats | None = None
) -> History:
    """The strength under which the records as of each ask foretell its answer best: each row is out of sample.

    Where no record says anything, the middle one. `weight` (n,): how many asks a row stands for, else one.
    """
    weight = np.ones(len(outcome)) if weight is None else weight
    base_rate = float((weight @ outcome + 1.0) / (weight.sum() + 4.0))
    if len(outcome) == 0 or not answered.any():
        return History(base_rate=base_rate, strength=float(np.median(strengths)))
    losses = [_loss((yes + s * base_rate) / (answered + s), outcome, weight) for s in strengths]
    return History(base_rate=base_rate, strength=strengths[int(np.argmin(losses))])


def _loss(rate: Floats, outcome: Floats, weight: Floats) -> float:
    return -float(weight @ (xlogy(outcome, rate) + xlogy(1 - outcome, 1 - rate)))

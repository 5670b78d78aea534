"""How far a readiness curve is from the truth."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.evaluation.metrics import ranked_probability_score
from advocate_score.model.arrays import Floats
from advocate_score.simulate.world import Bools

EDGE = 1e-6
"""No probability is taken to be nearer to 0 or 1, so that one certain and wrong answer does not make up a mean."""
TOP = 0.05
DECILES = 10


@dataclass(frozen=True)
class Curves:
    """readiness (n, K), and the bounds of its 90 % interval where the method gives one."""

    readiness: Floats
    low: Floats | None = None
    high: Floats | None = None

    def of(self, rows: Bools) -> "Curves":
        low, high = (None if one is None else one[rows] for one in (self.low, self.high))
        return Curves(self.readiness[rows], low, high)


Measured = dict[str, float | dict[str, list[float]]]


def excess_log_loss(curve: Floats, truth: Floats) -> float:
    """Mean over accounts and levels of the expected log loss beyond that of the truth itself, in nats; ≥ 0."""
    stated, true = (np.clip(one, EDGE, 1 - EDGE) for one in (curve, truth))
    return float(np.mean(true * np.log(true / stated) + (1 - true) * np.log((1 - true) / (1 - stated))))


def bias(curve: Floats, truth: Floats) -> float:
    """Mean prediction − mean truth, over accounts and levels."""
    return float(np.mean(curve - truth))


def top_value(curve: Floats, truth: Floats) -> float:
    """Share of the attainable yes that the best 5 % by `curve` hold, mean over levels.

    Accounts with equal readiness count as drawn at random among themselves.
    """
    count = max(1, round(TOP * len(truth)))
    levels = range(truth.shape[1])
    return float(np.mean([_top_of_level(curve[:, k].round(12), truth[:, k], count) for k in levels]))


def _top_of_level(readiness: Floats, truth: Floats, count: int) -> float:
    expected = pd.Series(truth).groupby(readiness).transform("mean").to_numpy()
    chosen = np.argsort(-readiness, kind="stable")[:count]
    return float(expected[chosen].sum() / np.sort(truth)[-count:].sum())


def measures(found: Curves, truth: Floats, never: Bools) -> dict[str, float]:
    """Every measure, on all accounts and on those never asked (`never_…`)."""
    rows = {"": np.ones(len(truth), dtype=bool), "never_": never}
    told = {}
    for prefix, here in rows.items():
        curve, true = found.readiness[here], truth[here]
        told[f"{prefix}excess"] = excess_log_loss(curve, true)
        told[f"{prefix}bias"] = bias(curve, true)
        told[f"{prefix}top"] = top_value(curve, true)
        told[f"{prefix}rps"] = ranked_probability_score(curve, true)
    return told


def coverage(found: Curves, optimum: Floats) -> dict[str, list[float]]:
    """Of the 90 % intervals, by tenth of readiness (lowest first), mean over levels.

    `accounts`: share of the accounts whose interval holds their own optimum. `deciles`: share of the levels at which
    the tenth's mean optimum lies between its mean bounds. `width`: of the interval.
    """
    if found.low is None or found.high is None:
        return {}
    low, high, tenth = found.low, found.high, _tenths(found.readiness)
    inside = (low <= optimum) & (optimum <= high)
    means = {name: _by_tenth(one, tenth) for name, one in (("low", low), ("high", high), ("optimum", optimum))}
    together = (means["low"] <= means["optimum"]) & (means["optimum"] <= means["high"])
    return {
        "accounts": _by_tenth(inside, tenth).mean(axis=1).tolist(),
        "deciles": together.mean(axis=1).tolist(),
        "width": (means["high"] - means["low"]).mean(axis=1).tolist(),
    }


def _tenths(readiness: Floats) -> Floats:
    """(n, K): the tenth, 0 to 9, that an account is in among all at a level."""
    ranks = pd.DataFrame(readiness).rank(method="first").to_numpy() - 1
    return np.floor(ranks * DECILES / len(readiness))


def _by_tenth(values: Floats | Bools, tenth: Floats) -> Floats:
    """Means (10, K)."""
    return np.stack([np.mean(values, axis=0, where=tenth == one) for one in range(DECILES)])

"""A fitted ladder: the blended log-odds at every level, of the whole and of each bootstrap refit."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.model.arrays import Fitted, Floats, Integers
from advocate_score.model.boosting import Bag, TreeTable
from advocate_score.model.calibration import Calibration
from advocate_score.model.logit import Logit
from advocate_score.model.preparation import Preparation
from advocate_score.model.recipe import Component

_NINETY_PERCENT = 1.645


class Blend(Fitted):
    """Everything but the trees. `linear` is the weighted sum of the linear components, `refits` the same of each
    bootstrap refit; `boosted` is the trees' weight.
    """

    preparation: Preparation
    weights: dict[Component, float]
    linear: Logit
    refits: tuple[Logit, ...]
    calibration: Calibration

    @property
    def boosted(self) -> float:
        return self.weights.get("boosted", 0.0)


@dataclass(frozen=True)
class Described:
    """Rows to be scored: signals (n, inputs), the record of answers, and their two encodings."""

    design: Floats
    trees: TreeTable

    @classmethod
    def of(cls, preparation: Preparation, signals: pd.DataFrame, yes: Floats, answered: Floats) -> "Described":
        return cls(*preparation.encoded(signals, yes, answered))


@dataclass(frozen=True)
class FittedLadder:
    blend: Blend
    bag: Bag | None

    @property
    def levels(self) -> int:
        return len(self.blend.linear.intercepts)

    def with_spread(self, rows: Described) -> tuple[Floats, Floats]:
        """Calibrated log-odds (n, K), and half the width of their 90 % interval (n, K): what differs between bootstrap
        refits, and what the calibration leaves open."""
        whole, refits = self._whole_and_refits(rows)
        calibration = self.blend.calibration
        between = refits.var(axis=0, ddof=1) if len(refits) > 1 else np.zeros_like(whole)
        variance = calibration.slope**2 * between + calibration.variance(whole)
        return calibration.at_levels(whole), _NINETY_PERCENT * np.sqrt(variance)

    def own_log_odds(self, signals: pd.DataFrame, yes: Floats, answered: Floats, level: Integers) -> Floats:
        """Calibrated (n,), each at its own level."""
        rows = Described.of(self.blend.preparation, signals, yes, answered)
        whole = self.blend.linear.own(rows.design, level)
        if self.bag is not None:
            whole += self.blend.boosted * self.bag.members_at(rows.trees, level).mean(axis=0)
        return self.blend.calibration.own(whole, level)

    def _whole_and_refits(self, rows: Described) -> tuple[Floats, Floats]:
        """Uncalibrated log-odds (n, K), and those of every bootstrap refit (B, n, K)."""
        members = self.blend.boosted * self._trees(rows)
        whole = self.blend.linear.at_levels(rows.design) + members.mean(axis=0)
        return whole, self._linear_refits(rows) + members

    def _linear_refits(self, rows: Described) -> Floats:
        if not self.blend.refits:
            return np.empty((0, len(rows.design), self.levels))
        return np.stack([refit.at_levels(rows.design) for refit in self.blend.refits])

    def _trees(self, rows: Described) -> Floats:
        if self.bag is None:
            return np.zeros((max(1, len(self.blend.refits)), 1, 1))
        return self.bag.members_at_levels(rows.trees, self.levels)

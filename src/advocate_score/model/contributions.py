"""What each input adds to the log-odds: exact for the linear part, TreeSHAP for the trees, in the blend's weights."""

from dataclasses import dataclass

import numpy as np

from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.fitted import Described, FittedLadder
from advocate_score.model.logit import Logit
from advocate_score.model.preparation import CARD, HISTORY, Preparation
from advocate_score.model.rows import HISTORY_YES


@dataclass(frozen=True)
class Contributions:
    """base (n,): the log-odds of an average training row at each row's level · by_input (n, inputs) ·
    refits (B, n, inputs): the same of each bootstrap refit."""

    base: Floats
    by_input: Floats
    refits: Floats


def input_names(preparation: Preparation) -> tuple[str, ...]:
    """The inputs that contributions are told by: the account's record, then the signals."""
    return (HISTORY_YES, *preparation.encoder.schema_.names)


def contributions(fitted: FittedLadder, rows: Described, level: Integers) -> Contributions:
    """Calibrated contributions of `rows` at their own `level` (n,); base + Σ by_input is the published log-odds."""
    blend = fitted.blend
    slope, names = blend.calibration.slope, input_names(blend.preparation)
    belongs = _membership(blend.preparation.encoder.design_sources, names)
    linear = _linear(blend.linear, blend.preparation, rows.design, belongs)
    members, tree_base = _trees(fitted, rows, level, names)
    start = blend.linear.intercepts[level] + blend.preparation.centre @ blend.linear.slopes + tree_base
    refits = [_linear(one, blend.preparation, rows.design, belongs) for one in blend.refits]
    return Contributions(
        base=blend.calibration.intercepts[level] + slope * start,
        by_input=slope * (linear + members.mean(axis=0)),
        refits=slope * (np.stack(refits) + members) if refits else np.empty((0, *linear.shape)),
    )


def _linear(part: Logit, preparation: Preparation, design: Floats, belongs: Floats) -> Floats:
    """(n, inputs): slope × distance from the centre; the card's slope is handed down to the signals on it."""
    apart = design - preparation.centre
    slopes = part.slopes[HISTORY + 1 :] + part.slopes[CARD] * preparation.points
    encoded: Floats = (apart[:, HISTORY + 1 :] * slopes) @ belongs
    encoded[:, 0] += apart[:, HISTORY] * part.slopes[HISTORY]
    return encoded


def _trees(fitted: FittedLadder, rows: Described, level: Integers, names: tuple[str, ...]) -> tuple[Floats, Floats]:
    """(B, n, inputs) of each booster, and what they say before any input is known (n,)."""
    weight = fitted.blend.boosted
    if fitted.bag is None or weight == 0:
        return np.zeros((max(1, len(fitted.blend.refits)), len(level), len(names))), np.zeros(len(level))
    shares = weight * fitted.bag.contributions(rows.trees, level)
    base = shares[:, :, 0] + shares[:, :, -1]
    return shares[:, :, 1:-1] @ _membership(fitted.blend.preparation.tree_sources, names), base.mean(axis=0)


def _membership(sources: tuple[str, ...], names: tuple[str, ...]) -> Floats:
    """(columns, inputs): 1 where the column was made from the input."""
    return np.array([[float(source == name) for name in names] for source in sources]).reshape(-1, len(names))

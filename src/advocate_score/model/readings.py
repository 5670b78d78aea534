"""What a fitted ladder says of a frame that holds its inputs by name: readiness, intervals, reasons."""

import numpy as np
import pandas as pd
from scipy.special import expit

from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.contributions import contributions
from advocate_score.model.fitted import Described, FittedLadder
from advocate_score.model.reasons import Explanation, explanation
from advocate_score.model.rows import HISTORY_N, HISTORY_YES, history
from advocate_score.model.schema import Schema

PAST_ANSWERS = "past_answers"
_EDGE = 1e-9


def readiness(fitted: FittedLadder, frame: pd.DataFrame) -> Floats:
    """P(ready ≥ level) (n, K), never rising along the levels."""
    return probabilities(fitted.log_odds(described(fitted, frame)))


def intervals(fitted: FittedLadder, frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """90 % bounds (n, K), low and high, with low ≤ readiness ≤ high."""
    log_odds, spread = fitted.with_spread(described(fitted, frame))
    return probabilities(log_odds - spread), probabilities(log_odds + spread)


def explained(fitted: FittedLadder, frame: pd.DataFrame, level: Integers) -> Explanation:
    """Contributions to each row's log-odds at its own `level` (n,), a position on the ladder."""
    schema = schema_of(fitted)
    parts = contributions(fitted, described(fitted, frame), level)
    values = schema.select(frame).reset_index(drop=True)
    values.insert(0, HISTORY_YES, history(frame, HISTORY_YES))
    return explanation(parts, values, {HISTORY_YES: PAST_ANSWERS} | {one.name: one.concept for one in schema.inputs})


def described(fitted: FittedLadder, frame: pd.DataFrame) -> Described:
    """The rows of `frame` encoded; ModelRefusedError where an input is missing or not of its type."""
    signals = schema_of(fitted).select(frame).reset_index(drop=True)
    record = history(frame, HISTORY_YES), history(frame, HISTORY_N)
    return Described.of(fitted.blend.preparation, signals, *record)


def schema_of(fitted: FittedLadder) -> Schema:
    return fitted.blend.preparation.encoder.schema_


def probabilities(log_odds: Floats) -> Floats:
    """(n, K) in (0, 1); levels fall by construction, the running minimum guards against the last bit."""
    return np.minimum.accumulate(np.clip(expit(log_odds), _EDGE, 1 - _EDGE), axis=1)

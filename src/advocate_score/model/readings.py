"""What a fitted ladder says of a frame that holds its inputs by name: readiness, intervals, reasons."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.blocks import by_blocks
from advocate_score.model.contributions import contributions
from advocate_score.model.fitted import Described, FittedLadder
from advocate_score.model.logit import Logit
from advocate_score.model.reasons import Explanation, explanation
from advocate_score.model.rows import HISTORY_N, HISTORY_YES, history
from advocate_score.model.schema import Schema

PAST_ANSWERS = "past_answers"
_EDGE = 1e-9


@dataclass(frozen=True)
class Curve:
    """P(ready ≥ level) (n, K), never rising along the levels, and its 90 % bounds, low ≤ readiness ≤ high."""

    readiness: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Scores(Curve):
    """The curve with `completion`, P(delivered | accepted) (n, K), NaN where unknown."""

    completion: Floats


def scores(fitted: FittedLadder, head: Logit | None, frame: pd.DataFrame) -> Scores:
    """All that is said of an account, from one reading of its signals."""

    def of_block(rows: pd.DataFrame) -> tuple[Floats, ...]:
        told = described(fitted, rows)
        return *_bounded(fitted, told), _completion(fitted, head, told)

    return Scores(*by_blocks(of_block, frame, 4, fitted.levels))


def curve(fitted: FittedLadder, frame: pd.DataFrame) -> Curve:
    return Curve(*by_blocks(lambda rows: _bounded(fitted, described(fitted, rows)), frame, 3, fitted.levels))


def _bounded(fitted: FittedLadder, rows: Described) -> tuple[Floats, Floats, Floats]:
    log_odds, spread = fitted.with_spread(rows)
    return probabilities(log_odds), probabilities(log_odds - spread), probabilities(log_odds + spread)


def readiness(fitted: FittedLadder, frame: pd.DataFrame) -> Floats:
    """Of the curve; (n, K)."""
    return curve(fitted, frame).readiness


def own_readiness(fitted: FittedLadder, frame: pd.DataFrame, level: Integers) -> Floats:
    """P(yes) (n,) at each row's own `level`, a position on the ladder; a fifth of the work of the whole curve."""
    signals = schema_of(fitted).select(frame).reset_index(drop=True)
    log_odds = fitted.own_log_odds(signals, history(frame, HISTORY_YES), history(frame, HISTORY_N), level)
    return np.clip(expit(log_odds), _EDGE, 1 - _EDGE)


def intervals(fitted: FittedLadder, frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """Of the curve; low and high, (n, K)."""
    found = curve(fitted, frame)
    return found.low, found.high


def completion(fitted: FittedLadder, head: Logit | None, frame: pd.DataFrame) -> Floats:
    """P(delivered | accepted) (n, K) by the second head; NaN without one."""
    if head is None:
        return np.full((len(frame), fitted.levels), np.nan)
    (found,) = by_blocks(lambda rows: [_completion(fitted, head, described(fitted, rows))], frame, 1, fitted.levels)
    return np.asarray(found)


def _completion(fitted: FittedLadder, head: Logit | None, rows: Described) -> Floats:
    if head is None:
        return np.full((len(rows.design), fitted.levels), np.nan)
    return probabilities(head.at_levels(rows.design))


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

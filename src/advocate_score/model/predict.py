"""Predictions of a fitted ladder for a frame that holds its inputs by name: readiness, intervals, and reasons.

Reasons are contributions to the log-odds, grouped by concept and marked if they are not stable.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from advocate_score.model.arrays import Floats, Integers, by_blocks
from advocate_score.model.blend import Described, FittedLadder
from advocate_score.model.design import CARD, HISTORY, Preparation
from advocate_score.model.ordinal_logit import Logit
from advocate_score.model.training_data import HISTORY_N, HISTORY_YES, Schema, history


@dataclass(frozen=True)
class Contributions:
    """Contributions to the log-odds.

    base (n,): the log-odds of an average training row at each row's level · by_input (n, inputs) ·
    refits (B, n, inputs): by_input of each bootstrap refit.
    """

    base: Floats
    by_input: Floats
    refits: Floats


def input_names(preparation: Preparation) -> tuple[str, ...]:
    """Return the inputs to which contributions are attributed: the account's record, then the signals."""
    return (HISTORY_YES, *preparation.encoder.schema_.names)


def contributions(fitted: FittedLadder, rows: Described, level: Integers) -> Contributions:
    """Return calibrated contributions of `rows` at their own `level` (n,).

    base + Σ by_input is the published log-odds.
    """
    blend = fitted.blend
    slope, names = blend.calibration.slope, input_names(blend.preparation)
    belongs = _membership(blend.preparation.encoder.design_sources, names)
    linear = _linear(blend.linear, blend.preparation, rows.design, belongs)
    members, tree_base = _trees(fitted, rows, level, names)
    start = blend.linear.intercepts[level] + blend.preparation.centre @ blend.linear.slopes + tree_base
    refits = [_linear(refit, blend.preparation, rows.design, belongs) for refit in blend.refits]
    return Contributions(
        base=blend.calibration.intercepts[level] + slope * start,
        by_input=slope * (linear + members.mean(axis=0)),
        refits=slope * (np.stack(refits) + members) if refits else np.empty((0, *linear.shape)),
    )


def _linear(part: Logit, preparation: Preparation, design: Floats, belongs: Floats) -> Floats:
    """Return (n, inputs): slope × distance from the centre; the card's slope is passed on to its signals."""
    centred = design - preparation.centre
    slopes = part.slopes[HISTORY + 1 :] + part.slopes[CARD] * preparation.points
    encoded: Floats = (centred[:, HISTORY + 1 :] * slopes) @ belongs
    encoded[:, 0] += centred[:, HISTORY] * part.slopes[HISTORY]
    return encoded


def _trees(fitted: FittedLadder, rows: Described, level: Integers, names: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Return (B, n, inputs) of each booster, and the trees' log-odds (n,) before any input is known."""
    weight = fitted.blend.boosted
    if fitted.bag is None or weight == 0:
        return np.zeros((max(1, len(fitted.blend.refits)), len(level), len(names))), np.zeros(len(level))
    shares = weight * fitted.bag.contributions(rows.trees, level)
    base = shares[:, :, 0] + shares[:, :, -1]
    return shares[:, :, 1:-1] @ _membership(fitted.blend.preparation.tree_sources, names), base.mean(axis=0)


def _membership(sources: tuple[str, ...], names: tuple[str, ...]) -> Floats:
    """Return (columns, inputs): 1 if the column was made from the input."""
    return np.array([[float(source == name) for name in names] for source in sources]).reshape(-1, len(names))


Side = Literal["for", "against"]
TOP = 4
STABLE_SHARE = 0.7
_SIGN: Mapping[Side, float] = {"for": 1.0, "against": -1.0}


@dataclass(frozen=True)
class Explanation:
    """The contributions of n rows, each at its own level: base + Σ contributions = published log-odds, to 1e-6.

    base (n,) · contributions (n, inputs) and concepts (n, concepts), in log-odds · values (n, inputs): raw ·
    concept_of: input → concept · stable: by side, (n, concepts), whether the concept is among the four strongest for
    (against) readiness in at least 70 % of the bootstrap refits.
    """

    base: Floats
    contributions: pd.DataFrame
    concepts: pd.DataFrame
    values: pd.DataFrame
    concept_of: Mapping[str, str]
    stable: Mapping[Side, pd.DataFrame]

    @property
    def log_odds(self) -> Floats:
        """The log-odds (n,) of the published readiness."""
        total: Floats = self.base + self.contributions.to_numpy(dtype=np.float64).sum(axis=1)
        return total

    def reasons(self, top: int = 3, side: Side = "for") -> pd.DataFrame:
        """Return the `top` concepts with the largest contributions for (or against) each row's readiness.

        Returns
        -------
        frame of row, place (1 = strongest), concept, contribution, signal (the input that leads the concept), value
        (its raw value, None or NaN if unknown), stable (False: say nothing of it).
        """
        strength = _SIGN[side] * self.concepts.to_numpy(dtype=np.float64)
        order = np.argsort(-strength, axis=1, kind="stable")[:, :top]
        row, rank = np.nonzero(np.take_along_axis(strength, order, axis=1) > 0)
        column = order[row, rank]
        signal = self._leading(side)[row, column]
        return pd.DataFrame(
            {
                "row": row,
                "place": rank + 1,
                "concept": self.concepts.columns[column],
                "contribution": self.concepts.to_numpy(dtype=np.float64)[row, column],
                "signal": self.contributions.columns[signal],
                "value": self.values.to_numpy(dtype=object)[row, signal],
                "stable": self.stable[side].to_numpy(dtype=bool)[row, column],
            }
        )

    def inputs(self, top: int = 3, side: Side = "for") -> pd.DataFrame:
        """Return the inputs that move each of the `top` concepts of `reasons` to the side, the strongest first.

        Returns
        -------
        frame of the columns of `reasons`, with a row for each such input instead of the leading one alone.
        """
        concepts = self.reasons(top, side)
        own = _SIGN[side] * self.contributions.to_numpy(dtype=np.float64)
        within = self._within()[self.concepts.columns.get_indexer(pd.Index(concepts["concept"]))]
        strength = np.where(within, own[concepts["row"]], 0.0)
        order = np.argsort(-strength, axis=1, kind="stable")
        at, rank = np.nonzero(np.take_along_axis(strength, order, axis=1) > 0)
        column = order[at, rank]
        leading = concepts.iloc[at].reset_index(drop=True)
        values = self.values.to_numpy(dtype=object)[leading["row"], column]
        return leading.assign(signal=self.contributions.columns[column], value=values)

    def _leading(self, side: Side) -> NDArray[np.intp]:
        """Return (n, concepts): position of the input with the largest contribution to the side within the concept."""
        own = _SIGN[side] * self.contributions.to_numpy(dtype=np.float64)
        return np.stack([np.where(members, own, -np.inf).argmax(axis=1) for members in self._within()], axis=1)

    def _within(self) -> NDArray[np.bool_]:
        """Return (concepts, inputs): whether the input is of the concept."""
        return np.array([[its == concept for its in self.concept_of.values()] for concept in self.concepts.columns])


def group_by_concept(parts: Contributions, values: pd.DataFrame, concept_of: Mapping[str, str]) -> Explanation:
    """Group contributions by concept.

    Parameters
    ----------
    parts : contributions, with the inputs of `concept_of` in its order.
    values : (n, inputs) raw values.
    concept_of : input → concept.
    """
    names, concepts = list(concept_of), list(dict.fromkeys(concept_of.values()))
    grouping = np.array([[float(concept_of[name] == concept) for concept in concepts] for name in names])
    grouped = parts.by_input @ grouping
    refits = parts.refits @ grouping if len(parts.refits) else grouped[None]
    return Explanation(
        base=parts.base,
        contributions=pd.DataFrame(parts.by_input, columns=names),
        concepts=pd.DataFrame(grouped, columns=concepts),
        values=values.reset_index(drop=True),
        concept_of=concept_of,
        stable={side: pd.DataFrame(_are_stable(refits * sign), columns=concepts) for side, sign in _SIGN.items()},
    )


def _are_stable(refits: Floats) -> NDArray[np.bool_]:
    """Return (n, concepts): whether the concept is among the top in enough refits (B, n, concepts).

    Ties go to the first concept.
    """
    ranks = np.argsort(np.argsort(-refits, axis=2, kind="stable"), axis=2, kind="stable")
    stable: NDArray[np.bool_] = ((ranks < TOP) & (refits > 0)).mean(axis=0) >= STABLE_SHARE
    return stable


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
    """The curve and `completion`, P(delivered | accepted) (n, K), NaN if unknown."""

    completion: Floats


def scores(fitted: FittedLadder, head: Logit | None, frame: pd.DataFrame) -> Scores:
    """Return readiness, its bounds and completion, encoding the signals once."""

    def of_block(rows: pd.DataFrame) -> tuple[Floats, ...]:
        description = describe(fitted, rows)
        return *_readiness_with_bounds(fitted, description), _completion(fitted, head, description)

    return Scores(*by_blocks(of_block, frame, 4, fitted.levels))


def curve(fitted: FittedLadder, frame: pd.DataFrame) -> Curve:
    return Curve(
        *by_blocks(lambda rows: _readiness_with_bounds(fitted, describe(fitted, rows)), frame, 3, fitted.levels)
    )


def _readiness_with_bounds(fitted: FittedLadder, rows: Described) -> tuple[Floats, Floats, Floats]:
    log_odds, spread = fitted.with_spread(rows)
    return probabilities(log_odds), probabilities(log_odds - spread), probabilities(log_odds + spread)


def readiness(fitted: FittedLadder, frame: pd.DataFrame) -> Floats:
    """Return P(ready ≥ level) (n, K), never rising along the levels."""
    return curve(fitted, frame).readiness


def own_readiness(fitted: FittedLadder, frame: pd.DataFrame, level: Integers) -> Floats:
    """Return P(yes) (n,) at each row's own `level`, a position on the ladder.

    It takes a fifth of the work of the whole curve.
    """
    signals = schema_of(fitted).select(frame).reset_index(drop=True)
    log_odds = fitted.own_log_odds(signals, history(frame, HISTORY_YES), history(frame, HISTORY_N), level)
    return np.clip(expit(log_odds), _EDGE, 1 - _EDGE)


def intervals(fitted: FittedLadder, frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the 90 % bounds of readiness, low and high, (n, K) each."""
    bounds = curve(fitted, frame)
    return bounds.low, bounds.high


def completion(fitted: FittedLadder, head: Logit | None, frame: pd.DataFrame) -> Floats:
    """Return P(delivered | accepted) (n, K); NaN without a completion model."""
    if head is None:
        return np.full((len(frame), fitted.levels), np.nan)
    (chances,) = by_blocks(lambda rows: [_completion(fitted, head, describe(fitted, rows))], frame, 1, fitted.levels)
    return np.asarray(chances)


def _completion(fitted: FittedLadder, head: Logit | None, rows: Described) -> Floats:
    if head is None:
        return np.full((len(rows.design), fitted.levels), np.nan)
    return np.clip(expit(head.at_levels(rows.design)), _EDGE, 1 - _EDGE)


def explain(fitted: FittedLadder, frame: pd.DataFrame, level: Integers) -> Explanation:
    """Return the contributions to each row's log-odds at its own `level` (n,), a position on the ladder."""
    schema = schema_of(fitted)
    parts = contributions(fitted, describe(fitted, frame), level)
    values = schema.select(frame).reset_index(drop=True)
    values.insert(0, HISTORY_YES, history(frame, HISTORY_YES))
    return group_by_concept(
        parts, values, {HISTORY_YES: PAST_ANSWERS} | {spec.name: spec.concept for spec in schema.inputs}
    )


def describe(fitted: FittedLadder, frame: pd.DataFrame) -> Described:
    """Encode the rows of `frame`; raise ModelRefusedError if an input is missing or of the wrong type."""
    signals = schema_of(fitted).select(frame).reset_index(drop=True)
    record = history(frame, HISTORY_YES), history(frame, HISTORY_N)
    return Described.of(fitted.blend.preparation, signals, *record)


def schema_of(fitted: FittedLadder) -> Schema:
    return fitted.blend.preparation.encoder.schema_


def probabilities(log_odds: Floats) -> Floats:
    """Return (n, K) in (0, 1); levels fall by construction, the running minimum removes rounding errors."""
    return np.minimum.accumulate(np.clip(expit(log_odds), _EDGE, 1 - _EDGE), axis=1)

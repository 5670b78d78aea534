"""The training data: inputs by name, order, type and direction, the ask frame as arrays, folds in time, and weights.

The weights make past asks represent today's clients. An ask with a low propensity represents the many like it that were
not made. A newer ask was made among records of answers more like today's: three years ago a client never asked could be
any client, today it is one that was passed over.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advocate_score.errors import Fault, InputError, ModelRefusedError
from advocate_score.model.arrays import Fitted, Floats, Integers
from advocate_score.model.recipe import Component, Folds, Recipe
from advocate_score.signal_spec import Family, Signal


class Input(Fitted):
    """One input column; with `direction` ±1 readiness may only rise or fall with it, `family` is optional."""

    name: str
    category: bool = False
    direction: Literal[-1, 0, 1] = 0
    concept: str
    family: Family | None = None

    @classmethod
    def of_signal(cls, signal: Signal) -> "Input":
        return cls(
            name=signal.name,
            category=signal.is_category,
            direction=signal.direction,
            concept=signal.concept,
            family=signal.family,
        )


class Schema(Fitted):
    inputs: tuple[Input, ...]

    @classmethod
    def of_signals(cls, signals: Sequence[Signal]) -> "Schema":
        return cls(inputs=tuple(map(Input.of_signal, signals)))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(spec.name for spec in self.inputs)

    @property
    def numbers(self) -> tuple[Input, ...]:
        return tuple(spec for spec in self.inputs if not spec.category)

    @property
    def categories(self) -> tuple[Input, ...]:
        return tuple(spec for spec in self.inputs if spec.category)

    @property
    def digest(self) -> str:
        """The sha256 over names, order, types and directions."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def select(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the inputs in their order: numbers as float64, categories as objects with None for unknown.

        Raises
        ------
        ModelRefusedError
            if a column is missing, duplicated, or not of the type that the model was fitted on.
        """
        missing = [name for name in self.names if name not in frame.columns]
        if missing:
            raise ModelRefusedError(f"the frame lacks {len(missing)} inputs of the model: {', '.join(missing[:5])}")
        chosen = frame.loc[:, list(self.names)]
        if not chosen.columns.is_unique:
            raise ModelRefusedError("the frame holds an input of the model twice")
        typed = {spec.name: _cast_column(chosen[spec.name], spec) for spec in self.inputs}
        infinite = [spec.name for spec in self.numbers if np.isinf(typed[spec.name]).any()]
        if infinite:
            raise ModelRefusedError(f"input '{infinite[0]}' holds an infinite number")
        # As objects, because pandas would turn an array of texts into a text column.
        columns = {
            spec.name: pd.Series(typed[spec.name], frame.index, object if spec.category else None)
            for spec in self.inputs
        }
        return pd.DataFrame(columns, index=frame.index)


def _cast_column(column: "pd.Series[float]", spec: Input) -> "np.ndarray[tuple[int], np.dtype[Any]]":
    if spec.category:
        values = column.to_numpy(dtype=object, copy=True)
        values[column.isna().to_numpy()] = None
        return values
    if not (pd.api.types.is_numeric_dtype(column) or column.isna().all()):
        raise ModelRefusedError(f"input '{spec.name}' is a number to the model and something else in the frame")
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


HISTORY_YES, HISTORY_N = "history_yes", "history_n"


@dataclass(frozen=True)
class AskRows:
    """n asks in any order.

    signals: frame (n, inputs) · level: position on the ladder, 0 = lowest · yes, answered: the account's record as of
    the ask · outcome: 0/1 · account: group codes · asked_at, matures_at: microseconds · propensity: > 0 ·
    weight: > 0, how many asks a row counts as.
    """

    signals: pd.DataFrame
    level: Integers
    yes: Floats
    answered: Floats
    outcome: Floats
    account: Integers
    asked_at: Integers
    matures_at: Integers
    propensity: Floats
    exploration: NDArray[np.bool_]
    weight: Floats

    def shares(self, correlation: float) -> Floats:
        """Return how much each ask (n,) counts beside the others of its account: its full weight if it is the only one.

        n asks of one account are worth n / (1 + (n − 1) × correlation) independent ones (Kish's design effect).
        """
        asks = np.bincount(self.account)[self.account] if len(self) else np.empty(0)
        return np.asarray(self.weight / (1.0 + (asks - 1) * correlation))

    def __len__(self) -> int:
        return len(self.level)

    def take(self, positions: NDArray[np.intp]) -> Self:
        """Return the rows at `positions`, in that order."""
        arrays = {field.name: getattr(self, field.name)[positions] for field in fields(self) if field.name != "signals"}
        return replace(self, signals=self.signals.iloc[positions].reset_index(drop=True), **arrays)


def ask_rows(frame: pd.DataFrame, schema: Schema, levels: Sequence[object]) -> AskRows:
    """Return the ask frame as arrays; raise InputError if an outcome is not 0 or 1, or a level is not in `levels`."""
    outcome = np.asarray(frame["outcome"], dtype=np.float64)
    if not np.isin(outcome, (0.0, 1.0)).all():
        raise InputError([Fault("asks outcome", "must be 0 or 1 in every row.")])
    return AskRows(
        signals=schema.select(frame).reset_index(drop=True),
        level=level_positions(frame["level"], levels),
        yes=history(frame, HISTORY_YES),
        answered=history(frame, HISTORY_N),
        outcome=outcome,
        account=pd.factorize(frame["account_id"])[0].astype("int64"),
        asked_at=_microseconds(frame["asked_at"]),
        matures_at=_microseconds(frame["matures_at"] if "matures_at" in frame else frame["asked_at"]),
        propensity=_or_ones(frame, "propensity"),
        exploration=_or_ones(frame, "exploration", 0.0).astype(bool),
        weight=np.ones(len(frame)),
    )


def in_canonical_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the asks oldest first, so that a model does not depend on the order in which its rows came.

    Asks of one instant go by `ask_id`, or without one by what they hold.
    """
    if "ask_id" in frame.columns:
        within = frame["ask_id"].astype("str").to_numpy(object)
    else:
        within = pd.util.hash_pandas_object(frame.drop(columns="account_id"), index=False).to_numpy()
    keys = pd.DataFrame({"asked_at": frame["asked_at"].to_numpy(), "within": within})
    return frame.iloc[keys.sort_values(["asked_at", "within"], kind="stable").index]


def level_positions(levels_asked: "pd.Series[int]", levels: Sequence[object]) -> Integers:
    """Return the position of each level on the ladder, 0 for the lowest."""
    positions = pd.Index(list(levels)).get_indexer(pd.Index(levels_asked))
    if (positions < 0).any():
        raise InputError([Fault("asks level", f"must be one of {', '.join(map(str, levels))}.")])
    return positions.astype("int64")


def history(frame: pd.DataFrame, name: str) -> Floats:
    """Return a column of the account's record of answers; zeros if the frame does not have it."""
    return _or_ones(frame, name, 0.0)


def _or_ones(frame: pd.DataFrame, name: str, default: float = 1.0) -> Floats:
    if name not in frame.columns:
        return np.full(len(frame), default)
    return np.asarray(frame[name].astype("float64").fillna(default), dtype=np.float64)


def _microseconds(instants: "pd.Series[pd.Timestamp]") -> Integers:
    return np.asarray(instants.astype("datetime64[us]").astype("int64"), dtype=np.int64)


Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Fold:
    train: Positions
    test: Positions


def rolling_folds(rows: AskRows, choices: Folds) -> Iterator[Fold]:
    """Yield up to `count` folds over equal shares of the later asks, except those with too few training asks."""
    edges = np.unique(np.quantile(rows.asked_at, _shares(choices), method="nearest")) if len(rows) else np.empty(0)
    for start, end in pairwise(edges):
        last = end == edges[-1]
        train = np.flatnonzero(rows.matures_at <= start)
        test = np.flatnonzero((rows.asked_at >= start) & ((rows.asked_at < end) | last))
        if has_enough_asks(rows.outcome[train], choices.min_asks) and len(test):
            yield Fold(train, test)


def has_enough_asks(outcome: Floats, min_asks: int) -> bool:
    """Return whether there are enough asks, with both outcomes among them."""
    return len(outcome) >= max(min_asks, 2) and 0 < outcome.sum() < len(outcome)


def _shares(choices: Folds) -> Floats:
    return np.linspace(choices.first_share, 1.0, choices.count + 1)


def account_folds(rows: AskRows, count: int, seed: int) -> Iterator[Fold]:
    """Yield folds over whole accounts, drawn with `seed`; an account's asks are never on both sides."""
    accounts = rows.account.max() + 1 if len(rows) else 0
    part = np.random.default_rng(seed).permutation(accounts) % count
    for number in range(count):
        tested = part[rows.account] == number
        if tested.any() and has_enough_asks(rows.outcome[~tested], 2):
            yield Fold(np.flatnonzero(~tested), np.flatnonzero(tested))


def earlier_and_later(fold: Integers) -> Iterator[Fold]:
    """Yield, for each fold but the first, its rows to test on and the rows of all earlier folds to train on."""
    for number in np.unique(fold)[1:]:
        yield Fold(np.flatnonzero(fold < number), np.flatnonzero(fold == number))


def positions(parts: Sequence[Positions]) -> Positions:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.intp)


@dataclass(frozen=True)
class Plan:
    schema: Schema
    recipe: Recipe
    levels: int
    seed: int

    def components(self, asks: int) -> tuple[Component, ...]:
        """Return the components to fit, without the boosters if there are too few asks for trees."""
        has_few_asks = asks < self.recipe.boosting.from_asks
        linear = tuple(name for name in self.recipe.components if name != "boosted")
        return linear if has_few_asks and linear else self.recipe.components


@dataclass(frozen=True)
class TunedChoices:
    """The choices made on the folds: the logit's ridge, the boosters' rounds, the blend's weights."""

    ridge: float
    rounds: int
    weights: dict[Component, float]


_CLIP = 0.99
_DAY = 86_400 * 1_000_000


def are_logged(rows: AskRows) -> bool:
    """Return whether propensities differ and exploration asks are among the rows."""
    return bool(rows.exploration.any() and np.ptp(rows.propensity) > 0)


def ipw_weights(propensity: Floats, asked_at: Integers, half_life_days: float) -> Floats:
    """Return inverse-propensity weights (n,) that sum to their effective sample size.

    They are 1/propensity, clipped at the 99th percentile, and halve every `half_life_days` before the newest ask.
    `asked_at` is in microseconds.
    """
    inverse = 1.0 / propensity
    age = (asked_at.max() - asked_at) / _DAY
    weight = np.minimum(inverse, np.quantile(inverse, _CLIP)) * np.exp2(-age / half_life_days)
    scaled: Floats = weight * effective_size(weight) / weight.sum()
    return scaled


def effective_size(weight: Floats) -> float:
    """Return Kish's effective sample size, (Σw)²/Σw²."""
    return float(weight.sum() ** 2 / (weight**2).sum())

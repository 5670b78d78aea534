"""The ask frame as arrays: what every fitting function takes."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advocate_score.errors import Fault, InputError
from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.schema import Schema

HISTORY_YES, HISTORY_N = "history_yes", "history_n"


@dataclass(frozen=True)
class AskRows:
    """n asks, oldest first is not required.

    signals: frame (n, inputs) · level: position on the ladder, 0 = lowest · yes, answered: the account's record as of
    the ask · outcome: 0/1 · account: group codes · asked_at, matures_at: microseconds · propensity: > 0 ·
    weight: > 0, how many asks a row stands for.
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
        """What each ask (n,) tells beside the others of its account, which say partly the same: 1 for a single one.

        n asks of one account are worth n / (1 + (n − 1) × correlation) independent ones (Kish's design effect).
        """
        asks = np.bincount(self.account)[self.account] if len(self) else np.empty(0)
        return np.asarray(self.weight / (1.0 + (asks - 1) * correlation))

    def __len__(self) -> int:
        return len(self.level)

    def take(self, positions: NDArray[np.intp]) -> Self:
        """The rows at `positions`, in that order."""
        arrays = {one.name: getattr(self, one.name)[positions] for one in fields(self) if one.name != "signals"}
        return replace(self, signals=self.signals.iloc[positions].reset_index(drop=True), **arrays)


def ask_rows(frame: pd.DataFrame, schema: Schema, levels: Sequence[object]) -> AskRows:
    """Arrays from the ask frame; InputError where labels or levels are not what a model can learn from."""
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


def level_positions(levels_asked: "pd.Series[int]", levels: Sequence[object]) -> Integers:
    """0 for the lowest of `levels`, and so on up."""
    positions = pd.Index(list(levels)).get_indexer(pd.Index(levels_asked))
    if (positions < 0).any():
        raise InputError([Fault("asks level", f"must be one of {', '.join(map(str, levels))}.")])
    return positions.astype("int64")


def history(frame: pd.DataFrame, name: str) -> Floats:
    """The account's record; zeros where the frame carries none."""
    return _or_ones(frame, name, 0.0)


def _or_ones(frame: pd.DataFrame, name: str, default: float = 1.0) -> Floats:
    if name not in frame.columns:
        return np.full(len(frame), default)
    return np.asarray(frame[name].astype("float64").fillna(default), dtype=np.float64)


def _microseconds(instants: "pd.Series[pd.Timestamp]") -> Integers:
    return np.asarray(instants.astype("datetime64[us]").astype("int64"), dtype=np.int64)

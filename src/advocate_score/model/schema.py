"""What a model knows about its inputs: names, order, types, directions; a frame is held to them by name."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from advocate_score.declaration import Family, Signal
from advocate_score.errors import ModelRefusedError
from advocate_score.model.arrays import Fitted


class Input(Fitted):
    """One input column. `direction` ±1 says that readiness may only rise or fall with it; `family` may be none."""

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
        return tuple(one.name for one in self.inputs)

    @property
    def numbers(self) -> tuple[Input, ...]:
        return tuple(one for one in self.inputs if not one.category)

    @property
    def categories(self) -> tuple[Input, ...]:
        return tuple(one for one in self.inputs if one.category)

    @property
    def digest(self) -> str:
        """sha256 over names, order, types and directions."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def select(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The inputs in their order: numbers as float64, categories as objects with None for unknown.

        Raises
        ------
        ModelRefusedError
            where a column is missing, doubled, or not of the type that the model was fitted on.
        """
        missing = [name for name in self.names if name not in frame.columns]
        if missing:
            raise ModelRefusedError(f"the frame lacks {len(missing)} inputs of the model: {', '.join(missing[:5])}")
        chosen = frame.loc[:, list(self.names)]
        if not chosen.columns.is_unique:
            raise ModelRefusedError("the frame holds an input of the model twice")
        typed = {one.name: _typed(chosen[one.name], one) for one in self.inputs}
        infinite = [one.name for one in self.numbers if np.isinf(typed[one.name]).any()]
        if infinite:
            raise ModelRefusedError(f"input '{infinite[0]}' holds an infinite number")
        # As objects, since pandas would take an array of texts for a column of text.
        columns = {
            one.name: pd.Series(typed[one.name], frame.index, object if one.category else None) for one in self.inputs
        }
        return pd.DataFrame(columns, index=frame.index)


def _typed(column: "pd.Series[float]", one: Input) -> "np.ndarray[tuple[int], np.dtype[Any]]":
    if one.category:
        values = column.to_numpy(dtype=object, copy=True)
        values[column.isna().to_numpy()] = None
        return values
    if not (pd.api.types.is_numeric_dtype(column) or column.isna().all()):
        raise ModelRefusedError(f"input '{one.name}' is a number to the model and something else in the frame")
    return column.to_numpy(dtype=np.float64, na_value=np.nan)

"""Signals as plain numbers, which any library of trees takes: categories become one column a value."""

import re
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from benchmarks.quality.worlds import signals

from advocate_score.asks import HISTORY
from advocate_score.ladder import LEVEL_NUMBERS

LEVEL = "level"


@dataclass(frozen=True)
class Inputs:
    """`columns` are those of the rows that a method learns from; a value unseen there is all zeros."""

    columns: tuple[str, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        return cls(tuple(_numbers(frame).columns))

    def table(self, frame: pd.DataFrame) -> pd.DataFrame:
        return _numbers(frame).reindex(columns=list(self.columns), fill_value=0.0)

    def pooled(self, frame: pd.DataFrame) -> pd.DataFrame:
        """With the level asked in front."""
        table = self.table(frame)
        table.insert(0, LEVEL, frame[LEVEL].to_numpy(np.float64))
        return table


def at_every_level(accounts: pd.DataFrame) -> pd.DataFrame:
    """Each account five times, one level after the other."""
    return pd.concat([accounts.assign(level=level) for level in LEVEL_NUMBERS], ignore_index=True)


def as_curves(probability: np.ndarray) -> np.ndarray:
    """What was predicted for `at_every_level`, as (n, 5)."""
    return probability.reshape(len(LEVEL_NUMBERS), -1).T


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    used = [*HISTORY, *signals()]
    numbers = frame[[one.name for one in used if not one.is_category]].astype(np.float64)
    categories = frame[[one.name for one in used if one.is_category]]
    indicators = pd.get_dummies(categories, dtype=np.float64)
    plain = {name: re.sub(r"\W+", "_", str(name)) for name in indicators}  # no library of trees takes every character
    return pd.concat([numbers, indicators.rename(columns=plain)], axis=1)

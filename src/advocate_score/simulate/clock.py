"""The history as a grid of 28-day periods that ends at the data cut; instants are days since its start."""

import math
from datetime import datetime

import numpy as np
import pandas as pd

from advocate_score.simulate.arrays import Floats, Ints
from advocate_score.simulate.streams import Rng

PERIOD_DAYS = 28
WEEKS = 4
"""Weeks in a period."""

_OPENS, _CLOSES = 8 / 24, 18 / 24
_MINUTE = 1 / (24 * 60)


class Clock:
    def __init__(self, data_cut: datetime, years: float) -> None:
        self.periods = math.ceil(years * 365.25 / PERIOD_DAYS)
        self.days = self.periods * PERIOD_DAYS
        self.start = np.datetime64(data_cut, "s") - np.timedelta64(self.days, "D")
        first = pd.Timestamp(self.start)
        self._first_weekday = first.weekday()
        self._after_midnight = (first - first.normalize()) / pd.Timedelta(days=1)

    def period(self, days: Floats) -> Ints:
        """Index of the period of each instant, held inside the grid."""
        index: Ints = np.clip(days // PERIOD_DAYS, 0, self.periods - 1).astype(np.int64)
        return index

    def working_time(self, days: Floats, rng: Rng) -> Floats:
        """The same days at a working hour; what falls on a weekend moves back to its Friday."""
        day = np.floor(days + self._after_midnight)
        weekend = np.clip((day + self._first_weekday) % 7 - 4, 0, 2)
        hour = _OPENS + rng.random(len(day)) * (_CLOSES - _OPENS)
        moved: Floats = np.clip(day - weekend + hour - self._after_midnight, 0, self.days - _MINUTE)
        return moved

    def stamps(self, days: Floats) -> pd.Series:
        """Naive UTC instants, whole minutes; NaN becomes NaT."""
        minutes = np.floor(np.nan_to_num(days) * 24 * 60).astype("timedelta64[m]")
        instants = (self.start + minutes).astype("datetime64[us]")
        instants[np.isnan(days)] = np.datetime64("NaT")
        return pd.Series(instants)

    def known(self, days: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether the firm knew it before the data cut; what it did not is in no export."""
        before: np.ndarray[tuple[int], np.dtype[np.bool_]] = days < self.days
        return before

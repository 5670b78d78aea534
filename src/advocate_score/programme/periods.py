"""The periods that figures are given for: the last 365 days, and calendar quarters or years."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import pandas as pd

from advocate_score.windows import lookback_start

Kind = Literal["quarter", "year"]
YEAR_DAYS = 365
TRAILING = "last_365d"
_CODES = {"quarter": "Q", "year": "Y"}


@dataclass(frozen=True)
class Period:
    """[start, end); `end` is never later than the as-of instant."""

    name: str
    start: datetime
    end: datetime

    @property
    def years(self) -> float:
        return (self.end - self.start) / timedelta(days=YEAR_DAYS)

    def holds(self, instants: pd.Series) -> "pd.Series[bool]":
        return (instants >= self.start) & (instants < self.end)

    def of(self, rows: pd.DataFrame, time: str) -> pd.DataFrame:
        """The rows whose `time` lies in the period."""
        return rows[self.holds(rows[time])]


def trailing_year(as_of: datetime) -> Period:
    return Period(TRAILING, lookback_start(as_of, YEAR_DAYS), as_of)


def calendar_periods(as_of: datetime, kind: Kind, count: int) -> list[Period]:
    """The `count` latest, oldest first; the last one is still running unless it ends at `as_of`."""
    last = pd.Timestamp(as_of) - pd.Timedelta(microseconds=1)
    newest = pd.Period(last, _CODES[kind])
    return [_period(newest - back, as_of) for back in reversed(range(count))]


def _period(calendar: pd.Period, as_of: datetime) -> Period:
    end = min((calendar + 1).start_time.to_pydatetime(), as_of)
    return Period(str(calendar), calendar.start_time.to_pydatetime(), end)

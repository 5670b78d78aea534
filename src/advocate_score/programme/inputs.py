"""The inputs of the programme's figures: the tables as they were known at one instant, and the periods to measure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import pandas as pd

from advocate_score.config import Programme
from advocate_score.dates import lookback_start
from advocate_score.ladder import Levels

EVENTS = {
    "asks": (
        *("ask_id", "account_id", "level", "asked_at", "response"),
        *("responded_at", "recorded_at", "completed_at", "opportunity_id"),
    ),
    "assets": ("asset_id", "account_id", "level", "published_at", "opportunity_ids"),
    "renewals": ("account_id", "occurred_at", "kind", "amount"),
    "referrals": ("account_id", "occurred_at"),
    "surveys": ("account_id", "contact_id", "answered_at", "nps"),
}
"""The columns that the figures read from each table of events."""

_OF_ACCOUNTS = ("accounts", "asks", "answers", "readings", "assets", "renewals", "referrals", "surveys")
_OF_LEVELS = ("asks", "answers", "readings", "assets")
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Records:
    """The tables as known strictly before `as_of`; instants are naive UTC.

    accounts: account_id, industry, not deleted · asks, assets, renewals, referrals, surveys: columns of `EVENTS`, at
    the ladder's levels · answers: mature asks with account_id, level, asked_at, outcome 0/1, completed 0/1/NaN ·
    readings: account_id, level, as_of, eligible, ready, from publications · opportunities: opportunity_id, industry,
    value, opened_at, closed_at, won, the last two missing until the opportunity is closed.
    """

    as_of: datetime
    settings: Programme
    levels: Levels
    accounts: pd.DataFrame
    asks: pd.DataFrame
    answers: pd.DataFrame
    readings: pd.DataFrame
    assets: pd.DataFrame
    renewals: pd.DataFrame
    referrals: pd.DataFrame
    surveys: pd.DataFrame
    opportunities: pd.DataFrame

    def of_level(self, level: int | None) -> "Records":
        """Return the records of one level; tables without a level are kept whole. None: a level that the ladder lacks,
        without records."""
        return self._cut({name: getattr(self, name)["level"] == level for name in _OF_LEVELS})

    def of_industry(self, industry: str) -> "Records":
        """Return the records of the accounts of one industry."""
        inside = self.accounts.loc[self.accounts["industry"] == industry, "account_id"]
        return self._cut({name: getattr(self, name)["account_id"].isin(inside) for name in _OF_ACCOUNTS})

    def of_prospects(self, industry: str) -> "Records":
        """Return the records with the opportunities of prospects in one industry, whichever client helped with them."""
        return self._cut({"opportunities": self.opportunities["industry"] == industry})

    def _cut(self, selected: dict[str, "pd.Series[bool]"]) -> "Records":
        return replace(self, **{name: getattr(self, name)[rows] for name, rows in selected.items()})

    @property
    def advocates(self) -> "pd.Series[str]":
        """Accounts that have accepted an ask at a level of the ladder, each once."""
        accepted: pd.Series[str] = self.asks.loc[self.asks["response"] == "accepted", "account_id"]
        return accepted.drop_duplicates()


def in_days(durations: "pd.Series[pd.Timedelta]") -> "pd.Series[float]":
    return durations.dt.total_seconds() / _DAY_SECONDS


Kind = Literal["quarter", "year"]
YEAR_DAYS = 365
TRAILING = "last_365d"
_CODES = {"quarter": "Q", "year": "Y"}


@dataclass(frozen=True)
class Period:
    """The half-open interval [start, end); `end` is never later than the as-of instant."""

    name: str
    start: datetime
    end: datetime

    @property
    def years(self) -> float:
        return (self.end - self.start) / timedelta(days=YEAR_DAYS)

    def holds(self, instants: pd.Series) -> "pd.Series[bool]":
        return (instants >= self.start) & (instants < self.end)

    def of(self, rows: pd.DataFrame, time: str) -> pd.DataFrame:
        """Return the rows whose `time` lies in the period."""
        return rows[self.holds(rows[time])]


def trailing_year(as_of: datetime) -> Period:
    return Period(TRAILING, lookback_start(as_of, YEAR_DAYS), as_of)


def calendar_periods(as_of: datetime, kind: Kind, count: int) -> list[Period]:
    """Return the `count` latest periods, oldest first; the last one is still running unless it ends at `as_of`."""
    last = pd.Timestamp(as_of) - pd.Timedelta(microseconds=1)
    newest = pd.Period(last, _CODES[kind])
    return [_period(newest - back, as_of) for back in reversed(range(count))]


def _period(calendar: pd.Period, as_of: datetime) -> Period:
    end = min((calendar + 1).start_time.to_pydatetime(), as_of)
    return Period(str(calendar), calendar.start_time.to_pydatetime(), end)

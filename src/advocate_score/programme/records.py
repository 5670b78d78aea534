"""What the programme is measured on: the tables as they were known at one instant."""

from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from advocate_score.config import Programme

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
"""Columns of each table of events that the figures read."""

_OF_ACCOUNTS = ("accounts", "asks", "answers", "readings", "assets", "renewals", "referrals", "surveys")
_OF_LEVELS = ("asks", "answers", "readings", "assets")
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Records:
    """Frames without anything that was not known strictly before `as_of`; instants naive UTC.

    accounts: account_id, industry, not deleted · asks, assets, renewals, referrals, surveys: columns of `EVENTS`, at
    levels 1–5 · answers: mature asks with account_id, level, asked_at, outcome 0/1, completed 0/1/NaN ·
    readings: account_id, level, as_of, eligible, ready, from publications · opportunities: opportunity_id, industry,
    value, opened_at, closed_at, won, the last two missing until they were closed.
    """

    as_of: datetime
    settings: Programme
    accounts: pd.DataFrame
    asks: pd.DataFrame
    answers: pd.DataFrame
    readings: pd.DataFrame
    assets: pd.DataFrame
    renewals: pd.DataFrame
    referrals: pd.DataFrame
    surveys: pd.DataFrame
    opportunities: pd.DataFrame

    def of_level(self, level: int) -> "Records":
        """What belongs to one rung of the ladder; tables that know no rung stay whole."""
        return self._cut({name: getattr(self, name)["level"] == level for name in _OF_LEVELS})

    def of_industry(self, industry: str) -> "Records":
        """The accounts of one industry and what belongs to them."""
        inside = self.accounts.loc[self.accounts["industry"] == industry, "account_id"]
        return self._cut({name: getattr(self, name)["account_id"].isin(inside) for name in _OF_ACCOUNTS})

    def of_prospects(self, industry: str) -> "Records":
        """The opportunities with prospects of one industry, whoever helped to win them."""
        return self._cut({"opportunities": self.opportunities["industry"] == industry})

    def _cut(self, kept: dict[str, "pd.Series[bool]"]) -> "Records":
        return replace(self, **{name: getattr(self, name)[rows] for name, rows in kept.items()})

    @property
    def advocates(self) -> "pd.Series[str]":
        """Accounts that have said yes to an ask at levels 1–5, each once."""
        accepted: pd.Series[str] = self.asks.loc[self.asks["response"] == "accepted", "account_id"]
        return accepted.drop_duplicates()


def in_days(durations: "pd.Series[pd.Timedelta]") -> "pd.Series[float]":
    return durations.dt.total_seconds() / _DAY_SECONDS

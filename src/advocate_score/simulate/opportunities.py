"""Deals with prospects; a reference call raises the chance to win them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.simulate import names as v
from advocate_score.simulate.accounts import Setting
from advocate_score.simulate.world import Bools, Floats, Ints, Rng, chosen, flags, gaps, ids, words

_PER_ACCOUNT_AND_YEAR = 0.25
_RECENT = 40
"""A reference is asked for one of this many of the latest opportunities."""
_WON, _WON_WITH_REFERENCE = 0.24, 0.42
_STAGES = ("qualified", "proposal", "negotiation")
_VALUES = np.array([30_000, 110_000, 450_000])


@dataclass(frozen=True)
class Opportunities:
    """Days on the clock, sorted by the day opened; `closes` may lie after the data cut."""

    opened: Floats
    closes: Floats

    def in_need(self, day: Floats, rng: Rng) -> Ints:
        """Return the row of an opportunity open on that day, −1 if the one drawn is closed or there is none."""
        before = np.searchsorted(self.opened, day)
        row = before - 1 - np.floor(rng.random(len(day)) * np.minimum(before, _RECENT)).astype(np.int64)
        is_open = (before > 0) & (self.closes[np.maximum(row, 0)] > day)
        return np.where(is_open, row, -1)

    def ids(self, rows: Ints) -> pd.Series:
        """Return the opportunities' ids; unknown if the row is −1."""
        known = pd.concat([ids("P", len(self.opened)), pd.Series([None], dtype="str")], ignore_index=True)
        return known.iloc[rows].reset_index(drop=True)


def draw_opportunities(setting: Setting) -> Opportunities:
    rng = setting.streams.of("opportunities")
    count = max(1, round(setting.world.accounts * setting.world.years * _PER_ACCOUNT_AND_YEAR))
    opened = setting.clock.working_time(np.sort(rng.random(count)) * setting.clock.days, rng)
    opened.sort()
    return Opportunities(opened, opened + np.ceil(80 * np.exp(0.6 * rng.standard_normal(count))))


def opportunities_table(setting: Setting, opportunities: Opportunities, referenced: Ints) -> pd.DataFrame:
    """Return the opportunities table; `referenced` are the rows for which a client agreed to be a reference."""
    rng = setting.streams.of("opportunities table")
    count = len(opportunities.opened)
    closed: Bools = setting.clock.known(opportunities.closes)
    helped = np.isin(np.arange(count), referenced)
    won = rng.random(count) < np.where(helped, _WON_WITH_REFERENCE, _WON)
    segment = chosen(rng, v.SEGMENT_SHARES, count)
    stage = np.where(closed, np.where(won, 3, 4), rng.integers(0, len(_STAGES), count))
    return pd.DataFrame(
        {
            "opportunity_id": ids("P", count),
            "industry": words(v.INDUSTRIES, chosen(rng, v.INDUSTRY_SHARES, count)),
            "segment": words(v.SEGMENTS, segment),
            "region": words(v.REGIONS, chosen(rng, v.REGION_SHARES_OTHER, count)),
            "service_line": words(v.SERVICE_LINES, chosen(rng, v.SERVICE_LINE_SHARES, count)),
            "stage": words((*_STAGES, "won", "lost"), stage),
            "value": gaps(_VALUES[segment] * np.exp(0.6 * rng.standard_normal(count)), rng.random(count) < 0.97, 2),
            "opened_at": setting.clock.stamps(opportunities.opened),
            "closed_at": setting.clock.stamps(opportunities.closes),
            "won": flags(won, closed),
        }
    )

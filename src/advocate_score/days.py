"""Instants as the days that people read: those of the firm's zone, whereas files for machines stay in UTC.

Naive UTC in, calendar days out. A day is its midnight without a zone, or its ISO text; missing stays missing.
"""

from datetime import UTC, datetime, tzinfo

import numpy as np
import pandas as pd

_INSTANT, _DAY = pd.Timedelta(microseconds=1), pd.Timedelta(days=1)


def local_days(instants: pd.Series, zone: tzinfo) -> pd.Series:
    """The day on which each instant falls in `zone`."""
    local: pd.Series = instants.dt.tz_localize(UTC).dt.tz_convert(zone).dt.tz_localize(None)
    return local.dt.normalize()


def local_day_texts(instants: pd.Series, zone: tzinfo) -> pd.Series:
    """The day on which each instant falls in `zone`, as ISO text."""
    return local_days(instants, zone).dt.strftime("%Y-%m-%d")


def local_day_text(instant: datetime, zone: tzinfo) -> str:
    """The day on which a single instant falls in `zone`, as ISO text."""
    return instant.replace(tzinfo=UTC).astimezone(zone).date().isoformat()


def first_free_days(ends: pd.Series, zone: tzinfo) -> pd.Series:
    """The first day that begins when a rest is over, for each instant at which a rest ends.

    It begins so in `zone`, where people ask, and in UTC, where the lists of a day are judged. The later of the two
    counts, so that nobody is asked early, and whoever asks on this day finds the account on the lists of the day.
    """
    last = ends - _INSTANT  # of the rest itself, so that a rest that ends with a day leaves the next one free
    days = [local_days(last, of) for of in (zone, UTC)]
    later: pd.Series = np.maximum(*days)
    return later + _DAY

"""Instants as the days that people read: those of the firm's zone, whereas files for machines stay in UTC.

Instants are naive UTC. A day is its midnight without a zone, its ISO text, or its words; missing stays missing.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo

import pandas as pd

from advocate_score.text import LOCALE, Text

_RECENT = timedelta(days=300)
_INSTANT, _DAY = pd.Timedelta(microseconds=1), pd.Timedelta(days=1)


def local_days(instants: pd.Series, zone: tzinfo) -> pd.Series:
    """The day on which each instant falls in `zone`."""
    local = instants.dt.tz_localize(UTC).dt.tz_convert(zone).dt.tz_localize(None)
    days: pd.Series = local.dt.normalize()
    return days


def local_day_text(instant: datetime, zone: tzinfo) -> str:
    """The day on which a single instant falls in `zone`, as ISO text."""
    return instant.replace(tzinfo=UTC).astimezone(zone).date().isoformat()


def first_free_days(ends: pd.Series, zone: tzinfo) -> pd.Series:
    """The first day that begins when a rest is over, for each instant at which a rest ends.

    It begins so in `zone`, where people ask, and in UTC, where the lists of a day are judged: nobody is asked early,
    and on this day the rest is over in the lists too.
    """
    last = ends - _INSTANT  # of the rest itself, so that a rest that ends with a day leaves the next day free
    here, in_utc = local_days(last, zone), local_days(last, UTC)
    return here.where(here >= in_utc, in_utc) + _DAY


def spoken_days(instants: pd.Series, zone: tzinfo, language: str, as_of: datetime | None = None) -> pd.Series:
    """The day on which each instant falls in `zone`, as people say it: `3 December 2025`, `3 de diciembre de 2025`.

    The year is left out where `as_of` is less than ten months later.
    """
    days = local_days(instants, zone)
    words = {day: _spoken_day(day, language, as_of) for day in days.dropna().unique()}
    return days.map(words).astype("object")


def _spoken_day(day: pd.Timestamp, language: str, as_of: datetime | None) -> str:
    from babel.dates import format_date, format_skeleton

    locale = LOCALE.in_language(language)
    if as_of is not None and timedelta(days=-2) <= as_of - day < _RECENT:
        return format_skeleton("MMMMd", day.date(), locale=locale)
    return format_date(day.date(), "long", locale=locale)


_SHORT = Text("d MMM yyyy", "dd/MM/yyyy")


def short_day(iso_day: str, language: str) -> str:
    """A day's ISO text as tables show it: `3 Dec 2025`, `03/12/2025`; other text stays."""
    from babel.dates import format_date

    try:
        day = date.fromisoformat(iso_day)
    except ValueError:
        return iso_day
    return format_date(day, _SHORT.in_language(language), locale=LOCALE.in_language(language))

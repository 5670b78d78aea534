"""Instants and days: the arithmetic of as-of, periods and lookbacks, and the days that people read.

Inside the package an instant is a naive UTC `datetime`; only input and output handle offsets. Every window is
half-open, [start, end). Files for machines stay in UTC. People read the days of the firm's zone: a day is its midnight
without a zone, its ISO text, or its words; missing stays missing.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from advocate_score.errors import Fault, InputError
from advocate_score.text import LOCALE, Text

if TYPE_CHECKING:
    import pandas as pd

_YEARS = range(1901, 2200)
"""Years outside this range are typing errors, or what spreadsheets write for an unknown date."""

PERIOD_DAYS = {"week": 7.0, "month": 365.25 / 12, "quarter": 365.25 / 4}
"""Mean lengths of the calendar periods, in days."""


def now() -> datetime:
    """The current instant by the machine's clock. Only `flows` asks for it, as `dates.now()`, so that a run can be
    tested with a wrong clock."""
    return datetime.now(UTC).replace(tzinfo=None)


def zone(name: str) -> tzinfo:
    """The time zone called `name`. Raises ValueError if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        places = (known for known in sorted(available_timezones()) if known.lower().endswith(f"/{name.lower()}"))
        near = next(places, "")
        hint = f"; did you mean '{near}'?" if near else ""
        raise ValueError(f"no time zone is called '{name}'{hint}") from error


def parse_as_of(text: str, setting: str = "--as-of") -> datetime:
    """An as-of instant from ISO 8601 text; a bare date means its first instant in UTC.

    Raises InputError if the text is not a time, or its year is implausible.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        fault = Fault(setting, f"'{text}' is not an ISO 8601 date or time.", "write it as 2026-01-31")
        raise InputError([fault]) from error
    if instant.year not in _YEARS:
        raise InputError([Fault(setting, f"'{text}' is not a plausible year.", "write it as 2026-01-31")])
    return instant if instant.tzinfo is None else instant.astimezone(UTC).replace(tzinfo=None)


def first_midnight_after(instant: datetime) -> datetime:
    """The first midnight strictly after `instant`."""
    return datetime.combine(instant.date() + timedelta(days=1), time.min)


def midnight_of(day: date) -> datetime:
    return datetime.combine(day, time.min)


def period_start(instant: datetime, period: Literal["week", "month", "quarter"]) -> datetime:
    """The midnight at which the calendar week (from Monday), month or quarter of `instant` began."""
    day = instant.date()
    if period == "week":
        return midnight_of(day - timedelta(days=day.weekday()))
    month = day.month if period == "month" else day.month - (day.month - 1) % 3
    return midnight_of(day.replace(month=month, day=1))


def lookback_start(as_of: datetime, lookback_days: float) -> datetime:
    """Start of [as_of − lookback, as_of)."""
    return as_of - timedelta(days=lookback_days)


def iso(instant: datetime) -> str:
    """UTC text with a `Z`; midnight is written as a bare date."""
    if instant.time() == time.min:
        return instant.date().isoformat()
    return instant.isoformat() + "Z"


_RECENT = timedelta(days=300)
_INSTANT, _DAY = timedelta(microseconds=1), timedelta(days=1)


def local_days(instants: "pd.Series", zone: tzinfo) -> "pd.Series":
    """The day on which each instant falls in `zone`."""
    local = instants.dt.tz_localize(UTC).dt.tz_convert(zone).dt.tz_localize(None)
    days: pd.Series = local.dt.normalize()
    return days


def local_day_text(instant: datetime, zone: tzinfo) -> str:
    """The day on which a single instant falls in `zone`, as ISO text."""
    return instant.replace(tzinfo=UTC).astimezone(zone).date().isoformat()


def first_free_days(ends: "pd.Series", zone: tzinfo) -> "pd.Series":
    """The first day that begins when a rest is over, for each instant at which a rest ends.

    It begins so in `zone`, where people ask, and in UTC, where the lists of a day are judged: nobody is asked early,
    and on this day the rest is over in the lists too.
    """
    last = ends - _INSTANT  # of the rest itself, so that a rest that ends with a day leaves the next day free
    here, in_utc = local_days(last, zone), local_days(last, UTC)
    return here.where(here >= in_utc, in_utc) + _DAY


def spoken_days(instants: "pd.Series", zone: tzinfo, language: str, as_of: datetime | None = None) -> "pd.Series":
    """The day on which each instant falls in `zone`, as people say it: `3 December 2025`, `3 de diciembre de 2025`.

    The year is left out where `as_of` is less than ten months later.
    """
    days = local_days(instants, zone)
    words = {day: _spoken_day(day, language, as_of) for day in days.dropna().unique()}
    return days.map(words).astype("object")


def _spoken_day(day: "pd.Timestamp", language: str, as_of: datetime | None) -> str:
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

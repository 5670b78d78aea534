"""Date arithmetic of single instants: as-of, periods, lookbacks. Every window is half-open, [start, end).

Inside the package an instant is a naive UTC `datetime`; only input and output handle offsets.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from advocate_score.errors import Fault, InputError

_YEARS = range(1901, 2200)
"""Years outside this range are typing errors, or what spreadsheets write for an unknown date."""


PERIOD_DAYS = {"week": 7.0, "month": 365.25 / 12, "quarter": 365.25 / 4}
"""Mean lengths of the calendar periods, in days."""


def zone(name: str) -> tzinfo:
    """The time zone called `name`. Raises ValueError if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"no time zone is called '{name}'") from error


def parse_as_of(text: str, place: str = "--as-of") -> datetime:
    """An as-of instant from ISO 8601 text; a bare date means its first instant in UTC.

    Raises InputError if the text is not a time, or its year is implausible.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        fault = Fault(place, f"'{text}' is not an ISO 8601 date or time.", "write it as 2026-01-31")
        raise InputError([fault]) from error
    if instant.year not in _YEARS:
        raise InputError([Fault(place, f"'{text}' is not a plausible year.", "write it as 2026-01-31")])
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

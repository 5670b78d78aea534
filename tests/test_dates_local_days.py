"""What a source wrote without an offset is shown as the day that was written, in every zone; and no day on which a rest
is shown to end lets anybody be asked early."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, strategies as st

from advocate_score.config.settings import Dialect
from advocate_score.dates import first_free_days, local_day_text, local_days, midnight_of, short_day, spoken_days
from advocate_score.tables.findings import ChunkIssues
from advocate_score.tables.timestamps import TimeColumn, cast_times

ZONES = (
    *("UTC", "Europe/Madrid", "Europe/London", "Europe/Dublin", "Atlantic/Azores", "Africa/Casablanca", "Africa/Cairo"),
    *("America/New_York", "America/Los_Angeles", "America/Sao_Paulo", "America/Havana", "America/Asuncion"),
    *("America/St_Johns", "Asia/Tokyo", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Beirut", "Australia/Adelaide"),
    *("Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Pago_Pago"),
)
"""Ahead and behind, of half and quarter hours, with clocks that change at midnight, and both ends of the date line."""
ZONE = st.sampled_from(ZONES)
DAY = timedelta(days=1)


def read(texts: list[str], zone: str, date_format: str | None = None) -> tuple[pd.Series, ChunkIssues]:
    """As the tables hold them."""
    issues = ChunkIssues(np.arange(len(texts)))
    column = TimeColumn("asked_at", "asks", Dialect(time_zone=zone, date_format=date_format))
    return pd.Series(cast_times(pa.array(texts), column, issues).to_pandas()), issues


def begin_of(day: date, zone: str) -> datetime:
    """The first instant of a day. Where clocks skip midnight, it is that at which they do."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


YEARS = [day for year in (2011, 2018, 2026) for day in pd.date_range(f"{year}-01-01", f"{year}-12-31").date]
"""Years in which clocks changed at midnight somewhere, and two islands crossed the date line and left out a day."""


def test_every_zone_shows_the_days_that_were_written() -> None:
    texts = [day.isoformat() for day in YEARS]
    for name in sorted(available_timezones()):
        instants, issues = read(texts, name)
        shown = local_days(instants, ZoneInfo(name)).dt.date
        wrong = [day for day, other in zip(YEARS, shown, strict=True) if other != day]
        assert [day for day in wrong if begin_of(day, name) != begin_of(day + DAY, name)] == [], name
        assert len(wrong) <= 1, name
        assert issues.failures == [], name


def days_of_change(zone: str) -> list[date]:
    days = [date(2000, 1, 1) + number * DAY for number in range(40 * 365)]
    return [day for day in days if begin_of(day + DAY, zone) - begin_of(day, zone) != DAY]


@pytest.mark.parametrize("zone", ZONES)
def test_days_on_which_clocks_change_are_shown_as_written(zone: str) -> None:
    changes = days_of_change(zone)
    days = sorted({day + near * DAY for day in changes for near in (-1, 0, 1)}) or [date(2026, 11, 1)]
    instants, _ = read([f"{day:%d/%m/%Y}" for day in days], zone, "%d/%m/%Y")
    assert local_days(instants, ZoneInfo(zone)).dt.date.tolist() == days


@given(st.lists(st.dates(date(2000, 1, 1), date(2100, 1, 1)), min_size=1), ZONE)
@example([date(2026, 11, 1)], "Europe/Madrid")
def test_a_day_is_shown_as_written(days: list[date], zone: str) -> None:
    instants, _ = read([f"{day:%d/%m/%Y}" for day in days], zone, "%d/%m/%Y")
    assert local_days(instants, ZoneInfo(zone)).tolist() == [pd.Timestamp(day) for day in days]
    assert [local_day_text(at.to_pydatetime(), ZoneInfo(zone)) for at in instants] == [day.isoformat() for day in days]


@given(st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), min_size=1), ZONE)
def test_a_time_without_an_offset_is_shown_as_its_day(times: list[datetime], zone: str) -> None:
    instants, issues = read([at.isoformat() for at in times], zone)
    exists = ~np.logical_or.reduce([failure.rows for failure in issues.failures] or [np.zeros(len(times), bool)])
    written = np.array([pd.Timestamp(at.date()) for at in times])
    assert local_days(instants, ZoneInfo(zone))[exists].tolist() == written[exists].tolist()


INSTANT = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1))
EDGE = st.builds(begin_of, st.dates(date(2000, 1, 2), date(2100, 1, 1)), ZONE)


@given(st.one_of(INSTANT, EDGE, EDGE.map(lambda at: at + timedelta(microseconds=1))), ZONE)
@example(datetime(2024, 11, 3, 5), "America/Havana")
@example(datetime(2024, 11, 3, 4), "America/Havana")
def test_a_day_is_free_from_its_first_instant_and_the_day_before_is_not(end: datetime, zone: str) -> None:
    """In the firm's zone, and at midnight in UTC, at which the lists of a day are judged."""
    (free,) = first_free_days(pd.Series([end]).astype("datetime64[us]"), ZoneInfo(zone)).dt.date
    assert min(begin_of(free, zone), midnight_of(free)) >= end
    assert min(begin_of(free - DAY, zone), midnight_of(free - DAY)) < end


@pytest.mark.parametrize(
    ("zone", "asked", "free"),
    [
        ("UTC", "2026-11-01", "2027-01-30"),
        ("Europe/Madrid", "2026-11-01", "2027-01-30"),
        ("Asia/Kolkata", "2026-11-01", "2027-01-30"),
        ("Europe/Madrid", "2026-10-01", "2026-12-30"),
        ("Europe/Madrid", "2026-01-15", "2026-04-16"),
        ("America/New_York", "2026-11-01", "2027-01-31"),
    ],
)
def test_ninety_days_after_a_day(zone: str, asked: str, free: str) -> None:
    """A day later where clocks went forward meanwhile, and where the lists of that day are judged before it begins."""
    ends, _ = read([asked], zone)
    assert first_free_days(ends + 90 * DAY, ZoneInfo(zone)).tolist() == [pd.Timestamp(free)]


def test_what_is_unknown_stays_unknown() -> None:
    nothing = pd.Series([pd.NaT], dtype="datetime64[us]")
    for make in (local_days, first_free_days):
        assert make(nothing, ZoneInfo("Asia/Tokyo")).isna().all()
        assert len(make(nothing.head(0), ZoneInfo("Asia/Tokyo"))) == 0
    assert spoken_days(nothing, ZoneInfo("Asia/Tokyo"), "es").isna().all()


@pytest.mark.parametrize(
    ("language", "as_of", "said"),
    [
        ("en", None, ["3 December 2025", "1 February 2025"]),
        ("es", None, ["3 de diciembre de 2025", "1 de febrero de 2025"]),
        ("en", datetime(2026, 1, 1), ["3 December", "1 February 2025"]),
        ("es", datetime(2026, 1, 1), ["3 de diciembre", "1 de febrero de 2025"]),
    ],
)
def test_days_are_said_with_the_year_where_it_is_long_ago(
    language: str, as_of: datetime | None, said: list[str]
) -> None:
    instants = pd.Series([datetime(2025, 12, 2, 23, 30), datetime(2025, 1, 31, 23), pd.NaT], index=[5, 6, 7])
    words = spoken_days(instants, ZoneInfo("Europe/Madrid"), language, as_of)
    assert words.loc[[5, 6]].tolist() == said
    assert pd.isna(words.loc[7])


@pytest.mark.parametrize(("language", "shown"), [("en", "3 Dec 2025"), ("es", "03/12/2025"), ("fr", "3 Dec 2025")])
def test_a_day_in_a_table_is_short(language: str, shown: str) -> None:
    assert short_day("2025-12-03", language) == shown
    assert short_day("no day", language) == "no day"

from datetime import datetime

import pytest

from advocate_score import dates
from advocate_score.errors import InputError


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-31", datetime(2026, 1, 31)),
        ("2026-01-31T10:00:00", datetime(2026, 1, 31, 10)),
        ("2026-01-31T10:00:00+02:00", datetime(2026, 1, 31, 8)),
        ("2026-01-31T10:00:00Z", datetime(2026, 1, 31, 10)),
        ("2028-02-29", datetime(2028, 2, 29)),
    ],
)
def test_an_as_of_is_an_instant_in_utc(text: str, instant: datetime) -> None:
    assert dates.parse_as_of(text) == instant


@pytest.mark.parametrize("text", ["2026-02-30", "31/01/2026", "now", "", "0001-01-01", "1900-01-01", "9999-12-31"])
def test_an_as_of_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--as-of"):
        dates.parse_as_of(text)


def test_the_data_cut_lies_strictly_before_the_midnight_after_it() -> None:
    assert dates.first_midnight_after(datetime(2026, 1, 31)) == datetime(2026, 2, 1)
    assert dates.first_midnight_after(datetime(2026, 12, 31, 23, 59)) == datetime(2027, 1, 1)


def test_a_midnight_is_written_as_a_date() -> None:
    assert dates.iso(datetime(2026, 1, 31)) == "2026-01-31"
    assert dates.iso(datetime(2026, 1, 31, 9, 30)) == "2026-01-31T09:30:00Z"


def test_a_zone_that_does_not_exist_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        dates.zone("Mars/Olympus")


@pytest.mark.parametrize(
    ("period", "instant", "start"),
    [
        ("month", datetime(2026, 2, 28, 23, 59), datetime(2026, 2, 1)),
        ("month", datetime(2026, 3, 1), datetime(2026, 3, 1)),
        ("quarter", datetime(2026, 6, 30), datetime(2026, 4, 1)),
        ("quarter", datetime(2026, 1, 1), datetime(2026, 1, 1)),
        ("week", datetime(2026, 1, 1), datetime(2025, 12, 29)),
    ],
)
def test_a_period_begins_with_the_calendars(period: str, instant: datetime, start: datetime) -> None:
    assert dates.period_start(instant, period) == start

"""A night of a date to come, published by force, makes no true night old."""

from datetime import date, datetime
from pathlib import Path

from advocate_score.publication.folder import Lock
from advocate_score.publication.publisher import publish, remove_expired
from advocate_score.publication.store import published_dates

DAYS = ["2025-01-01", "2025-05-30", "2025-06-01", "2099-01-01"]


def test_nights_are_old_by_the_clock_where_the_newest_lies_ahead_of_it(
    target: Path, night_files: dict[str, bytes]
) -> None:
    for day in DAYS:
        publish(target, datetime.fromisoformat(day), night_files, {"run_id": day})
    assert remove_expired(Lock(target), 90, date(2025, 6, 2)) == DAYS[:1]
    assert published_dates(target) == DAYS[1:]

"""Old publications go, whole and out of sight first; the newest and the current one never do."""

import signal
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from advocate_score.publication.folder import Lock
from advocate_score.publication.publisher import publish, remove_expired, roll_back
from advocate_score.publication.store import is_whole, published_dates

DAYS = ["2025-01-01", "2025-03-03", "2025-03-04", "2025-06-02"]
Files = dict[str, bytes]


@pytest.fixture
def shelf(target: Path, night_files: Files) -> Path:
    for day in DAYS:
        publish(target, datetime.fromisoformat(day), night_files, {"run_id": day})
    return target


def test_what_lies_more_than_so_many_days_before_the_newest_goes(shelf: Path) -> None:
    assert remove_expired(Lock(shelf), 90) == DAYS[:2]
    assert published_dates(shelf) == DAYS[2:]
    assert remove_expired(Lock(shelf), 90) == []
    assert list(shelf.glob(".advocate-score-tmp-*")) == []


def test_zero_days_keep_everything_and_an_empty_shelf_has_nothing_to_lose(shelf: Path, tmp_path: Path) -> None:
    assert remove_expired(Lock(shelf), 0) == []
    assert remove_expired(Lock(tmp_path), 1) == []
    assert published_dates(shelf) == DAYS


def test_the_newest_and_the_current_one_stay(shelf: Path) -> None:
    roll_back(shelf, DAYS[0])
    assert remove_expired(Lock(shelf), 1) == DAYS[1:3]
    assert published_dates(shelf) == [DAYS[0], DAYS[3]]
    assert is_whole(shelf / "current")


def test_killed_anywhere_no_half_publication_is_seen(
    tmp_path: Path, night_files: Files, run_killed: Callable[[Callable[[], object], int], int]
) -> None:
    for step in range(1, 100):
        target = tmp_path / str(step)
        for day in (DAYS[0], DAYS[3]):
            publish(target, datetime.fromisoformat(day), night_files, {"run_id": day})
        code = run_killed(lambda: remove_expired(Lock(target), 90), step)  # noqa: B023
        assert all(is_whole(target / day) for day in [*published_dates(target), "current"])
        publish(target, datetime(2025, 6, 2), night_files, {"run_id": DAYS[3]})
        remove_expired(Lock(target), 90)
        assert [path.name for path in target.iterdir() if path.is_dir() and not path.is_symlink()] == [DAYS[3]]
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert code == 0
    assert step > 3

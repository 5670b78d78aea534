"""Going back: what is in use afterwards, what stays withdrawn, and what comes back."""

import stat
from datetime import datetime
from pathlib import Path

import pytest

from advocate_score.errors import AdvocateScoreError, InputError, LockedError
from advocate_score.publication.folder import lock_folder
from advocate_score.publication.publisher import PublishResult, RollbackResult, publish, roll_back
from advocate_score.publication.store import WITHDRAWN, active_dates, point_current, read_withdrawn

DAYS = ["2025-06-01", "2025-06-02", "2025-06-03"]


def night(target: Path, day: str, run_id: str = "", **choices: bool) -> PublishResult:
    made = {"run_id": run_id or f"of {day}"}
    return publish(target, datetime.fromisoformat(day), {"a.csv": day.encode()}, made, **choices)


@pytest.fixture
def nights(target: Path) -> Path:
    for day in DAYS:
        night(target, day)
    return target


def current(target: Path) -> str:
    return (target / "current" / "a.csv").read_text(encoding="utf-8")


def test_back_to_the_night_before_and_the_one_before_that(nights: Path) -> None:
    assert roll_back(nights) == RollbackResult(nights / DAYS[1], f"of {DAYS[1]}", DAYS[2], (DAYS[2],))
    assert current(nights) == DAYS[1]
    assert roll_back(nights).withdrawn == (DAYS[1], DAYS[2])
    assert current(nights) == DAYS[0]


def test_the_same_night_again_stays_withdrawn(nights: Path) -> None:
    roll_back(nights)
    again = night(nights, DAYS[2])
    assert (again.fresh, again.is_current) == (False, False)
    assert current(nights) == DAYS[1]


def test_a_withdrawn_date_written_from_other_inputs_is_in_use(nights: Path) -> None:
    roll_back(nights)
    assert night(nights, DAYS[2], "mended", replace=True).is_current
    assert current(nights) == DAYS[2]


def test_the_next_night_is_in_use(nights: Path) -> None:
    roll_back(nights)
    assert night(nights, "2025-06-04").is_current
    assert active_dates(nights) == [DAYS[0], DAYS[1], "2025-06-04"]


def test_a_date_after_the_one_in_use_is_no_backfill(nights: Path) -> None:
    roll_back(nights, DAYS[0])
    assert night(nights, DAYS[1], "mended", replace=True).is_current


def test_a_withdrawn_date_is_restored_by_name(nights: Path) -> None:
    roll_back(nights, DAYS[0])
    assert roll_back(nights, DAYS[2]) == RollbackResult(nights / DAYS[2], f"of {DAYS[2]}", DAYS[0], (DAYS[1],))
    assert current(nights) == DAYS[2]


def test_to_where_one_stands_already_changes_nothing(nights: Path) -> None:
    before = {path: path.lstat().st_mtime_ns for path in nights.rglob("*")}
    assert roll_back(nights, DAYS[2]).withdrawn == ()
    assert {path: path.lstat().st_mtime_ns for path in nights.rglob("*")} == before


def test_a_night_that_is_not_whole_is_passed_over(nights: Path) -> None:
    (nights / DAYS[1] / "a.csv").unlink()
    assert roll_back(nights).folder.name == DAYS[0]
    with pytest.raises(InputError, match="is not complete"):
        roll_back(nights, DAYS[1])


def test_what_cannot_be_understood_may_be_left(nights: Path) -> None:
    (nights / DAYS[2] / "manifest.json").write_bytes(b"{")
    assert roll_back(nights).withdrawn == (DAYS[2],)
    assert current(nights) == DAYS[1]


@pytest.mark.parametrize("day", ["2025-06-04", "yesterday", "../2025-06-01", "current", ""])
def test_a_date_that_was_never_published_is_refused(nights: Path, day: str) -> None:
    with pytest.raises(InputError, match="one of 2025-06-01, 2025-06-02, 2025-06-03"):
        roll_back(nights, day)
    assert current(nights) == DAYS[2]


def test_where_there_is_no_earlier_one(target: Path) -> None:
    with pytest.raises(InputError, match="no complete publication before now"):
        roll_back(target)
    with pytest.raises(InputError, match="publish with 'score' first"):
        roll_back(target, DAYS[0])
    night(target, DAYS[0])
    with pytest.raises(InputError, match=f"no complete publication before {DAYS[0]}"):
        roll_back(target)


def test_a_lost_link_is_made_again(nights: Path) -> None:
    (nights / "current").unlink()
    assert roll_back(nights).before == ""
    assert current(nights) == DAYS[1]


def test_where_nothing_is_in_use_current_stays_as_it_was(nights: Path) -> None:
    roll_back(nights)
    for day in DAYS[:2]:
        (nights / day / "manifest.json").unlink()
    assert point_current(nights) == ""
    assert (nights / "current").readlink() == Path(DAYS[1])


@pytest.mark.parametrize("content", ["{", "[1]", "{}x", "null", '[["a"]]', "[" * 100_000])
def test_withdrawals_that_cannot_be_understood_stop_every_change(nights: Path, content: str) -> None:
    (nights / WITHDRAWN).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="withdraw again"):
        night(nights, "2025-06-04")
    with pytest.raises(InputError, match="withdraw again"):
        roll_back(nights)
    assert current(nights) == DAYS[2]


def test_a_disk_that_refuses_is_told(nights: Path) -> None:
    (nights / WITHDRAWN).mkdir()
    with pytest.raises(AdvocateScoreError, match="`current` could not be written: Is a directory"):
        roll_back(nights)


def test_only_one_run_at_a_time(nights: Path) -> None:
    with lock_folder(nights) as lock:
        with pytest.raises(LockedError):
            roll_back(nights)
        assert roll_back(lock).folder.name == DAYS[1]


def test_withdrawals_are_as_open_as_the_lists(nights: Path) -> None:
    roll_back(nights, mode="group")
    assert stat.S_IMODE((nights / WITHDRAWN).stat().st_mode) == 0o640
    roll_back(nights)
    assert stat.S_IMODE((nights / WITHDRAWN).stat().st_mode) == 0o600
    assert read_withdrawn(nights) == {(day, f"of {day}") for day in DAYS[1:]}

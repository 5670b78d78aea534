"""Whatever happens to a run, what was published before it is whole, and a plain rerun succeeds."""

import signal
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from advocate_score.cli.exit_codes import clear_up_on_signals
from advocate_score.publication.publisher import publish
from advocate_score.publication.store import is_whole, published_dates, read_manifest

FIRST = datetime(2025, 6, 1)
SECOND = datetime(2025, 6, 2)
MOST_STEPS = 200

Files = dict[str, bytes]
RunKilled = Callable[..., int]


def check_whole(target: Path) -> str:
    """The run id of the current publication, once all of them are known to be whole."""
    assert is_whole(target / "current")
    assert all(is_whole(target / day) for day in published_dates(target))
    return str(read_manifest(target / "current")["run_id"])


def check_rerun(target: Path, as_of: datetime, files: Files, run_id: str) -> None:
    again = publish(target, as_of, files, {"run_id": run_id}, replace=as_of == FIRST)
    assert again.is_current
    assert check_whole(target) == run_id
    assert list(target.glob(".advocate-score-tmp-*")) == []


@pytest.mark.parametrize("day", [FIRST, SECOND], ids=["replacing the date", "a new date"])
def test_killed_before_any_file_operation(
    tmp_path: Path, run_killed: RunKilled, night_files: Files, day: datetime
) -> None:
    seen = []
    for step in range(1, MOST_STEPS):
        target = tmp_path / str(step)
        publish(target, FIRST, night_files, {"run_id": "old"})
        code = run_killed(lambda: publish(target, day, night_files, {"run_id": "new"}, replace=True), step)  # noqa: B023
        seen.append(check_whole(target))
        check_rerun(target, day, night_files, "new")
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert code == 0
    assert seen == sorted(seen, reverse=True), "once the new one is current, it stays"
    assert seen.count("old") > 15
    assert seen.count("new") >= 2


@pytest.mark.goal("G39")
@pytest.mark.parametrize("day", [FIRST, SECOND], ids=["replacing the date", "a new date"])
def test_ended_by_a_signal_before_any_file_operation(
    tmp_path: Path, run_killed: RunKilled, night_files: Files, day: datetime, measured: Callable[[str], None]
) -> None:
    """The run clears up after itself, and what is published is as it was or as it was to be."""
    seen, left = [], 0
    for step in range(1, MOST_STEPS):
        target = tmp_path / str(step)
        publish(target, FIRST, night_files, {"run_id": "old"})

        def run(target: Path = target) -> None:
            clear_up_on_signals()
            publish(target, day, night_files, {"run_id": "new"}, replace=True)

        code = run_killed(run, step, signal.SIGTERM)
        seen.append(check_whole(target))
        left += sum(path.is_dir() and not path.is_symlink() for path in target.glob(".advocate-score-tmp-*"))
        check_rerun(target, day, night_files, "new")
        if code == 0:
            break
    measured(f"SIGTERM before {step - 1} file operations: 0 torn, {left} folders left behind before the swap")
    assert code == 0
    assert set(seen) == {"old", "new"}


def test_of_many_starts_one_publishes_and_the_others_say_so_at_once(
    tmp_path: Path, start_child: Callable[[Callable[[], object]], int], end_of_child: Callable[[int], int]
) -> None:
    target, ended, go = tmp_path / "publications", tmp_path / "ended", tmp_path / "go"
    ended.mkdir()

    def wait(_: object) -> None:
        while not go.exists():
            time.sleep(0.01)

    def run(number: int) -> None:
        try:
            publish(target, FIRST, {"slow.csv": wait}, {"run_id": "one"})
        finally:
            (ended / str(number)).touch()

    children = [start_child(lambda number=number: run(number)) for number in range(20)]
    deadline = time.monotonic() + 30
    while len(list(ended.iterdir())) < 19 and time.monotonic() < deadline:
        time.sleep(0.01)
    go.touch()
    assert sorted(map(end_of_child, children)) == [0] + [75] * 19
    assert check_whole(target) == "one"

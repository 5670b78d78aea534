"""A run's own folder: removed whatever ends the run, and nobody else's with it."""

from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from traceback import format_exc

import pytest

from advocate_score import files as module
from advocate_score.errors import InputError
from advocate_score.files import PREFIX, remove_abandoned, work_dir
from goals import sized

PROCESSES = 8
STARTS = sized(50, 150)


def start_often(beside: Path, failures: "Queue[str]") -> None:
    """Starts as a run does, leaves some folders behind as a killed run does, and tells what failed."""
    failed = ""
    for number in range(STARTS):
        try:
            with work_dir(beside) as folder:
                (folder / "tables").mkdir()
                (folder / "tables" / "asks.parquet").touch()
                assert (folder / "tables" / "asks.parquet").exists()
        except BaseException:
            failed += format_exc()
        with suppress(FileExistsError):
            (beside / f"{PREFIX}left{number % 7}").mkdir()
    failures.put(failed)


@pytest.mark.goal("G39")
def test_runs_that_start_together_all_start(tmp_path: Path, measured: Callable[[str], None]) -> None:
    context = get_context("spawn")
    failures = context.Queue()
    running = [context.Process(target=start_often, args=(tmp_path, failures)) for _ in range(PROCESSES)]
    for one in running:
        one.start()
    told = [failures.get(timeout=120) for _ in running]
    for one in running:
        one.join()
    failed = sum(text.count("Traceback") for text in told)
    measured(f"{PROCESSES * STARTS:,} concurrent starts, {failed} failed")
    assert "".join(told) == ""
    remove_abandoned(tmp_path)
    assert [*tmp_path.iterdir()] == []


def test_a_folder_that_is_gone_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, make, removed = [], module._make_folder, 2

    def make_and_lose(beside: Path) -> Path:
        made.append(make(beside))
        if len(made) <= removed:
            made[-1].rmdir()
        return made[-1]

    monkeypatch.setattr(module, "_make_folder", make_and_lose)
    with work_dir(tmp_path) as folder:
        assert len(made) == removed + 1
        assert [*tmp_path.iterdir()] == [folder]


@pytest.mark.goal("G39")
def test_what_is_called_alike_neither_goes_nor_ends_a_run(tmp_path: Path) -> None:
    """Folders of the user's with the old name, links of any kind, and a file with our own."""
    mine = tmp_path / "mine"
    (mine / "tables").mkdir(parents=True)
    for name in (".work-x", ".work-projects", ".work-abcdefgh"):
        (tmp_path / name / "tables").mkdir(parents=True)
    (tmp_path / ".work-projects" / "thesis.docx").touch()
    for name in (".work-y", ".work-aaaaaaaa", f"{PREFIX}y"):
        (tmp_path / name).symlink_to("nowhere")
    for name in (".work-bbbbbbbb", f"{PREFIX}z"):
        (tmp_path / name).symlink_to(mine)
    for name in (".work-cccccccc", f"{PREFIX}file"):
        (tmp_path / name).touch()
    before = sorted(tmp_path.rglob("*"))
    with work_dir(tmp_path):
        pass
    assert sorted(tmp_path.rglob("*")) == before


def test_what_an_earlier_release_left_goes_unless_it_is_held(tmp_path: Path) -> None:
    old = tmp_path / ".work-ab_3x9zz"
    (old / "tables").mkdir(parents=True)
    (old / "spill").mkdir()
    old.chmod(0o755)
    remove_abandoned(tmp_path)
    assert old.exists()
    old.chmod(0o700)
    remove_abandoned(tmp_path)
    assert not old.exists()
    with work_dir(tmp_path) as held:
        (tmp_path / f"{PREFIX}killed").mkdir()
        remove_abandoned(tmp_path)
        assert [*tmp_path.iterdir()] == [held]


def test_an_interruption_of_the_removal_does_not_stop_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remove, calls = module.shutil.rmtree, []

    def interrupted_once(folder: Path, **choices: bool) -> None:
        calls.append(folder)
        if len(calls) == 1:
            raise KeyboardInterrupt
        remove(folder, **choices)

    monkeypatch.setattr(module.shutil, "rmtree", interrupted_once)
    with pytest.raises(KeyboardInterrupt), work_dir(tmp_path):
        pass
    assert [*tmp_path.iterdir()] == []


def test_where_no_folder_can_be_made_the_place_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module.tempfile, "mkdtemp", refused)
    with pytest.raises(InputError, match="a run cannot make its working folder here"), work_dir(tmp_path):
        pass

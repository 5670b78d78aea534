"""A folder of publications is this program's own; what else stands in one refuses the run and stays as it is."""

import os
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from advocate_score.errors import InputError
from advocate_score.publication.folder import lock_folder, locked_folder, remove_leftovers
from advocate_score.publication.publisher import publish, roll_back

AS_OF = datetime(2025, 6, 1)
STRANGERS = ("advocate.toml", ".bashrc.sh", "tables", ".tmp-notes", ".tmp-myfolder", ".tmp-asks.parquet", "2025-6-1")


def night(target: Path, **choices: Any) -> Any:
    return publish(target, AS_OF, {"a.csv": b"a\n"}, {"run_id": "one"}, **choices)


def state_of(folder: Path) -> dict[str, tuple[int, str | bytes]]:
    """Everything in a folder: its mode, and what it holds or leads to."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, _content(path)) for path in [folder, *folder.rglob("*")]
    }


def _content(path: Path) -> str | bytes:
    if path.is_symlink():
        return str(path.readlink())
    return b"" if path.is_dir() else path.read_bytes()


def put_stranger(folder: Path, name: str) -> None:
    if "." in name[1:]:
        (folder / name).write_bytes(b"of the user's")
    else:
        (folder / name / "deep").mkdir(parents=True)
        (folder / name / "deep" / "thesis.docx").write_bytes(b"of the user's")


@pytest.mark.goal("G39")
def test_a_folder_that_holds_anything_else_is_refused_and_stays_as_it_is(
    tmp_path: Path, measured: Callable[[str], None]
) -> None:
    for mode in (0o700, 0o755, 0o2775):
        for name in STRANGERS:
            folder = tmp_path / f"{mode}{name}"
            folder.mkdir()
            folder.chmod(mode)
            put_stranger(folder, name)
            (folder / ".advocate-score-tmp-x").mkdir()
            before = state_of(folder)
            for act in (night, roll_back, lambda target: night(target, mode="group"), _lock):
                with pytest.raises(
                    InputError, match=r"\[outputs\] folder: .* holds files that advocate-score did not write"
                ) as refused:
                    act(folder)
                assert str(folder) in str(refused.value)
                assert name in str(refused.value)
                assert refused.value.exit_code == 2
            assert state_of(folder) == before
    measured(f"{3 * len(STRANGERS)} folders that hold something else: all refused, none changed")


def _lock(target: Path) -> None:
    with lock_folder(target):
        pass


def test_the_message_names_a_few_of_many(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"{number}.txt").touch()
    with pytest.raises(InputError, match=r"0\.txt, 1\.txt, 2\.txt, 3\.txt, 4\.txt, …\."):
        night(tmp_path)


def test_what_systems_put_into_any_folder_is_passed_over(target: Path) -> None:
    target.mkdir()
    for name in (".DS_Store", ".gitignore", ".nfs0001", "lost+found"):
        (target / name).touch()
    before = state_of(target)
    assert night(target).fresh
    assert before.items() <= state_of(target).items()


@pytest.mark.goal("G39")
def test_a_date_that_is_no_publication_is_not_replaced_either(target: Path) -> None:
    put_stranger(target, "2025-06-01")
    before = state_of(target / "2025-06-01")
    for replace in (False, True):
        with pytest.raises(InputError, match="exists already, and is not a publication"):
            night(target, replace=replace)
    assert state_of(target / "2025-06-01") == before


@pytest.mark.goal("G39")
@pytest.mark.parametrize("mode", [0o700, 0o755, 0o2770])
def test_the_mode_of_a_folder_that_was_there_is_not_changed(target: Path, mode: int) -> None:
    target.mkdir()
    target.chmod(mode)
    for choice in ("private", "group"):
        night(target, mode=choice, replace=True)
        assert stat.S_IMODE(target.stat().st_mode) == mode


def test_a_folder_that_was_made_here_is_opened_to_the_group_later_too(target: Path) -> None:
    night(target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o700
    night(target, mode="group")
    assert stat.S_IMODE(target.stat().st_mode) == 0o750


@pytest.mark.goal("G39")
def test_a_link_in_the_place_of_the_lock_is_not_followed(target: Path, tmp_path: Path) -> None:
    target.mkdir()
    (target / ".lock").symlink_to(tmp_path / "made elsewhere")
    for lock in (lock_folder, locked_folder):
        with pytest.raises(InputError, match="cannot be written to"), lock(target):
            pass
    assert not (tmp_path / "made elsewhere").exists()


@pytest.mark.goal("G39")
def test_of_a_leftover_that_is_a_link_the_link_goes_alone(target: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    put_stranger(tmp_path, "elsewhere")
    before = state_of(elsewhere)
    target.mkdir()
    (target / ".advocate-score-tmp-x").symlink_to(elsewhere)
    (target / ".advocate-score-tmp-y").mkdir()
    (target / ".advocate-score-tmp-y" / "inner").symlink_to(elsewhere)
    (target / ".advocate-score-tmp-z").symlink_to("nowhere")
    night(target)
    assert sorted(path.name for path in target.iterdir()) == [".lock", "2025-06-01", "current"]
    assert state_of(elsewhere) == before


def old_leftovers(folder: Path) -> list[Path]:
    """As releases called them before temporary names had a mark."""
    torn = folder / ".tmp-ab3_x9zz"
    (torn / "by_owner").mkdir(parents=True, mode=0o700)
    torn.chmod(0o700)
    (torn / "candidates.csv").write_bytes(b"a")
    (torn / "by_owner" / "ana.csv").write_bytes(b"a")
    (torn / "by_owner" / "SHA256SUMS").touch()
    expired = folder / ".tmp-2024-01-01"
    expired.mkdir(mode=0o750)
    (folder / ".tmp-current").symlink_to("2025-06-01")
    (folder / ".tmp-withdrawn.json").write_bytes(b'[["2025')
    (folder / ".tmp-asks.parquet").write_bytes(b"PA")
    (folder / ".tmp-asks.csv").write_bytes(b"row,id,reason_code,rule,column,message\n")
    return [*folder.iterdir()]


def test_what_an_earlier_release_left_is_removed(target: Path) -> None:
    target.mkdir()
    assert len(old_leftovers(target)) == 6
    night(target)
    assert sorted(path.name for path in target.iterdir()) == [".lock", "2025-06-01", "current"]


def _user_file(path: Path) -> None:
    (path / "thesis.docx").touch()


def _link_inside(path: Path) -> None:
    (path / "x.csv").symlink_to("/etc/passwd")


def _deeper(path: Path) -> None:
    (path / "by_owner" / "deep").mkdir()


def _open_to_others(path: Path) -> None:
    path.chmod(0o755)


def _of_somebody_else(path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root gives a folder away")
    os.chown(path, 12_345, -1)


@pytest.mark.goal("G39")
@pytest.mark.parametrize("change", [_user_file, _link_inside, _deeper, _open_to_others, _of_somebody_else])
def test_what_does_not_look_as_an_earlier_release_left_it_stays(target: Path, change: Callable[[Path], None]) -> None:
    target.mkdir()
    old_leftovers(target)
    change(target / ".tmp-ab3_x9zz")
    before = state_of(target / ".tmp-ab3_x9zz")
    remove_leftovers(target)
    assert [path.name for path in target.iterdir()] == [".tmp-ab3_x9zz"]
    assert state_of(target / ".tmp-ab3_x9zz") == before


@pytest.mark.goal("G39")
def test_files_and_links_with_an_old_name_that_are_not_ours_stay(tmp_path: Path) -> None:
    names = [".tmp-current", ".tmp-withdrawn.json", ".tmp-asks.csv", ".tmp-abcdefgh", ".tmp-2025-01-01", ".tmp-x"]
    for name in names:
        (tmp_path / name).write_bytes(b"of the user's")
    before = state_of(tmp_path)
    remove_leftovers(tmp_path)
    assert state_of(tmp_path) == before
    for name in names:
        (tmp_path / name).unlink()
        (tmp_path / name).symlink_to("elsewhere")
    before = state_of(tmp_path)
    remove_leftovers(tmp_path)
    remove_leftovers(tmp_path / "nowhere")
    assert state_of(tmp_path) == before

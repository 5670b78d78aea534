"""The publisher: whole or not at all, once for each date, never backwards."""

import errno
import os
import stat
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from advocate_score.errors import AdvocateScoreError, InputError, LockedError
from advocate_score.publication.folder import lock_folder
from advocate_score.publication.publisher import PublishResult, publish, rewrite
from advocate_score.publication.store import is_whole, published_dates, read_manifest

FIRST = datetime(2025, 6, 1)
SECOND = datetime(2025, 6, 2)
FILES = {"a.csv": b"a\n", "by_owner/ana.csv": b"x\n"}


def night(target: Path, as_of: datetime = FIRST, run_id: str = "one", **choices: Any) -> PublishResult:
    return publish(target, as_of, FILES, {"run_id": run_id}, **choices)


def leftovers(target: Path) -> list[Path]:
    return list(target.glob(".advocate-score-tmp-*"))


def current(target: Path) -> str:
    return (target / "current").resolve().name


def test_a_publication_holds_its_files_and_their_digests(target: Path) -> None:
    published = night(target)
    assert published == PublishResult(target / "2025-06-01", "one", fresh=True, is_current=True)
    assert (target / "current" / "a.csv").read_bytes() == b"a\n"
    manifest = read_manifest(published.folder)
    digest = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7"
    assert manifest["files"]["a.csv"] == {"sha256": digest}
    assert (published.folder / "manifest.json").read_text().splitlines()[:2] == ["{", '  "files": {']
    assert is_whole(published.folder)
    assert leftovers(target) == []


def test_a_sub_folder_is_listed_by_its_sums_and_not_in_the_manifest(target: Path) -> None:
    folder = night(target).folder
    assert set(read_manifest(folder)["files"]) == {"a.csv", "by_owner/SHA256SUMS"}
    check = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=folder / "by_owner", capture_output=True, check=True
    )
    assert check.stdout == b"ana.csv: OK\n"
    (folder / "by_owner" / "ana.csv").write_bytes(b"z\n")
    assert not is_whole(folder)


def test_writers_write_to_an_open_file(target: Path) -> None:
    folder = publish(target, FIRST, {"a.bin": lambda file: file.write(b"\0\1")}, {"run_id": "one"}).folder
    assert (folder / "a.bin").read_bytes() == b"\0\1"


def test_row_89_the_same_inputs_are_a_no_op(target: Path) -> None:
    first = night(target)
    before = {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")}
    again = night(target)
    assert not again.fresh
    assert {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")} == before


def test_row_89_other_inputs_are_refused_unless_replaced(target: Path) -> None:
    night(target)
    with pytest.raises(InputError, match="made from other inputs") as refused:
        night(target, run_id="two")
    assert str(target / "2025-06-01") in str(refused.value)
    assert "Fix: use --replace to write it again" in str(refused.value)
    assert read_manifest(target / "2025-06-01")["run_id"] == "one"
    assert night(target, run_id="two", replace=True).fresh
    assert read_manifest(target / "current")["run_id"] == "two"
    assert is_whole(target / "current")
    assert leftovers(target) == []


@pytest.mark.parametrize("damage", ["a.csv", "by_owner/SHA256SUMS"])
def test_a_changed_publication_is_not_taken_for_the_same(target: Path, damage: str) -> None:
    folder = night(target).folder
    (folder / damage).unlink()
    with pytest.raises(InputError, match="were changed"):
        night(target)
    assert night(target, replace=True).fresh
    assert is_whole(folder)


def test_a_folder_that_is_no_publication_is_not_overwritten(target: Path) -> None:
    (target / "2025-06-01").mkdir(parents=True)
    with pytest.raises(InputError, match="exists already"):
        night(target)


def test_a_link_in_the_place_of_a_date_is_not_followed(target: Path, tmp_path: Path) -> None:
    elsewhere = night(tmp_path / "elsewhere").folder
    target.mkdir()
    (target / "2025-06-01").symlink_to(elsewhere)
    with pytest.raises(InputError, match="is a link and not a publication"):
        night(target, replace=True)
    assert is_whole(elsewhere)


def test_an_earlier_date_needs_backfill_and_leaves_current(target: Path) -> None:
    night(target, SECOND)
    with pytest.raises(InputError, match="before the last publication, 2025-06-02"):
        night(target)
    assert published_dates(target) == ["2025-06-02"]
    assert not night(target, backfill=True).is_current
    assert published_dates(target) == ["2025-06-01", "2025-06-02"]
    assert current(target) == "2025-06-02"


def test_a_backfill_equals_single_nights(tmp_path: Path) -> None:
    days = [FIRST + timedelta(days=number) for number in range(5)]
    for day in days:
        night(tmp_path / "forward", day, run_id=str(day))
    for day in reversed(days):
        night(tmp_path / "back", day, run_id=str(day), backfill=True)
    for day in days:
        names = [tmp_path / way / day.date().isoformat() / "manifest.json" for way in ("forward", "back")]
        assert names[0].read_bytes() == names[1].read_bytes()
    assert current(tmp_path / "back") == current(tmp_path / "forward") == "2025-06-05"


def test_current_must_be_ours(target: Path) -> None:
    (target / "current").mkdir(parents=True)
    with pytest.raises(InputError, match="not a link"):
        night(target)
    assert published_dates(target) == []


@pytest.mark.parametrize(("mode", "file", "folder"), [("private", 0o600, 0o700), ("group", 0o640, 0o750)])
def test_modes_do_not_depend_on_the_umask(target: Path, mode: Any, file: int, folder: int) -> None:
    old = os.umask(0o077 if mode == "group" else 0o000)
    try:
        made = night(target, mode=mode).folder
    finally:
        os.umask(old)
    assert {stat.S_IMODE(path.stat().st_mode) for path in made.rglob("*") if path.is_file()} == {file}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (target, made, made / "by_owner")} == {folder}


@pytest.mark.parametrize("name", ["../a", "/a", "a/b/c", "a/../b", "manifest.json", "by_owner/SHA256SUMS", "a\nb", ""])
def test_file_names_stay_inside(target: Path, name: str) -> None:
    with pytest.raises(ValueError, match="of that name"):
        publish(target, FIRST, {name: b""}, {"run_id": "one"})
    assert published_dates(target) == []
    assert leftovers(target) == []


def test_a_writer_that_fails_leaves_the_previous_night(target: Path) -> None:
    def full(file: object) -> None:
        raise OSError(28, "No space left on device")

    night(target)
    with pytest.raises(AdvocateScoreError, match="No space left on device"):
        publish(target, SECOND, {"a.csv": b"a", "b.csv": full}, {"run_id": "two"})
    assert current(target) == "2025-06-01"
    assert published_dates(target) == ["2025-06-01"]
    assert leftovers(target) == []


def test_leftovers_of_any_kind_are_removed(target: Path) -> None:
    (target / ".advocate-score-tmp-x").mkdir(parents=True)
    (target / ".advocate-score-tmp-x" / "a.csv").touch()
    (target / ".advocate-score-tmp-current").symlink_to("nowhere")
    night(target)
    assert leftovers(target) == []


def test_a_night_without_files_is_whole_too(target: Path) -> None:
    nothing = [publish(target, FIRST, {}, {"run_id": "one"}).fresh for _ in range(2)]
    assert nothing == [True, False]


def test_a_place_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written to") as refused:
        night(tmp_path / "file" / "publications")
    assert "Fix: let this user write there, or set [outputs] folder to another place" in str(refused.value)


def test_row_88_the_lock_is_held_by_one(target: Path) -> None:
    with lock_folder(target) as lock:
        with pytest.raises(LockedError):
            night(target)
        assert publish(lock, FIRST, FILES, {"run_id": "one"}).fresh
    assert not night(target).fresh


def test_a_publication_is_rewritten_in_its_place(target: Path) -> None:
    folder = night(target, mode="group").folder
    night(target, SECOND)
    with lock_folder(target) as lock:
        rewrite(lock, folder, {"b.csv": b"b\n"}, {"run_id": "one", "erased": 1}, "group")
    assert sorted(path.name for path in folder.iterdir()) == ["b.csv", "manifest.json"]
    assert read_manifest(folder)["erased"] == 1
    assert is_whole(folder)
    assert stat.S_IMODE((folder / "b.csv").stat().st_mode) == 0o640
    assert (current(target), leftovers(target)) == ("2025-06-02", [])


def test_a_publication_that_cannot_be_rewritten_stays_as_it_was(target: Path) -> None:
    def full(file: BinaryIO) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = night(target).folder
    with (
        lock_folder(target) as lock,
        pytest.raises(AdvocateScoreError, match="the publication could not be written: No"),
    ):
        rewrite(lock, folder, {"a.csv": full}, {"run_id": "one"}, "private")
    assert is_whole(folder)
    assert leftovers(target) == []

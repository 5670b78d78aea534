"""Disks that do not do what they were asked."""

import os
from pathlib import Path

import pytest

from advocate_score.errors import RefusedError
from advocate_score.files import exchange, write_file


def test_a_disk_that_loses_what_it_was_given_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: os.ftruncate(handle, 3))
    with pytest.raises(OSError, match="did not keep"):
        write_file(tmp_path / "a.csv", b"abcdef", 0o600)


def test_what_cannot_be_swapped_in_one_step_is_refused(tmp_path: Path) -> None:
    """A folder and one inside it: the system answers as a file system does that cannot swap at all."""
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    with pytest.raises(RefusedError, match="cannot replace inner in one step"):
        exchange(inner.parent, inner)


def test_a_swap_with_nothing_is_a_fault_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path, tmp_path / "nothing")

"""Locks of files and folders: one holder at a time, gone with their handle, and never taken through a link."""

import os
import threading
from pathlib import Path

import pytest

from advocate_score.locks import acquire, acquire_shared, file_lock, folder_lock, open_lock_file


def test_a_lock_that_is_not_free_in_time_is_not_held(tmp_path: Path) -> None:
    file = tmp_path / ".lock"
    with file_lock(file) as is_first:
        for seconds in (0, 0.1):
            with file_lock(file, seconds) as is_second:
                assert (is_first, is_second) == (True, False)
    with file_lock(file, 0) as is_free_again:
        assert is_free_again


def test_who_waits_for_a_folder_gets_it(tmp_path: Path) -> None:
    order = []

    def wait() -> None:
        with folder_lock(tmp_path):
            order.append("second")

    with folder_lock(tmp_path):
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_shared_lock_keeps_out_who_wants_it_alone(tmp_path: Path) -> None:
    first, second, alone = (os.open(tmp_path, os.O_RDONLY) for _ in range(3))
    try:
        acquire_shared(first)
        acquire_shared(second)
        assert not acquire(alone, 0)
    finally:
        for handle in (first, second, alone):
            os.close(handle)


def test_a_lock_file_is_private_and_no_link(tmp_path: Path) -> None:
    os.close(open_lock_file(tmp_path / ".lock"))
    assert (tmp_path / ".lock").stat().st_mode & 0o777 == 0o600
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"), file_lock(tmp_path / "link"):
        pass
    assert not (tmp_path / "elsewhere").exists()

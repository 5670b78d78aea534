"""Locks between processes and threads. The kernel holds them, so a killed run leaves none behind.

Who waits for a lock, and what is said of one that is not free, is for the caller to decide.
"""

import fcntl
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOOK_AGAIN_SECONDS = 0.05
_FILE = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def open_lock_file(file: Path) -> int:
    """The handle of a lock file, which is made for this user only if it is missing.

    Raises OSError if this user cannot write there, or a link stands in its place, which is not followed.
    """
    return os.open(file, _FILE, 0o600)


def acquire(handle: int, seconds: float = math.inf) -> bool:
    """Lock an open file or folder until the handle is closed; wait at most `seconds`. Returns whether it is locked."""
    if math.isinf(seconds):
        fcntl.flock(handle, fcntl.LOCK_EX)
        return True
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK_AGAIN_SECONDS)
        else:
            return True


def acquire_shared(handle: int) -> None:
    """Lock an open file or folder against `acquire`, but not against others that share it."""
    fcntl.flock(handle, fcntl.LOCK_SH)


@contextmanager
def file_lock(file: Path, seconds: float = math.inf) -> Iterator[bool]:
    """Hold the lock file `file`; yield whether it was free within `seconds`. Raises OSError as `open_lock_file`."""
    handle = open_lock_file(file)
    try:
        yield acquire(handle, seconds)
    finally:
        os.close(handle)


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold the small files of `folder`, so that no other process or thread loses a change by writing back an older
    content."""
    handle = os.open(folder, _FOLDER)
    try:
        acquire(handle)
        yield
    finally:
        os.close(handle)

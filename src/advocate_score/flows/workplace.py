"""A run's own folder beside the configuration: removed at its end, or by the next run where it was killed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from advocate_score.errors import Fault, InputError

_PREFIX = ".work-"


@contextmanager
def workplace(beside: Path) -> Iterator[Path]:
    """A fresh private folder, held by a lock for as long as its run lives."""
    remove_abandoned(beside)
    folder, handle = _held_folder(beside)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _held_folder(beside: Path) -> tuple[Path, int]:
    """Another run may take the folder for abandoned in the instant before it is locked; then there is a next one."""
    while True:
        folder = _made_folder(beside)
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_SH)
        if folder.exists():
            return folder, handle
        os.close(handle)


def _made_folder(beside: Path) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=beside))
    except OSError as error:
        problem = f"a run cannot make its working folder here: {error.strerror}."
        raise InputError([Fault(str(beside), problem, "make the configuration's folder writable")]) from error


def remove_abandoned(beside: Path) -> None:
    """Removes the folders of runs that were killed."""
    for folder in beside.glob(f"{_PREFIX}*"):
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(handle)

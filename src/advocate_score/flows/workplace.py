"""A run's own folder beside the configuration: removed at its end, or by the next run where it was killed."""

import fcntl
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from advocate_score.errors import Fault, InputError
from advocate_score.publication.durable import remove_whole

PREFIX = ".advocate-score-work-"
"""Nobody else's folder is called so."""

_OLD_NAME = re.compile(r"\.work-[a-z0-9_]{8}")
_OLD_CONTENTS = {"tables", "spill", "fetched", "model", "metrics.csv", "features.parquet"}
"""What a run of an earlier release had in its folder, whose name anybody might use."""
_FOLDER_ITSELF = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def workplace(beside: Path) -> Iterator[Path]:
    """A fresh private folder, held by a lock for as long as its run lives."""
    remove_abandoned(beside)
    folder, handle = _held_folder(beside)
    try:
        yield folder
    finally:
        remove_whole(folder)
        os.close(handle)


def remove_abandoned(beside: Path) -> None:
    """Removes the folders of runs that were killed. Other runs may start, end and remove the same ones meanwhile; what
    cannot be opened, or is a link or a file, is left as it is."""
    for folder in beside.glob(".*"):
        if folder.name.startswith(PREFIX) or _is_old(folder):
            with suppress(OSError):
                _remove_unless_held(folder)


def _remove_unless_held(folder: Path) -> None:
    handle = os.open(folder, _FOLDER_ITSELF)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)


def _held_folder(beside: Path) -> tuple[Path, int]:
    """Another run may take the folder for abandoned in the instant before it is locked; then there is a next one."""
    while True:
        folder = _made_folder(beside)
        with suppress(FileNotFoundError):
            handle = os.open(folder, _FOLDER_ITSELF)
            fcntl.flock(handle, fcntl.LOCK_SH)
            if folder.exists():
                return folder, handle
            os.close(handle)


def _made_folder(beside: Path) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=beside))
    except OSError as error:
        problem = f"a run cannot make its working folder here: {error.strerror}."
        raise InputError([Fault(str(beside), problem, "make the configuration's folder writable")]) from error


def _is_old(path: Path) -> bool:
    """Whether it can only be what a run of an earlier release left: a private folder with nothing else in it."""
    if not _OLD_NAME.fullmatch(path.name):
        return False
    try:
        status = path.lstat()
        is_private = stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o700
        return is_private and status.st_uid == os.geteuid() and set(os.listdir(path)) <= _OLD_CONTENTS  # noqa: PTH208
    except OSError:
        return False

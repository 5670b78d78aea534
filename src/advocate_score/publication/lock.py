"""One run at a time for each publications folder, held by the kernel: a killed run leaves no lock behind."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from advocate_score.errors import Fault, InputError, LockedError
from advocate_score.publication.own_folder import LOCK, refuse_strangers

_MADE_HERE = 1
"""Bytes of the lock's file where this program made the folder: a length alone, which takes no room on a full disk."""
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


@dataclass(frozen=True)
class Lock:
    """Proof that this run holds the folder `target`. `made_here`: this program made the folder, so that it may say who
    reads it."""

    target: Path
    made_here: bool = False


@contextmanager
def locked(target: Path) -> Iterator[Lock]:
    """Holds the publications folder `target` (made if missing) until the context ends.

    LockedError at once where another run holds it; InputError where this user cannot write there, or where the folder
    holds anything that no run has written.
    """
    refuse_strangers(target)
    with locked_folder(target) as lock:
        yield lock


@contextmanager
def locked_folder(target: Path) -> Iterator[Lock]:
    """As `locked`, for a folder in which other files may stand."""
    handle = _opened(target)
    try:
        _take(handle, target)
        yield Lock(target, os.fstat(handle).st_size == _MADE_HERE)
    finally:
        os.close(handle)


def held(target: Path | Lock) -> AbstractContextManager[Lock]:
    """The lock that the run has already, or else a new one on `target`, as `locked` takes it."""
    return nullcontext(target) if isinstance(target, Lock) else locked(target)


def _opened(target: Path) -> int:
    try:
        is_new = _is_made(target)
        handle = os.open(target / LOCK, _FLAGS, 0o600)
        if is_new:
            os.ftruncate(handle, _MADE_HERE)
    except OSError as error:
        fix = "let this user write there, or set [outputs] folder to another place"
        raise InputError([Fault(str(target), f"cannot be written to: {error.strerror}.", fix)]) from error
    return handle


def _is_made(target: Path) -> bool:
    """Whether the folder was made just now, for this user alone."""
    try:
        target.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        if target.is_dir():
            return False
        raise
    return True


def _take(handle: int, target: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LockedError(f"another run is writing to {target}. Fix: wait until it has ended") from error

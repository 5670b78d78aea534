"""One run at a time for each publications folder, held by the kernel: a killed run leaves no lock behind."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from advocate_score.errors import Fault, InputError, LockedError

_FILE = ".lock"


@dataclass(frozen=True)
class Lock:
    """Proof that this run holds the publications folder `target`."""

    target: Path


@contextmanager
def locked(target: Path) -> Iterator[Lock]:
    """Holds `target` (made if missing) until the context ends.

    LockedError at once where another run holds it; InputError where this user cannot write there.
    """
    handle = _opened(target)
    try:
        _take(handle, target)
        yield Lock(target)
    finally:
        os.close(handle)


def held(target: Path | Lock) -> AbstractContextManager[Lock]:
    """The lock that the run has already, or else a new one on `target`, as `locked` takes it."""
    return nullcontext(target) if isinstance(target, Lock) else locked(target)


def _opened(target: Path) -> int:
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(target / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        fix = "let this user write there, or set [outputs] folder to another place"
        raise InputError([Fault(str(target), f"cannot be written to: {error.strerror}.", fix)]) from error


def _take(handle: int, target: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LockedError(f"another run is writing to {target}. Fix: wait until it has ended") from error

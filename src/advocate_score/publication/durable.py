"""Writing so that what is said to be on the disk is on the disk, and swapping so that a reader sees old or new."""

import ctypes
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from advocate_score.errors import AdvocateScoreError, RefusedError

Writer = Callable[[BinaryIO], object]

TEMPORARY = ".advocate-score-tmp-"
"""How everything begins that is removed if a run leaves it behind: nobody else's file is called so."""
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def write_file(path: Path, content: bytes | Writer, mode: int) -> str:
    """Makes `path`, which must not exist, with exactly `mode`, waits until the disk has it, and gives its sha256.

    OSError where the disk says that it has written `content`, and another content is read back.
    """
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)
        if isinstance(content, bytes):
            file.write(content)
        else:
            content(file)
        file.flush()
        os.fsync(file.fileno())
    digest = sha256(path)
    if isinstance(content, bytes) and digest != hashlib.sha256(content).hexdigest():
        raise OSError(errno.EIO, "the disk did not keep what was written", str(path))
    return digest


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Puts `content` in the place of `path`: a reader sees the old file or the new one, whole."""
    new = path.with_name(f"{TEMPORARY}{path.name}")
    new.unlink(missing_ok=True)
    write_file(new, content, mode)
    os.replace(new, path)  # noqa: PTH105
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def temporary_folder(beside: Path, mode: int) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=beside))
    folder.chmod(mode)
    return folder


def remove_whole(folder: Path) -> None:
    """Removes a folder of this program's own; what interrupts it comes through once the rest is removed, too."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def point(link: Path, name: str) -> None:
    """Makes the symlink `link` lead to `name` beside it, in one step."""
    new = link.with_name(f"{TEMPORARY}{link.name}")
    new.symlink_to(name)
    os.replace(new, link)  # noqa: PTH105
    sync_folder(link.parent)


def exchange(one: Path, other: Path) -> None:
    """Swaps two paths in one step; RefusedError where the system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None or rename(_AT_FDCWD, bytes(one), _AT_FDCWD, bytes(other), _RENAME_EXCHANGE) != 0:
        number = ctypes.get_errno()
        if rename is not None and number not in (errno.ENOSYS, errno.EINVAL):
            raise OSError(number, os.strerror(number), str(other))
        raise RefusedError(f"this file system cannot replace {other.name} in one step. Fix: move {other} away first")


@contextmanager
def disk_faults_told(what: str) -> Iterator[None]:
    """A disk that refuses is no unexpected fault: AdvocateScoreError says what could not be written."""
    try:
        yield
    except OSError as error:
        message = f"{what} could not be written: {error.strerror or error}."
        raise AdvocateScoreError(f"{message} What was published before is whole; run again") from error

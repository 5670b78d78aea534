"""Writing so that what is said to be on the disk is on the disk: whole files, swapped folders, small records, digests,
and a run's own work folder."""

import ctypes
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from pydantic import BaseModel, ValidationError

from advocate_score.errors import AdvocateScoreError, Fault, InputError, ModelRefusedError, RefusedError

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


def temporary_folder(parent: Path, mode: int) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=parent))
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


def exchange(first: Path, second: Path) -> None:
    """Swaps two paths in one step; RefusedError where the system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None or rename(_AT_FDCWD, bytes(first), _AT_FDCWD, bytes(second), _RENAME_EXCHANGE) != 0:
        number = ctypes.get_errno()
        if rename is not None and number not in (errno.ENOSYS, errno.EINVAL):
            raise OSError(number, os.strerror(number), str(second))
        raise RefusedError(f"this file system cannot replace {second.name} in one step. Fix: move {second} away first")


@contextmanager
def translate_os_errors(what: str) -> Iterator[None]:
    """A disk that refuses is no unexpected fault: AdvocateScoreError says what could not be written."""
    try:
        yield
    except OSError as error:
        message = f"{what} could not be written: {error.strerror or error}."
        raise AdvocateScoreError(f"{message} What was published before is whole; run again") from error


Record = TypeVar("Record", bound=BaseModel)


def write_whole(file: Path, text: str) -> None:
    """Writes beside the target, flushes to disk, renames: a reader sees the old text or the new one."""
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(file.parent)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Waits until no other process or thread changes the small files of `folder`: two that read a file, change it and
    write it back would lose what one of them wrote. A process that is killed lets go."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def read_record(file: Path, record: type[Record], what: str, action: str) -> Record:
    """An empty record where the file is not there; ModelRefusedError where it is damaged, calling it the
    record of `what` and saying what to do (`action`) once it is deleted."""
    try:
        return record.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return record()
    except ValidationError as error:
        fix = f"restore it from a backup, or delete it and {action} again"
        raise ModelRefusedError(f"{file}: the record of {what} is damaged. Fix: {fix}") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest_of_file(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_digests(digests: Mapping[str, str]) -> str:
    """One digest for a folder of files: names and contents."""
    return digest_of_text(json.dumps(dict(digests), sort_keys=True))


PREFIX = ".advocate-score-work-"
"""Nobody else's folder is called so."""

_OLD_NAME = re.compile(r"\.work-[a-z0-9_]{8}")
_OLD_CONTENTS = {"tables", "spill", "fetched", "model", "metrics.csv", "features.parquet"}
"""What a run of an earlier release had in its folder, whose name anybody might use."""
_FOLDER_ITSELF = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def work_dir(parent: Path) -> Iterator[Path]:
    """A fresh private folder, held by a lock for as long as its run lives."""
    remove_abandoned(parent)
    folder, handle = _locked_folder(parent)
    try:
        yield folder
    finally:
        remove_whole(folder)
        os.close(handle)


def remove_abandoned(parent: Path) -> None:
    """Removes the folders of runs that were killed. Other runs may start, end and remove the same ones meanwhile; what
    cannot be opened, or is a link or a file, is left as it is."""
    for folder in parent.glob(".*"):
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


def _locked_folder(parent: Path) -> tuple[Path, int]:
    """Another run may take the folder for abandoned in the instant before it is locked; then there is a next one."""
    while True:
        folder = _make_folder(parent)
        with suppress(FileNotFoundError):
            handle = os.open(folder, _FOLDER_ITSELF)
            fcntl.flock(handle, fcntl.LOCK_SH)
            if folder.exists():
                return folder, handle
            os.close(handle)


def _make_folder(parent: Path) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    except OSError as error:
        problem = f"a run cannot make its working folder here: {error.strerror}."
        raise InputError([Fault(str(parent), problem, "make the configuration's folder writable")]) from error


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

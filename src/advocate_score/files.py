"""Durable, atomic file operations: complete files, swapped folders, small records, digests, a run's private work
folder, and the files that ship with the package."""

import ctypes
import errno
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
from typing import BinaryIO, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from advocate_score.errors import AdvocateScoreError, Fault, InputError, ModelRefusedError, RefusedError
from advocate_score.locks import acquire, acquire_shared

Writer = Callable[[BinaryIO], object]

Mode = Literal["private", "group"]
FILE_MODES: Mapping[Mode, int] = {"private": 0o600, "group": 0o640}
PRIVATE = FILE_MODES["private"]
"""The mode of a file that only this user reads."""
TEMPORARY = ".advocate-score-tmp-"
"""Name prefix of temporary files and folders, which are removed if a run leaves them. No other program uses it."""
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def write_file(path: Path, content: bytes | Writer, mode: int) -> str:
    """Creates `path`, which must not exist, with exactly `mode`, flushes it to disk, and returns its sha256.

    Raises OSError if reading the file back gives other bytes than `content`.
    """
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)
        if isinstance(content, bytes):
            file.write(content)
        else:
            content(file)
        file.flush()
        os.fsync(file.fileno())
    digest = digest_of_file(path)
    if isinstance(content, bytes) and digest != hashlib.sha256(content).hexdigest():
        raise OSError(errno.EIO, "the disk did not keep what was written", str(path))
    return digest


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Replaces `path` with `content` atomically: a reader sees the old file or the new one, complete and on the disk.

    Only one process may replace a file at a time, so the caller holds a lock. The temporary file always has the same
    name: if a run is killed, the next one replaces what it left.
    """
    new = path.with_name(f"{TEMPORARY}{path.name}")
    new.unlink(missing_ok=True)
    try:
        write_file(new, content, mode)
        os.replace(new, path)  # noqa: PTH105
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flushes the entries of `folder` to disk, so that a rename in it survives a crash."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def temporary_folder(parent: Path, mode: int) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=parent))
    folder.chmod(mode)
    return folder


def remove_whole(folder: Path) -> None:
    """Removes a folder of this program. If it is interrupted, removes the rest before it raises the interruption."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def point(link: Path, name: str) -> None:
    """Points the symlink `link` at `name` in the same folder, atomically."""
    new = link.with_name(f"{TEMPORARY}{link.name}")
    new.symlink_to(name)
    os.replace(new, link)  # noqa: PTH105
    sync_folder(link.parent)


def exchange(first: Path, second: Path) -> None:
    """Swaps two paths atomically. Raises RefusedError if the system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None or rename(_AT_FDCWD, bytes(first), _AT_FDCWD, bytes(second), _RENAME_EXCHANGE) != 0:
        number = ctypes.get_errno()
        if rename is not None and number not in (errno.ENOSYS, errno.EINVAL):
            raise OSError(number, os.strerror(number), str(second))
        raise RefusedError(f"this file system cannot replace {second.name} in one step. Fix: move {second} away first")


@contextmanager
def translate_os_errors(what: str) -> Iterator[None]:
    """Turns OSError into AdvocateScoreError that says what could not be written."""
    try:
        yield
    except OSError as error:
        message = f"{what} could not be written: {error.strerror or error}."
        raise AdvocateScoreError(f"{message} What was published before is unchanged; run again") from error


Record = TypeVar("Record", bound=BaseModel)


def read_record(file: Path, record: type[Record], what: str, action: str) -> Record:
    """The record in a file; an empty record if there is no file.

    Parameters
    ----------
    file : the JSON file.
    record : the model of its content.
    what : what the record is about, for the message.
    action : what to do after the file was deleted, for the message.

    Raises
    ------
    ModelRefusedError
        if the file is damaged.
    """
    try:
        return record.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return record()
    except ValidationError as error:
        fix = f"restore it from a backup, or delete it and {action} again"
        raise ModelRefusedError(f"{file}: the record of {what} is damaged. Fix: {fix}") from error


def digest_of_file(file: Path) -> str:
    """sha256 of the content, as hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_digests(digests: Mapping[str, str]) -> str:
    """One digest of a folder of files, from file name → digest of its content."""
    return digest_of_text(json.dumps(dict(digests), sort_keys=True))


PREFIX = ".advocate-score-work-"
"""Name prefix of work folders. No other program uses it."""

_OLD_NAME = re.compile(r"\.work-[a-z0-9_]{8}")
_OLD_CONTENTS = {"tables", "spill", "fetched", "model", "metrics.csv", "features.parquet"}
"""Possible contents of an earlier release's work folder, whose name other programs might use too."""
_FOLDER_ITSELF = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def work_dir(parent: Path) -> Iterator[Path]:
    """A new private folder, locked until the run ends and then removed. Abandoned folders are removed first."""
    remove_abandoned(parent)
    folder, handle = _locked_folder(parent)
    try:
        yield folder
    finally:
        remove_whole(folder)
        os.close(handle)


def remove_abandoned(parent: Path) -> None:
    """Removes the work folders of runs that were killed. Other runs may do the same at the same time. Links, files and
    folders that cannot be opened are left alone."""
    for folder in parent.glob(".*"):
        if folder.name.startswith(PREFIX) or _is_old(folder):
            with suppress(OSError):
                _remove_unless_held(folder)


def _remove_unless_held(folder: Path) -> None:
    handle = os.open(folder, _FOLDER_ITSELF)
    try:
        if acquire(handle, seconds=0):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)


def _locked_folder(parent: Path) -> tuple[Path, int]:
    """A new locked folder and its handle. If another run removes the folder before it is locked, a new one is made."""
    while True:
        folder = _make_folder(parent)
        with suppress(FileNotFoundError):
            handle = os.open(folder, _FOLDER_ITSELF)
            acquire_shared(handle)
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
    """Whether the path is surely a work folder of an earlier release: private, owned by this user, and without other
    contents."""
    if not _OLD_NAME.fullmatch(path.name):
        return False
    try:
        status = path.lstat()
        is_private = stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o700
        return is_private and status.st_uid == os.geteuid() and set(os.listdir(path)) <= _OLD_CONTENTS  # noqa: PTH208
    except OSError:
        return False


_INSTALLED = Path(__file__).parent / "shipped"
_REPOSITORY = Path(__file__).parents[2]
"""Where `pipelines/`, `models/` and `data/` are: in the wheel, otherwise in the repository."""


def shipped_file(relative: str) -> Path:
    """Path of a shipped file, such as `models/ladder.toml`."""
    root = _INSTALLED if _INSTALLED.is_dir() else _REPOSITORY
    return root / relative

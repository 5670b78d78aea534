"""A small file that is replaced whole or not at all, and refused where it is not what was written."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from advocate_score.errors import ModelRefusedError

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


def read_record(file: Path, record: type[Record], what: str, again: str) -> Record:
    """An empty record where the file is not there; ModelRefusedError where it is damaged, calling it the
    record of `what` and saying what to do `again` once it is deleted."""
    try:
        return record.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return record()
    except ValidationError as error:
        fix = f"restore it from a backup, or delete it and {again} again"
        raise ModelRefusedError(f"{file}: the record of {what} is damaged. Fix: {fix}") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

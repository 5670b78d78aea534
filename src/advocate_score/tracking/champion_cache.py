"""Keeps the last verified champion beside the configuration, for runs that cannot reach the registry."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from advocate_score.files import PRIVATE, digest_of_file, replace_file
from advocate_score.locks import file_lock

FOLDER = ".champion"
NOTE = "verified.json"
_LOCK = ".lock"
_STAGING = ".staging-"
_LEFT_BEHIND_SECONDS = 3600.0


class Verified(BaseModel):
    """The contents of the cache. `verified_at`: naive UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_name: str
    version: str
    verified_at: datetime


def cache_folder(folder: Path) -> Path:
    """Return the cache beside the configuration, created if needed and readable by its owner only."""
    cache = folder / FOLDER
    cache.mkdir(mode=0o700, exist_ok=True)
    return cache


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder on the file system of the cache, so that files are moved into it without a copy."""
    cache = cache_folder(folder)
    with tempfile.TemporaryDirectory(prefix=_STAGING, dir=cache, ignore_cleanup_errors=True) as temporary:
        yield Path(temporary)


def exclusive_lock(folder: Path, seconds: float) -> AbstractContextManager[bool]:
    """Yield whether this process holds the lock of the cache and the record of promotions; wait at most `seconds`."""
    return file_lock(cache_folder(folder) / _LOCK, seconds)


def keep(folder: Path, files: Path, digests: Mapping[str, str], note: Verified) -> None:
    """Move the verified `files` into the cache, which then holds this version only; the note is written last.

    The caller must hold `exclusive_lock`.

    Parameters
    ----------
    folder : the configuration's.
    files : the folder to move.
    digests : file name → sha256.
    note : the version and the time of its verification.
    """
    cache = cache_folder(folder)
    target = cache / note.version
    if not _is_same(target, digests):
        shutil.rmtree(target, ignore_errors=True)
        files.rename(target)
    replace_file(cache / NOTE, f"{note.model_dump_json()}\n".encode(), PRIVATE)
    for other in cache.iterdir():
        is_ours = other.name.isdigit() or other.name.startswith(_STAGING)
        if is_ours and other.is_dir() and other != target and not _in_use(other):
            shutil.rmtree(other, ignore_errors=True)


def last_verified(folder: Path, model_name: str) -> Verified | None:
    """Return what the cache holds of the model; None if there is nothing, or the note cannot be read."""
    try:
        note = Verified.model_validate_json((folder / FOLDER / NOTE).read_bytes())
    except (OSError, ValidationError):
        return None
    return note if note.model_name == model_name else None


def _in_use(entry: Path) -> bool:
    """Return whether another process may still be fetching files into it; leftovers are removed after an hour."""
    try:
        age = time.time() - entry.stat().st_mtime
    except OSError:  # deleted meanwhile
        return True
    return entry.name.startswith(_STAGING) and age < _LEFT_BEHIND_SECONDS


def _is_same(target: Path, digests: Mapping[str, str]) -> bool:
    if not target.is_dir() or {file.name for file in target.iterdir()} != set(digests):
        return False
    return all(digest_of_file(target / name) == digest for name, digest in digests.items())

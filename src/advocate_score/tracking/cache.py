"""The last champion whose files were verified, kept beside the configuration for nights without a registry."""

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from advocate_score.tracking.digests import digest_of_file
from advocate_score.tracking.whole_file import write_whole

FOLDER = ".champion"
NOTE = "verified.json"


class Verified(BaseModel):
    """What the cache holds. `verified_at`: naive UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_name: str
    version: str
    verified_at: datetime


def cache_folder(folder: Path) -> Path:
    """The cache beside the configuration, readable by its owner alone."""
    cache = folder / FOLDER
    cache.mkdir(mode=0o700, exist_ok=True)
    return cache


def keep(folder: Path, files: Path, digests: Mapping[str, str], note: Verified) -> None:
    """Moves the verified `files` into the cache, which then holds this version alone. The note is written last."""
    cache = cache_folder(folder)
    target = cache / note.version
    if not _is_same(target, digests):
        shutil.rmtree(target, ignore_errors=True)
        files.rename(target)
    write_whole(cache / NOTE, note.model_dump_json() + "\n")
    for other in cache.iterdir():
        if other.is_dir() and other != target:
            shutil.rmtree(other, ignore_errors=True)


def kept(folder: Path, model_name: str) -> Verified | None:
    """What the cache holds of the model; None where it holds nothing, or a note that cannot be read."""
    try:
        note = Verified.model_validate_json((folder / FOLDER / NOTE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return note if note.model_name == model_name else None


def _is_same(target: Path, digests: Mapping[str, str]) -> bool:
    if not target.is_dir() or {file.name for file in target.iterdir()} != set(digests):
        return False
    return all(digest_of_file(target / name) == digest for name, digest in digests.items())

"""What may be called a file of a publication: nothing that a name or a link leads out of its folder."""

import os
import stat
from pathlib import Path, PurePosixPath

_LONGEST = 255
"""Bytes of a name that a file system takes."""


def is_plain(name: str) -> bool:
    """Whether `name` lies in the folder itself or in one sub-folder, and is written in the only way."""
    path = PurePosixPath(name)
    inside = 1 <= len(path.parts) <= 2 and not path.is_absolute() and ".." not in path.parts
    return inside and str(path) == name and not set(name) & {"\n", "\0"} and all(map(_is_name, path.parts))


def contained(publication: Path, name: str) -> Path | None:
    """The regular file `name` of a publication; None where there is none that lies in it.

    A disk that cannot be read is an OSError, and no file that is missing.
    """
    if not is_plain(name):
        return None
    path = publication / name
    is_inside = path.parent == publication or stat.S_ISDIR(_mode(path.parent))
    return path if is_inside and stat.S_ISREG(_mode(path)) else None


def _is_name(part: str) -> bool:
    try:
        return len(part.encode()) <= _LONGEST
    except UnicodeEncodeError:
        return False


def _mode(path: Path) -> int:
    """Of the path itself and not of what it may lead to; 0 where there is nothing."""
    try:
        return os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0

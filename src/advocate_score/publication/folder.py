"""The publications folder: which files in it belong to this program, and the lock that allows one run at a time.

Nothing else is ever removed and no link is followed. The kernel holds the lock, so a killed run leaves none behind.
"""

import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from advocate_score.errors import Fault, InputError, LockedError
from advocate_score.files import TEMPORARY
from advocate_score.locks import acquire, open_lock_file
from advocate_score.publication.store import CURRENT, SUMS, WITHDRAWN, is_date, is_safe_name
from advocate_score.schema import TABLES

LOCK = ".lock"

_SHOWN = 5
_OF_SYSTEMS = frozenset(
    (".DS_Store", ".directory", ".gitignore", ".gitkeep", ".snapshot", "Thumbs.db", "desktop.ini", "lost+found")
)
"""Names that file managers, file systems and version control put into any folder."""
_NFS = ".nfs"

_OLD_FOLDER = re.compile(r"\.tmp-([a-z0-9_]{8}|\d{4}-\d\d-\d\d)")
_OLD_FILES: Mapping[str, bytes] = {
    f".tmp-{WITHDRAWN}": b"[",
    ".tmp-asks.parquet": b"PAR1",
    **{f".tmp-{table}.csv": b"row,id,reason_code,rule," for table in TABLES},
}
_OLD_LINK = f".tmp-{CURRENT}"
"""The temporary names of earlier releases; `_OLD_FILES` maps each name to the bytes that such a file begins with."""
_PUBLISHED = (".csv", ".parquet", ".html", ".xlsx", ".json")


def reject_foreign_files(target: Path) -> None:
    """Raise InputError if the publications folder holds files that are not this program's.

    Foreign files must never be mixed with the files that this program removes.
    """
    strangers = sorted(name for name in _names(target) if not _is_own(target / name))
    if strangers:
        shown = ", ".join(strangers[:_SHOWN]) + (", …" if len(strangers) > _SHOWN else "")
        problem = (
            f"{target} holds files that advocate-score did not write: {shown}. Publications need a folder of their own."
        )
        fix = "name a new or empty folder, or move away what is not a publication"
        raise InputError([Fault("[outputs] folder", problem, fix)])


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed run, or the replacement of a publication, left in `folder`.

    Leftovers are known by their name; those of earlier releases also by their content.
    """
    for name in _names(folder):
        path = folder / name
        if name.startswith(TEMPORARY) or is_old_leftover(path):
            _remove(path)


def is_old_leftover(path: Path) -> bool:
    """Whether a run of an earlier release left this path; its content is checked too, because other programs may use
    the same names."""
    mode = _status(path).st_mode
    if path.name == _OLD_LINK:
        return stat.S_ISLNK(mode) and is_date(str(path.readlink()))
    if path.name in _OLD_FILES:
        return stat.S_ISREG(mode) and _begins_with(path, _OLD_FILES[path.name])
    return _OLD_FOLDER.fullmatch(path.name) is not None and stat.S_ISDIR(mode) and _is_part_of_publication(path)


def _is_own(path: Path) -> bool:
    name = path.name
    if name in (LOCK, CURRENT, WITHDRAWN) or is_date(name) or name.startswith(TEMPORARY):
        return True
    return name in _OF_SYSTEMS or name.startswith(_NFS) or is_old_leftover(path)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 (pathlib's glob passes over what it cannot read)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _remove(path: Path) -> None:
    """Remove a file, a folder, or a link without its target."""
    if stat.S_ISDIR(_status(path).st_mode):
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _status(path: Path) -> os.stat_result:
    try:
        return path.lstat()
    except FileNotFoundError:
        return os.stat_result([0] * 10)


def _begins_with(path: Path, start: bytes) -> bool:
    """Whether the file begins with `start`, or, if it was cut short, with the part of it that fits."""
    with path.open("rb") as file:
        beginning = file.read(len(start))
    return beginning == start or (len(beginning) < len(start) and start.startswith(beginning))


def _is_part_of_publication(folder: Path) -> bool:
    """Whether the folder is private to this user and holds only files of a publication."""
    status = _status(folder)
    is_private = status.st_uid == os.geteuid() and not status.st_mode & 0o027
    return is_private and all(_is_published(name, status) for name, status in _contents(folder))


def _contents(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    for path, folders, files in os.walk(folder):
        for name in (*folders, *files):
            inside = Path(path) / name
            yield str(inside.relative_to(folder)), _status(inside)


def _is_published(name: str, status: os.stat_result) -> bool:
    if stat.S_ISDIR(status.st_mode):
        return "/" not in name
    is_named = name.endswith(_PUBLISHED) or name.rpartition("/")[2] == SUMS
    return stat.S_ISREG(status.st_mode) and is_named and is_safe_name(name)


_MADE_HERE = 1
"""Size in bytes of the lock file if this program made the folder. A size without content takes no room on a full
disk."""


@dataclass(frozen=True)
class Lock:
    """Proof that this run holds the folder `target`. `made_here`: this program made the folder, so it may set who can
    read it."""

    target: Path
    made_here: bool = False


@contextmanager
def lock_folder(target: Path) -> Iterator[Lock]:
    """Hold the publications folder `target` (made if missing) until the context ends.

    Raises
    ------
    LockedError
        at once if another run holds it.
    InputError
        if this user cannot write there, or the folder holds files that no run has written.
    """
    reject_foreign_files(target)
    with locked_folder(target) as lock:
        yield lock


@contextmanager
def locked_folder(target: Path, seconds: float = 0) -> Iterator[Lock]:
    """Hold `target` as `locked` does, but allow other files in the folder, and wait `seconds` for another run."""
    handle = _open_lock_file(target)
    try:
        if not acquire(handle, seconds):
            raise LockedError(f"another run is writing to {target}. Fix: wait until it has ended")
        yield Lock(target, os.fstat(handle).st_size == _MADE_HERE)
    finally:
        os.close(handle)


def held_or_new_lock(target: Path | Lock) -> AbstractContextManager[Lock]:
    """The lock that the run already holds, or a new one on `target`, as `locked` acquires it."""
    return nullcontext(target) if isinstance(target, Lock) else lock_folder(target)


def _open_lock_file(target: Path) -> int:
    try:
        is_new = _make_folder(target)
        handle = open_lock_file(target / LOCK)
        if is_new:
            os.ftruncate(handle, _MADE_HERE)
    except OSError as error:
        fix = "let this user write there, or set [outputs] folder to another place"
        raise InputError([Fault(str(target), f"cannot be written to: {error.strerror}.", fix)]) from error
    return handle


def _make_folder(target: Path) -> bool:
    """Make the folder for this user only; return whether it is new."""
    try:
        target.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        if target.is_dir():
            return False
        raise
    return True

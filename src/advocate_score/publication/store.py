"""The publications in a folder: their dates, those in use, whether one is complete, and safe file names. A withdrawn
publication stays in the folder, but `current` does not point to it.

A withdrawal applies to a date and a run id: the same run repeated stays withdrawn; a publication of that date from
other inputs is in use.
"""

import json
import os
import stat
from bisect import bisect
from collections.abc import Collection, Sequence
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from advocate_score.errors import Fault, InputError
from advocate_score.files import digest_of_file, point, replace_file

_LONGEST = 255
"""Bytes of a name that a file system accepts."""


def is_safe_name(name: str) -> bool:
    """Whether `name` lies in the folder itself or in one sub-folder, and is in normal form."""
    path = PurePosixPath(name)
    inside = 1 <= len(path.parts) <= 2 and not path.is_absolute() and ".." not in path.parts
    return inside and str(path) == name and not set(name) & {"\n", "\0"} and all(map(_is_name, path.parts))


def resolve_inside(publication: Path, name: str) -> Path | None:
    """The regular file `name` of a publication; None if no such file lies inside it.

    A disk that cannot be read raises OSError; this is not the same as a missing file.
    """
    if not is_safe_name(name):
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
    """The mode of the path itself, not of a link's target; 0 if it does not exist."""
    try:
        return os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
CURRENT = "current"


def folder_of(target: Path, as_of: datetime) -> Path:
    return target / as_of.date().isoformat()


def is_date(name: str) -> bool:
    """Whether the name is valid for a publication."""
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False


def published_dates(target: Path) -> list[str]:
    """Names of the publications in `target`, oldest first.

    A disk that cannot be read raises OSError: skipping a date silently would move `current` back.
    """
    try:
        names = os.listdir(target)  # noqa: PTH208 (pathlib's glob passes over what it cannot read)
    except FileNotFoundError:
        return []
    return sorted(name for name in names if _is_publication(target / name))


def nearest_dates(day: str, dates: Sequence[str], limit: int = 5) -> Sequence[str]:
    """Those of `dates` (oldest first) nearest to `day`, which is not one of them: at most `limit` on either side."""
    position = bisect(dates, day)
    return dates[max(0, position - limit) : position + limit]


def read_manifest(publication: Path) -> dict[str, Any]:
    """The manifest; empty if it is missing from the folder itself or cannot be parsed."""
    path = resolve_inside(publication, MANIFEST)
    try:
        manifest = {} if path is None else json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def is_whole(publication: Path) -> bool:
    """Whether every file of the manifest is inside the publication with the content that the manifest states."""
    files = read_manifest(publication).get("files")
    return isinstance(files, dict) and all(_matches_manifest(publication, name, entry) for name, entry in files.items())


def read_sums(path: Path) -> dict[str, str]:
    """Digests by name, relative to the publication, from a file in the format of `sha256sum`."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return {f"{path.parent.name}/{line[66:]}": line[:64] for line in lines}


def _is_publication(folder: Path) -> bool:
    return is_date(folder.name) and not folder.is_symlink() and resolve_inside(folder, MANIFEST) is not None


def _matches_manifest(publication: Path, name: str, entry: object) -> bool:
    """Whether the file has the digest of the manifest; for a file of sums, also whether the files it lists have
    theirs."""
    if not isinstance(entry, dict) or not _has(publication, name, entry.get("sha256")):
        return False
    path = publication / name
    return path.name != SUMS or all(_has(publication, *item) for item in read_sums(path).items())


def _has(publication: Path, name: str, digest: object) -> bool:
    path = resolve_inside(publication, name)
    return path is not None and digest_of_file(path) == digest


WITHDRAWN = "withdrawn.json"

Withdrawal = tuple[str, str]
"""Date and run id."""


def read_withdrawn(target: Path) -> frozenset[Withdrawal]:
    """The withdrawn publications.

    An unreadable file raises InputError, so that nothing withdrawn comes back unnoticed.
    """
    path = target / WITHDRAWN
    try:
        return frozenset((str(day), str(run_id)) for day, run_id in json.loads(path.read_bytes()))
    except FileNotFoundError:
        return frozenset()
    except (TypeError, ValueError, RecursionError) as error:
        fix = "remove it, and withdraw again with 'rollback'"
        raise InputError([Fault(str(path), "cannot be understood.", fix)]) from error


def write_withdrawn(target: Path, withdrawn: Collection[Withdrawal], mode: int) -> None:
    replace_file(target / WITHDRAWN, (json.dumps(sorted(withdrawn)) + "\n").encode(), mode)


def run_of(publication: Path) -> Withdrawal:
    """The date and run id under which the publication would be withdrawn."""
    return publication.name, str(read_manifest(publication).get("run_id"))


def active_dates(target: Path) -> list[str]:
    """The dates in use, oldest first."""
    withdrawn = read_withdrawn(target)
    days = {day for day, _ in withdrawn}
    return [day for day in published_dates(target) if day not in days or run_of(target / day) not in withdrawn]


def current_date(target: Path) -> str:
    """The date that `current` points to; empty without such a link. InputError if it is not a link."""
    link = target / CURRENT
    if link.is_symlink():
        return str(link.readlink())
    if link.exists():
        raise InputError([Fault(str(link), "is not a link made by this program.", "move it away")])
    return ""


def point_current(target: Path) -> str:
    """Point `current` to the newest date in use; return that date, empty if there is none."""
    newest = max(active_dates(target), default="")
    if newest and current_date(target) != newest:
        point(target / CURRENT, newest)
    return newest

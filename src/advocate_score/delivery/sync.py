"""What has to be done so that another place holds the nights in use, whole, and no other.

The files of the publications folder are the truth. A night that is new or was written anew is put in its place, one
that was withdrawn, or whose time is over, is taken out; so whatever a run could not do, because the place was away, the
next one makes up for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from advocate_score.files import sha256
from advocate_score.publication.store import MANIFEST, active_dates, is_whole, read_manifest


@dataclass(frozen=True)
class SyncPlan:
    """Nights by date. due: to be written · obsolete: to be taken out · left: those whose files are not as they were
    published, of which the other place keeps what it has."""

    due: tuple[str, ...]
    obsolete: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class SyncResult:
    """What was done; forgotten: rows of erased accounts that were taken out besides."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    left: tuple[str, ...]
    forgotten: int = 0


def plan_sync(target: Path, delivered: Mapping[str, str]) -> SyncPlan:
    """`delivered`: each night that the other place has → the digest of the manifest that it was written from."""
    in_use = active_dates(target)
    changed = [day for day in in_use if delivered.get(day) != sha256(target / day / MANIFEST)]
    due = tuple(day for day in changed if _is_complete(target / day))
    obsolete = tuple(sorted(delivered.keys() - set(in_use)))
    return SyncPlan(due, obsolete, tuple(day for day in changed if day not in due))


def _is_complete(folder: Path) -> bool:
    return is_whole(folder) and "as_of" in read_manifest(folder)

"""Plan how another place is brought to hold the publications in use, complete, and no others.

The files of the publications folder decide. A publication that is new or replaced is written, and one that was
withdrawn or has expired is removed. Whatever a run could not do while the other place was unavailable, the next run
does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from advocate_score.files import digest_of_file
from advocate_score.publication.store import MANIFEST, active_dates, is_whole, read_manifest


@dataclass(frozen=True)
class SyncPlan:
    """Publications by date. due: to be written · obsolete: to be removed · left: files have changed since publication,
    so the other place keeps its copy."""

    due: tuple[str, ...]
    obsolete: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class SyncResult:
    """What was done. forgotten: number of rows of erased accounts that were also removed."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    left: tuple[str, ...]
    forgotten: int = 0


def plan_sync(target: Path, delivered: Mapping[str, str]) -> SyncPlan:
    """What to write and remove; `delivered`: date of each publication in the other place → the digest of its
    manifest."""
    in_use = active_dates(target)
    changed = [day for day in in_use if delivered.get(day) != digest_of_file(target / day / MANIFEST)]
    due = tuple(day for day in changed if _is_complete(target / day))
    obsolete = tuple(sorted(delivered.keys() - set(in_use)))
    return SyncPlan(due, obsolete, tuple(day for day in changed if day not in due))


def _is_complete(folder: Path) -> bool:
    return is_whole(folder) and "as_of" in read_manifest(folder)

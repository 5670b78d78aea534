"""Room on the disks, judged before any table is read: a night that cannot be written whole is not begun."""

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from advocate_score.config import Settings
from advocate_score.errors import Fault, InputError
from advocate_score.flows.workplace import remove_abandoned
from advocate_score.publication.lock import Lock
from advocate_score.publication.own_folder import remove_leftovers
from advocate_score.publication.shelf import published_dates
from advocate_score.sources.discover import Source, discover

_OF_TEXT, _OF_PACKED = 0.5, 3.0
"""Bytes in a run's own folder, where each table is kept twice in packed columns, for one byte of its source."""
_BLOCK_BYTES = 512
_MEGABYTE = 1_000_000


def refuse_without_room(settings: Settings, lock: Lock) -> None:
    """InputError where a disk has less than `[operations] keep_free` times the space that the run needs there.

    What killed runs have left is removed first: it takes room, and a rerun needs no cleaning.
    """
    remove_leftovers(lock.target)
    remove_abandoned(settings.folder)
    # Where nothing was published yet, a night is taken to be as large as its tables.
    tables = sum(_working_size(source) for parts in discover(settings).sources.values() for source in parts)
    night = _size_of_last(lock.target) or tables
    faults = [*_lacking(settings, {settings.folder: tables, lock.target: night})]
    if faults:
        raise InputError(faults)


def _lacking(settings: Settings, needs: Mapping[Path, float]) -> Iterator[Fault]:
    """One fault a disk; folders on one disk share its room."""
    disks: dict[int, list[Path]] = defaultdict(list)
    for folder in needs:
        disks[folder.stat().st_dev].append(folder)
    for folders in disks.values():
        need = sum(needs[folder] for folder in folders)
        free = shutil.disk_usage(folders[0]).free
        wanted = settings.operations.keep_free * need
        if free < wanted:
            yield Fault(" and ".join(map(str, folders)), _told(free, need, settings.operations.keep_free), _FIX)


_FIX = "make room on that disk, put [outputs] folder on a larger one, or lower [operations] keep_free"


def _told(free: int, need: float, times: float) -> str:
    return (
        f"{free / _MEGABYTE:.1f} MB are free; a run needs about {need / _MEGABYTE:.1f} MB, "
        f"and [operations] keep_free wants {times:g} times as much."
    )


def _working_size(source: Source) -> float:
    size = _size(source.files)
    is_text = source.format in ("csv", "jsonl") and not source.path.name.casefold().endswith(".gz")
    return size * (_OF_TEXT if is_text else _OF_PACKED)


def _size_of_last(target: Path) -> int:
    """Bytes of the newest publication; 0 where there is none yet."""
    return sum(_size((target / day).rglob("*")) for day in published_dates(target)[-1:])


def _size(paths: Iterable[Path]) -> int:
    """Bytes on the disk, which has no room smaller than a block."""
    stats = [path.stat() for path in paths if path.is_file()]
    return sum(max(stat.st_size, stat.st_blocks * _BLOCK_BYTES) for stat in stats)

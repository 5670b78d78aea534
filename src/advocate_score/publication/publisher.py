"""Write a publication completely or not at all, remove expired publications, and roll back to an earlier one.

The order is: lock → temporary folder inside the target → each file written and synced → manifest with every digest →
folder synced → renamed to its date → parent synced → `current` swapped. Before the rename, readers see no change; after
it only `current` remains to be swapped, and if the run is killed the next run does it. Temporary files are removed at
the end of the run, or by the next run.

A rollback first writes the list of withdrawn publications, then swaps `current`. A run killed between the two has
withdrawn them, and the next run of any kind swaps the link.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from advocate_score.errors import Fault, InputError
from advocate_score.files import (
    FILE_MODES,
    TEMPORARY,
    Mode,
    Writer,
    exchange,
    remove_whole,
    sync_folder,
    temporary_folder,
    translate_os_errors,
    write_file,
)
from advocate_score.publication import store
from advocate_score.publication.folder import Lock, held_or_new_lock, remove_leftovers

_FOLDER_MODES: Mapping[Mode, int] = {"private": 0o700, "group": 0o750}


@dataclass(frozen=True)
class PublishResult:
    """`fresh` is False if the same publication already existed; `is_current` is False for one that was backfilled or
    withdrawn."""

    folder: Path
    run_id: str
    fresh: bool
    is_current: bool


def publish(
    target: Path | Lock,
    as_of: datetime,
    files: Mapping[str, bytes | Writer],
    manifest: Mapping[str, Any],
    *,
    replace: bool = False,
    backfill: bool = False,
    mode: Mode = "private",
) -> PublishResult:
    """Write `files` and `manifest.json` to `<target>/<date of as_of>` and point `current` to the newest date in use.

    Parameters
    ----------
    target : the publications folder, or the lock that the run already holds on it.
    as_of : the as-of instant; its date names the publication.
    files : name → bytes, or a function that writes them to an open file; a name may lie in one sub-folder. Files of a
        sub-folder are listed in its `SHA256SUMS`, so that the manifest holds no name derived from a person's.
    manifest : must hold `run_id`, which is equal exactly if the inputs are; `files` is added.
    replace : overwrite the date if it exists with other inputs.
    backfill : allow a date before the newest publication; `current` does not move backwards.
    mode : who may read the files, the user or the group.

    Raises
    ------
    LockedError
        if another run holds the target.
    InputError
        if the date exists with other inputs, or is earlier than the newest one in use.
    AdvocateScoreError
        if the disk reports an error; earlier publications stay complete.
    """
    with translate_os_errors("the publication"), held_or_new_lock(target) as lock:
        folder = store.folder_of(lock.target, as_of)
        _check_target(lock.target, folder, backfill)
        remove_leftovers(lock.target)
        fresh = not _already_published(folder, str(manifest["run_id"]), replace)
        if mode == "group" and lock.made_here:
            lock.target.chmod(_FOLDER_MODES[mode])
        if fresh:
            _put_in_place(folder, _assemble(lock.target, files, manifest, mode))
        is_current = store.point_current(lock.target) == folder.name
        return PublishResult(folder, str(manifest["run_id"]), fresh, is_current)


def rewrite(
    lock: Lock, folder: Path, files: Mapping[str, bytes | Writer], manifest: Mapping[str, Any], mode: Mode
) -> None:
    """Replace the files of the publication in `folder` in one step; its date and run id stay.

    Parameters
    ----------
    lock : the run's lock on the publications folder. folder : the publication.
    files : name → bytes, or a function that writes them to an open file.
    manifest : without `files`, which is added. mode : who may read the files, the user or the group.
    """
    with translate_os_errors("the publication"):
        _put_in_place(folder, _assemble(lock.target, files, manifest, mode))


def _check_target(target: Path, folder: Path, backfill: bool) -> None:
    store.current_date(target)
    if folder.is_symlink():
        raise InputError([Fault(str(folder), "is a link and not a publication.", "move it away")])
    newest = max(store.active_dates(target), default="")
    if folder.name < newest and not backfill:
        problem = f"{folder.name} lies before the last publication, {newest}."
        raise InputError([Fault("--as-of", problem, "use --backfill")])


def _already_published(folder: Path, run_id: str, replace: bool) -> bool:
    """Whether this publication already exists; InputError if a different one exists and may not be replaced."""
    if not folder.exists():
        return False
    if store.resolve_inside(folder, store.MANIFEST) is None:
        raise InputError([Fault(str(folder), "exists already, and is not a publication.", "move it away")])
    same = store.read_manifest(folder).get("run_id") == run_id
    if same and store.is_whole(folder):
        return True
    if not replace:
        problem = "exists, but its files were changed since." if same else "exists already, made from other inputs."
        raise InputError([Fault(str(folder), problem, "use --replace to write it again")])
    return False


def _assemble(target: Path, files: Mapping[str, bytes | Writer], manifest: Mapping[str, Any], mode: Mode) -> Path:
    """A temporary folder with the whole publication in it, synced."""
    folder = temporary_folder(target, _FOLDER_MODES[mode])
    try:
        digests = _write_files(folder, files, mode)
        complete_manifest = {**manifest, "files": {name: {"sha256": digest} for name, digest in digests.items()}}
        text = json.dumps(complete_manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        write_file(folder / store.MANIFEST, text.encode(), FILE_MODES[mode])
        sync_folder(folder)
    except BaseException:
        remove_whole(folder)
        raise
    return folder


def _write_files(folder: Path, files: Mapping[str, bytes | Writer], mode: Mode) -> dict[str, str]:
    """Write the files; return the digests of those in `folder` itself and of the sums of each sub-folder."""
    digests: dict[str, str] = {}
    nested: dict[str, dict[str, str]] = {}
    for name, content in sorted(files.items()):
        path = folder / _checked_name(name)
        if path.parent != folder and path.parent.name not in nested:
            path.parent.mkdir()
            path.parent.chmod(_FOLDER_MODES[mode])
        where = digests if path.parent == folder else nested.setdefault(path.parent.name, {})
        where[path.name] = write_file(path, content, FILE_MODES[mode])
    for name, sums in nested.items():
        text = "".join(f"{digest}  {file}\n" for file, digest in sums.items())
        digests[f"{name}/{store.SUMS}"] = write_file(folder / name / store.SUMS, text.encode(), FILE_MODES[mode])
        sync_folder(folder / name)
    return digests


def _checked_name(name: str) -> str:
    if not store.is_safe_name(name) or name.rpartition("/")[2] in (store.MANIFEST, store.SUMS):
        raise ValueError("a publication cannot hold a file of that name")
    return name


def _put_in_place(folder: Path, assembled: Path) -> None:
    """Move `assembled` to `folder`, then remove what `assembled` holds: the former publication, or the new one after an
    error."""
    try:
        if folder.exists():
            exchange(assembled, folder)
        else:
            os.rename(assembled, folder)  # noqa: PTH104
        sync_folder(folder.parent)
    finally:
        remove_whole(assembled)


def remove_expired(lock: Lock, retention_days: int, today: date = date.max) -> list[str]:
    """Remove the publications more than `retention_days` before the newest, except the current one; return their dates.

    0 days keeps them for ever. A publication forced for a date after `today` does not make others expire. Each one is
    moved out of sight in one step and then removed, so that no reader sees half a publication; the next run removes
    what a killed run leaves of it.
    """
    dates = store.published_dates(lock.target)
    if not retention_days or not dates:
        return []
    earliest = min(date.fromisoformat(dates[-1]), today) - timedelta(days=retention_days)
    current = (lock.target / store.CURRENT).resolve().name
    expired = [day for day in dates if date.fromisoformat(day) < earliest and day != current]
    with translate_os_errors("the publications folder"):
        for day in expired:
            _remove_publication(lock, day)
    return expired


def _remove_publication(lock: Lock, day: str) -> None:
    out_of_sight = lock.target / f"{TEMPORARY}{day}"
    os.rename(lock.target / day, out_of_sight)  # noqa: PTH104
    sync_folder(lock.target)
    shutil.rmtree(out_of_sight)


@dataclass(frozen=True)
class RollbackResult:
    """before: the date that was in use, empty if none was · withdrawn: every date that is now out of use."""

    folder: Path
    run_id: str
    before: str
    withdrawn: tuple[str, ...]


def roll_back(target: Path | Lock, day: str | None = None, *, mode: Mode = "private") -> RollbackResult:
    """Point `current` to `day`, by default the newest complete publication in use before the current one.

    Later dates are withdrawn; `day` itself is put back in use if it was withdrawn.

    Raises
    ------
    LockedError
        if another run holds the target.
    InputError
        if there is no earlier publication, or `day` was never published or is incomplete.
    AdvocateScoreError
        if the disk reports an error; no publication is changed.
    """
    with translate_os_errors("`current`"), held_or_new_lock(target) as lock:
        folder = lock.target
        before = store.current_date(folder)
        chosen = _previous_complete_date(folder, before) if day is None else _requested_date(folder, day)
        remove_leftovers(folder)
        already_withdrawn = store.read_withdrawn(folder)
        later = {store.run_of(folder / name) for name in store.published_dates(folder) if name > chosen}
        withdrawn = (already_withdrawn | later) - {store.run_of(folder / chosen)}
        if withdrawn != already_withdrawn:
            store.write_withdrawn(folder, withdrawn, FILE_MODES[mode])
        store.point_current(folder)
        days = tuple(sorted(name for name, _ in withdrawn))
        return RollbackResult(folder / chosen, store.run_of(folder / chosen)[1], before, days)


def _previous_complete_date(target: Path, before: str) -> str:
    dates = store.active_dates(target)
    start = before or max(dates, default="")
    earlier = next((day for day in reversed(dates) if day < start and store.is_whole(target / day)), None)
    if earlier is None:
        others = [day for day in store.published_dates(target) if day != start]
        fix = f"name another one with --to: {', '.join(others[-3:])}" if others else "publish with 'score' first"
        raise InputError([Fault(str(target), f"holds no complete publication before {start or 'now'}.", fix)])
    return earlier


def _requested_date(target: Path, day: str) -> str:
    dates = store.published_dates(target)
    if day not in dates:
        fix = f"choose one of {', '.join(store.nearest_dates(day, dates))}" if dates else "publish with 'score' first"
        raise InputError([Fault("--to", f"there is no publication of {day} in {target}.", fix)])
    if not store.is_whole(target / day):
        fix = f"choose another date, or write it again: score --as-of {day} --replace --backfill"
        raise InputError([Fault(str(target / day), "is not complete: files of it were changed or lost.", fix)])
    return day

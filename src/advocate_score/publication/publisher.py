"""Publishes a night whole or not at all.

Lock → temporary folder beside the target → each file written and synced → manifest with every digest → folder synced
→ renamed to its date → parent synced → `current` swapped. Up to the rename nothing that a reader sees has changed;
after it only `current` is left to swap, and the next run makes up for it. What is temporary is removed by a
run that ends in any way, or else by the next one.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from advocate_score.errors import Fault, InputError
from advocate_score.publication.contained import contained, is_plain
from advocate_score.publication.durable import (
    Writer,
    disk_faults_told,
    exchange,
    remove_whole,
    sync_folder,
    temporary_folder,
    write_file,
)
from advocate_score.publication.lock import Lock, held
from advocate_score.publication.own_folder import remove_leftovers
from advocate_score.publication.shelf import MANIFEST, SUMS, folder_of, is_whole, read_manifest
from advocate_score.publication.standing import current_date, point_current, standing

Mode = Literal["private", "group"]
FILE_MODES: Mapping[Mode, int] = {"private": 0o600, "group": 0o640}
_FOLDER_MODES: Mapping[Mode, int] = {"private": 0o700, "group": 0o750}


@dataclass(frozen=True)
class Published:
    """`fresh` is False where the same publication stood there already; `is_current` is False for a night that was
    backfilled or withdrawn."""

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
) -> Published:
    """Writes `files` and `manifest.json` to `<target>/<date of as_of>` and points `current` to the newest date in use.

    Parameters
    ----------
    target : the publications folder, or the lock that the run already holds on it.
    files : name → bytes, or a function that writes them to an open file; a name may lie in one sub-folder. Files of
        a sub-folder are listed in its `SHA256SUMS`, so that the manifest holds no name made from a person's.
    manifest : must hold `run_id`, which is the same exactly where the inputs are; `files` is added.
    replace : write the date anew where it exists with other inputs.
    backfill : allow a date before the newest publication; `current` does not move backwards.

    Raises
    ------
    LockedError
        where another run holds the target.
    InputError
        where the date exists with other inputs, or is earlier than the newest one in use.
    AdvocateScoreError
        where the disk refuses; what was published before is whole.
    """
    with disk_faults_told("the publication"), held(target) as lock:
        folder = folder_of(lock.target, as_of)
        _check_target(lock.target, folder, backfill)
        remove_leftovers(lock.target)
        fresh = not _stands(folder, str(manifest["run_id"]), replace)
        if mode == "group" and lock.made_here:
            lock.target.chmod(_FOLDER_MODES[mode])
        if fresh:
            _place(folder, _assembled(lock.target, files, manifest, mode))
        is_current = point_current(lock.target) == folder.name
        return Published(folder, str(manifest["run_id"]), fresh, is_current)


def rewrite(
    lock: Lock, folder: Path, files: Mapping[str, bytes | Writer], manifest: Mapping[str, Any], mode: Mode
) -> None:
    """Puts other files in the place of the publication in `folder`, in one step; its date and run id stay."""
    with disk_faults_told("the publication"):
        _place(folder, _assembled(lock.target, files, manifest, mode))


def _check_target(target: Path, folder: Path, backfill: bool) -> None:
    current_date(target)
    if folder.is_symlink():
        raise InputError([Fault(str(folder), "is a link and no publication.", "move it away")])
    newest = max(standing(target), default="")
    if folder.name < newest and not backfill:
        problem = f"{folder.name} lies before the last publication, {newest}."
        raise InputError([Fault("--as-of", problem, "use --backfill")])


def _stands(folder: Path, run_id: str, replace: bool) -> bool:
    """Whether this very publication is there already; InputError where another is that must not be replaced."""
    if not folder.exists():
        return False
    if contained(folder, MANIFEST) is None:
        raise InputError([Fault(str(folder), "exists already, and is no publication.", "move it away")])
    same = read_manifest(folder).get("run_id") == run_id
    if same and is_whole(folder):
        return True
    if not replace:
        problem = "exists, but its files were changed since." if same else "exists already, made from other inputs."
        raise InputError([Fault(str(folder), problem, "use --replace to write it anew")])
    return False


def _assembled(target: Path, files: Mapping[str, bytes | Writer], manifest: Mapping[str, Any], mode: Mode) -> Path:
    """A temporary folder with everything in it, synced."""
    folder = temporary_folder(target, _FOLDER_MODES[mode])
    try:
        digests = _written(folder, files, mode)
        whole = {**manifest, "files": {name: {"sha256": digest} for name, digest in digests.items()}}
        text = json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        write_file(folder / MANIFEST, text.encode(), FILE_MODES[mode])
        sync_folder(folder)
    except BaseException:
        remove_whole(folder)
        raise
    return folder


def _written(folder: Path, files: Mapping[str, bytes | Writer], mode: Mode) -> dict[str, str]:
    """Digests of the files in `folder` itself, among them the sums of each sub-folder."""
    digests: dict[str, str] = {}
    nested: dict[str, dict[str, str]] = {}
    for name, content in sorted(files.items()):
        path = folder / _checked(name)
        if path.parent != folder and path.parent.name not in nested:
            path.parent.mkdir()
            path.parent.chmod(_FOLDER_MODES[mode])
        where = digests if path.parent == folder else nested.setdefault(path.parent.name, {})
        where[path.name] = write_file(path, content, FILE_MODES[mode])
    for name, sums in nested.items():
        text = "".join(f"{digest}  {file}\n" for file, digest in sums.items())
        digests[f"{name}/{SUMS}"] = write_file(folder / name / SUMS, text.encode(), FILE_MODES[mode])
        sync_folder(folder / name)
    return digests


def _checked(name: str) -> str:
    if not is_plain(name) or name.rpartition("/")[2] in (MANIFEST, SUMS):
        raise ValueError("a publication cannot hold a file of that name")
    return name


def _place(folder: Path, assembled: Path) -> None:
    """Under `assembled` there is then what stood in `folder`, or, where something came in between, what was to."""
    try:
        if folder.exists():
            exchange(assembled, folder)
        else:
            os.rename(assembled, folder)  # noqa: PTH104
        sync_folder(folder.parent)
    finally:
        remove_whole(assembled)

"""Mirror the files of the publications in use to an object store.

A store cannot rename a folder, so the manifest marks a publication as complete: it is written last and removed first.
Readers must read the manifest, then the files it names, and ignore a folder without a manifest.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from advocate_score.delivery.sync import SyncResult, plan_sync
from advocate_score.errors import Fault, InputError
from advocate_score.publication.store import CURRENT, MANIFEST, SUMS, active_dates, is_date, read_manifest, read_sums
from advocate_score.sources.object_store import StoreFolder

SETTING = "[delivery] store"


def upload(url: str, target: Path, erased: Collection[str] = ()) -> SyncResult:
    """Make the folder at `url` agree with the publications in `target`, whose lock the run holds.

    The file `current` in the folder names the date in use; it is empty if there is none. If there are `erased`
    accounts, publications whose local files have changed are removed from the store.

    Raises
    ------
    InputError
        if the store does not answer or reports an error, or holds folders of dates that this program did not write.
    """
    store = StoreFolder(url)
    dates = list(filter(is_date, store.names()))
    _claim(store, dates)
    plan = plan_sync(target, {day: _digest(store, day) for day in dates})
    for day in plan.due:
        _replace(store, day, target / day)
    _set_current(store, max(active_dates(target), default=""))
    obsolete = (*plan.obsolete, *(plan.left if erased else ()))
    for day in obsolete:
        _remove(store, day)
    return SyncResult(plan.due, obsolete, plan.left)


def _claim(store: StoreFolder, dates: Sequence[str]) -> None:
    """Mark the folder as this program's with the file `current`, which may be empty.

    Without this mark, folders named by date may be someone's own exports and must not be removed; InputError is raised.
    """
    if store.read(CURRENT) is not None:
        return
    if dates:
        problem = f"holds a folder {dates[0]} and no file {CURRENT}: nothing was written, nothing taken out."
        raise InputError([Fault(SETTING, problem, "name a folder in which nothing else stands")])
    store.write(CURRENT, b"")


def _digest(store: StoreFolder, day: str) -> str:
    """The digest of the manifest; empty without a manifest, as after a killed run."""
    content = store.read(f"{day}/{MANIFEST}")
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _replace(store: StoreFolder, day: str, folder: Path) -> None:
    _remove(store, day)
    for name in (*_files(folder), MANIFEST):
        store.put(f"{day}/{name}", folder / name)


def _files(folder: Path) -> Iterator[str]:
    """Names of the files with a digest in the manifest or in the sums that it covers."""
    for name in sorted(read_manifest(folder)["files"]):
        yield name
        if Path(name).name == SUMS:
            yield from read_sums(folder / name)


def _remove(store: StoreFolder, day: str) -> None:
    store.remove(f"{day}/{MANIFEST}")
    store.remove(day)


def _set_current(store: StoreFolder, day: str) -> None:
    if store.read(CURRENT) != day.encode():
        store.write(CURRENT, day.encode())

"""Keeps in an object store the files of the nights in use.

A store cannot rename a folder, so that a night appears there with its manifest: that is written last and removed first.
Who reads a night reads the manifest, then the files that it names; one without a manifest is none.
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
    """Makes the folder at `url` agree with the publications in `target`, which the run holds; its file `current` says
    which date is in use, and is empty where none is.

    `erased`: where there are any, no night stays whose files here cannot vouch for it.

    Raises
    ------
    InputError
        where the store does not answer, or refuses; where folders of dates stand there that are not from here.
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
    """The file `current`, be it empty, is the sign that folders of dates are nights from here, which may be taken out:
    exports that somebody keeps by date must not be."""
    if store.read(CURRENT) is not None:
        return
    if dates:
        problem = f"holds a folder {dates[0]} and no file {CURRENT}: nothing was written, nothing taken out."
        raise InputError([Fault(SETTING, problem, "name a folder in which nothing else stands")])
    store.write(CURRENT, b"")


def _digest(store: StoreFolder, day: str) -> str:
    """Of the manifest; empty where it has none, since its run was killed."""
    content = store.read(f"{day}/{MANIFEST}")
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _replace(store: StoreFolder, day: str, folder: Path) -> None:
    _remove(store, day)
    for name in (*_files(folder), MANIFEST):
        store.put(f"{day}/{name}", folder / name)


def _files(folder: Path) -> Iterator[str]:
    """Those that the manifest vouches for."""
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

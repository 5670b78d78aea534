"""Brings what the configuration names by URL to this machine, where it is read as every other file is.

A run stands on its own copy: what happens in the store after it was fetched changes nothing.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from advocate_score.canonical import TABLES
from advocate_score.config import Part, Settings
from advocate_score.config.places import is_url
from advocate_score.errors import Fault, InputError
from advocate_score.sources.discover import HIDDEN, table_named
from advocate_score.sources.store import Stored, stored

Told = Callable[[int, int], None]
_PartOrTable = TypeVar("_PartOrTable", bound=Part)
_LONGEST_NAME = 255


def is_far(settings: Settings) -> bool:
    """Whether there is anything to fetch."""
    tables = [settings.sources.table(name) for name in TABLES]
    places = [part.path for table in tables for part in (table, *table.parts)]
    return any(map(is_url, (settings.sources.folder, *places)))


@contextmanager
def fetched(settings: Settings, into: Path, told: Told) -> Iterator[Settings]:
    """The settings with paths in `into` in the place of URLs, under which everything was fetched.

    `told`: hears before a file is fetched how many were, of how many. Messages name the URL of the folder, as they
    would the folder.

    Raises
    ------
    InputError
        for every file that cannot be fetched whole; where the disk has less than `[operations] keep_free` times the
        room for them.
    MissingExtraError
        without fsspec.
    """
    errands = _Errands(into.absolute())
    near = _near(settings, errands)
    _refuse_without_room(settings, into, sum(one.size for one in errands.files.values()))
    _run(errands, told)
    try:
        yield near
    except InputError as error:
        if not is_url(settings.sources.folder):
            raise
        folder, url = str(near.path(near.sources.folder)), str(settings.sources.folder)
        raise InputError([_named(fault, folder, url) for fault in error.faults]) from error


@dataclass
class _Errands:
    """Where each file goes. A URL that several parts name is one file."""

    into: Path
    files: dict[Path, Stored] = field(default_factory=dict)
    _places: dict[str, Path] = field(default_factory=dict)

    def add_file(self, url: str) -> Path:
        if url not in self._places:
            found = stored(url)
            folder = self.into / str(len(self._places))
            folder.mkdir(parents=True)
            self._places[url] = folder / found.name
            self._add(found, folder)
        return self._places[url]

    def add_folder(self, url: str, wanted: Callable[[str], bool]) -> Path:
        """An empty file stands for each that is not `wanted`, so that it is told of as in a folder of this machine."""
        folder = self.into / "tables"
        folder.mkdir(parents=True)
        for one in stored(url).inside():
            if one.name.startswith(HIDDEN) or len(one.name.encode()) > _LONGEST_NAME:
                continue
            if wanted(one.name):
                self._add(one, folder)
            else:
                (folder / one.name).touch()
        return folder

    def _add(self, one: Stored, folder: Path) -> None:
        """Of a folder, the parts of a Parquet table that lie in it."""
        if not one.is_folder:
            self.files[folder / one.name] = one
            return
        (folder / one.name).mkdir()
        parts = [part for part in one.inside() if part.name.endswith(".parquet") and not part.is_folder]
        self.files |= {folder / one.name / part.name: part for part in parts}


def _near(settings: Settings, errands: _Errands) -> Settings:
    sources = settings.sources
    update: dict[str, Any] = {}
    if isinstance(sources.folder, str):
        update["folder"] = errands.add_folder(sources.folder, lambda name: _is_read(settings, table_named(Path(name))))
    for name in TABLES:
        table = _near_part(sources.table(name), errands)
        update[name] = table.model_copy(update={"parts": tuple(_near_part(part, errands) for part in table.parts)})
    return settings.model_copy(update={"sources": sources.model_copy(update=update)})


def _is_read(settings: Settings, table: str | None) -> bool:
    """Whether the folder's file of that table is read: not where the configuration names others."""
    if table is None:
        return False
    return any(part.path is None and part.query is None for part in settings.sources.table(table).each)


def _near_part(part: _PartOrTable, errands: _Errands) -> _PartOrTable:
    if not isinstance(part.path, str):
        return part
    return part.model_copy(update={"path": errands.add_file(part.path)})


def _refuse_without_room(settings: Settings, into: Path, need: int) -> None:
    free = shutil.disk_usage(into.parent).free
    if free < settings.operations.keep_free * need:
        problem = f"{free / 1e6:.1f} MB are free, and the tables to fetch have {need / 1e6:.1f} MB."
        raise InputError([Fault(str(settings.folder), problem, "make room on that disk")])


def _run(errands: _Errands, told: Told) -> None:
    faults: list[Fault] = []
    for done, (path, one) in enumerate(errands.files.items()):
        told(done, len(errands.files))
        try:
            one.fetch(path)
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)


def _named(fault: Fault, folder: str, url: str) -> Fault:
    return Fault(*(text.replace(folder, url) for text in (fault.place, fault.problem, fault.fix)))

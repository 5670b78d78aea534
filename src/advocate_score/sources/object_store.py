"""Lists, fetches and writes files of object stores by their URLs, through fsspec.

A run works on its own copy of each file, so later changes in the store do not affect it.
"""

import errno
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from advocate_score.config import Part, Settings
from advocate_score.config.formats import part_endings
from advocate_score.config.settings import is_url
from advocate_score.config.sources import Lookup
from advocate_score.errors import AdvocateScoreError, Fault, InputError, MissingExtraError
from advocate_score.schema import TABLES
from advocate_score.sources.discover import HIDDEN, table_named

_FIX = "see that it is reached, and that its driver finds keys that open it"


@dataclass(frozen=True)
class StoreEntry:
    """A file or a folder. `state`: the metadata that the store returns, which changes when the file is rewritten."""

    url: str
    files: Any
    path: str
    state: Mapping[str, Any]

    @property
    def name(self) -> str:
        return last_part(self.path)

    @property
    def is_folder(self) -> bool:
        return self.state.get("type") == "directory"

    @property
    def size(self) -> int:
        """Size in bytes; 0 if the store does not give it."""
        return self.state.get("size") or 0

    def inside(self) -> list["StoreEntry"]:
        """The direct contents of the folder, sorted by name."""
        with translate_store_errors(self.url):
            listing = self.files.ls(self.path, detail=True)
        url, own = self.url.rstrip("/"), self.path.rstrip("/")
        entries = [(str(entry["name"]), entry) for entry in listing]
        children = [StoreEntry(f"{url}/{last_part(path)}", self.files, path, entry) for path, entry in entries]
        return sorted((child for child in children if child.path.rstrip("/") != own), key=lambda child: child.name)

    def fetch(self, into: Path) -> None:
        """Copies the file to `into`. Raises InputError if the file changes or is removed meanwhile."""
        with translate_store_errors(self.url):
            before = self.files.info(self.path)
            self.files.get_file(self.path, str(into))
            after = self.files.info(self.path)
        if before != after or before.get("size") not in (None, into.stat().st_size):
            raise InputError([Fault(self.url, "changed while it was read.", "run again when the export is done")])


def store_entry(url: str) -> StoreEntry:
    """The file or folder at `url`.

    Raises InputError if it does not exist or the store does not answer, and MissingExtraError without fsspec.
    """
    files, path = open_store(url)
    with translate_store_errors(url):
        return StoreEntry(url, files, path, files.info(path))


def open_store(url: str) -> tuple[Any, str]:
    """The store's fsspec file system, without cached listings, and the path in it. Raises as `store_entry` does."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtraError(url, "object-stores") from error
    with translate_store_errors(url):
        files, path = url_to_fs(url, use_listings_cache=False, skip_instance_cache=True)
        return files, str(path)


def last_part(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


@contextmanager
def translate_store_errors(url: str) -> Iterator[None]:
    """Turns a driver's errors into InputError. Only the kind of error is repeated, since its text may contain keys."""
    try:
        yield
    except (AdvocateScoreError, MemoryError):
        raise
    except FileNotFoundError:
        raise InputError([Fault(url, "there is no such file or folder.", "correct the URL")]) from None
    except ImportError as error:
        raise InputError([Fault(url, f"the driver of such a store is missing: {error}.", "install it")]) from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        raise InputError([Fault(url, f"the store refused: {type(error).__name__}.", _FIX)]) from None


class StoreFolder:
    """A folder of an object store, to read and write files by name.

    Names are relative to the folder at `url`. Methods raise InputError if the store does not answer or refuses.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._files, path = open_store(url)
        self._path = path.rstrip("/")

    def names(self) -> list[str]:
        """The names of the folder's direct contents, sorted; empty if the folder does not exist yet."""
        with translate_store_errors(self._url):
            try:
                paths = self._files.ls(self._path, detail=False)
            except FileNotFoundError:
                return []
        return sorted({last_part(str(path)) for path in paths} - {last_part(self._path)})

    def read(self, name: str) -> bytes | None:
        """The content of a file; None if it does not exist."""
        with translate_store_errors(self._url):
            try:
                content: bytes = self._files.cat_file(self._at(name))
            except FileNotFoundError:
                return None
        return content

    def put(self, name: str, file: Path) -> None:
        self._into(name, lambda path: self._files.put_file(str(file), path))

    def write(self, name: str, content: bytes) -> None:
        self._into(name, lambda path: self._files.pipe_file(path, content))

    def remove(self, name: str) -> None:
        """Removes a file, or a folder with its contents. Does nothing if it does not exist."""
        with translate_store_errors(self._url):
            if self._files.exists(self._at(name)):
                self._files.rm(self._at(name), recursive=True)

    def _into(self, name: str, write: Callable[[str], object]) -> None:
        with translate_store_errors(self._url):
            try:
                write(self._at(name))
            except FileNotFoundError:
                self._make_folder_of(name)
                write(self._at(name))

    def _make_folder_of(self, name: str) -> None:
        """Creates the folder of a file, for stores that have folders. Raises InputError rather than create a bucket."""
        root, _, rest = self._path.lstrip("/").partition("/")
        bucket = self._path.removesuffix(f"/{rest}") if rest else self._path
        if not root or not self._files.exists(bucket):
            raise InputError([Fault(self._url, "there is no such bucket or disk.", "correct the URL")])
        self._files.makedirs(self._at(name).rpartition("/")[0], exist_ok=True)

    def _at(self, name: str) -> str:
        return f"{self._path}/{name}"


ProgressCallback = Callable[[int, int], None]
_PartOrTable = TypeVar("_PartOrTable", bound=Part)
_LONGEST_NAME = 255


def is_remote(settings: Settings) -> bool:
    """Whether any table, or the folder of tables, is given by a URL."""
    tables = [settings.sources.table(name) for name in TABLES]
    parts = [part for table in tables for part in (table, *table.parts)]
    lookups = [lookup.within for part in parts for lookup in part.lookup.values()]
    return any(map(is_url, (settings.sources.folder, *(part.path for part in parts), *lookups)))


@contextmanager
def local_settings(settings: Settings, into: Path, progress: ProgressCallback) -> Iterator[Settings]:
    """Fetches everything that is given by a URL, and returns the settings with local paths in `into` in its place.

    `progress`: called before each file with the number of files fetched and their total. Messages about the folder of
    tables name its URL.

    Raises
    ------
    InputError
        for every file that cannot be fetched completely; if the disk has less free space than `[operations] keep_free`
        times the size of the files.
    MissingExtraError
        without fsspec.
    """
    downloads = _Downloads(into.absolute())
    local = _with_local_paths(settings, downloads)
    _refuse_without_space(settings, into, sum(entry.size for entry in downloads.files.values()))
    _run(downloads, progress)
    try:
        yield local
    except InputError as error:
        if not is_url(settings.sources.folder):
            raise
        folder, url = str(local.path(local.sources.folder)), str(settings.sources.folder)
        raise InputError([_with_url(fault, folder, url) for fault in error.faults]) from error


@dataclass
class _Downloads:
    """The local path of each file to fetch. A URL that several parts name is fetched once."""

    into: Path
    files: dict[Path, StoreEntry] = field(default_factory=dict)
    _paths: dict[str, Path] = field(default_factory=dict)

    def add_file(self, url: str) -> Path:
        if url not in self._paths:
            entry = store_entry(url)
            folder = self.into / str(len(self._paths))
            folder.mkdir(parents=True)
            self._paths[url] = folder / entry.name
            self._add(entry, folder)
        return self._paths[url]

    def add_folder(self, url: str, is_read: Callable[[str], bool]) -> Path:
        """Adds the files of a folder. A file that is not `is_read` becomes an empty one, so that the same warnings name
        it as in a local folder."""
        folder = self.into / "tables"
        folder.mkdir(parents=True)
        for entry in store_entry(url).inside():
            if entry.name.startswith(HIDDEN) or len(entry.name.encode()) > _LONGEST_NAME:
                continue
            if is_read(entry.name):
                self._add(entry, folder)
            else:
                (folder / entry.name).touch()
        return folder

    def _add(self, entry: StoreEntry, folder: Path) -> None:
        """Adds a file, or the parts of a table in a folder."""
        if not entry.is_folder:
            self.files[folder / entry.name] = entry
            return
        (folder / entry.name).mkdir()
        parts = [part for part in entry.inside() if part.name.endswith(part_endings()) and not part.is_folder]
        self.files |= {folder / entry.name / part.name: part for part in parts}


def _with_local_paths(settings: Settings, downloads: _Downloads) -> Settings:
    sources = settings.sources
    update: dict[str, Any] = {}
    if isinstance(sources.folder, str):
        update["folder"] = downloads.add_folder(
            sources.folder, lambda name: _is_read(settings, table_named(Path(name)))
        )
    for name in TABLES:
        table = _local_part(sources.table(name), downloads)
        update[name] = table.model_copy(update={"parts": tuple(_local_part(part, downloads) for part in table.parts)})
    return settings.model_copy(update={"sources": sources.model_copy(update=update)})


def _is_read(settings: Settings, table: str | None) -> bool:
    """Whether the folder's file of a table is read; it is not if the configuration names other files or queries."""
    if table is None:
        return False
    return any(part.path is None and part.query is None for part in settings.sources.table(table).each)


def _local_part(part: _PartOrTable, downloads: _Downloads) -> _PartOrTable:
    update: dict[str, Any] = {}
    if is_url(part.path):
        update["path"] = downloads.add_file(str(part.path))
    if any(is_url(lookup.within) for lookup in part.lookup.values()):
        update["lookup"] = {name: _local_lookup(lookup, downloads) for name, lookup in part.lookup.items()}
    return part.model_copy(update=update) if update else part


def _local_lookup(lookup: Lookup, downloads: _Downloads) -> Lookup:
    if not is_url(lookup.within):
        return lookup
    return lookup.model_copy(update={"within": downloads.add_file(str(lookup.within))})


def _refuse_without_space(settings: Settings, into: Path, need: int) -> None:
    free = shutil.disk_usage(into.parent).free
    if free < settings.operations.keep_free * need:
        problem = f"{free / 1e6:.1f} MB are free, and the tables to fetch have {need / 1e6:.1f} MB."
        raise InputError([Fault(str(settings.folder), problem, "make room on that disk")])


def _run(downloads: _Downloads, progress: ProgressCallback) -> None:
    faults: list[Fault] = []
    for completed, (path, entry) in enumerate(downloads.files.items()):
        progress(completed, len(downloads.files))
        try:
            entry.fetch(path)
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)


def _with_url(fault: Fault, folder: str, url: str) -> Fault:
    return Fault(*(text.replace(folder, url) for text in (fault.place, fault.problem, fault.fix)))

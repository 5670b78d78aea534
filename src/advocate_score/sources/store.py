"""Files of object stores by their URLs, through fsspec: what there is, and a copy as it stood at one instant."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advocate_score.errors import AdvocateScoreError, Fault, InputError, MissingExtraError

_FIX = "see that it is reached, and that its driver finds keys that open it"


@dataclass(frozen=True)
class Stored:
    """A file, or a folder. `state`: all that the store tells of it, which is another where it was written anew."""

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
        """Bytes; 0 where the store does not tell."""
        return self.state.get("size") or 0

    def inside(self) -> list["Stored"]:
        """What lies in the folder itself, by name."""
        with faults_told(self.url):
            told = self.files.ls(self.path, detail=True)
        url, own = self.url.rstrip("/"), self.path.rstrip("/")
        entries = [(str(entry["name"]), entry) for entry in told]
        found = [Stored(f"{url}/{last_part(path)}", self.files, path, entry) for path, entry in entries]
        return sorted((one for one in found if one.path.rstrip("/") != own), key=lambda one: one.name)

    def fetch(self, into: Path) -> None:
        """InputError where the file is written to, replaced or removed meanwhile."""
        with faults_told(self.url):
            before = self.files.info(self.path)
            self.files.get_file(self.path, str(into))
            after = self.files.info(self.path)
        if before != after or before.get("size") not in (None, into.stat().st_size):
            raise InputError([Fault(self.url, "changed while it was read.", "run again when the export is done")])


def stored(url: str) -> Stored:
    """InputError where nothing is there, or the store does not answer; MissingExtraError without fsspec."""
    files, path = opened(url)
    with faults_told(url):
        return Stored(url, files, path, files.info(path))


def opened(url: str) -> tuple[Any, str]:
    """The store as fsspec has it, which remembers no listing, and the path in it; errors as from `stored`."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtraError(url, "object-stores") from error
    with faults_told(url):
        files, path = url_to_fs(url, use_listings_cache=False, skip_instance_cache=True)
        return files, str(path)


def last_part(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


@contextmanager
def faults_told(url: str) -> Iterator[None]:
    """Of what a driver says only the kind of fault is repeated: its words may hold keys."""
    try:
        yield
    except (AdvocateScoreError, MemoryError):
        raise
    except FileNotFoundError:
        raise InputError([Fault(url, "there is no such file or folder.", "mend the URL")]) from None
    except ImportError as error:
        raise InputError([Fault(url, f"the driver of such a store is missing: {error}.", "install it")]) from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        raise InputError([Fault(url, f"the store refused: {type(error).__name__}.", _FIX)]) from None

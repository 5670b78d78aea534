"""A folder of an object store, to write into: whoever writes there says in which order."""

from collections.abc import Callable
from pathlib import Path

from advocate_score.errors import Fault, InputError
from advocate_score.sources.store import faults_told, last_part, opened


class StoreFolder:
    """Names are relative to the folder at `url`; InputError where the store does not answer, or refuses."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._files, path = opened(url)
        self._path = path.rstrip("/")

    def names(self) -> list[str]:
        """What lies in the folder itself; nothing where there is no such folder yet."""
        with faults_told(self._url):
            try:
                found = self._files.ls(self._path, detail=False)
            except FileNotFoundError:
                return []
        return sorted({last_part(str(path)) for path in found} - {last_part(self._path)})

    def read(self, name: str) -> bytes | None:
        """None where there is no such file."""
        with faults_told(self._url):
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
        """A file, or a folder with all that is in it; nothing where there is none."""
        with faults_told(self._url):
            if self._files.exists(self._at(name)):
                self._files.rm(self._at(name), recursive=True)

    def _into(self, name: str, write: Callable[[str], object]) -> None:
        with faults_told(self._url):
            try:
                write(self._at(name))
            except FileNotFoundError:
                self._make_folder_of(name)
                write(self._at(name))

    def _make_folder_of(self, name: str) -> None:
        """Stores that have folders want them made; a bucket is nothing to be made by the way."""
        root, _, rest = self._path.lstrip("/").partition("/")
        bucket = self._path.removesuffix(f"/{rest}") if rest else self._path
        if not root or not self._files.exists(bucket):
            raise InputError([Fault(self._url, "there is no such bucket or disk.", "mend the URL")])
        self._files.makedirs(self._at(name).rpartition("/")[0], exist_ok=True)

    def _at(self, name: str) -> str:
        return f"{self._path}/{name}"

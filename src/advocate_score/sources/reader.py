"""Reads any kind of source, and refuses one that changes while it is read."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module

from advocate_score.config.formats import SourceFormat
from advocate_score.errors import Fault, InputError
from advocate_score.files import digest_of_file
from advocate_score.sources.base import RawTable, refuse_width, without_blank_rows
from advocate_score.sources.discover import Source

_State = list[tuple[str, int, int, int]]


def read_source(source: Source) -> RawTable:
    """The source as a raw table: the header is read at once, the rows on demand.

    Raises InputError if the source cannot be read as declared.
    """
    _refuse_unreadable(source)
    if source.path.is_file() and not source.path.stat().st_size:
        raise InputError([Fault(source.label, "is empty: zero bytes.", "export it again, or remove it")])
    raw = _read(source.kind, source)
    refuse_width(source.label, len(raw.header))
    return replace(raw, chunks=lambda: map(without_blank_rows, raw.chunks()))


def _read(kind: SourceFormat, source: Source) -> RawTable:
    module, function = kind.reader.split(":")
    raw: RawTable = getattr(import_module(module), function)(source)
    return raw


def _refuse_unreadable(source: Source) -> None:
    for path in source.files:
        try:
            path.open("rb").close()
        except OSError as error:
            fix = "let the account that runs this read it"
            raise InputError([Fault(source.label, f"cannot be opened: {error.strerror}.", fix)]) from error


@contextmanager
def refuse_changes(source: Source) -> Iterator[None]:
    """Raises InputError if the source's files are changed, replaced or removed while they are read. This error takes
    precedence over any other that the change caused."""
    before = _state(source)
    try:
        yield
    except Exception as error:
        _refuse_change(source, before, error)
        raise
    _refuse_change(source, before)


def _refuse_change(source: Source, before: _State, cause: Exception | None = None) -> None:
    if _state(source) != before:
        fault = Fault(source.label, "changed while it was read.", "run again when the export is done")
        raise InputError([fault]) from cause


def digest(source: Source) -> str:
    """sha256 of the file, or of the names and digests of a folder's parts, ordered by name."""
    if source.path.is_file():
        return digest_of_file(source.path)
    parts = "".join(f"{path.name} {digest_of_file(path)}\n" for path in source.files)
    return hashlib.sha256(parts.encode()).hexdigest()


def _state(source: Source) -> _State:
    try:
        stats = [(file.name, file.stat()) for file in source.files]
    except FileNotFoundError:
        return []
    return [(name, stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in stats]

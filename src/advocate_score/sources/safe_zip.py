"""Refuses hostile compressed files and workbooks: zip bombs, and archives with content that no spreadsheet writes.

A compressed file may declare wrong sizes, so the bytes that come out are counted. Exports usually compress to between a
tenth and a fiftieth of their size; the limit of deflate is about a thousandth.

An archive's own declarations are not trusted: sizes are compared with the file's size, every part is read to its end,
which checks its length and checksum, and XML must not declare entities in any encoding.
"""

import re
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Protocol

from advocate_score.errors import Fault, InputError

LARGEST_RATIO = 200
_ALWAYS_ALLOWED = 64 * 2**20


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class BoundedReader:
    """A reader that raises InputError once more was unpacked than a file of `packed` bytes may contain."""

    def __init__(self, file: Readable, label: str, packed: int) -> None:
        self._file = file
        self._label = label
        self._packed = packed
        self._unpacked = 0

    def read(self, size: int, /) -> bytes:
        block = self._file.read(size)
        self._unpacked += len(block)
        refuse_bomb(self._label, self._unpacked, self._packed)
        return block


def refuse_bomb(label: str, unpacked: int, packed: int) -> None:
    """Raises InputError if `unpacked` bytes are more than an honest file of `packed` bytes contains."""
    if unpacked > max(_ALWAYS_ALLOWED, LARGEST_RATIO * packed):
        problem = f"unpacks to more than {LARGEST_RATIO} times its size of {packed:,} bytes."
        raise InputError([Fault(label, problem, "export it unpacked")])


_LARGEST_UNPACKED = 2 * 2**30
_LARGEST_IN_MEMORY = 256 * 2**20
_MOST_PARTS = 10_000
_BLOCK_BYTES = 2**20
_ENCRYPTED = 0x1
_LEGACY_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SHEETS = "xl/worksheets/"
_NEVER_PARSED = ("customXml/", "xl/model/")
_ENTITIES = b"<!DOCTYPE"
_WIDE_STARTS = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<", b"\0\0\0<", b"\0\0\xfe\xff")
_OTHER_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)


def refuse_hostile(path: Path) -> None:
    """Raises InputError if the archive is damaged, encrypted or a bomb, has paths or links that lead out of it, or
    declares XML entities."""
    _refuse_legacy(path)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _refuse_names(path.name, parts)
            _refuse_bomb(path, parts)
            for part in parts:
                _refuse_entities(path.name, archive, part)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, UnicodeError, OSError, ValueError) as error:
        raise InputError([Fault(path.name, "is not a whole XLSX file.", "export it again")]) from error


def _refuse_legacy(path: Path) -> None:
    """Refuses workbooks with a password and .xls workbooks, which have another file format."""
    with path.open("rb") as file:
        if file.read(len(_LEGACY_MARK)) == _LEGACY_MARK:
            problem = "is locked with a password, or an .xls workbook under another name."
            raise InputError([Fault(path.name, problem, "save it as .xlsx without a password, or export it as CSV")])


def _refuse_names(label: str, parts: list[zipfile.ZipInfo]) -> None:
    names = [part.filename for part in parts]
    if any(map(_leads_out, parts)):
        raise InputError([Fault(label, "holds a link, or a path that leads out of it.", "export it again")])
    if len(set(names)) != len(names):
        raise InputError([Fault(label, "holds two parts of the same name.", "export it again")])
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise InputError([Fault(label, "is locked with a password.", "save it without one")])


def _leads_out(part: zipfile.ZipInfo) -> bool:
    name = part.orig_filename.replace("\\", "/")
    path = PurePosixPath(name)
    outside = path.is_absolute() or ".." in path.parts or ":" in name.partition("/")[0]
    return outside or stat.S_ISLNK(part.external_attr >> 16)


def _refuse_bomb(path: Path, parts: list[zipfile.ZipInfo]) -> None:
    packed = path.stat().st_size
    unpacked = sum(part.file_size for part in parts)
    beside_sheets = sum(part.file_size for part in parts if not part.filename.startswith(_SHEETS))
    if unpacked > min(_LARGEST_UNPACKED, LARGEST_RATIO * packed):
        problem = f"would unpack to {unpacked:,} bytes, {unpacked // packed} times its size."
    elif beside_sheets > _LARGEST_IN_MEMORY:
        problem = f"has {beside_sheets:,} bytes beside its sheets, such as texts, which must be held in memory."
    elif sum(part.compress_size for part in parts) > packed:
        problem = "has parts that overlap."
    elif len(parts) > _MOST_PARTS:
        problem = f"has {len(parts):,} parts."
    else:
        return
    raise InputError([Fault(path.name, problem, "export it as CSV")])


def _refuse_entities(label: str, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuses a part with a document type, in which entities are declared. The whole part is searched, since the text
    before the document type can be of any length.

    Other encodings than UTF-8 are refused: the search would miss a document type there. Excel writes those for data
    models alone, in parts that nobody parses.
    """
    may_be_wide = part.filename.startswith(_NEVER_PARSED)
    with archive.open(part) as file:
        tail = b""
        is_first = True
        while block := file.read(_BLOCK_BYTES):
            if is_first and not may_be_wide and (block.startswith(_WIDE_STARTS) or _OTHER_ENCODING.match(block)):
                raise InputError([Fault(label, "has a part that is not written in UTF-8.", "export it again")])
            if _ENTITIES in tail + block:
                problem = "declares XML entities, which no spreadsheet does."
                raise InputError([Fault(label, problem, "export it again")])
            tail, is_first = block[-len(_ENTITIES) :], False

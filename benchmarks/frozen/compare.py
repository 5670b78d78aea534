"""Two folders of artefacts, file by file: which differ, and where first."""

import hashlib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

_AROUND = 60
"""Characters shown before and after the first that differs: a page or an object is one line of many thousands."""
_IN_A_ROW = 32


@dataclass(frozen=True)
class Difference:
    file: str
    where: str
    old: str = ""
    new: str = ""

    def lines(self) -> list[str]:
        shown = [("old", self.old), ("new", self.new)] if self.old or self.new else []
        return [f"{self.file}: {self.where}", *(f"    {side}: {text}" for side, text in shown)]


def differences(old: Path, new: Path) -> list[Difference]:
    """In the order of the files' names."""
    before, after = digests(old), digests(new)
    names = sorted(before.keys() | after.keys())
    return [_difference(name, old, new) for name in names if before.get(name) != after.get(name)]


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _difference(name: str, old: Path, new: Path) -> Difference:
    for folder, where in ((new, "in the old checkout alone"), (old, "in the new checkout alone")):
        if not (folder / name).is_file():
            return Difference(name, where)
    pairs = zip_longest(_lines(old / name), _lines(new / name))
    for number, (before, after) in enumerate(pairs, start=1):
        if before != after:
            return Difference(name, f"line {number}", *_shown(before, after))
    return Difference(name, "the content is the same, its bytes are not")


def _shown(before: str | None, after: str | None) -> tuple[str, str]:
    same = next((at for at, (a, b) in enumerate(zip(before or "", after or "", strict=False)) if a != b), None)
    first = min(len(before or ""), len(after or "")) if same is None else same
    return _around(before, first), _around(after, first)


def _around(line: str | None, place: int) -> str:
    if line is None:
        return "(no such line)"
    since, until = max(0, place - _AROUND), place + _AROUND
    return ("…" if since else "") + line[since:until] + ("…" if until < len(line) else "")


def _lines(file: Path) -> Iterable[str]:
    """As somebody would read the file."""
    if file.suffix == ".parquet":
        return _of_parquet(file)
    content = file.read_bytes()
    if zipfile.is_zipfile(file):
        return _of_zip(file)
    try:
        return content.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return [content[at : at + _IN_A_ROW].hex(" ") for at in range(0, len(content), _IN_A_ROW)]


def _of_parquet(file: Path) -> Iterable[str]:
    table: pa.Table = pyarrow.parquet.read_table(file)
    yield from str(table.schema).split("\n")
    for row in table.to_pylist():
        yield str(row)


def _of_zip(file: Path) -> Iterable[str]:
    """Of a workbook, each sheet cell by cell."""
    with zipfile.ZipFile(file) as packed:
        for name in packed.namelist():
            yield name
            yield from packed.read(name).decode("utf-8", errors="replace").replace("><", ">\n<").split("\n")

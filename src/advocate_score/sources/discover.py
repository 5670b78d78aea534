"""Finds the file of each canonical table: `<folder>/<table>.<ending>`, or the path that the configuration gives."""

import difflib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from advocate_score.canonical import TABLES
from advocate_score.config import Settings
from advocate_score.config.sections import Dialect, Format
from advocate_score.errors import Fault, InputError

ENDINGS: Mapping[str, Format] = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".xlsx": "xlsx",
}


@dataclass(frozen=True)
class Source:
    """One table's file and how it is written.

    `columns`: canonical name → the file's; `values`: per canonical column, the file's value → ours. `sheet`: that of a
    workbook, empty where it has but one.
    """

    table: str
    path: Path
    format: Format
    dialect: Dialect
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    sheet: str = ""

    @property
    def place(self) -> str:
        return self.path.name


@dataclass(frozen=True)
class Discovery:
    sources: Mapping[str, Source]
    warnings: tuple[str, ...]


def discover(settings: Settings) -> Discovery:
    """The sources of all tables; InputError names every table with two files, a missing or an unreadable one."""
    folder = settings.path(settings.sources.folder)
    found, strangers = _by_convention(folder)
    faults: list[Fault] = []
    sources: dict[str, Source] = {}
    for table in TABLES:
        try:
            path = _path(settings, table, found[table])
            if path is not None:
                sources[table] = _source(settings, table, path)
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    return Discovery(sources, tuple(map(_stranger, strangers)))


def _by_convention(folder: Path) -> tuple[dict[str, list[Path]], list[Path]]:
    """Files of `folder` by table, and those that look like a table but have no table's name, or no ending of ours."""
    found: dict[str, list[Path]] = defaultdict(list)
    strangers = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith((".", "~")):
            continue
        ending = _ending(path)
        name = path.name[: -len(ending)].casefold() if ending else path.name.casefold().split(".")[0]
        if name in TABLES and ending:
            found[name].append(path)
        elif ending or name in TABLES:
            strangers.append(path)
    return found, strangers


def _ending(path: Path) -> str | None:
    return next((ending for ending in ENDINGS if path.name.casefold().endswith(ending)), None)


def _path(settings: Settings, table: str, found: list[Path]) -> Path | None:
    declared = settings.sources.table(table).path
    if declared is not None:
        path = settings.path(declared)
        if not path.exists():
            fix = "mend the path; it is relative to the configuration file"
            raise InputError([Fault(f"[sources.{table}] path", f"there is no file {declared}.", fix)])
        return path
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        fix = f"keep one, or name it in [sources.{table}] path"
        raise InputError([Fault(table, f"there is more than one file for this table: {names}.", fix)])
    return found[0] if found else None


def _source(settings: Settings, table: str, path: Path) -> Source:
    own = settings.sources.table(table)
    dialect = settings.sources.dialect(table)
    ending = _ending(path)
    written_as = own.format or (ENDINGS[ending] if ending else None)
    if written_as is None:
        fix = f"say csv, parquet, jsonl or xlsx in [sources.{table}] format"
        raise InputError([Fault(path.name, "its ending does not say how the file is written.", fix)])
    if not (path.is_file() or (path.is_dir() and written_as == "parquet")):
        raise InputError([Fault(path.name, "is not a file, or is a link to nothing.", "put the export in its place")])
    return Source(table, path, written_as, dialect, own.columns, own.values, own.sheet or "")


def _stranger(path: Path) -> str:
    if _ending(path) is None:
        return f"{path.name}: is not read, since its ending is none of {', '.join(ENDINGS)}."
    close = difflib.get_close_matches(path.name.split(".")[0].casefold(), TABLES, n=1)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    return f"{path.name}: is not read, since no table has that name.{hint}"

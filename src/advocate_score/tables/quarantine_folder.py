"""Where readers find the quarantine: one run's files, whole, whatever other runs do meanwhile."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from advocate_score.canonical import TABLES
from advocate_score.config import Settings
from advocate_score.errors import ConfigurationError, Fault
from advocate_score.tables.tombstones import Tombstones, read_tombstones

REASON_COLUMNS = ("row", "id", "reason_code", "rule", "column", "message")
_NAMES = tuple(f"{table}.csv" for table in TABLES)
_FIRST_BYTES = ",".join(REASON_COLUMNS).encode()


@dataclass(frozen=True)
class QuarantineFolder:
    """`working`: where a run writes its files; `shown`: where they are once it has ended; `erased`: whose rows no
    file may hold."""

    working: Path
    shown: Path
    erased: Tombstones


@contextmanager
def opened_quarantine(settings: Settings, working: Path) -> Iterator[QuarantineFolder]:
    """At the end of a run, refused or not, its files take the place of an earlier run's.

    ConfigurationError where that would replace a file that is no quarantine.
    """
    erased = read_tombstones(settings.folder)
    folder = QuarantineFolder(working, settings.path(settings.outputs.quarantine), erased)
    _refuse_to_replace(folder.shown, settings.path(settings.sources.folder))
    working.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        _show(folder)


def _refuse_to_replace(shown: Path, tables: Path) -> None:
    problem = ""
    if shown.resolve() == tables.resolve():
        problem = "is the folder of the tables."
    elif shown.exists() and not shown.is_dir():
        problem = f"{shown} is no folder."
    elif strangers := [file.name for file in _there(shown) if not _is_quarantine(file)]:
        problem = f"{shown} holds {', '.join(strangers)}, which no run has set aside and this one would replace."
    if problem:
        raise ConfigurationError([Fault("[outputs] quarantine", problem, "name a folder of its own")])


def quarantine_files(settings: Settings) -> list[Path]:
    """Those that stand in the quarantine; ConfigurationError where one of them is no quarantine."""
    shown = settings.path(settings.outputs.quarantine)
    _refuse_to_replace(shown, settings.path(settings.sources.folder))
    return _there(shown)


def _is_quarantine(file: Path) -> bool:
    """A link is none, whatever it leads to."""
    if not stat.S_ISREG(file.lstat().st_mode):
        return False
    with file.open("rb") as start:
        return start.read(len(_FIRST_BYTES)) == _FIRST_BYTES


def _show(folder: QuarantineFolder) -> None:
    for name in _NAMES:
        made, file = folder.working / name, folder.shown / name
        if made.exists():
            folder.shown.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.move(made, file)
        else:
            file.unlink(missing_ok=True)


def _there(folder: Path) -> list[Path]:
    return [file for name in _NAMES if os.path.lexists(file := folder / name)]

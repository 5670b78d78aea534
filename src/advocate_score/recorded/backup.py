"""Copies the recorded asks and their history into one file, and takes them back from it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from advocate_score.config import Settings
from advocate_score.errors import Fault, InputError
from advocate_score.files import FILE_MODES, TEMPORARY, sync_folder
from advocate_score.recorded import database, store
from advocate_score.text import counted


@dataclass(frozen=True)
class Restored:
    """How many asks a restoration wrote and took away, and how many of the backup's are of erased accounts."""

    written: int
    taken_away: int
    left_out: int


def write_backup(settings: Settings, file: Path, now: datetime) -> int:
    """Writes every ask and its history to `file`, an SQLite database; returns the number of asks.

    Raises InputError if `file` exists, or there is nothing to copy.
    """
    if file.exists() or file.is_symlink():
        raise InputError(
            [Fault(str(file), "exists already, and a backup never overwrites a file.", "name another file")]
        )
    with store.reading(settings) as current:
        rows, changes = (list(current.rows().values()), current.history()) if current else ([], [])
    if not changes:
        raise InputError([Fault("backup", "nothing has been recorded yet.", "record an answer first")])
    unfinished = file.with_name(f"{TEMPORARY}{file.name}")
    unfinished.unlink(missing_ok=True)
    try:
        with store.changing_at(database.Location(unfinished, mode=FILE_MODES[settings.outputs.mode]), now) as copy:
            copy.copy(rows, changes)
        os.replace(unfinished, file)  # noqa: PTH105
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(file.parent)
    return len(rows)


def restore_backup(
    settings: Settings, file: Path, is_erased: Callable[[str], bool], now: datetime, *, replace: bool
) -> Restored:
    """Makes the asks those of a backup, in one transaction that the history shows.

    Parameters
    ----------
    settings : the configuration.
    file : the backup.
    is_erased : whether an account was erased; its asks stay out.
    now : naive UTC.
    replace : whether asks may be lost or changed that were recorded after the backup.

    Raises
    ------
    InputError
        if `file` is no backup, or, without `replace`, the database holds what the backup does not.
    """
    with store.reading_at(database.Location(file)) as copy:
        if copy is None:
            raise InputError([Fault(str(file), "there is no such backup.", "name the file that 'backup' wrote")])
        everything, changes = copy.rows(), copy.history()
    rows = {ask_id: row for ask_id, row in everything.items() if not is_erased(row["account_id"])}
    with store.changing(settings, now) as current:
        before = current.rows()
        lost = [ask_id for ask_id in before if ask_id not in rows]
        changed = [row for ask_id, row in rows.items() if before.get(ask_id) != row]
        overwritten = sum(row["ask_id"] in before for row in changed)
        if (lost or overwritten) and not replace:
            asks = counted(len(lost) + overwritten, "ask was", "asks were")
            problem = f"{asks} recorded or changed since, and would be lost."
            raise InputError([Fault(str(file), problem, "'backup' first, then --replace")])
        current.add_history(change for change in changes if not any(map(is_erased, change.accounts)))
        current.take_back(lost, "restored")
        current.keep(changed, "restored")
    return Restored(len(changed), len(lost), len(everything) - len(rows))

"""The Parquet file in which earlier releases kept the recorded asks: read once, then kept beside the database."""

import io
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from advocate_score.config import Settings
from advocate_score.files import FILE_MODES, replace_file, sync_folder
from advocate_score.recorded.database import damaged_error
from advocate_score.schema import ASKS

_FILE, _COPY = "asks.parquet", "asks.migrated.parquet"


def exists(settings: Settings) -> bool:
    return (_folder(settings) / _FILE).exists()


def read(settings: Settings) -> list[dict[str, Any]] | None:
    """Every ask in the file; None if there is no file. Raises InputError if it is damaged."""
    file = _folder(settings) / _FILE
    if not file.exists():
        return None
    return [dict.fromkeys(ASKS.column_names) | row for row in _table(file).to_pylist()]


def set_aside(settings: Settings) -> None:
    """Gives the file, whose asks are in the database by now, the name of the copy."""
    folder = _folder(settings)
    with suppress(FileNotFoundError):  # another run was faster
        os.replace(folder / _FILE, folder / _COPY)  # noqa: PTH105
    sync_folder(folder)


def erase_from_copy(settings: Settings, is_erased: Callable[[str], bool]) -> None:
    """Removes accounts from the copy."""
    file = _folder(settings) / _COPY
    if not file.exists():
        return
    table = _table(file)
    staying = [not is_erased(account) for account in table.column("account_id").to_pylist()]
    if not all(staying):
        buffer = io.BytesIO()
        pq.write_table(table.filter(pa.array(staying)), buffer, compression="zstd")
        replace_file(file, buffer.getvalue(), FILE_MODES[settings.outputs.mode])


def _folder(settings: Settings) -> Path:
    return settings.path(settings.programme.recorded)


def _table(file: Path) -> pa.Table:
    try:
        table = pq.read_table(file)
    except (OSError, pa.ArrowException) as error:
        raise damaged_error(str(file)) from error
    if not {"ask_id", "account_id", "level", "asked_at"} <= set(table.column_names):
        raise damaged_error(str(file))
    return table

"""The protocol of the SQL engines, and the only functions that turn a name or a value into SQL text.

Code outside this folder does not know which engine runs: its SQL must mean the same to DuckDB and Spark.
"""

import math
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import pandas as pd
import pyarrow as pa

from advocate_score.errors import AdvocateScoreError, RefusedError

Work = Callable[[Iterator[pd.DataFrame]], Iterator[pd.DataFrame]]
"""Maps an iterator of frames to an iterator of frames. Each frame has whole rows, as many as fit into memory. Setup is
done once, before the first frame."""


class OutOfMemoryError(AdvocateScoreError):
    def __init__(self, memory_limit: str) -> None:
        problem = f"the engine needs more than its memory of {memory_limit} or the disk it may spill to."
        super().__init__(f"{problem} Fix: raise [engine] memory_limit or move spill_folder")


class Engine(Protocol):
    """Runs the SQL that DuckDB and Spark share, over registered views.

    Instants are naive UTC, to the microsecond. The order of rows is undefined unless the SQL ends in ORDER BY.
    Each engine's prelude adds `days_between(start, finish)`: days as a DOUBLE, negative if finish is earlier; and
    `number_in(cell)`: a text as a DOUBLE, NULL if it is not a number.
    """

    name: str

    def register_parquet(self, view: str, path: Path) -> None:
        """Makes a Parquet file, or all Parquet files of a folder or a glob together, readable as `view`."""

    def register_frame(self, view: str, frame: pd.DataFrame) -> None:
        """Makes a frame readable as `view`, without its index. A column with only None is text."""

    def frame(self, sql: str) -> pd.DataFrame:
        """The result of `sql`: instants as datetime64[us], numbers as float64 or int64, text as pandas text."""

    def write_parquet(self, sql: str, path: Path) -> None:
        """Writes the result of `sql` as one Parquet file without holding all of it in memory."""

    def through(self, frame: pd.DataFrame, work: Work, schema: pa.Schema) -> pd.DataFrame:
        """The result of `work` on `frame`, in the frame's order; the engine may split the frame into parts.

        `work` may be sent to other processes, so it must be picklable and independent of this machine. `schema`
        describes its result.
        """

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def parquet_files(path: Path) -> list[Path]:
    """The Parquet files at a path, sorted: one file, all files of a folder, or the matches of a glob.

    Files are listed one by one because the engines' own globs fail in folders whose names contain brackets.
    """
    if path.is_file():
        return [path]
    files = sorted(path.rglob("*.parquet") if path.is_dir() else path.parent.glob(path.name))
    if not files:
        raise RefusedError(f"there is no Parquet file at {path}.")
    return files


def arrow_table(frame: pd.DataFrame) -> pa.Table:
    """The frame as an Arrow table. A column without any value has no type, so it becomes text, to be comparable."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    typed = [field.with_type(pa.string()) if pa.types.is_null(field.type) else field for field in table.schema]
    return table.cast(pa.schema(typed))


def quote_identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quote_literal(value: str | bool | int | float | datetime | Path) -> str:
    """The value as a SQL literal. Floats are written with an exponent, since Spark reads `0.5` as a DECIMAL."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case float():
            return _float(value)
        case datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ', timespec='microseconds')}'"
        case _:
            return _text(str(value))


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError("a number in SQL must be finite")
    text = repr(value)
    return text if "e" in text else f"{text}e0"


def _text(value: str) -> str:
    """A text literal. A backslash is written as CHR(92), since Spark reads it as an escape and DuckDB does not."""
    parts = ["'" + part.replace("'", "''") + "'" for part in value.split("\\")]
    return parts[0] if len(parts) == 1 else f"({' || CHR(92) || '.join(parts)})"

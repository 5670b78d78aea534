"""What every engine can do, and the only way by which a name or a value becomes SQL text. Nothing outside this folder
knows which engine runs; what is written means the same to DuckDB and Spark."""

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
"""Frames of whole rows, as many as fit, each turned into another; what it needs it makes once, before the first."""


class OutOfMemoryError(AdvocateScoreError):
    def __init__(self, memory_limit: str) -> None:
        problem = f"the engine needs more than its memory of {memory_limit} or the disk it may spill to."
        super().__init__(f"{problem} Fix: raise [engine] memory_limit or move spill_folder")


class Engine(Protocol):
    """Runs the SQL that DuckDB and Spark share, over registered views.

    Instants are naive UTC, to the microsecond. Rows come in no promised order unless the SQL ends in ORDER BY.
    Each engine's prelude adds `days_between(start, finish)`: days as a DOUBLE, negative where finish is earlier; and
    `number_in(cell)`: the number that a text is, as a DOUBLE, NULL where it is none.
    """

    name: str

    def register_parquet(self, view: str, path: Path) -> None:
        """Makes a Parquet file, or all those of a folder or of a glob in one, readable as `view`."""

    def register_frame(self, view: str, frame: pd.DataFrame) -> None:
        """Makes a frame readable as `view`, without its index; a column of nothing but None is text."""

    def frame(self, sql: str) -> pd.DataFrame:
        """The result of `sql`: instants as datetime64[us], numbers as float64 or int64, text as pandas text."""

    def write_parquet(self, sql: str, path: Path) -> None:
        """Writes the result of `sql` as one Parquet file, never holding it whole in memory."""

    def through(self, frame: pd.DataFrame, work: Work, schema: pa.Schema) -> pd.DataFrame:
        """What `work` makes of `frame`, in its order, cut into parts wherever the engine computes.

        `work` may be sent to other processes: it can be pickled, and holds nothing that only this machine has.
        `schema` is what comes out of it.
        """

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def parquet_files(path: Path) -> list[Path]:
    """Sorted, each named in full: engines' own globs trip over folders whose names hold brackets."""
    if path.is_file():
        return [path]
    files = sorted(path.rglob("*.parquet") if path.is_dir() else path.parent.glob(path.name))
    if not files:
        raise RefusedError(f"there is no Parquet file at {path}.")
    return files


def arrow_table(frame: pd.DataFrame) -> pa.Table:
    """A column without one value has no type of its own; as text it can at least be compared with text."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    typed = [field.with_type(pa.string()) if pa.types.is_null(field.type) else field for field in table.schema]
    return table.cast(pa.schema(typed))


def quote_identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quote_literal(value: str | bool | int | float | datetime | Path) -> str:
    """A literal. Floats are written with an exponent, since `0.5` alone would be a DECIMAL to Spark."""
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
    """Spark reads a backslash in a literal as an escape, DuckDB does not: it is spelled by its code."""
    parts = ["'" + part.replace("'", "''") + "'" for part in value.split("\\")]
    return parts[0] if len(parts) == 1 else f"({' || CHR(92) || '.join(parts)})"

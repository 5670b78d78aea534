"""What every engine can do. Nothing outside this folder knows which engine runs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import pandas as pd
import pyarrow as pa

from advocate_score.errors import AdvocateScoreError

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

"""The default engine: DuckDB in this process, with macros for the functions that the shared SQL needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from advocate_score.engine import base

PRELUDE = (
    "CREATE MACRO days_between(start, finish) AS (epoch_us(finish) - epoch_us(start)) / 86400000000e0",
    "CREATE MACRO number_in(cell) AS TRY_CAST(cell AS DOUBLE)",
)


_NO_PROGRESS_BAR = "SET enable_progress_bar = FALSE"
_INTERRUPTED = "Query interrupted"
"""DuckDB's message after Ctrl-C."""


class DuckdbEngine(base.Engine):
    """One in-memory database over registered files and frames.

    `memory_limit` is written as in `2GB`; `threads` 0 means one thread per core. No extension is installed or loaded
    automatically, so nothing is downloaded, and no progress bar is drawn on stdout, which is for data.
    """

    name = "duckdb"

    def __init__(self, spill_folder: Path, memory_limit: str = "2GB", threads: int = 0) -> None:
        spill_folder.mkdir(parents=True, exist_ok=True)
        options: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "temp_directory": str(spill_folder),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if threads:
            options["threads"] = threads
        self._connection = duckdb.connect(":memory:", config=options)
        self._memory_limit = memory_limit
        for statement in (_NO_PROGRESS_BAR, *PRELUDE):
            self._connection.execute(statement)

    def register_parquet(self, view: str, path: Path) -> None:
        files = ", ".join(base.quote_literal(file) for file in base.parquet_files(path))
        source = f"read_parquet([{files}], hive_partitioning = FALSE)"
        self._connection.unregister(view)
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {base.quote_identifier(view)} AS SELECT * FROM {source}")

    def register_frame(self, view: str, frame: pd.DataFrame) -> None:
        self._connection.execute(f"DROP VIEW IF EXISTS {base.quote_identifier(view)}")
        self._connection.register(view, base.arrow_table(frame))

    def frame(self, sql: str) -> pd.DataFrame:
        with self._running():
            result: pd.DataFrame = self._connection.sql(sql).to_arrow_table().to_pandas()
        return result

    def write_parquet(self, sql: str, path: Path) -> None:
        with self._running():
            self._connection.execute(f"COPY ({sql}) TO {base.quote_literal(path)} (FORMAT PARQUET)")

    def through(self, frame: pd.DataFrame, work: base.Work, schema: pa.Schema) -> pd.DataFrame:
        """Runs `work` in this process on the whole frame; `work` uses the processors itself."""
        (result,) = work(iter([frame]))
        selected: pd.DataFrame = result[schema.names]
        return selected

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _running(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            if str(error) != _INTERRUPTED:
                raise
            raise KeyboardInterrupt from error
        except duckdb.OutOfMemoryException as error:
            raise base.OutOfMemoryError(self._memory_limit) from error

"""Spark: the same SQL on many cores or machines."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa

from advocate_score import config
from advocate_score.engine.inputs import arrow_table, parquet_files
from advocate_score.engine.protocol import Engine, OutOfMemoryError, Work
from advocate_score.engine.spark.parts import join_parts
from advocate_score.engine.spark.prelude import PRELUDE
from advocate_score.engine.spark.start import start, unworried
from advocate_score.engine.spark.work import promised, remotely, spark_schema

_OUT_OF_MEMORY = ("OutOfMemoryError", "SparkOutOfMemory", "No space left on device")
_GLOB = re.compile(r"([\\{}\[\]*?])")


class SparkEngine(Engine):
    """A session of its own over registered files and frames; Spark itself is stopped only where it was started here.

    Files are read and written by every worker under the paths that they have here: on several machines they stand on
    storage that all of them mount. `memory_limit` is the heap of the driver and of each worker.
    """

    name = "spark"

    def __init__(self, settings: config.Engine, spill_folder: Path) -> None:
        spill_folder.mkdir(parents=True, exist_ok=True)
        self._session, self._is_own = start(settings, spill_folder)
        self._memory_limit = settings.memory_limit
        for statement in PRELUDE:
            self._session.sql(statement)

    def register_parquet(self, view: str, path: Path) -> None:
        files = [_uri(file) for file in parquet_files(path)]
        self._session.read.parquet(*files).createOrReplaceTempView(_view(view))

    def register_frame(self, view: str, frame: pd.DataFrame) -> None:
        with self._running():
            self._session.createDataFrame(arrow_table(frame)).createOrReplaceTempView(_view(view))

    def frame(self, sql: str) -> pd.DataFrame:
        with self._running():
            return promised(self._session.sql(sql).toArrow())

    def write_parquet(self, sql: str, path: Path) -> None:
        parts = Path(tempfile.mkdtemp(prefix=".parts-", dir=path.parent))
        try:
            with self._running():
                self._session.sql(sql).write.mode("overwrite").parquet(f"file://{parts.absolute()}")
            join_parts(parts, path)
        finally:
            shutil.rmtree(parts, ignore_errors=True)

    def through(self, frame: pd.DataFrame, work: Work, schema: pa.Schema) -> pd.DataFrame:
        with self._running():
            rows = self._session.createDataFrame(arrow_table(frame))
            return promised(rows.mapInArrow(remotely(work, schema), spark_schema(schema)).toArrow())

    def close(self) -> None:
        if self._is_own:
            self._session.stop()
            return
        for view in self._session.catalog.listTables():
            if view.isTemporary:
                self._session.catalog.dropTempView(view.name)

    @contextmanager
    def _running(self) -> Iterator[None]:
        try:
            with unworried():
                yield
        except Exception as error:
            if not any(word in str(error) for word in _OUT_OF_MEMORY):
                raise
            raise OutOfMemoryError(self._memory_limit) from error


def _view(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _uri(file: Path) -> str:
    """Of a local file, whatever the cluster takes for its own; brackets are meant."""
    return "file://" + _GLOB.sub(r"\\\1", str(file.absolute()))

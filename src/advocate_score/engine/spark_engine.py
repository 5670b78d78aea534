"""The Spark engine: runs the same SQL on many cores or machines, in a running Spark (notebook, spark-submit) or in one
that it starts."""

import logging
import os
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from advocate_score import config
from advocate_score.config import Engine as Settings
from advocate_score.engine.base import Engine, OutOfMemoryError, Work, arrow_table, parquet_files
from advocate_score.errors import MissingExtraError, RefusedError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType


def join_parts(folder: Path, path: Path) -> None:
    """Joins the Parquet parts in `folder` into one file at `path`. Parts are numbered in the order of the rows."""
    parts = sorted(folder.glob("part-*.parquet"))
    if len(parts) == 1:
        parts[0].replace(path)
        return
    with pq.ParquetWriter(path, pq.read_schema(parts[0]), compression="snappy") as file:
        for part in parts:
            with pq.ParquetFile(part) as source:
                for batch in source.iter_batches():
                    file.write_batch(batch)


_INSTANTS = "start TIMESTAMP_NTZ, finish TIMESTAMP_NTZ"
_DAYS = "CAST(TIMESTAMPDIFF(MICROSECOND, start, finish) AS DOUBLE) / 86400000000e0"
_PLAIN = "REGEXP_REPLACE(cell, '(?<=[0-9])_(?=[0-9])', '')"
_IS_NUMBER = f"REGEXP_LIKE({_PLAIN}, '^[\t-\r ]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[\t-\r ]*$')"
"""Tests for numbers explicitly, since Java also accepts `1d` and `0x1p3` and does not accept `1_000`."""

PRELUDE = (
    f"CREATE OR REPLACE TEMPORARY FUNCTION days_between({_INSTANTS}) RETURNS DOUBLE RETURN {_DAYS}",
    "CREATE OR REPLACE TEMPORARY FUNCTION number_in(cell STRING) RETURNS DOUBLE "
    f"RETURN CASE WHEN {_IS_NUMBER} THEN TRY_CAST({_PLAIN} AS DOUBLE) END",
)


Batches = Iterator[pa.RecordBatch]


def with_promised_types(table: pa.Table) -> pd.DataFrame:
    """A result as a frame with the types that the protocol promises."""
    typed = pa.schema([field.with_type(_promised_type(field.type)) for field in table.schema])
    frame: pd.DataFrame = table.cast(typed).to_pandas()
    return frame


def remotely(work: Work, schema: pa.Schema) -> Callable[[Batches], Batches]:
    """`work` in the form that Spark calls once per partition, in a worker's Python process."""

    def mapped(batches: Batches) -> Batches:
        os.environ["OMP_NUM_THREADS"] = "1"  # Spark runs one task per core
        frames = (pa.Table.from_batches([batch]).to_pandas() for batch in batches)
        for frame in work(frames):
            yield from pa.Table.from_pandas(frame, schema=schema, preserve_index=False).to_batches()

    return mapped


def spark_schema(schema: pa.Schema) -> "StructType":
    from pyspark.sql.pandas.types import from_arrow_schema

    struct: StructType = from_arrow_schema(schema, prefer_timestamp_ntz=True)
    return struct


def _promised_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.float64()
    return pa.timestamp("us") if pa.types.is_timestamp(kind) else kind


_LEAST_MIB = 512
_MIB = {"MB": 1e6 / 2**20, "GB": 1e9 / 2**20, "MiB": 1.0, "GiB": 1024.0}
_FEWEST_PARTS, _PARTS_A_CORE = 8, 4
"""Number of partitions of a local shuffle. Within one machine, further partitions cost time and gain nothing."""

_SUBMITTED = "PYSPARK_GATEWAY_PORT"
"""Environment variable that is set if spark-submit started Spark; its command line then decides where Spark runs."""

SQL_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "16384",
}
"""Settings under which the shared SQL means the same as in DuckDB: instants without a zone, names in double quotes, no
silent casts."""


def start(settings: Settings, spill_folder: Path) -> tuple["SparkSession", bool]:
    """A session with its own views and settings, and whether Spark was started for it.

    Raises RefusedError if pyspark or Java is missing, or if the memory is less than Spark needs to start.
    """
    with without_pandas_warning():
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise MissingExtraError("[engine] name: 'spark'", "spark") from error
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
        running = _running(SparkSession)
        session = (running or _start_session(SparkSession.builder, settings, spill_folder)).newSession()
        for name, value in SQL_SETTINGS.items():
            session.conf.set(name, value)
        return session, running is None


@contextmanager
def without_pandas_warning() -> Iterator[None]:
    """Suppresses pyspark's warning about newer pandas versions. It does not apply, since frames are passed by Arrow."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def _running(sessions: type["SparkSession"]) -> "SparkSession | None":
    from pyspark.errors import PySparkRuntimeError

    try:
        return sessions.active()
    except PySparkRuntimeError:
        return None


def _start_session(builder: "SparkSession.Builder", settings: Settings, spill_folder: Path) -> "SparkSession":
    _refuse_without_java()
    if not settings.master or settings.master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # this interpreter, not the `python3` on the path
    for name, value in _own_settings(settings, spill_folder).items():
        builder = builder.config(name, value)
    try:
        return builder.appName("advocate-score").getOrCreate()
    except Exception as error:
        problem = f"Spark does not start ({type(error).__name__}: {str(error).splitlines()[0][:200]})."
        raise RefusedError(f"{problem} Fix: look at [engine] and at what Java said before") from error


def _own_settings(settings: Settings, spill_folder: Path) -> dict[str, str]:
    """The Spark settings of this engine. Under spark-submit, its command line decides memory, folders and master."""
    if "," in str(spill_folder):
        problem = "to Spark a folder's name ends at a comma."
        raise RefusedError(f"[engine] spill_folder: {problem} Fix: name one without, or move the configuration")
    quiet = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    spilling = {"spark.local.dir": str(spill_folder), "spark.sql.warehouse.dir": str(spill_folder / "warehouse")}
    if _SUBMITTED in os.environ:
        return quiet
    memory = {"spark.driver.memory": f"{_mebibytes(settings.memory_limit)}m", "spark.driver.maxResultSize": "0"}
    log = files("advocate_score.engine").joinpath("log4j2.properties")
    java = {"spark.driver.extraJavaOptions": f'"-Dlog4j2.configurationFile=file:{log}"'}
    if settings.master:
        return {"spark.master": settings.master, "spark.executor.memory": memory["spark.driver.memory"]} | (
            quiet | spilling | memory | java
        )
    cores = settings.threads or os.cpu_count() or 1
    local = {
        "spark.master": f"local[{cores}]",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": str(max(_FEWEST_PARTS, _PARTS_A_CORE * cores)),
    }
    return local | quiet | spilling | memory | java


def _refuse_without_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which("java") or (home and Path(home, "bin", "java").is_file())):
        raise RefusedError("[engine] name: 'spark' needs Java 17 or newer. Fix: install one, or set JAVA_HOME")


def _mebibytes(size: str) -> int:
    unit = next(unit for unit in _MIB if size.endswith(unit))
    mebibytes = int(float(size.removesuffix(unit)) * _MIB[unit])
    if mebibytes < _LEAST_MIB:
        raise RefusedError(f"[engine] memory_limit: Spark does not start with {size}. Fix: at least {_LEAST_MIB}MiB")
    return mebibytes


_OUT_OF_MEMORY = ("OutOfMemoryError", "SparkOutOfMemory", "No space left on device")
_GLOB = re.compile(r"([\\{}\[\]*?])")


class SparkEngine(Engine):
    """A session of its own over registered files and frames. Closing it stops Spark only if it was started here.

    Every worker reads and writes files under the same paths as this machine, so a cluster needs storage that all
    machines mount. `memory_limit` is the heap of the driver and of each worker.
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
            return with_promised_types(self._session.sql(sql).toArrow())

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
            return with_promised_types(rows.mapInArrow(remotely(work, schema), spark_schema(schema)).toArrow())

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
            with without_pandas_warning():
                yield
        except Exception as error:
            if not any(word in str(error) for word in _OUT_OF_MEMORY):
                raise
            raise OutOfMemoryError(self._memory_limit) from error


def _view(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _uri(file: Path) -> str:
    """The URI of a local file, whatever the cluster's default file system is. Glob characters are escaped."""
    return "file://" + _GLOB.sub(r"\\\1", str(file.absolute()))

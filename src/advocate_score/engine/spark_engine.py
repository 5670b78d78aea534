"""Spark: the same SQL on many cores or machines, in a session that runs already (a notebook, spark-submit) or one of
our own."""

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
    """Parts are numbered in the order of the rows."""
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
"""To Java `1d` and `0x1p3` are numbers too, and `1_000` is none."""

PRELUDE = (
    f"CREATE OR REPLACE TEMPORARY FUNCTION days_between({_INSTANTS}) RETURNS DOUBLE RETURN {_DAYS}",
    "CREATE OR REPLACE TEMPORARY FUNCTION number_in(cell STRING) RETURNS DOUBLE "
    f"RETURN CASE WHEN {_IS_NUMBER} THEN TRY_CAST({_PLAIN} AS DOUBLE) END",
)


Batches = Iterator[pa.RecordBatch]


def promised(table: pa.Table) -> pd.DataFrame:
    """A result in the types that the protocol names."""
    typed = pa.schema([field.with_type(_promised(field.type)) for field in table.schema])
    frame: pd.DataFrame = table.cast(typed).to_pandas()
    return frame


def remotely(work: Work, schema: pa.Schema) -> Callable[[Batches], Batches]:
    """`work` as Spark calls it, once a partition, in a worker's own Python."""

    def mapped(batches: Batches) -> Batches:
        os.environ["OMP_NUM_THREADS"] = "1"  # a task has a core, and every core has a task
        frames = (pa.Table.from_batches([batch]).to_pandas() for batch in batches)
        for frame in work(frames):
            yield from pa.Table.from_pandas(frame, schema=schema, preserve_index=False).to_batches()

    return mapped


def spark_schema(schema: pa.Schema) -> "StructType":
    from pyspark.sql.pandas.types import from_arrow_schema

    struct: StructType = from_arrow_schema(schema, prefer_timestamp_ntz=True)
    return struct


def _promised(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.float64()
    return pa.timestamp("us") if pa.types.is_timestamp(kind) else kind


_LEAST_MIB = 512
_MIB = {"MB": 1e6 / 2**20, "GB": 1e9 / 2**20, "MiB": 1.0, "GiB": 1024.0}
_FEWEST_PARTS, _PARTS_A_CORE = 8, 4
"""Of a shuffle within this machine, where a part more costs and nothing is gained by spreading."""

_SUBMITTED = "PYSPARK_GATEWAY_PORT"
"""Set where spark-submit has started Spark; its own command line says then where the work is done."""

SQL_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "16384",
}
"""What makes the shared SQL mean the same here: instants without a zone, names in double quotes, no silent casts."""


def start(settings: Settings, spill_folder: Path) -> tuple["SparkSession", bool]:
    """A session with names and settings of its own, and whether Spark was started for it.

    RefusedError where pyspark or Java is missing, or the memory is less than Spark starts with.
    """
    with unworried():
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise MissingExtraError("[engine] name: 'spark'", "spark") from error
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
        running = _running(SparkSession)
        session = (running or _started(SparkSession.builder, settings, spill_folder)).newSession()
        for name, value in SQL_SETTINGS.items():
            session.conf.set(name, value)
        return session, running is None


@contextmanager
def unworried() -> Iterator[None]:
    """Without the warning of every pyspark so far that pandas is younger than itself: frames go by Arrow alone."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def _running(sessions: type["SparkSession"]) -> "SparkSession | None":
    from pyspark.errors import PySparkRuntimeError

    try:
        return sessions.active()
    except PySparkRuntimeError:
        return None


def _started(builder: "SparkSession.Builder", settings: Settings, spill_folder: Path) -> "SparkSession":
    _refuse_without_java()
    if not settings.master or settings.master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # what runs here and not what `python3` happens to be
    for name, value in _own_settings(settings, spill_folder).items():
        builder = builder.config(name, value)
    try:
        return builder.appName("advocate-score").getOrCreate()
    except Exception as error:
        problem = f"Spark does not start ({type(error).__name__}: {str(error).splitlines()[0][:200]})."
        raise RefusedError(f"{problem} Fix: look at [engine] and at what Java said before") from error


def _own_settings(settings: Settings, spill_folder: Path) -> dict[str, str]:
    """Where spark-submit or a cluster's own files say something of the kind, they are asked first."""
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

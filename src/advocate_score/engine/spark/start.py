"""A Spark session to work in: one that runs already (a notebook, spark-submit), or one of our own."""

import logging
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from advocate_score.config import Engine as Settings
from advocate_score.errors import MissingExtraError, RefusedError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

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
    log = files("advocate_score.engine.spark").joinpath("log4j2.properties")
    java = {"spark.driver.extraJavaOptions": f'"-Dlog4j2.configurationFile=file:{log}"'}
    if settings.master:
        return {"spark.master": settings.master, "spark.executor.memory": memory["spark.driver.memory"]} | (
            quiet | spilling | memory | java
        )
    cores = settings.threads or os.cpu_count() or 1
    here = {
        "spark.master": f"local[{cores}]",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": str(max(_FEWEST_PARTS, _PARTS_A_CORE * cores)),
    }
    return here | quiet | spilling | memory | java


def _refuse_without_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which("java") or (home and Path(home, "bin", "java").is_file())):
        raise RefusedError("[engine] name: 'spark' needs Java 17 or newer. Fix: install one, or set JAVA_HOME")


def _mebibytes(size: str) -> int:
    unit = next(unit for unit in _MIB if size.endswith(unit))
    found = int(float(size.removesuffix(unit)) * _MIB[unit])
    if found < _LEAST_MIB:
        raise RefusedError(f"[engine] memory_limit: Spark does not start with {size}. Fix: at least {_LEAST_MIB}MiB")
    return found

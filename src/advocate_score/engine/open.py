"""Opens the configured engine; engines are imported only when they are asked for."""

from pathlib import Path

from advocate_score import config
from advocate_score.engine.protocol import Engine


def open_engine(settings: config.Engine, spill_folder: Path) -> Engine:
    """An engine that keeps within the configured memory and spills to `spill_folder` (made if missing)."""
    if settings.name == "spark":
        from advocate_score.engine.spark.session import SparkEngine

        return SparkEngine(settings, spill_folder)
    from advocate_score.engine.duckdb.session import DuckdbEngine

    return DuckdbEngine(spill_folder, settings.memory_limit, settings.threads)

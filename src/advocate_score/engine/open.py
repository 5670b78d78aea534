"""Opens the configured engine; engines are imported only when they are asked for."""

from pathlib import Path

from advocate_score import config
from advocate_score.engine.protocol import Engine
from advocate_score.errors import RefusedError


def open_engine(settings: config.Engine, spill_folder: Path) -> Engine:
    """An engine that keeps within the configured memory and spills to `spill_folder` (made if missing)."""
    if settings.name == "spark":
        raise RefusedError("[engine] name: 'spark' cannot be used yet. Fix: name = 'duckdb'")
    from advocate_score.engine.duckdb.session import DuckdbEngine

    return DuckdbEngine(spill_folder, settings.memory_limit, settings.threads)

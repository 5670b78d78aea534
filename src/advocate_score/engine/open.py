"""Opens the configured engine. An engine is imported only if it is used."""

from pathlib import Path
from tempfile import TemporaryFile

from advocate_score import config
from advocate_score.engine.base import Engine
from advocate_score.errors import Fault, InputError


def open_engine(settings: config.Engine, spill_folder: Path) -> Engine:
    """An engine that stays within the configured memory and spills to `spill_folder`, which is created if missing.

    Raises InputError if the folder is not writable, since a run would otherwise fail only once its memory is full.
    """
    _refuse_unwritable(spill_folder)
    if settings.name == "spark":
        from advocate_score.engine.spark_engine import SparkEngine

        return SparkEngine(settings, spill_folder)
    from advocate_score.engine.duckdb_engine import DuckdbEngine

    return DuckdbEngine(spill_folder, settings.memory_limit, settings.threads)


def _refuse_unwritable(spill_folder: Path) -> None:
    try:
        spill_folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=spill_folder):
            pass
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no file can have this name"
        fix = "name a folder that this user may write to, on a disk with room"
        raise InputError(
            [Fault("[engine] spill_folder", f"{spill_folder} cannot be written to: {why}.", fix)]
        ) from error

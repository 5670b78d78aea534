"""How far is `check` of a large table from merely copying its file? Arguments: rows of interactions, repeats.

    python -m benchmarks.check 20000000

The limit: DuckDB copies the same file, every cell typed, to Parquet. Beside it: pandera alone, on cells that are
already typed, as frames of pandas. Files are drawn by hashing and kept beside each other in a temporary folder.
"""

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from benchmarks.hashed import accounts_sql, interactions_sql, write_tables
from benchmarks.measured import Row, asked, compared, row, tell

from advocate_score.config import Settings
from advocate_score.engine.open import open_engine
from advocate_score.schema import TABLES
from advocate_score.tables.ingest import prepare
from advocate_score.tables.validation import contract

ENDINGS = ("parquet", "csv")
EVENTS_PER_ACCOUNT = 20
_NULLABLE = {pa.int64(): "Int64", pa.bool_(): "boolean"}


def checked(tables: Path) -> None:
    """What `check` does: reads every table, sets rows aside, judges duplicates, accounts and times."""
    with tempfile.TemporaryDirectory(dir=tables) as work:
        folder = Path(work)
        settings = Settings.model_validate({"folder": folder, "sources": {"folder": tables, "time_zone": "UTC"}})
        with open_engine(settings.engine, folder / "spill") as engine:
            counts = prepare(settings, engine, folder / "work").counts["interactions"]
        assert counts.rows_in == counts.accepted > 0


def copied(file: Path) -> None:
    with tempfile.TemporaryDirectory(dir=file.parent) as work, duckdb.connect(config=_limits(work)) as database:
        database.execute(f"COPY (FROM '{file}') TO '{work}/copy.parquet'")


def held_against_pandera(file: Path) -> Callable[[], None]:
    """Cells as the contract has them; the import is paid before."""
    schema = contract(TABLES["interactions"])

    def validate() -> None:
        for batch in pq.ParquetFile(file).iter_batches(200_000):
            schema.validate(pa.Table.from_batches([batch]).to_pandas(types_mapper=_pandas_type), lazy=True)

    return validate


def _pandas_type(kind: pa.DataType) -> object:
    import pandas as pd

    return pd.api.types.pandas_dtype(_NULLABLE[kind]) if kind in _NULLABLE else None


def _limits(work: str) -> dict[str, str | bool | int | float | list[str]]:
    return {"memory_limit": "2GB", "temp_directory": work, "preserve_insertion_order": False}


def figures(rows: int, repeats: int) -> list[Row]:
    told: list[Row] = []
    accounts = max(1, rows // EVENTS_PER_ACCOUNT)
    made = {"accounts": accounts_sql(accounts), "interactions": interactions_sql(rows, accounts)}
    with tempfile.TemporaryDirectory() as folder:
        for ending in ENDINGS:
            tables = Path(folder) / ending
            write_tables(tables, made, ending)
            file = tables / f"interactions.{ending}"
            works = {"DuckDB copies the file": partial(copied, file), "`check`": partial(checked, tables)}
            if ending == "parquet":
                works["pandera on frames of pandas, nothing else"] = partial(held_against_pandera, file)
            costs = compared(works, repeats)
            limit = costs["DuckDB copies the file"]
            told += [row(what, cost, limit, file=ending, rows=rows) for what, cost in costs.items()]
    return told


def main(arguments: Sequence[str] | None = None) -> None:
    given = asked(__doc__, "rows", 2_000_000, arguments)
    tell("check", figures(given.rows, given.repeats), as_json=given.json)


if __name__ == "__main__":
    main()

"""What is registered with an engine, made the same for all of them."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from advocate_score.errors import RefusedError


def parquet_files(path: Path) -> list[Path]:
    """Sorted, each named in full: engines' own globs trip over folders whose names hold brackets."""
    if path.is_file():
        return [path]
    files = sorted(path.rglob("*.parquet") if path.is_dir() else path.parent.glob(path.name))
    if not files:
        raise RefusedError(f"there is no Parquet file at {path}.")
    return files


def arrow_table(frame: pd.DataFrame) -> pa.Table:
    """A column without one value has no type of its own; as text it can at least be compared with text."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    typed = [field.with_type(pa.string()) if pa.types.is_null(field.type) else field for field in table.schema]
    return table.cast(pa.schema(typed))

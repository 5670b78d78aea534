"""How tables are kept on disk while a run lasts."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROW = "source row"
"""Column of source row numbers in staged tables; a blank in its name keeps it apart from every column of an export."""


def table_file(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A Parquet file to write to. Values that hardly repeat are not looked up in a dictionary, which costs more time
    than it saves room."""
    others = list(schema)[1:]
    repeating = [field.name for field in others if pa.types.is_string(field.type)]
    return pq.ParquetWriter(path, schema, use_dictionary=repeating, compression="lz4")

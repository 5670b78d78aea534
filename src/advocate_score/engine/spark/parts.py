"""The folder of parts that Spark writes → one Parquet file, a row group at a time."""

from pathlib import Path

import pyarrow.parquet as pq


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

"""Between Spark's batches and the frames that the rest of the program knows."""

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from advocate_score.engine.protocol import Work

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

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

    found: StructType = from_arrow_schema(schema, prefer_timestamp_ntz=True)
    return found


def _promised(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.float64()
    return pa.timestamp("us") if pa.types.is_timestamp(kind) else kind

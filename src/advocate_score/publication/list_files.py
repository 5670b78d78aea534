"""The files of a publication that hold lists, as bytes."""

import io
from collections.abc import Mapping
from itertools import chain

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from advocate_score import config
from advocate_score.ladder import LEVELS
from advocate_score.publication.by_owner import by_owner
from advocate_score.publication.crm_load import crm_load, crm_load_files
from advocate_score.publication.lists import Edition
from advocate_score.publication.spreadsheet_csv import csv_bytes, csv_parts
from advocate_score.publication.workbook import WORKBOOK
from advocate_score.publication.workbook_sheets import candidates_workbook

_ROW_GROUP = 1024 * 1024


def list_files(
    table: pd.DataFrame,
    candidates: pd.DataFrame,
    resting: pd.DataFrame,
    further: Mapping[str, pd.DataFrame],
    edition: Edition,
    outputs: config.Outputs,
) -> dict[str, bytes]:
    """File name → content: the five lists, candidates, resting, the `further` lists, one file an owner, crm_load, the
    workbook and readiness, as far as `outputs` wants them. Only what people open has the spreadsheet's dialect.

    `further`: file name → frame; its nurture.csv goes into the owners' files too.
    """
    files: dict[str, bytes] = {}
    if "csv" in outputs.formats:
        people = {f"{level.list_name}.csv": candidates[candidates["level"] == level.number] for level in LEVELS}
        people |= {"candidates.csv": candidates, "resting.csv": resting, **further}
        files |= {name: csv_bytes(frame, outputs.csv) for name, frame in people.items()}
        own = csv_parts(*by_owner(candidates, resting, further["nurture.csv"]), outputs.csv)
        files |= {f"by_owner/{name}": content for name, content in own.items()}
        files |= crm_load_files(crm_load(table, edition.as_of, edition.ladder), outputs)
    if "xlsx" in outputs.formats:
        files[WORKBOOK] = candidates_workbook(candidates, resting, further, edition)
    if "parquet" in outputs.formats:
        files["readiness.parquet"] = parquet_bytes(table)
    return files


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """Parquet with nothing in it but the rows and their types, so that equal frames are equal bytes."""
    buffer = io.BytesIO()
    parts = (_plain(frame.iloc[start : start + _ROW_GROUP]) for start in range(0, max(1, len(frame)), _ROW_GROUP))
    first = next(parts)
    with pq.ParquetWriter(buffer, first.schema, compression="zstd") as file:
        for part in chain([first], parts):
            file.write_table(part, _ROW_GROUP)
    return buffer.getvalue()


def _plain(frame: pd.DataFrame) -> pa.Table:
    arrow = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    plain = [
        pa.field(field.name, field.type if pa.types.is_primitive(field.type) else pa.string()) for field in arrow.schema
    ]
    return arrow.cast(pa.schema(plain))

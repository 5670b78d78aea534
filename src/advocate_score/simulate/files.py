"""Writes a simulated CRM: the tables as an export would look, the truth in a folder of its own."""

import gzip
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from advocate_score.simulate.crm import SimulatedCrm

COMPRESSED_FROM = 200_000
"""Rows from which a table is written as `.csv.gz`."""
_LEVEL = 3
TRUTH = ("truth.parquet", "ask_truth.parquet")
"""By which a folder is known to hold a simulation."""


def write_crm(crm: SimulatedCrm, folder: Path) -> None:
    """`folder/tables/<table>.csv` (`.csv.gz` if large), `folder/truth/truth.parquet` and `ask_truth.parquet`.

    Tables and truth of an earlier world are replaced. The same CRM gives the same bytes.
    """
    tables, truth = folder / "tables", folder / "truth"
    for place in (tables, truth):
        place.mkdir(parents=True, exist_ok=True)
    for name, frame in crm.tables.items():
        _write_csv(frame, tables, name)
    for name, frame in zip(TRUTH, (crm.truth, crm.ask_truth), strict=True):
        frame.to_parquet(truth / name, index=False)


def _write_csv(frame: pd.DataFrame, folder: Path, name: str) -> None:
    """One file a table: what an earlier world left under the other ending goes."""
    plain, compressed = folder / f"{name}.csv", folder / f"{name}.csv.gz"
    table = _as_text(pa.Table.from_pandas(frame, preserve_index=False))
    if table.num_rows < COMPRESSED_FROM:
        compressed.unlink(missing_ok=True)
        _put(table, plain)
        return
    plain.unlink(missing_ok=True)
    with compressed.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as stream:
        _put(table, stream)


def _put(table: pa.Table, target: object) -> None:
    options = pyarrow.csv.WriteOptions(quoting_style="needed")
    pyarrow.csv.write_csv(table, target, options)


def _as_text(table: pa.Table) -> pa.Table:
    """Times as ISO 8601 with a `Z`."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            seconds = table.column(place).cast(pa.timestamp("s"), safe=False)
            text = pc.strftime(seconds, format="%Y-%m-%dT%H:%M:%SZ")
            table = table.set_column(place, field.name, text)
    return table

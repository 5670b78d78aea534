"""The contract of each table, for pandera: types, required values and bounds, made from the canonical columns."""

from functools import lru_cache

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa

from advocate_score.canonical import TABLES, Column, Table
from advocate_score.tables.findings import Findings
from advocate_score.tables.values import OTHER

PANDAS_TYPES = {
    "id": "str",
    "text": "str",
    "choice": "str",
    "time": "datetime64[us]",
    "number": "float64",
    "integer": "Int64",
    "flag": "boolean",
}
_NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
_CODES = {"not_nullable": "missing_required"}


@lru_cache
def contract(table: str) -> pandera.DataFrameSchema:
    """The contract of a canonical table. Columns that an export may lack are optional; extra ones are free."""
    columns = {column.name: _column(column) for column in TABLES[table].columns}
    return pandera.DataFrameSchema(columns, coerce=False, strict=False, name=table)


def _column(column: Column) -> pandera.Column:
    checks = []
    if column.minimum is not None:
        checks.append(pandera.Check.ge(column.minimum, error="out_of_range"))
    if column.maximum is not None:
        checks.append(pandera.Check.le(column.maximum, error="out_of_range"))
    if column.choices:
        checks.append(pandera.Check.isin((*column.choices, OTHER), error="not_a_choice"))
    return pandera.Column(
        PANDAS_TYPES[column.type], checks, nullable=not column.required, required=column.required, name=column.name
    )


def check_contract(cells: pa.Table, table: Table, findings: Findings) -> None:
    """Adds the rows that break the table's contract to `findings`.

    A cell that could not be cast is null by now: that it is missing is no second fault.
    """
    frame = cells.to_pandas(types_mapper=_NULLABLE.get)
    try:
        contract(table.name).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        if cases["index"].isna().any():
            raise
        for (column, check), group in cases.groupby(["column", "check"], sort=False):
            rows = np.zeros(len(frame), np.bool_)
            rows[group["index"].to_numpy(np.int64)] = True
            findings.fail(_CODES.get(check, check), column, rows & ~findings.failed_in(column))

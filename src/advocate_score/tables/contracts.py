"""The contract of each table, for pandera: types, required values and bounds, made from the canonical columns."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.canonical import TABLES, Column, Table
from advocate_score.tables.findings import Findings, Mask, as_mask
from advocate_score.tables.parse import ARROW_TYPES
from advocate_score.tables.values import OTHER

if TYPE_CHECKING:
    import pandera.pandas as pandera

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
def contract(table: str) -> "pandera.DataFrameSchema":
    """The contract of a canonical table. Columns that an export may lack are optional; extra ones are free."""
    import pandera.pandas as pandera

    columns = {column.name: _column(column) for column in TABLES[table].columns}
    return pandera.DataFrameSchema(columns, coerce=False, strict=False, name=table)


def _column(column: Column) -> "pandera.Column":
    import pandera.pandas as pandera

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


def suspects(cells: pa.Table, table: Table) -> Mask:
    """Rows in which there is something for pandera to find: none, as a rule, and it is slow. Every row where a column
    is not what the contract says."""
    mask = np.zeros(cells.num_rows, np.bool_)
    for column in table.columns:
        if column.name in cells.column_names:
            given = cells.column(column.name)
            is_typed = given.type == ARROW_TYPES[column.type]
            mask |= _breaking(given, column) if is_typed else True
        elif column.required:
            mask |= True
    return mask


def _breaking(given: pa.ChunkedArray, column: Column) -> Mask:
    kinds = []
    if column.required:
        kinds.append(pc.is_null(given))
    if column.minimum is not None:
        kinds.append(pc.less(given, column.minimum))
    if column.maximum is not None:
        kinds.append(pc.greater(given, column.maximum))
    if column.choices:
        kinds.append(pc.and_(pc.is_valid(given), pc.invert(pc.is_in(given, pa.array((*column.choices, OTHER))))))
    masks = [as_mask(kind.combine_chunks()) for kind in kinds]
    broken: Mask = np.logical_or.reduce([np.zeros(len(given), np.bool_), *masks])
    return broken


def check_contract(cells: pa.Table, table: Table, findings: Findings) -> None:
    """Adds the rows that break the table's contract to `findings`.

    A cell that could not be cast is null by now: that it is missing is no second fault.
    """
    at = np.flatnonzero(suspects(cells, table))
    if not len(at):
        return
    import pandera.errors

    frame = cells.take(pa.array(at)).to_pandas(types_mapper=_NULLABLE.get)
    try:
        contract(table.name).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        if cases["index"].isna().any():
            raise
        for (column, check), group in cases.groupby(["column", "check"], sort=False):
            rows = np.zeros(cells.num_rows, np.bool_)
            rows[at[group["index"].to_numpy(np.int64)]] = True
            findings.fail(_CODES.get(check, check), column, rows & ~findings.failed_in(column))

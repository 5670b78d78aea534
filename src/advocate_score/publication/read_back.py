"""The lists of a publication as typed tables again: texts as the CRM has them, numbers, days and instants as such."""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from advocate_score.publication.past import Past
from advocate_score.publication.spreadsheet_csv import Dialect, decoded
from advocate_score.spreadsheet_text import as_it_was
from advocate_score.windows import parse_as_of

LISTS: Mapping[str, str] = {
    "candidates": "candidates.csv",
    "ask_plan": "ask_plan.csv",
    "nurture": "nurture.csv",
    "resting": "resting.csv",
    "reference_pool": "reference_pool.csv",
    "advisory_board": "advisory_board.csv",
    "readiness": "readiness.parquet",
}
"""Name of a list → the file that holds it whole."""

_NUMBERS = ("readiness", "readiness_low", "readiness_high", "completion", "threshold", "diversity")
_TYPES: Mapping[str, pa.DataType] = {
    **dict.fromkeys(("rank", "priority", "level", "asks_last_365d"), pa.int64()),
    **dict.fromkeys((*_NUMBERS, "expected_value", "propensity"), pa.float64()),
    **dict.fromkeys(("eligible", "exploration"), pa.bool_()),
    **dict.fromkeys(("since", "until"), pa.date32()),
    **dict.fromkeys(("as_of", "last_asked_at"), pa.timestamp("us")),
}
"""Of the columns that are no text, in every list that has them. Instants are naive UTC."""


def read_back(past: Past) -> dict[str, pa.Table]:
    """Those of `LISTS` that were published and are as they were; an unknown value is null."""
    paths = {name: past.file(file) for name, file in LISTS.items()}
    found = {name: path.read_bytes() for name, path in paths.items() if path is not None}
    return {name: _read(LISTS[name], content) for name, content in found.items()}


def _read(file: str, content: bytes) -> pa.Table:
    if file.endswith(".parquet"):
        table = pq.read_table(io.BytesIO(content))
        return table.cast(pa.schema([(name, _TYPES.get(name, pa.string())) for name in table.column_names]))
    how, header, rows = decoded(content)
    cells = zip(*rows, strict=True) if rows else [()] * len(header)
    columns = [_column(name, column, how) for name, column in zip(header, cells, strict=True)]
    return pa.Table.from_arrays(columns, names=header)


def _column(name: str, cells: Sequence[str], how: Dialect) -> pa.Array:
    kind = _TYPES.get(name, pa.string())
    value = _value(kind, how)
    known = {cell: value(cell) for cell in set(cells) if cell}
    return pa.array(map(known.get, cells), kind)


def _value(kind: pa.DataType, how: Dialect) -> Callable[[str], Any]:
    if pa.types.is_integer(kind):
        return int
    if pa.types.is_floating(kind):
        return partial(_number, decimal=how.decimal)
    if pa.types.is_boolean(kind):
        return "true".__eq__
    if pa.types.is_date(kind):
        return _day
    return parse_as_of if pa.types.is_timestamp(kind) else partial(as_it_was, other_delimiter=how.other_delimiter)


def _number(cell: str, decimal: str) -> float:
    return float(cell.replace(decimal, "."))


def _day(cell: str) -> date:
    return datetime.fromisoformat(cell).date()

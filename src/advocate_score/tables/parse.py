"""Casts a chunk of text by the contract of its table; what cannot be cast is a failure with its row, never a guess."""

import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.canonical import Column, Table
from advocate_score.sources.discover import Source
from advocate_score.tables import values
from advocate_score.tables.findings import Findings
from advocate_score.tables.salesforce import lengthen
from advocate_score.tables.times import TimeColumn, cast_times

ARROW_TYPES: dict[str, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "choice": pa.string(),
    "time": pa.timestamp("us"),
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
}
E_MAIL = "e-mail address"
_E_MAIL = r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}"


def parse(cells: pa.Table, table: Table, source: Source, typed: frozenset[str], findings: Findings) -> pa.Table:
    """Typed columns under our names; an export's extra columns stay text. `typed`: times of a typed source."""
    canonical = {column.name: column for column in table.columns}
    columns = {}
    for name in cells.column_names:
        text = values.clean(cells.column(name).combine_chunks(), name, findings)
        if name in source.values:
            text = values.map_values(text, name, source.values[name], findings)
        column = canonical.get(name, Column(name, "text", ""))
        columns[name] = _cast(text, column, source, name in typed, findings)
    return pa.table(columns)


def _cast(text: pa.Array, column: Column, source: Source, typed: bool, findings: Findings) -> pa.Array:
    name, decimal = column.name, source.dialect.decimal
    match column.type:
        case "id":
            text = lengthen(values.cast_ids(text, name, findings), name, findings)
        case "time":
            written = TimeColumn(name, source.place, source.dialect, typed, source.format == "xlsx")
            text = cast_times(text, written, findings)
        case "number":
            text = values.cast_numbers(text, name, decimal, findings)
        case "integer":
            text = values.cast_integers(text, name, decimal, findings)
        case "flag":
            text = values.cast_flags(text, name, findings)
        case "choice":
            text = values.cast_choices(text, name, column.choices, findings)
        case _:
            _look_for_addresses(text, name, findings)
    return text


def _look_for_addresses(text: pa.Array, name: str, findings: Findings) -> None:
    """Free text should hold no e-mail address; an owner may well be written as one."""
    if name != "owner" and pc.any(pc.match_substring(text, "@")).as_py():
        findings.tally(name, E_MAIL, pc.sum(pc.match_substring_regex(text, _E_MAIL)).as_py() or 0)

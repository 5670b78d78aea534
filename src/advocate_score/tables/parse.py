"""Casts a chunk of text by the contract of its table; what cannot be cast is a failure with its row, never a guess."""

from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.canonical import Column, Table
from advocate_score.sources.discover import Source
from advocate_score.sources.raw import plain
from advocate_score.tables import values
from advocate_score.tables.findings import Findings
from advocate_score.tables.refusals import are_words, refusals, without_words
from advocate_score.tables.repeated import cast_by_value
from advocate_score.tables.salesforce import lengthen
from advocate_score.tables.times import TimeColumn, are_known, cast_instants, cast_times

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
        column = canonical.get(name, Column(name, "text", ""))
        cast = partial(_parse_text, column=column, source=source, typed=name in typed)
        given = cells.column(name).combine_chunks()
        if name in typed and _are_instants(given, column, source):
            columns[name] = cast_instants(given, _written(column, source, typed=True), findings)
        else:
            columns[name] = cast_by_value(plain(given), name, findings, cast)
    return pa.table(columns)


def read_refusals(cells: pa.Table, table: Table, source: Source, rows: int) -> pa.Array:
    """What each row says in the table's column of refusals, as `refusals.REFUSED` has it."""
    column = next(column for column in table.columns if column.refusal)
    if column.name not in cells.column_names:
        return pa.nulls(rows, pa.bool_())
    given = plain(cells.column(column.name).combine_chunks())
    text = given.dictionary_decode() if pa.types.is_dictionary(given.type) else given
    nobody = Findings(np.arange(rows))
    text = values.clean(text, column.name, nobody)
    if column.name in source.values:
        text = values.map_values(text, column.name, source.values[column.name], nobody)
    return refusals(text)


def _are_instants(given: pa.Array, column: Column, source: Source) -> bool:
    is_time = pa.types.is_timestamp(given.type) and column.type == "time"
    return is_time and column.name not in source.values and are_known(given)


def _parse_text(text: pa.Array, findings: Findings, column: Column, source: Source, typed: bool) -> pa.Array:
    name = column.name
    text = values.clean(text, name, findings)
    if name in source.values:
        text = values.map_values(text, name, source.values[name], findings)
    return _cast(text, column, source, typed, findings)


def _cast(text: pa.Array, column: Column, source: Source, typed: bool, findings: Findings) -> pa.Array:
    name, decimal = column.name, source.dialect.decimal
    match column.type:
        case "id":
            text = lengthen(values.cast_ids(text, name, findings), name, findings)
        case "time":
            if column.refusal:
                findings.note_unmapped(name, text, are_words(text))
                text = without_words(text)
            text = cast_times(text, _written(column, source, typed=typed), findings)
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


def _written(column: Column, source: Source, *, typed: bool) -> TimeColumn:
    is_saved_by_spreadsheet = source.format == "xlsx" or source.dialect.written_as != "standard"
    return TimeColumn(column.name, source.place, source.dialect, typed, is_saved_by_spreadsheet)


def _look_for_addresses(text: pa.Array, name: str, findings: Findings) -> None:
    """Free text should hold no e-mail address; an owner may well be written as one."""
    if name != "owner" and pc.any(pc.match_substring(text, "@")).as_py():
        findings.tally(name, E_MAIL, pc.match_substring_regex(text, _E_MAIL))

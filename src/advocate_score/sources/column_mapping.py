"""Maps the export's columns to the canonical ones and filters its rows, as the configuration says."""

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.config.sources import Condition, Exclusion
from advocate_score.errors import Fault, InputError
from advocate_score.schema import ASKS, Table
from advocate_score.sources.base import RawChunk, plain
from advocate_score.sources.discover import TAB, Source, mapping_of_columns


@dataclass(frozen=True)
class RowFilter:
    """Takes the rows that have one of `values`, or, if `excluded`, the rows that have none of them."""

    values: frozenset[str]
    excluded: bool = False


@dataclass(frozen=True)
class ColumnMap:
    """Where each canonical column comes from, and which rows are taken.

    positions: column → its position in the export · extra: columns that are not in the canonical table · constants:
    column → the value of every row · conditions: position → which rows are taken · unmapped: position → the export's
    name, for extra columns that the configuration does not mention · row_id: the column that is made of the row's
    content, or '' · content: position → name of the columns that it is made of ·
    looked_up: column that is looked up → the position of what it is looked up by, which `apply` returns in its place ·
    read: positions of the columns that something reads, unlike those that are merely kept.
    """

    positions: Mapping[str, int]
    extra: tuple[str, ...]
    constants: Mapping[str, str]
    conditions: Mapping[int, RowFilter]
    unmapped: Mapping[int, str]
    row_id: str = ""
    content: Mapping[int, str] = field(default_factory=dict)
    looked_up: Mapping[str, int] = field(default_factory=dict)
    read: frozenset[int] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """Every column that `apply` returns, in order."""
        return (*self.positions, *self.constants, *self.looked_up, *([self.row_id] if self.row_id else []))

    def matching_rows(self, chunk: RawChunk) -> RawChunk:
        """The rows that `where` takes, and the broken rows, to which it cannot be applied."""
        if not self.conditions:
            return chunk
        rows = self._condition_mask(chunk.cells)
        return RawChunk(chunk.rows[rows], chunk.cells.filter(pa.array(rows)), chunk.broken)

    def left_out(self, chunk: RawChunk) -> RawChunk:
        """The rows that `where` leaves out."""
        rows = ~self._condition_mask(chunk.cells) if self.conditions else np.zeros(len(chunk.rows), dtype=np.bool_)
        return RawChunk(chunk.rows[rows], chunk.cells.filter(pa.array(rows)))

    def apply(self, cells: pa.Table) -> pa.Table:
        columns = [cells.column(position) for position in self.positions.values()]
        constants = [_constant_column(value, cells.num_rows) for value in self.constants.values()]
        looked_up = [cells.column(position) for position in self.looked_up.values()]
        ids = [self._row_ids(cells)] if self.row_id else []
        return pa.Table.from_arrays([*columns, *constants, *looked_up, *ids], names=list(self.names))

    def _row_ids(self, cells: pa.Table) -> pa.Array:
        return row_ids(((name, cells.column(at)) for at, name in self.content.items()), cells.num_rows)

    def _condition_mask(self, cells: pa.Table) -> npt.NDArray[np.bool_]:
        masks = [
            _is_one_of(cells.column(position), condition.values) != condition.excluded
            for position, condition in self.conditions.items()
        ]
        met: npt.NDArray[np.bool_] = np.logical_and.reduce(masks)
        return met


def _is_one_of(column: Any, values: Collection[str]) -> npt.NDArray[np.bool_]:
    """Which cells are among `values`, regardless of case and surrounding blanks. An empty cell counts as `""`."""
    text = pc.fill_null(plain(column).cast(pa.string()), "")
    matches = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(text)), pa.array(sorted(values), pa.string()))
    mask: npt.NDArray[np.bool_] = matches.to_numpy()
    return mask


def _constant_column(value: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([value]))


def map_columns(header: Sequence[str], source: Source, table: Table) -> ColumnMap:
    """Finds every column by name, regardless of case and surrounding blanks. Raises InputError with all faults."""
    refuse_other_delimiter(source, header)
    declared = {canonical: plain_name(exported) for canonical, exported in source.columns.items()}
    conditions = {plain_name(exported): values for exported, values in source.where.items()}
    ignored = {plain_name(exported) for exported in source.ignore}
    by = {name: plain_name(lookup.by) for name, lookup in source.lookups.items()}
    known = {*declared.values(), *conditions, *ignored, *by.values()}
    names = [_display_name(name, position, known) for position, name in enumerate(header, start=1)]
    other_names = {other for column in table.columns for other in column.also}
    expected = {*table.column_names, *known, *source.read_by_signals}
    _refuse_no_header(source, names, expected)
    _refuse_twice(source, [name for name in names if name not in ignored], expected | other_names)
    names = _numbered_repeats(names, ignored)
    computed = _computed_columns(source, table)
    declared |= _by_other_names(table, names, {*declared, *computed, *ignored})
    assigned = {*declared, *computed}
    keys = {
        name for name in by.values() if name in assigned or name not in (*table.column_names, *source.read_by_signals)
    }
    used = {*declared.values(), *(ignored - conditions.keys()), *keys}
    mapped = declared | {name: name for name in names if name not in used and name not in assigned}
    faults = [
        *_setting_faults(source, table, declared, names),
        *(_conflicting_column(source, name, computed.get(name)) for name in names if name in assigned - used),
        *_absent_columns(source, table, {*mapped, *computed}, names),
    ]
    if faults:
        raise InputError(faults)
    positions = {name: names.index(exported) for name, exported in mapped.items()}
    extra = tuple(name for name in (*positions, *source.constants, *by) if name not in table.column_names)
    lowered = {names.index(exported): _row_filter(condition) for exported, condition in conditions.items()}
    unmapped = {
        at: header[at] for name, at in positions.items() if name in extra and name not in declared and at not in lowered
    }
    content = {at: name for at, name in enumerate(names) if name not in ignored} if source.has_row_ids else {}
    row_id = table.key if source.has_row_ids else ""
    looked_up = {name: names.index(exported) for name, exported in by.items()}
    used_names = {*table.column_names, *source.columns, *source.read_by_signals}
    read = frozenset({*(at for name, at in positions.items() if name in used_names), *lowered, *looked_up.values()})
    return ColumnMap(positions, extra, source.constants, lowered, unmapped, row_id, content, looked_up, read)


def _computed_columns(source: Source, table: Table) -> dict[str, str]:
    """Columns that the export does not have, and the setting that gives each."""
    row_id = {table.key: "id"} if source.has_row_ids else {}
    return dict.fromkeys(source.constants, "constants") | dict.fromkeys(source.lookups, "lookup") | row_id


def _setting_faults(source: Source, table: Table, declared: Mapping[str, str], names: Sequence[str]) -> Iterator[Fault]:
    """Faults of settings that name columns which are not there, or that contradict each other."""
    ignored = {plain_name(exported) for exported in source.ignore}
    wanted = {f"columns.{name}": alias for name, alias in declared.items()}
    wanted |= {f"where.{plain_name(exported)}": plain_name(exported) for exported in source.where}
    wanted |= {f"lookup.{name}.by": plain_name(lookup.by) for name, lookup in source.lookups.items()}
    for setting, alias in wanted.items():
        if alias not in names:
            yield _absent(source, setting, alias, names)
    for name in sorted(ignored & set(declared.values())):
        yield _ignored_and_needed(source, name)
    for name in source.id_width:
        if name not in _ids_of(table):
            yield _no_id(source, "id_width", name, table)
    if source.has_row_ids:
        yield from _row_id_faults(source, table)
    yield from _split_faults(source, table)


def _row_id_faults(source: Source, table: Table) -> Iterator[Fault]:
    setting = f"{source.setting} id"
    if table.required:
        fix = f"map the column that the other tables name them by, columns.{table.key}"
        yield Fault(setting, f"rows of {table.name} need an id that other tables know.", fix)
    if table.key in {*source.columns, *source.constants, *source.lookups}:
        yield Fault(setting, f"{table.key} is also read from a column.", "take one of the two out")


def _split_faults(source: Source, table: Table) -> Iterator[Fault]:
    """Only ids that refer to another table are split. One row for each is made of accounts alone, and not of asks: an
    ask is made of one account and answered once."""
    for name, how in source.split.items():
        setting = f"{source.setting} split.{name}"
        if name not in _ids_of(table):
            yield _no_id(source, "split", name, table)
        elif name == table.key or table.required:
            yield Fault(setting, f"{table.name} has one {name} a row.", "take the line out")
        elif how.take == "each" and (name != "account_id" or table == ASKS):
            yield Fault(setting, 'take = "each" is for account_id, in tables other than asks.', 'take = "first"')


def _absent_columns(source: Source, table: Table, provided: Collection[str], names: Sequence[str]) -> Iterator[Fault]:
    for name in source.values:
        if name not in provided:
            yield _nothing_to_map(source, name, provided)
    for column in table.columns:
        if column.required and column.name not in provided:
            yield _missing(source, column.name, names)


def _row_filter(condition: Condition) -> RowFilter:
    values = condition.values if isinstance(condition, Exclusion) else condition
    return RowFilter(frozenset(_lower(value) for value in values), isinstance(condition, Exclusion))


def _lower(value: str) -> str:
    """The value in lower case by Arrow's rules, as the cells that it is compared with."""
    text: str = pc.utf8_lower(pa.scalar(value.strip())).as_py()
    return text


def plain_name(name: str) -> str:
    """The name in the form in which names are compared: `﻿ Account ID ` → `account_id`."""
    return re.sub(r"[\s\-]+", "_", name.replace("\ufeff", "").strip().casefold())


def _display_name(name: str, position: int, declared: Collection[str]) -> str:
    """The name of a column in messages; `unnamed_3` for text that is not a word, such as an e-mail address or a
    sentence. Such a header is probably a row of data, which messages must not repeat."""
    plain = plain_name(name)
    is_word = re.fullmatch(r"[^\W\d]\w{0,62}", plain)
    return plain if is_word or plain in declared else f"unnamed_{position}"


def _refuse_twice(source: Source, names: Sequence[str], read: Collection[str]) -> None:
    """Refuses names that several columns share, if such a column is read: nobody knows which of them is meant."""
    repeated = sorted(name for name, count in Counter(names).items() if count > 1 and name in read)
    if repeated:
        fix = f"rename all but one, or list it in {source.setting} ignore if none is needed"
        raise InputError([Fault(source.label, f"the header has '{name}' more than once.", fix) for name in repeated])


def _numbered_repeats(names: Sequence[str], ignored: Collection[str]) -> list[str]:
    """The names, each once: `phase, phase` becomes `phase, phase_2`. Nothing reads the later ones, except in search of
    a "no". Names in `ignored` stay."""
    unique: dict[str, None] = {}
    result = []
    for name in names:
        number, numbered = 1, name
        while name not in ignored and (numbered in unique or (number > 1 and numbered in names)):
            number += 1
            numbered = f"{name}_{number}"
        unique[numbered] = None
        result.append(numbered)
    return result


def refuse_other_delimiter(source: Source, header: Sequence[str]) -> None:
    other = next((mark for mark in ";\t|," if len(header) == 1 and mark in header[0]), None)
    if other and source.kind.delimited:
        mark = TAB if other == "\t" else other
        problem = f"the header is one cell with '{mark}' in it, and the delimiter is '{source.dialect.delimiter}'."
        raise InputError([Fault(source.label, problem, source.line("delimiter", mark))])


def _refuse_no_header(source: Source, names: Sequence[str], expected: Collection[str]) -> None:
    """Refuses a first row without any expected name. Messages do not repeat the row: it may be personal."""
    if not any(difflib.get_close_matches(name, expected, n=1) for name in names):
        fix = mapping_of_columns(names) or f"begin with the header row, or map the columns in {source.setting} columns"
        raise InputError([Fault(source.label, f"its first row names no column of {source.table}.", fix)])


def _absent(source: Source, key: str, exported: str, names: Sequence[str]) -> Fault:
    close = difflib.get_close_matches(exported, names, n=1)
    if close and key.startswith("columns."):
        fix = f"the nearest is '{close[0]}': {source.line(key, close[0])}"
    else:
        fix = f"{nearest_name(exported, names)} Name another column, or take the line out"
    return Fault(f"{source.setting} {key}", f"{source.label} has no column '{exported}'.", fix)


def _by_other_names(table: Table, names: Sequence[str], spoken_for: Collection[str]) -> dict[str, str]:
    """Canonical columns that the export has under another known name and that the configuration does not mention."""
    return {
        column.name: exported
        for column in table.columns
        for exported in column.also
        if exported in names and exported not in spoken_for and column.name not in {*spoken_for, *names}
    }


def _ignored_and_needed(source: Source, name: str) -> Fault:
    problem = f"lists '{name}', which {source.setting} columns reads."
    return Fault(f"{source.setting} ignore", problem, "take it out of one of the two")


def _conflicting_column(source: Source, name: str, setting: str | None) -> Fault:
    from_where = f"{setting} gives it" if setting else "columns takes it from another one"
    problem = f"has a column '{name}', while {source.setting} {from_where}."
    return Fault(source.label, problem, "remove that line, or map the column to another name")


def _nothing_to_map(source: Source, name: str, columns: Iterable[str]) -> Fault:
    return Fault(
        f"{source.setting} values.{name}", f"{source.label} has no column '{name}'.", nearest_name(name, list(columns))
    )


def _ids_of(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.type == "id"]


def _no_id(source: Source, setting: str, name: str, table: Table) -> Fault:
    problem = f"{table.name} has no column of ids of that name."
    return Fault(f"{source.setting} {setting}.{name}", problem, f"its ids are {', '.join(_ids_of(table))}")


def _missing(source: Source, name: str, names: Sequence[str]) -> Fault:
    ids = [other for other in names if "name" not in other.casefold()]
    close = difflib.get_close_matches(name, ids, n=1)
    line = source.line(f"columns.{name}", close[0] if close else "…")
    fix = f"the nearest is '{close[0]}': {line}" if close else f"{nearest_name(name, ids)} Name it in {line}"
    return Fault(source.label, f"the required column '{name}' is missing.", mapping_of_columns(names) or fix)


def nearest_name(name: str, names: Sequence[str]) -> str:
    """Advice with the closest name. Other names are not repeated, since the first row may be data."""
    close = difflib.get_close_matches(name, names, n=1)
    return f"the nearest is '{close[0]}'." if close else f"none of its {len(names)} columns has a similar name."


_DIGEST_BYTES = 10
_END = "\0"
"""Ends each name and each cell. No row with it in a cell is used, so that different rows never look alike."""


def row_ids(columns: Iterable[tuple[str, Any]], rows: int) -> pa.Array:
    """A digest of each row, as text: the same for rows whose filled cells are the same, whatever the order of the
    columns.

    Parameters
    ----------
    columns : name and cells of each column. rows : number of rows.
    """
    texts = [_named_cells(name, column) for name, column in sorted(columns, key=lambda named: named[0])]
    joined = pc.binary_join_element_wise(*texts, "") if texts else pa.array([""] * rows)
    return pa.array([_digest(text) for text in joined.to_pylist()], pa.string())


def _named_cells(name: str, column: Any) -> Any:
    """The column's name before each cell; nothing for an empty cell, so that a new column without values changes no
    id."""
    cells = pc.utf8_trim_whitespace(pc.fill_null(plain(column).cast(pa.string()), ""))
    return pc.if_else(pc.equal(cells, ""), "", pc.binary_join_element_wise(name, cells, "", _END))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()

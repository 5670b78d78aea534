"""From the export's names and values to the canonical ones, as the configuration says."""

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from advocate_score.canonical import Table
from advocate_score.errors import Fault, InputError
from advocate_score.sources.discover import Source


@dataclass(frozen=True)
class ColumnMap:
    """`positions`: for each column by our name, where the export has it. `extra`: those that no table knows."""

    positions: Mapping[str, int]
    extra: tuple[str, ...]

    def apply(self, cells: pa.Table) -> pa.Table:
        columns = [cells.column(position) for position in self.positions.values()]
        return pa.Table.from_arrays(columns, names=list(self.positions))


def map_columns(header: Sequence[str], source: Source, table: Table) -> ColumnMap:
    """Finds every column by name, whatever its case and the blanks around it; InputError tells all that is wrong."""
    _refuse_other_delimiter(source, header)
    declared = {ours: plain_name(theirs) for ours, theirs in source.columns.items()}
    names = [_shown_name(name, position, declared.values()) for position, name in enumerate(header, start=1)]
    expected = {*table.column_names, *declared.values()}
    _refuse_no_header(source, names, expected)
    _refuse_twice(source, [plain_name(name) for name in header], expected)
    taken = set(declared.values())
    wanted = declared | {name: name for name in names if name not in taken and name not in declared}
    faults = [
        *(_not_there(source, ours, theirs, names) for ours, theirs in declared.items() if theirs not in names),
        *(_contested(source, name) for name in names if name in declared and name not in taken),
        *(_nothing_to_map(source, name, wanted) for name in source.values if name not in wanted),
        *(
            _missing(source, column.name, names)
            for column in table.columns
            if column.required and column.name not in wanted
        ),
    ]
    if faults:
        raise InputError(faults)
    positions = {ours: names.index(theirs) for ours, theirs in wanted.items()}
    return ColumnMap(positions, tuple(name for name in positions if name not in table.column_names))


def plain_name(name: str) -> str:
    """`﻿ Account ID ` → `account_id`."""
    return re.sub(r"[\s\-]+", "_", name.replace("\ufeff", "").strip().casefold())


def _shown_name(name: str, position: int, declared: Collection[str]) -> str:
    """What is no word, such as an e-mail address or a whole sentence, is known by its place: names of columns stand in
    messages, and a header that holds such things is a row of data or was made of one."""
    plain = plain_name(name)
    is_word = re.fullmatch(r"[^\W\d]\w{0,62}", plain)
    return plain if is_word or plain in declared else f"unnamed_{position}"


def _refuse_twice(source: Source, names: Sequence[str], expected: Collection[str]) -> None:
    """Names the column where it is one of ours, and its places where it may be somebody's data."""
    faults = []
    for name in sorted(name for name, count in Counter(names).items() if name and count > 1):
        places = [str(position) for position, one in enumerate(names, start=1) if one == name]
        what = f"'{name}' more than once" if name in expected else f"one name for columns {', '.join(places)}"
        faults.append(Fault(source.place, f"the header has {what}.", "rename all but one"))
    if faults:
        raise InputError(faults)


def _refuse_other_delimiter(source: Source, header: Sequence[str]) -> None:
    other = next((mark for mark in ";\t|," if len(header) == 1 and mark in header[0]), None)
    if other and source.format == "csv":
        mark = "\\t" if other == "\t" else other
        problem = f"the header is one cell with '{mark}' in it, and the delimiter is '{source.dialect.delimiter}'."
        raise InputError([Fault(source.place, problem, f'[sources.{source.table}] delimiter = "{mark}"')])


def _refuse_no_header(source: Source, names: Sequence[str], expected: Collection[str]) -> None:
    """A first row like no header is not repeated in a message: it may be somebody's data."""
    if not any(difflib.get_close_matches(name, expected, n=1) for name in names):
        fix = f"begin with the header row, or map the columns in [sources.{source.table}] columns"
        raise InputError([Fault(source.place, f"its first row names no column of {source.table}.", fix)])


def _not_there(source: Source, ours: str, theirs: str, names: Sequence[str]) -> Fault:
    place = f"[sources.{source.table}] columns.{ours}"
    return Fault(place, f"{source.place} has no column '{theirs}'.", _nearest(theirs, names))


def _contested(source: Source, name: str) -> Fault:
    problem = f"has a column '{name}', while [sources.{source.table}] columns takes it from another one."
    return Fault(source.place, problem, "remove that line, or map the column to another name")


def _nothing_to_map(source: Source, name: str, columns: Iterable[str]) -> Fault:
    place = f"[sources.{source.table}] values.{name}"
    return Fault(place, f"{source.place} has no column '{name}'.", _nearest(name, list(columns)))


def _missing(source: Source, name: str, names: Sequence[str]) -> Fault:
    fix = f'{_nearest(name, names)} Map it with [sources.{source.table}] columns = {{ {name} = "…" }}'
    return Fault(source.place, f"the required column '{name}' is missing.", fix)


def _nearest(name: str, names: Sequence[str]) -> str:
    """Only what resembles the name of a column is repeated: a first row may be data and no header."""
    close = difflib.get_close_matches(name, names, n=1)
    return f"the nearest is '{close[0]}'." if close else f"none of its {len(names)} columns is named alike."

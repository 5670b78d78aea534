"""Looks columns up in other files or tables: an account by a contact, an owner's name by an id.

Ids have one form on both sides, so that 15 and 18 characters of Salesforce, or GUIDs in capitals, fit each other. What
fits nothing is tried once more without regard to case and blanks.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.errors import Fault, InputError
from advocate_score.schema import ACCOUNTS, TABLES
from advocate_score.sources.base import plain
from advocate_score.sources.column_mapping import map_columns, nearest_name, plain_name
from advocate_score.sources.discover import LookupSource, Source
from advocate_score.sources.reader import read_source
from advocate_score.tables.findings import ChunkIssues, Mask, as_mask
from advocate_score.tables.identifiers import resolve_merges, without_case
from advocate_score.tables.parsing import by_distinct, cast_ids, clean, lengthen, long_form, parse
from advocate_score.text import counted

_KEY, _VALUE = "key", "value"
_MERGED = "merged_into"
_SALESFORCE = r"^(?:\d[0-9A-Za-z]|[a-z]\d)[0-9A-Za-z]{13}$"
"""An id of 15 characters, of any kind of record."""


@dataclass(frozen=True)
class LookupResult:
    """What was found for each cell.

    values: null where nothing was found, or nothing is known · missing: cells that fit no row · several: position →
    what was found, for cells that fit rows which differ.
    """

    values: pa.Array
    missing: Mask
    several: Mapping[int, tuple[str, ...]]


@dataclass(frozen=True)
class LookupTable:
    """Each key once, with its value; null for a key without a value. `several`: key → its values, where they differ."""

    keys: pa.Array
    values: pa.Array
    several: Mapping[str, tuple[str, ...]]

    def find(self, cells: Any) -> LookupResult:
        """What the cells of an export's column lead to. An empty cell leads to nothing and is not missing."""
        encoded = plain(cells).cast(pa.string()).dictionary_encode()
        encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
        keys = key_form(encoded.dictionary)
        values, unknown, several = self._find_each(keys)
        is_missing = np.append(unknown, False)
        at = encoded.indices.fill_null(len(keys)).to_numpy(zero_copy_only=False)
        positions = np.flatnonzero(np.isin(at, list(several)))
        return LookupResult(
            values.take(encoded.indices),
            is_missing[at],
            {int(position): several[int(at[position])] for position in positions},
        )

    def _find_each(self, keys: pa.Array) -> tuple[pa.Array, Mask, dict[int, tuple[str, ...]]]:
        at = pc.index_in(keys, value_set=self.keys)
        unknown = as_mask(pc.and_(pc.is_null(at), pc.is_valid(keys)))
        values = self.values.take(at)
        several = self._several_of(keys, ~unknown) if self.several else {}
        if unknown.any() and len(self.keys):
            folded = folded_form(keys.filter(pa.array(unknown)))
            positions = np.flatnonzero(unknown)
            others = self.folded
            at = pc.index_in(folded, value_set=others.keys)
            values = pc.replace_with_mask(values, pa.array(unknown), others.values.take(at))
            several |= {
                int(positions[i]): found for i, found in others._several_of(folded, np.ones(len(folded), bool)).items()
            }
            unknown[positions] = as_mask(pc.is_null(at))
        return values, unknown, several

    def _several_of(self, keys: pa.Array, among: Mask) -> dict[int, tuple[str, ...]]:
        return {
            position: self.several[key]
            for position, key in enumerate(keys.to_pylist())
            if among[position] and key in self.several
        }

    @cached_property
    def folded(self) -> "LookupTable":
        """The same without regard to case and blanks."""
        pairs = pa.table({_KEY: folded_form(self.keys), _VALUE: self.values})
        further = [(key, value) for key, values in self.several.items() for value in values]
        keys, values = (pa.array([pair[side] for pair in further], pa.string()) for side in (0, 1))
        return table_of_pairs(pa.concat_tables([pairs, pa.table({_KEY: folded_form(keys), _VALUE: values})]))


def key_form(text: pa.Array) -> pa.Array:
    """Text in the form in which keys are compared; null for empty text."""
    issues = ChunkIssues(np.arange(len(text)))
    ids = cast_ids(clean(text, "", issues), "", issues)
    short = pc.fill_null(pc.match_substring_regex(ids, _SALESFORCE), False)
    if not pc.any(short, min_count=0).as_py():
        return ids
    return pc.if_else(
        short, by_distinct(pc.if_else(short, ids, pa.scalar(None, pa.string())), long_form, pa.string()), ids
    )


def folded_form(keys: pa.Array) -> pa.Array:
    """The keys without regard to case and blanks."""
    return by_distinct(keys, without_case, pa.string())


def table_of_pairs(pairs: pa.Table) -> LookupTable:
    """The table of key and value pairs, of which some may be alike."""
    distinct = pairs.filter(pc.is_valid(pairs[_KEY])).group_by([_KEY, _VALUE], use_threads=False).aggregate([])
    known = distinct.filter(pc.is_valid(distinct[_VALUE]))
    counted = known.group_by(_KEY, use_threads=False).aggregate([(_VALUE, "count"), (_VALUE, "one")])
    is_single = pc.equal(counted["value_count"], 1)
    several: dict[str, list[str]] = defaultdict(list)
    ambiguous = counted[_KEY].filter(pc.invert(is_single)).combine_chunks()
    for row in known.filter(pc.is_in(known[_KEY], ambiguous)).to_pylist():
        several[row[_KEY]].append(row[_VALUE])
    without = distinct[_KEY].unique()
    without = without.filter(pc.invert(pc.is_in(without, counted[_KEY].combine_chunks())))
    single = pc.if_else(is_single, counted["value_one"], pa.scalar(None, pa.string())).combine_chunks()
    return LookupTable(
        pa.concat_arrays([counted[_KEY].combine_chunks(), without]),
        pa.concat_arrays([single, pa.nulls(len(without), pa.string())]),
        {key: tuple(sorted(values)) for key, values in several.items()},
    )


@dataclass
class LookupTables:
    """Reads each file or table once, even if several columns or parts look into it."""

    warnings: list[str] = field(default_factory=list)
    _read: dict[tuple[object, ...], LookupTable] = field(default_factory=dict)

    def of_column(self, lookup: LookupSource, source: Source, column: str) -> LookupTable:
        """The table that a column of `source` is looked up in. Raises InputError if it cannot be read as declared."""
        is_id = any(known.name == column and known.type == "id" for known in TABLES[source.table].columns)
        paths = tuple(other.path for other in lookup.sources)
        key = (lookup.table, paths, plain_name(lookup.match), tuple(map(plain_name, lookup.take)), is_id)
        if key not in self._read:
            setting = f"{source.setting} lookup.{column}"
            parts = [*self._pairs(lookup, setting, is_id=is_id)]
            self._read[key] = table_of_pairs(pa.concat_tables([_no_pairs(), *parts]))
        return self._read[key]

    def _pairs(self, lookup: LookupSource, setting: str, *, is_id: bool) -> Iterator[pa.Table]:
        if lookup.table:
            yield from _pairs_of_table(lookup, setting)
            return
        source = lookup.sources[0]
        raw, broken = read_source(source), 0
        match, *taken = (_position(raw.header, source, name, setting, key) for key, name in _sides(lookup))
        for chunk in (chunk.without_formulas_in({match, *taken}) for chunk in raw.chunks()):
            broken += len(chunk.broken)
            values = _join_cells([_text(chunk.cells.column(take)) for take in taken])
            yield _distinct_pairs(key_form(_text(chunk.cells.column(match))), _value_form(values, is_id=is_id))
        if broken:
            rows = counted(broken, "row", "rows")
            self.warnings.append(f"{source.label}: {rows} cannot be cut into cells, and nothing is found there.")


def _no_pairs() -> pa.Table:
    return pa.schema([(_KEY, pa.string()), (_VALUE, pa.string())]).empty_table()


def _sides(lookup: LookupSource) -> Sequence[tuple[str, str]]:
    return (("match", lookup.match), *(("take", name) for name in lookup.take))


def _join_cells(columns: Sequence[pa.Array]) -> pa.Array:
    """The filled cells of each row, parted by blanks; null where none is. One column stays as it is."""
    if len(columns) == 1:
        return columns[0]
    trimmed = [pc.utf8_trim_whitespace(pc.fill_null(column, "")) for column in columns]
    joined = pc.replace_substring_regex(pc.binary_join_element_wise(*trimmed, " "), " {2,}", " ")
    joined = pc.utf8_trim_whitespace(joined)
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)


def _text(column: Any) -> pa.Array:
    text = plain(column).cast(pa.string())
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text


def _value_form(text: pa.Array, *, is_id: bool) -> pa.Array:
    """What is taken, in the form that the tables give it, so that two spellings of an id are not two values."""
    issues = ChunkIssues(np.arange(len(text)))
    cleaned = clean(text, "", issues)
    return lengthen(cast_ids(cleaned, "", issues), "", issues) if is_id else cleaned


def _distinct_pairs(keys: pa.Array, values: pa.Array) -> pa.Table:
    return pa.table({_KEY: keys, _VALUE: values}).group_by([_KEY, _VALUE], use_threads=False).aggregate([])


def _position(header: Sequence[str], source: Source, name: str, setting: str, key: str) -> int:
    names = [plain_name(exported) for exported in header]
    places = [position for position, exported in enumerate(names) if exported == plain_name(name)]
    if len(places) != 1:
        problem = f"{source.label} has {'no' if not places else 'more than one'} column '{name}'."
        fix = "name a column that it has once" if places else nearest_name(plain_name(name), names)
        raise InputError([Fault(f"{setting} {key}", problem, fix)])
    return places[0]


def _pairs_of_table(lookup: LookupSource, setting: str) -> Iterator[pa.Table]:
    """The pairs of a canonical table, of rows that `where` leaves out too; merged accounts count as their survivors."""
    table, merged = TABLES[lookup.table], dict[str, str]()
    pairs = []
    for source in lookup.sources:
        raw = read_source(source)
        columns = map_columns(raw.header, source, table)
        for key, name in _sides(lookup):
            if name not in columns.names or name in source.lookups:
                problem = f"{source.label} has no column that {source.setting} reads as '{name}'."
                raise InputError([Fault(f"{setting} {key}", problem, f"name a column of {table.name}")])
        wanted = {lookup.match, *lookup.take, *({_MERGED} & {*columns.names} if table is ACCOUNTS else ())}
        for chunk in (chunk.without_formulas_in(columns.read) for chunk in raw.chunks()):
            cells = columns.apply(chunk.cells).select(sorted(wanted))
            parsed = parse(cells, table, source, frozenset(), ChunkIssues(chunk.rows))
            values = _join_cells([_text(parsed[name]) for name in lookup.take])
            pairs.append(_distinct_pairs(key_form(_text(parsed[lookup.match])), values))
            if _MERGED in wanted and lookup.take == (table.key,):
                both = parsed.select([table.key, _MERGED]).drop_null()
                merged |= dict(zip(both[table.key].to_pylist(), both[_MERGED].to_pylist(), strict=True))
    ends = resolve_merges(merged, frozenset()).ends
    yield from (_with_survivors(part, ends) for part in pairs)


def _with_survivors(pairs: pa.Table, ends: Mapping[str, str | None]) -> pa.Table:
    if not ends:
        return pairs
    values = by_distinct(pairs[_VALUE].combine_chunks(), lambda value: ends.get(value) or value, pa.string())
    return pairs.set_column(1, _VALUE, values)

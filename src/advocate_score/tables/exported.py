"""Where accounts stand in the exports, which are the firm's own and are read and never written."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.canonical import ACCOUNTS, TABLES
from advocate_score.config import Settings
from advocate_score.errors import InputError
from advocate_score.sources.discover import Source, discover
from advocate_score.sources.mapping import map_columns
from advocate_score.sources.read import read_source
from advocate_score.tables.findings import Findings
from advocate_score.tables.parse import parse

_MERGED = "merged_into"


@dataclass(frozen=True)
class Exported:
    """`family`: the accounts asked for, and those that the export has merged with them · `rows`: table → rows of the
    family · `unread`: tables, or the whole folder, that could not be read."""

    family: frozenset[str]
    rows: Mapping[str, int]
    unread: tuple[str, ...]


def exported(settings: Settings, account_id: str) -> Exported:
    """A merge makes one client of two accounts, so who is merged into whom belongs together, whichever was named."""
    family = frozenset({account_id})
    try:
        sources = discover(settings).sources
    except InputError:
        return Exported(family, {}, (str(settings.sources.folder),))
    unread = []
    if ACCOUNTS.name in sources:
        try:
            merges = set[tuple[str, str]]().union(*map(_merges, _once(sources[ACCOUNTS.name])))
            family = _family(account_id, merges)
        except InputError:
            unread.append(ACCOUNTS.name)
    rows = {}
    for name in (name for name in sources if TABLES[name].of_account and name not in unread):
        try:
            rows[name] = sum(sum(_rows(source, family)) for source in _once(sources[name]))
        except InputError:
            unread.append(name)
    return Exported(family, {name: number for name, number in rows.items() if number}, tuple(unread))


def _once(parts: Sequence[Source]) -> Collection[Source]:
    """Each file, sheet or query, though several parts of a table may be taken from it."""
    return {(source.path, source.sheet, source.query): source for source in parts}.values()


def _family(account_id: str, merges: Collection[tuple[str, str]]) -> frozenset[str]:
    family = {account_id}
    while more := {one for pair in merges if family & set(pair) for one in pair} - family:
        family |= more
    return frozenset(family)


def _merges(source: Source) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for ids in _ids(source, (ACCOUNTS.key, _MERGED)):
        if _MERGED in ids.column_names:
            both = ids.drop_null()
            found |= set(zip(both[ACCOUNTS.key].to_pylist(), both[_MERGED].to_pylist(), strict=True))
    return found


def _rows(source: Source, family: Collection[str]) -> Iterator[int]:
    wanted = pa.array(sorted(family))
    for ids in _ids(source, (ACCOUNTS.key,)):
        yield pc.sum(pc.is_in(ids[ACCOUNTS.key], wanted)).as_py() or 0


def _ids(source: Source, names: Collection[str]) -> Iterator[pa.Table]:
    """Ids as the tables in use have them, whether their rows are right or not."""
    raw, table = read_source(source), TABLES[source.table]
    columns = map_columns(raw.header, source, table)
    for chunk in raw.chunks():
        cells = columns.apply(chunk.cells)
        there = cells.select([name for name in cells.column_names if name in names])
        yield parse(there, table, source, frozenset(), Findings(chunk.rows))

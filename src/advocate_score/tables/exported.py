"""Where accounts stand in the exports, which are the firm's own and are read and never written."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.canonical import ACCOUNTS, CONTACTS, TABLES
from advocate_score.config import Settings
from advocate_score.errors import InputError
from advocate_score.sources.discover import Source, discover
from advocate_score.sources.mapping import map_columns
from advocate_score.sources.read import read_source
from advocate_score.tables.findings import Findings
from advocate_score.tables.id_forms import lenient_form
from advocate_score.tables.merges import accounts_led_to
from advocate_score.tables.parse import parse
from advocate_score.tables.tombstones import Tombstones, unkept_tombstones

_MERGED = "merged_into"


@dataclass(frozen=True)
class Exported:
    """`family`: the accounts asked for, and those that the export has merged with them · `alike`: other accounts whose
    ids differ from theirs in spelling alone · `contacts`: ids of the family's contacts · `rows`: table → rows of the
    family · `unread`: tables, or the whole folder, that could not be read."""

    family: frozenset[str]
    alike: frozenset[str]
    contacts: frozenset[str]
    rows: Mapping[str, int]
    unread: tuple[str, ...]


def unread_export(account_id: str, place: str) -> Exported:
    return Exported(frozenset({account_id}), frozenset(), frozenset(), {}, (place,))


def exported(settings: Settings, account_id: str, erased: Tombstones) -> Exported:
    """A merge makes one client of two accounts, so who is merged into whom belongs together, whichever was named.

    `erased`: those of before, who are nobody's like any more.
    """
    try:
        sources = discover(settings).sources
    except InputError:
        return unread_export(account_id, str(settings.sources.folder))
    family, alike, unread = frozenset({account_id}), frozenset[str](), []
    if ACCOUNTS.name in sources:
        try:
            family, alike = _accounts(sources[ACCOUNTS.name], account_id, erased)
        except InputError:
            unread.append(ACCOUNTS.name)
    going = unkept_tombstones(family, alike)
    rows, contacts = {}, frozenset[str]()
    for name in (name for name in sources if TABLES[name].of_account and name not in unread):
        try:
            found = [_of_family(source, going) for source in _once(sources[name])]
        except InputError:
            unread.append(name)
            continue
        rows[name] = sum(number for number, _ in found)
        if name == CONTACTS.name:
            contacts = frozenset[str]().union(*(ids for _, ids in found))
    return Exported(family, alike, contacts, {name: number for name, number in rows.items() if number}, tuple(unread))


def _once(parts: Sequence[Source]) -> Collection[Source]:
    """Each file, sheet or query, though several parts of a table may be taken from it."""
    return {(source.path, source.sheet, source.query): source for source in parts}.values()


def _family(account_id: str, merges: Collection[tuple[str, str]]) -> frozenset[str]:
    both_ways = (link for pair in merges for link in (pair, pair[::-1]))
    return frozenset(accounts_led_to([account_id], both_ways))


def _accounts(sources: Sequence[Source], account_id: str, erased: Tombstones) -> tuple[frozenset[str], frozenset[str]]:
    """Family and alike."""
    parts = _once(sources)
    family = _family(account_id, set[tuple[str, str]]().union(*map(_merges, parts)))
    forms = set(map(lenient_form, family))
    alike = {
        one
        for source in parts
        for ids in _ids(source, (ACCOUNTS.key,))
        for one in ids[ACCOUNTS.key].drop_null().to_pylist()
        if lenient_form(one) in forms and one not in family and one not in erased
    }
    return family, frozenset(alike)


def _merges(source: Source) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for ids in _ids(source, (ACCOUNTS.key, _MERGED)):
        if _MERGED in ids.column_names:
            both = ids.drop_null()
            found |= set(zip(both[ACCOUNTS.key].to_pylist(), both[_MERGED].to_pylist(), strict=True))
    return found


def _of_family(source: Source, going: Tombstones) -> tuple[int, set[str]]:
    """Its rows, and the contacts that they name."""
    rows, contacts = 0, set[str]()
    for ids in _ids(source, (ACCOUNTS.key, CONTACTS.key)):
        accounts = ids[ACCOUNTS.key]
        wanted = [one for one in accounts.unique().drop_null().to_pylist() if one in going]
        own = ids.filter(pc.is_in(accounts, pa.array(wanted, pa.string())))
        rows += own.num_rows
        if CONTACTS.key in own.column_names:
            contacts |= set(own[CONTACTS.key].drop_null().to_pylist())
    return rows, contacts


def _ids(source: Source, names: Collection[str]) -> Iterator[pa.Table]:
    """Ids as the tables in use have them, whether their rows are right or not."""
    raw, table = read_source(source), TABLES[source.table]
    columns = map_columns(raw.header, source, table)
    for chunk in raw.chunks():
        cells = columns.apply(chunk.cells)
        there = cells.select([name for name in cells.column_names if name in names])
        yield parse(there, table, source, frozenset(), Findings(chunk.rows))

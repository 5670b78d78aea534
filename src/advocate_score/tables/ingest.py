"""Turns sources into tables in use: read, cast, checked, without duplicates and orphans, each a view of the engine."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from advocate_score.config import Settings
from advocate_score.config.settings import Location
from advocate_score.engine.base import Engine
from advocate_score.errors import Fault, InputError
from advocate_score.recorded.store import digest_of_rows, read_recorded
from advocate_score.schema import ACCOUNTS, ASKS, CONTACTS, TABLES, Table, with_top_level
from advocate_score.sources.discover import Discovery, Source, discover, path_line
from advocate_score.tables import deduplication, erasure, findings, identifiers, quality_report, staging, table_checks
from advocate_score.tables.quarantine import QuarantineFolder, SetAside, opened_quarantine
from advocate_score.tables.recorded_asks import RECORDED, unite

ProgressCallback = Callable[[int, int], None]


def _no_progress(completed: int, total: int) -> None:
    pass


@dataclass(frozen=True)
class PreparedTables:
    """The tables of a run. An absent table has no key in the mappings and is an empty view of the engine.

    The asks that `record` keeps are part of the view `asks`; their counts and their digest are under RECORDED.

    present: table → the columns of its export, canonical and extra. digests: table → sha256 of its source.
    data_cut: the instant up to which the export holds data (naive UTC), None without a dated row.
    quarantine: table → file of the rows set aside, if there are any. quality: the data-quality summary.
    unmapped: table → (column, word) → number of cells, for words that no mapping knows in columns that protect.
    set_aside: table → rows that are not in use and may be a "no", for tables that protect. merged: merged account → the
    id in which its merges end, None for a cycle. contacts_left_out: ids that `where` leaves out.
    erased: the tombstones of erased accounts. after_clock: the rows that lie more than a day after the clock.
    remarks: those of the warnings that come every night and ask for nothing.
    """

    present: Mapping[str, frozenset[str]]
    counts: Mapping[str, quality_report.RowCounts]
    digests: Mapping[str, str]
    warnings: tuple[str, ...]
    data_cut: datetime | None
    quarantine: Mapping[str, Path]
    quality: Mapping[str, Mapping[str, object]]
    unmapped: Mapping[str, Mapping[tuple[str, str], int]] = field(default_factory=dict)
    set_aside: Mapping[str, SetAside] = field(default_factory=dict)
    merged: Mapping[str, str | None] = field(default_factory=dict)
    contacts_left_out: frozenset[str] = frozenset()
    erased: erasure.Tombstones = field(default_factory=erasure.Tombstones)
    after_clock: tuple[str, ...] = ()
    remarks: frozenset[str] = frozenset()


def prepare(
    settings: Settings,
    engine: Engine,
    folder: Path,
    needed: Collection[str] = (),
    progress: ProgressCallback = _no_progress,
    now: datetime | None = None,
) -> PreparedTables:
    """Reads every table and registers all canonical tables as views over files in `folder`.

    Parameters
    ----------
    settings : the configuration.
    engine : gets the views.
    folder : where the Parquet files are written.
    needed : tables besides the accounts that must be present and have rows.
    progress : called before each table with the number of tables read and their total.
    now : the clock, naive UTC, if rows that lie more than a day after it are to be named.

    Raises
    ------
    InputError
        names every fault found; the quarantine is written even then.
    """
    with opened_quarantine(settings, folder / "quarantine") as quarantine:
        return _prepare_tables(settings, engine, folder, needed, quarantine, progress, now)


def prepare_accounts(settings: Settings, engine: Engine, folder: Path) -> None:
    """Registers the accounts alone, whatever is wrong with the other tables. Rows that are set aside stay in `folder`.

    Raises InputError if the accounts cannot be used.
    """
    looked_into = [str(lookup.within) for part in settings.sources.accounts.each for lookup in part.lookup.values()]
    discovery = discover(settings, [name for name in TABLES if name in (ACCOUNTS.name, *looked_into)])
    _refuse_absent(settings, discovery, {ACCOUNTS.name})
    quarantine = QuarantineFolder(
        folder / "quarantine", folder / "quarantine", erasure.read_tombstones(settings.folder)
    )
    quarantine.working.mkdir(mode=0o700, parents=True)
    parts = {ACCOUNTS.name: discovery.sources[ACCOUNTS.name]}
    staged = _stage_all(settings, parts, folder, quarantine, _no_progress)
    _register_staged(engine, staged, None)
    path = folder / f"{ACCOUNTS.name}.parquet"
    deduplication.settle_accounts(engine, staged[ACCOUNTS.name], path, quarantine.erased)
    engine.register_parquet(ACCOUNTS.name, path)


def _prepare_tables(
    settings: Settings,
    engine: Engine,
    folder: Path,
    needed: Collection[str],
    quarantine: QuarantineFolder,
    progress: ProgressCallback,
    now: datetime | None,
) -> PreparedTables:
    discovery = discover(settings)
    recorded = read_recorded(settings)
    recorded_tables = set() if recorded is None else {ASKS.name}
    _refuse_absent(settings, discovery, {ACCOUNTS.name, *needed} - recorded_tables)
    staged = _stage_all(settings, discovery.sources, folder, quarantine, progress)
    digests = {name: table.digest for name, table in staged.items()}
    after_clock = _register_staged(engine, staged, now)
    data_cut, merges = _settle_all(settings, engine, staged, folder, quarantine.erased)
    _register_absent(engine, [table for name, table in TABLES.items() if name not in staged], folder)
    reports = {name: table.report for name, table in staged.items()}
    present = {name: frozenset(report.columns) for name, report in reports.items()}
    counts = {name: report.counts for name, report in reports.items()}
    if recorded is not None:
        counts[RECORDED] = unite(engine, recorded, merges.survivors, folder / f"{ASKS.name}.parquet", folder)
        digests[RECORDED] = digest_of_rows(recorded)
        # If the export has asks, its own columns decide which signals are active, and a recorded answer changes none.
        present.setdefault(ASKS.name, frozenset(ASKS.column_names))
    _refuse_empty(counts, needed)
    return PreparedTables(
        present=present,
        counts=counts,
        digests=digests,
        warnings=(*discovery.warnings, *(text for report in reports.values() for text in report.warnings)),
        remarks=frozenset(text for report in reports.values() for text in report.remarks),
        data_cut=data_cut,
        quality=quality_report.summary(reports),
        merged=merges.ends,
        erased=quarantine.erased,
        after_clock=after_clock,
        **_rows_not_in_use(staged),
    )


def _rows_not_in_use(staged: Mapping[str, staging.StagedTable]) -> dict[str, Any]:
    """What `PreparedTables` says of rows and words that are not in use."""
    return {
        "quarantine": {name: table.quarantine.path for name, table in staged.items() if table.quarantine.rows},
        "unmapped": {name: table_checks.unknown_words(table) for name, table in staged.items()},
        "set_aside": {name: table.set_aside for name, table in staged.items() if table.table.protects},
        "contacts_left_out": _contacts_left_out(staged),
    }


def _contacts_left_out(staged: Mapping[str, staging.StagedTable]) -> frozenset[str]:
    parts = staged[CONTACTS.name].left_out if CONTACTS.name in staged else []
    return frozenset(contact_id for part in parts for contact_id in part.column(CONTACTS.key).to_pylist() if contact_id)


def _refuse_absent(settings: Settings, discovery: Discovery, needed: Collection[str]) -> None:
    """Raises InputError for absent tables. It lists the unread files, since one may be the table under another name."""
    folder = settings.path(settings.sources.folder)
    absent = sorted(set(needed) - set(discovery.sources))
    if absent and not folder.is_dir() and not discovery.sources:
        fix = "correct the setting; it is relative to the configuration file"
        raise InputError([Fault("[sources] folder", f"there is no folder {folder}.", fix)])
    if absent:
        raise InputError([_absence(folder, settings.sources.folder, name, discovery) for name in absent])


def _absence(folder: Path, given: Location, table: str, discovery: Discovery) -> Fault:
    if path := discovery.meant.get(table):
        fix = f"{path_line(table, path, given)}, if it holds {table}"
        return Fault(str(folder), f"there is no file for {table}, and {path.name} is not read.", fix)
    warnings = "".join(f" {warning}" for warning in discovery.warnings)
    fix = f"put the export there as {table}.csv, or name it in [sources.{table}] path"
    if table == ASKS.name:
        fix += "; until there are asks, 'score' works without them"
    return Fault(f"[sources] folder {folder}", f"there is no file for {table}.{warnings}", fix)


def _stage_all(
    settings: Settings,
    sources: Mapping[str, Sequence[Source]],
    folder: Path,
    quarantine: QuarantineFolder,
    progress: ProgressCallback,
) -> dict[str, staging.StagedTable]:
    """Stages every table, even if another has faults, so that one run shows all of them."""
    staged: dict[str, staging.StagedTable] = {}
    faults: list[Fault] = []
    for completed, (name, parts) in enumerate(sources.items()):
        progress(completed, len(sources))
        try:
            declared = with_top_level(TABLES[name], len(settings.ladder.in_use))
            table = staging.stage(declared, parts, folder / "staged", quarantine)
            faults.extend(
                table_checks.faults_of_content(table, settings.sources)
                or table_checks.faults_of_share(table, settings.sources)
            )
            staged[name] = table
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    return staged


def _register_staged(
    engine: Engine, staged: Mapping[str, staging.StagedTable], now: datetime | None
) -> tuple[str, ...]:
    """Makes the staged tables views of the engine; the rows that lie after the clock."""
    for table in staged.values():
        engine.register_parquet(deduplication.staged_view(table.table), table.path)
    return deduplication.rows_after_clock(engine, staged.values(), now)


def _settle_all(
    settings: Settings,
    engine: Engine,
    staged: Mapping[str, staging.StagedTable],
    folder: Path,
    erased: erasure.Tombstones,
) -> tuple[datetime | None, identifiers.Merges]:
    """The data cut and how accounts were merged. Recorded asks do not move the data cut, which are not exported."""
    declared = [table.table for table in staged.values()]
    cut = table_checks.find_data_cut(engine, declared, deduplication.staged_view)
    accounts = staged[ACCOUNTS.name]
    merges = deduplication.settle_accounts(engine, accounts, folder / "accounts.parquet", erased)
    faults, known = table_checks.faults_of_share(accounts, settings.sources), deduplication.KnownAccounts(engine)
    at_fault = bool(faults)
    for name, table in staged.items():
        if name != ACCOUNTS.name:
            sql = deduplication.exclusions_sql(table.table, table.schema.names, cut, table.identity)
            excluded = deduplication.find_excluded_rows(engine, sql)
            excluded, respelled = deduplication.respell_accounts(known, table, excluded)
            ends = {**merges.survivors, **{own: merges.survivors.get(match, match) for own, match in respelled.items()}}
            if cut is not None and (excluded.codes == deduplication.EXCLUSIONS.index(findings.AFTER_DATA_CUT)).any():
                table.report.warnings.extend(deduplication.warn_of_late_rows(engine, table.table, cut))
            contacts = deduplication.respell_contacts(engine, table) if CONTACTS.name in staged else {}
            ids = {ACCOUNTS.key: ends, CONTACTS.key: contacts}
            deduplication.settle(table, excluded, ids, folder / f"{name}.parquet")
            is_of_accounts = at_fault and table.report.main_reason == findings.UNKNOWN_ACCOUNT
            if not is_of_accounts:
                faults.extend(table_checks.faults_of_share(table, settings.sources))
        engine.register_parquet(name, folder / f"{name}.parquet")
        table_checks.warn_of_share(table, settings.sources)
        table.report.remark(table_checks.warn_of_times(engine, table.table))
    if faults:
        raise InputError(faults)
    return table_checks.find_data_cut(engine, declared, lambda table: table.name), merges


def _register_absent(engine: Engine, tables: Iterable[Table], folder: Path) -> None:
    for table in tables:
        path = folder / f"{table.name}.parquet"
        pq.write_table(staging.empty_table(table), path)
        engine.register_parquet(table.name, path)


def _refuse_empty(counts: Mapping[str, quality_report.RowCounts], needed: Collection[str]) -> None:
    usable = {name: figures.accepted for name, figures in counts.items()}
    usable[ASKS.name] = usable.get(ASKS.name, 0) + usable.get(RECORDED, 0)
    empty = [name for name in sorted({ACCOUNTS.name, *needed}) if not usable[name]]
    if empty:
        raise InputError([Fault(name, "has no row that can be used.", "export it with its rows") for name in empty])

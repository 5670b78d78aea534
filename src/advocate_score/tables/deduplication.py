"""Turns staged rows into the table in use: one row for each id, known accounts only, nothing after the data cut, and
the rows of merged accounts moved to their survivors. The SQL runs on both engines, so tables may exceed memory."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from advocate_score.engine.base import Engine, quote_identifier as name, quote_literal
from advocate_score.schema import CONTACTS, Table
from advocate_score.tables import identifiers
from advocate_score.tables.erasure import ERASED, Tombstones, with_merged
from advocate_score.tables.findings import AFTER_DATA_CUT, DELETED, DUPLICATE, LEFT_OUT, UNKNOWN_ACCOUNT
from advocate_score.tables.quarantine import row_label
from advocate_score.tables.staging import ROW, StagedTable, table_file
from advocate_score.text import counted

KNOWN_ACCOUNTS = "known_accounts"
"""View of the accounts that rows may belong to, merged accounts included: `account_id`."""
LEFT_OUT_ACCOUNTS = "left_out_accounts"
"""View of the accounts that `where` leaves out: each `account_id` once."""

EXCLUSIONS = (
    LEFT_OUT,
    DELETED,
    DUPLICATE,
    "older_version",
    "conflicting_versions",
    AFTER_DATA_CUT,
    "mixed_currency",
    UNKNOWN_ACCOUNT,
)
"""Codes in order of precedence: a row gets the first one that applies."""

_DELETED_STAY = ("accounts", "contacts")
"""Tables whose deleted rows are kept: a deleted account rests, and a deleted contact may have objected."""
CUT_MARGIN = timedelta(hours=24)
_KNOWN_AT = {"asks": ("recorded_at", "responded_at", "asked_at"), "cases": ("closed_at", "opened_at")}
_NEVER = "TIMESTAMP '1000-01-01 00:00:00'"


def staged_view(table: Table) -> str:
    return f"staged_{table.name}"


def exclusions_sql(
    table: Table,
    columns: Collection[str],
    data_cut: datetime | None,
    identity: Sequence[str] = (),
) -> str:
    """SQL for the rows to exclude: ROW and `judgement`, a position in EXCLUSIONS, ordered by ROW.

    `columns` are all columns of the staged table; `identity`: the columns that tell rows apart, the key where not
    given. The accounts table is not checked against KNOWN_ACCOUNTS, which is derived
    from it.
    """
    parts = _selections()
    if data_cut is not None and table.happened:
        parts.append(_after(table, data_cut + CUT_MARGIN))
    if table.name not in _DELETED_STAY:
        parts.append(_select(staged_view(table), DELETED, "deleted"))
    if table.name == "renewals":
        parts.append(_in_other_currency(table))
    if table.of_account and not table.required:
        parts.append(_of_unknown_account(table))
    union = " UNION ALL ".join(parts)
    selected = f"{name(ROW)}, MIN(judgement) AS judgement"
    versions = _versions(table, columns, identity or (table.key,))
    return f"{versions} SELECT {selected} FROM ({union}) j GROUP BY {name(ROW)} ORDER BY {name(ROW)}"


def _versions(table: Table, columns: Collection[str], identity: Sequence[str]) -> str:
    """WITH clause for rows whose identity occurs more than once: `versions` numbers identical copies, `ranked` compares
    the different versions of an id by when each was known."""
    keys, view = [name(column) for column in identity], staged_view(table)
    key, own_key = ", ".join(keys), ", ".join(f"s.{key}" for key in keys)
    is_repeated = " AND ".join(f"s.{key} = r.{key}" for key in keys)
    everything = ", ".join(f"s.{name(column)}" for column in columns)
    copy = f"ROW_NUMBER() OVER (PARTITION BY {everything} ORDER BY s.{name(ROW)})"
    return f"""
WITH repeated AS (SELECT {key} FROM {view} GROUP BY {key} HAVING COUNT(*) > 1),
versions AS (
  SELECT s.{name(ROW)}, {own_key}, {_known_at(table)} AS known_at, {copy} AS copy
  FROM {view} s JOIN repeated r ON {is_repeated}
),
ranked AS (
  SELECT {name(ROW)}, known_at, COUNT(*) OVER (PARTITION BY {key}) AS versions,
    MAX(known_at) OVER (PARTITION BY {key}) AS newest, COUNT(*) OVER (PARTITION BY {key}, known_at) AS ties
  FROM versions WHERE copy = 1
)"""


def _known_at(table: Table) -> str:
    times = _KNOWN_AT.get(table.name, tuple(filter(None, (table.recorded, table.happened))))
    return f"COALESCE({', '.join([*(f's.{name(time)}' for time in times), _NEVER])})"


def _selections() -> list[str]:
    return [
        _select("versions", DUPLICATE, "copy > 1"),
        _select("ranked", "older_version", "versions > 1 AND known_at < newest"),
        _select("ranked", "conflicting_versions", "known_at = newest AND ties > 1"),
    ]


def _select(source: str, judgement: str, condition: str) -> str:
    return f"SELECT {name(ROW)}, {EXCLUSIONS.index(judgement)} AS judgement FROM {source} WHERE {condition}"


def _after(table: Table, latest: datetime) -> str:
    condition = " OR ".join(f"{name(time)} > {quote_literal(latest)}" for time in _times(table))
    return _select(staged_view(table), AFTER_DATA_CUT, condition)


def _times(table: Table) -> list[str]:
    """The columns of times that cannot lie in the future."""
    return [column.name for column in table.columns if column.type == "time" and not column.scheduled]


def _in_other_currency(table: Table) -> str:
    counts = f"SELECT currency, COUNT(*) AS n FROM {staged_view(table)} WHERE currency IS NOT NULL GROUP BY currency"
    usual = f"SELECT currency FROM ({counts}) c ORDER BY n DESC, currency LIMIT 1"
    return _select(staged_view(table), "mixed_currency", f"currency <> ({usual})")


def _of_unknown_account(table: Table) -> str:
    unknown, left_out = EXCLUSIONS.index(UNKNOWN_ACCOUNT), EXCLUSIONS.index(LEFT_OUT)
    return (
        f"SELECT s.{name(ROW)}, CASE WHEN l.account_id IS NULL THEN {unknown} ELSE {left_out} END AS judgement "
        f"FROM {staged_view(table)} s LEFT JOIN {KNOWN_ACCOUNTS} k ON s.account_id = k.account_id "
        f"LEFT JOIN {LEFT_OUT_ACCOUNTS} l ON s.account_id = l.account_id WHERE k.account_id IS NULL"
    )


MERGED = "merged"
CODES = (*EXCLUSIONS, MERGED, "merge_cycle", "unknown_survivor", ERASED)
_DEDUPLICATED = np.array([CODES.index(DUPLICATE), CODES.index(MERGED)])
_LEAVING_OUT = np.array([CODES.index(LEFT_OUT), CODES.index(DELETED)])
_NO_FAULT = np.array([*_LEAVING_OUT, *_DEDUPLICATED])
_FORGOTTEN = np.array([*_DEDUPLICATED, CODES.index(ERASED)])
"""Codes of rows that are not kept for protection."""
_COLUMNS = {
    UNKNOWN_ACCOUNT: "account_id",
    "mixed_currency": "currency",
    "merge_cycle": "merged_into",
    "unknown_survivor": "merged_into",
}
_BATCH_ROWS = 200_000

NewIds = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class ExcludedRows:
    """Excluded rows: source row numbers in ascending order, and the position of each row's code in CODES."""

    rows: npt.NDArray[np.int64]
    codes: npt.NDArray[np.int64]

    def of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The position in CODES for each of `rows`; −1 for a row that is not excluded."""
        if not len(self.rows):
            return np.full(len(rows), -1)
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.where(self.rows[at] == rows, self.codes[at], -1)

    def with_rows(self, rows: npt.NDArray[np.int64], code: str) -> "ExcludedRows":
        """These rows and further ones under `code`. `rows` must not be excluded yet."""
        all_rows = np.concatenate([self.rows, rows])
        codes = np.concatenate([self.codes, np.full(len(rows), CODES.index(code))])
        order = np.argsort(all_rows)
        return ExcludedRows(all_rows[order], codes[order])

    def without(self, rows: npt.NDArray[np.int64], code: str) -> "ExcludedRows":
        """These rows but for those of `rows` that are excluded under `code`."""
        staying = (self.codes != CODES.index(code)) | ~np.isin(self.rows, rows)
        return ExcludedRows(self.rows[staying], self.codes[staying])


def find_excluded_rows(engine: Engine, sql: str) -> ExcludedRows:
    """The rows to exclude; `sql` comes from `exclusions_sql`."""
    rows = engine.frame(sql)
    return ExcludedRows(rows[ROW].to_numpy(np.int64), rows["judgement"].to_numpy(np.int64))


_RESPELLED = "respelled_accounts"


@dataclass(frozen=True)
class KnownAccounts:
    """The accounts that rows may belong to, merged ones included, each fact read when it is first needed. `engine`: has
    the accounts in use and KNOWN_ACCOUNTS."""

    engine: Engine

    @cached_property
    def ids(self) -> list[str]:
        return list(self.engine.frame(f"SELECT account_id FROM {KNOWN_ACCOUNTS}")["account_id"])

    @cached_property
    def by_form(self) -> Mapping[str, str | None]:
        """As `identifiers.ids_by_form`."""
        return identifiers.ids_by_form(self.ids)

    def difference(self, unknown: Sequence[str], table: str) -> identifiers.Difference | None:
        """How unknown ids of a table differ from those of accounts; see `identifiers.difference_of_ids`."""
        names = self.engine.frame("SELECT account_name FROM accounts")["account_name"].dropna()
        return identifiers.difference_of_ids(unknown, self.ids, names, table)


def respell_accounts(
    accounts: KnownAccounts, staged: StagedTable, excluded: ExcludedRows
) -> tuple[ExcludedRows, Mapping[str, str]]:
    """The excluded rows without those whose account is known under an id that differs in case or blanks alone; and such
    an id → that of the account.

    How the other unknown ids differ from those of accounts can be asked of the report.

    Parameters
    ----------
    accounts : the known ones; their engine has the staged rows and LEFT_OUT_ACCOUNTS.
    staged : the table; its report gets warnings. excluded : of its rows.
    """
    if not (excluded.codes == EXCLUSIONS.index(UNKNOWN_ACCOUNT)).any():
        return excluded, {}
    engine, view, report = accounts.engine, staged_view(staged.table), staged.report
    unknown = engine.frame(
        f"SELECT DISTINCT s.account_id FROM {view} s "
        f"LEFT JOIN {KNOWN_ACCOUNTS} k ON s.account_id = k.account_id "
        f"LEFT JOIN {LEFT_OUT_ACCOUNTS} l ON s.account_id = l.account_id "
        "WHERE k.account_id IS NULL AND l.account_id IS NULL AND s.account_id IS NOT NULL ORDER BY s.account_id"
    )["account_id"].tolist()
    respelled = identifiers.respelled_ids(unknown, accounts.by_form)
    lost = [identifier for identifier in unknown if identifier not in respelled]
    report.difference = partial(accounts.difference, lost, report.table)
    if not respelled:
        return excluded, {}
    engine.register_frame(_RESPELLED, pd.DataFrame({"account_id": [*respelled]}))
    joined = f"SELECT s.{name(ROW)} FROM {view} s JOIN {_RESPELLED} r ON s.account_id = r.account_id"
    rows = engine.frame(f"{joined} ORDER BY s.{name(ROW)}")[ROW].to_numpy(np.int64)
    differ = counted(len(respelled), "id differs", "ids differ")
    problem = f"{differ} from those in accounts in case or blanks alone and count as the same"
    report.warnings.append(f"{report.table} account_id: {problem}.")
    return excluded.without(rows, UNKNOWN_ACCOUNT), respelled


def respell_contacts(engine: Engine, staged: StagedTable) -> Mapping[str, str]:
    """Ids of contacts in a table that differ from those in `contacts` in case alone → the id there.

    A warning tells of those, and of ids that cannot be told apart without their case: the rows count for no contact,
    though a "no" in them protects whoever may be meant.

    Parameters
    ----------
    engine : has the contacts in use and the staged rows. staged : the table; its report gets warnings.
    """
    if staged.table.name == CONTACTS.name or CONTACTS.key not in staged.schema.names:
        return {}
    unknown = engine.frame(_unknown_contacts_sql(staged.table))
    if unknown.empty:
        return {}
    engine.register_frame(_UNKNOWN_CONTACTS, unknown)
    pairs = engine.frame(_alike_contacts_sql())
    known: dict[str, list[str]] = {str(own): [*rows["known"]] for own, rows in pairs.groupby("own")}
    respelled = {
        own: ids[0]
        for own, ids in known.items()
        if len(ids) == 1
        and identifiers.without_case(own) == identifiers.without_case(ids[0])
        and not identifiers.is_case_sensitive(own)
    }
    column, lost = f"{staged.table.name} {CONTACTS.key}", len(known) - len(respelled)
    if respelled:
        problem = "differ from those in contacts in case alone; they count as the same"
        staged.report.warnings.append(f"{column}: {len(respelled):,} ids {problem}.")
    if lost:
        staged.report.warnings.append(f"{column}: {lost:,} ids {_CASE_LOST}")
    return respelled


_CASE_LOST = (
    "lost the case that tells them from others, and count for no contact; their no protects whoever may be meant. "
    "Fix: ask the source to export ids as contacts has them, of Salesforce those of 18 characters: CASESAFEID(Id)."
)
_UNKNOWN_CONTACTS = "unknown_contacts"


def _unknown_contacts_sql(table: Table) -> str:
    return (
        f"SELECT DISTINCT s.contact_id FROM {staged_view(table)} s "
        f"LEFT JOIN {CONTACTS.name} c ON s.contact_id = c.contact_id "
        "WHERE c.contact_id IS NULL AND s.contact_id IS NOT NULL"
    )


def _alike_contacts_sql() -> str:
    """own, known: unknown ids and the contacts whose ids are the same without case, or in the 15 characters that the
    ids of Salesforce have without their check."""
    short = "LOWER(SUBSTR({0}.contact_id, 1, 15))"
    are_salesforce = "u.contact_id LIKE '003%' AND LENGTH(u.contact_id) = 18 AND LENGTH(c.contact_id) = 18"
    alike = [
        "LOWER(u.contact_id) = LOWER(c.contact_id)",
        f"{short.format('u')} = {short.format('c')} AND {are_salesforce}",
    ]
    joined = f"SELECT u.contact_id AS own, c.contact_id AS known FROM {_UNKNOWN_CONTACTS} u JOIN {CONTACTS.name} c ON "
    return " UNION ".join(joined + condition for condition in alike) + " ORDER BY own, known"


_MOST_NAMED = 5


def warn_of_late_rows(engine: Engine, table: Table, data_cut: datetime) -> Iterator[str]:
    """A warning for each column of a staged table with times later than the data cut, with the numbers of some rows."""
    for column in _times(table):
        if rows := _rows_after(engine, table, column, data_cut + CUT_MARGIN):
            problem = "more than 24 h later than everything else, set aside: correct the date, unless it is planned"
            yield f"{table.name} {column}: {_in_words(rows)}, {problem}."


def rows_after_clock(engine: Engine, tables: Iterable[StagedTable], now: datetime | None) -> tuple[str, ...]:
    """The staged rows of events that lie more than a day after the clock, such as
    `interactions occurred_at: 2 times (row 9, row 12)`, by table; none without a clock. The reports get
    their number."""
    if now is None:
        return ()
    texts = []
    for staged in tables:
        if column := staged.table.happened:
            rows = _rows_after(engine, staged.table, column, now + CUT_MARGIN)
            staged.report.after_clock = len(rows)
            texts += [f"{staged.table.name} {column}: {_in_words(rows)}"] if rows else []
    return tuple(texts)


def _rows_after(engine: Engine, table: Table, column: str, instant: datetime) -> list[int]:
    """The numbers of the staged rows whose time is after an instant."""
    after = f"{name(column)} > {quote_literal(instant)}"
    rows = engine.frame(f"SELECT {name(ROW)} FROM {staged_view(table)} WHERE {after} ORDER BY {name(ROW)}")
    return [int(row) for row in rows[ROW]]


def _in_words(rows: Sequence[int]) -> str:
    """`2 times (row 9, row 12)`."""
    named = ", ".join(map(row_label, rows[:_MOST_NAMED])) + ", …" * (len(rows) > _MOST_NAMED)
    return f"{counted(len(rows), 'time', 'times')} ({named})"


def settle(staged: StagedTable, excluded: ExcludedRows, ids: NewIds, path: Path) -> None:
    """Writes the accepted rows to a Parquet file in the order of the source, and the faulty ones to the quarantine.

    The staged file is deleted.

    Parameters
    ----------
    staged : the table to settle; its report gets the counts.
    excluded : the rows to exclude, with their codes.
    ids : per column, ids → those that take their place, such as a merged account → the surviving one.
    path : the Parquet file to write.
    """
    with staged.quarantine, pq.ParquetFile(staged.path) as file, table_file(path, staged.settled_schema) as out:
        for batch in file.iter_batches(_BATCH_ROWS):
            rows = batch.column(ROW).to_numpy()
            numbered = pa.Table.from_batches([batch])
            cells = numbered if staged.table.protects else numbered.drop_columns([ROW])
            codes = excluded.of(rows)
            _quarantine(staged, numbered.drop_columns([ROW]), rows, codes)
            _keep_what_protects(staged, numbered, codes)
            staying = cells.filter(pa.array(codes < 0)) if (codes >= 0).any() else cells
            remaining = _with_new_ids(staying, ids)
            _count(staged, remaining, codes)
            out.write_table(remaining)
    staged.path.unlink()


def _quarantine(
    staged: StagedTable, cells: pa.Table, rows: npt.NDArray[np.int64], codes: npt.NDArray[np.int64]
) -> None:
    leaving = (codes >= 0) & ~np.isin(codes, _NO_FAULT)
    if leaving.any():
        reasons = [(CODES[code], _COLUMNS.get(CODES[code], "")) for code in codes[leaving]]
        staged.quarantine.add_excluded(rows[leaving].tolist(), reasons, cells.filter(pa.array(leaving)))


def _keep_what_protects(staged: StagedTable, numbered: pa.Table, codes: npt.NDArray[np.int64]) -> None:
    leaving = (codes >= 0) & ~np.isin(codes, _FORGOTTEN)
    if staged.table.protects and leaving.any():
        names = pa.array([CODES[code] for code in codes[leaving]])
        staged.set_aside.add(numbered.filter(pa.array(leaving)), names)


def _count(staged: StagedTable, remaining: pa.Table, codes: npt.NDArray[np.int64]) -> None:
    report, left_out = staged.report, int(np.isin(codes, _LEAVING_OUT).sum())
    report.rows_in -= left_out
    report.left_out += left_out
    report.accepted += remaining.num_rows
    report.deduplicated += int(np.isin(codes, _DEDUPLICATED).sum())
    report.reasons.clear()
    report.reasons.update(staged.quarantine.reasons)
    report.unknown.update({name: remaining.column(name).null_count for name in report.columns})


def _with_new_ids(cells: pa.Table, ids: NewIds) -> pa.Table:
    for column, new in ids.items():
        if new and column in cells.column_names:
            own = cells.column(column)
            found = pa.array(list(new.values())).take(pc.index_in(own, pa.array(list(new))).combine_chunks())
            position = cells.column_names.index(column)
            cells = cells.set_column(position, column, pc.coalesce(found, own.combine_chunks()))
    return cells


def settle_accounts(engine: Engine, staged: StagedTable, path: Path, erased: Tombstones) -> identifiers.Merges:
    """Writes the accepted accounts and returns how accounts were merged.

    A merged account's row counts as deduplicated, because the client continues under the survivor's id. Erased
    accounts are excluded, together with the accounts merged into them.

    Parameters
    ----------
    engine : gets the views KNOWN_ACCOUNTS and LEFT_OUT_ACCOUNTS.
    staged : the staged accounts table.
    path : the Parquet file to write.
    erased : the tombstones; accounts merged into an erased one are added to them.
    """
    excluded = find_excluded_rows(engine, exclusions_sql(staged.table, staged.schema.names, None))
    rows = engine.frame(f"SELECT {name(ROW)}, account_id, merged_into FROM {staged_view(staged.table)}")
    rows = rows[excluded.of(rows[ROW].to_numpy()) < 0]
    erased_ids = with_merged(rows, erased)
    excluded = excluded.with_rows(_rows_of(rows, erased_ids), ERASED)
    rows = rows[~rows["account_id"].isin(erased_ids)]
    merged = rows[rows["merged_into"].notna()]
    left_out = _left_out(staged)
    into = dict(zip(merged["account_id"], merged["merged_into"], strict=True))
    merges = identifiers.resolve_merges(into, set(rows["account_id"]))
    for accounts, code in (
        (merges.survivors, MERGED),
        (merges.cycles, "merge_cycle"),
        (merges.lost, "unknown_survivor"),
    ):
        excluded = excluded.with_rows(_rows_of(merged, list(accounts)), code)
    settle(staged, excluded, {}, path)
    known = rows.loc[~rows["account_id"].isin(merges.cycles | merges.lost), ["account_id"]]
    engine.register_frame(KNOWN_ACCOUNTS, known)
    engine.register_frame(LEFT_OUT_ACCOUNTS, left_out[["account_id"]].drop_duplicates())
    merged_before = left_out.dropna()
    all_merges = dict(zip(merged_before["account_id"], merged_before["merged_into"], strict=True)) | into
    return replace(merges, ends=identifiers.resolve_merges(all_merges, set(rows["account_id"])).ends)


def _left_out(staged: StagedTable) -> pd.DataFrame:
    """account_id and merged_into of the accounts that `where` leaves out."""
    columns = ("account_id", "merged_into")
    empty = pa.table({column: pa.array([], pa.string()) for column in columns})
    rows: pd.DataFrame = pa.concat_tables([empty, *staged.left_out]).to_pandas().astype("str")
    return rows[rows["account_id"].notna()]


def _rows_of(merged: pd.DataFrame, accounts: list[str]) -> npt.NDArray[np.int64]:
    return merged.loc[merged["account_id"].isin(accounts), ROW].to_numpy(np.int64)

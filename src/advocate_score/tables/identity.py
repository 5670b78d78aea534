"""Which of the staged rows may stay: one row an id, a known account, nothing after the data cut. SQL that both
engines share, so that tables larger than memory pass."""

from collections.abc import Collection
from datetime import datetime, timedelta

from advocate_score.canonical import Table
from advocate_score.engine.sql import quote_identifier as name
from advocate_score.engine.sql import quote_literal
from advocate_score.tables.table_file import ROW

KNOWN_ACCOUNTS = "known_accounts"
"""View of the accounts that rows may belong to: `account_id`, of merged ones too."""
LEFT_OUT_ACCOUNTS = "left_out_accounts"
"""View of the accounts that `where` does not take: each `account_id` once."""

LEFT_OUT, DELETED, DUPLICATE, UNKNOWN_ACCOUNT = "left_out", "deleted", "duplicate", "unknown_account"
JUDGEMENTS = (
    LEFT_OUT,
    DELETED,
    DUPLICATE,
    "older_version",
    "conflicting_versions",
    "after_data_cut",
    "mixed_currency",
    UNKNOWN_ACCOUNT,
)
"""In order of precedence: a row is judged once."""

_DELETED_STAY = ("accounts", "contacts")
"""A deleted account rests, and a deleted contact may have objected; other deleted rows are left out."""
_CUT_MARGIN = timedelta(hours=24)
_KNOWN_AT = {"asks": ("recorded_at", "responded_at", "asked_at"), "cases": ("closed_at", "opened_at")}
_NEVER = "TIMESTAMP '1000-01-01 00:00:00'"


def staged_view(table: Table) -> str:
    return f"staged_{table.name}"


def judgements_sql(table: Table, columns: Collection[str], data_cut: datetime | None) -> str:
    """SQL for the rows that cannot stay: ROW and `judgement`, a position in JUDGEMENTS, ordered by ROW.

    `columns` are all of the staged table's. Accounts are not held against KNOWN_ACCOUNTS, which are made of them.
    """
    parts = _selections()
    if data_cut is not None and table.happened:
        parts.append(_after(table, data_cut + _CUT_MARGIN))
    if table.name not in _DELETED_STAY:
        parts.append(_select(staged_view(table), DELETED, "deleted"))
    if table.name == "renewals":
        parts.append(_in_other_currency(table))
    if table.of_account and not table.required:
        parts.append(_of_unknown_account(table))
    union = " UNION ALL ".join(parts)
    judged = f"{name(ROW)}, MIN(judgement) AS judgement"
    return f"{_versions(table, columns)} SELECT {judged} FROM ({union}) j GROUP BY {name(ROW)} ORDER BY {name(ROW)}"


def _versions(table: Table, columns: Collection[str]) -> str:
    """Copies of rows whose id occurs more than once, numbered, with when each was known at the latest."""
    key, view = name(table.key), staged_view(table)
    everything = ", ".join(f"s.{name(column)}" for column in columns)
    copy = f"ROW_NUMBER() OVER (PARTITION BY {everything} ORDER BY s.{name(ROW)})"
    return f"""
WITH repeated AS (SELECT {key} FROM {view} GROUP BY {key} HAVING COUNT(*) > 1),
versions AS (
  SELECT s.{name(ROW)}, s.{key}, {_known_at(table)} AS known_at, {copy} AS copy
  FROM {view} s JOIN repeated r ON s.{key} = r.{key}
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
    return f"SELECT {name(ROW)}, {JUDGEMENTS.index(judgement)} AS judgement FROM {source} WHERE {condition}"


def _after(table: Table, latest: datetime) -> str:
    times = [column.name for column in table.columns if column.type == "time" and not column.scheduled]
    condition = " OR ".join(f"{name(time)} > {quote_literal(latest)}" for time in times)
    return _select(staged_view(table), "after_data_cut", condition)


def _in_other_currency(table: Table) -> str:
    given = f"SELECT currency, COUNT(*) AS n FROM {staged_view(table)} WHERE currency IS NOT NULL GROUP BY currency"
    usual = f"SELECT currency FROM ({given}) c ORDER BY n DESC, currency LIMIT 1"
    return _select(staged_view(table), "mixed_currency", f"currency <> ({usual})")


def _of_unknown_account(table: Table) -> str:
    unknown, left_out = JUDGEMENTS.index(UNKNOWN_ACCOUNT), JUDGEMENTS.index(LEFT_OUT)
    return (
        f"SELECT s.{name(ROW)}, CASE WHEN l.account_id IS NULL THEN {unknown} ELSE {left_out} END AS judgement "
        f"FROM {staged_view(table)} s LEFT JOIN {KNOWN_ACCOUNTS} k ON s.account_id = k.account_id "
        f"LEFT JOIN {LEFT_OUT_ACCOUNTS} l ON s.account_id = l.account_id WHERE k.account_id IS NULL"
    )

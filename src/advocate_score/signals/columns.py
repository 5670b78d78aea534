"""The columns that signals may read: their types, the columns they are derived from, and why some are refused."""

from advocate_score.schema import TABLES, ColumnType

DERIVED_TYPES: dict[str, dict[str, ColumnType]] = {
    "asks": {"answered": "flag", "response_days": "number", "completed": "flag", "completion_days": "number"},
    "cases": {"open": "flag", "resolution_days": "number"},
}

DERIVED_FROM: dict[str, dict[str, frozenset[str]]] = {
    "asks": {
        "answered": frozenset({"response"}),
        "response_days": frozenset({"response", "responded_at"}),
        "completed": frozenset({"completed_at"}),
        "completion_days": frozenset({"completed_at"}),
    },
    "cases": {"open": frozenset({"closed_at"}), "resolution_days": frozenset({"closed_at"})},
}

_TODAY = "holds today's value only, which a past as-of could not have known"
_GROWS = "is filled later, and nothing says when"
WITHOUT_HISTORY = {
    "accounts": {"status": _TODAY, "merged_into": _TODAY},
    "assets": {"downloads": _GROWS, "views": _GROWS, "opportunity_ids": _GROWS},
}
IDENTIFYING = {"accounts": {"account_id", "account_name"}}
UNDATED_TABLES = {"permissions": "has no time from which a row was known"}


def column_type(table: str, column: str) -> ColumnType | None:
    """The declared type of a column; None for an extra column of the export, whose values are text."""
    derived = DERIVED_TYPES.get(table, {})
    if column in derived:
        return derived[column]
    known = {own.name: own.type for own in TABLES[table].columns}
    return known.get(column)


def columns_needed(table: str, column: str) -> frozenset[str]:
    """The columns of the export that `column` needs: itself, or those it is derived from."""
    return DERIVED_FROM.get(table, {}).get(column, frozenset({column}))


def columns_allowed(table: str) -> tuple[str, ...]:
    refused = {*WITHOUT_HISTORY.get(table, ()), *IDENTIFYING.get(table, ())}
    return tuple(name for name in (*TABLES[table].column_names, *DERIVED_TYPES.get(table, ())) if name not in refused)

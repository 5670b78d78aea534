"""The conditions and the values of a signal as SQL over known rows."""

from collections.abc import Mapping, Sequence

from advocate_score.declaration import Bounds, Condition, Scalar
from advocate_score.engine.sql import quote_identifier, quote_literal
from advocate_score.signals.columns import column_type

TRUE_WORDS = ("true", "yes", "sí", "si", "1")
LARGEST = "1e14"
"""Numbers this large are taken for unknown: an exact decimal sum has no room for them."""


def all_hold(table: str, conditions: Mapping[str, Condition]) -> str:
    """A boolean expression, empty where there is nothing to check. An unknown value fails all but `present = false`."""
    return " AND ".join(_holds(table, column, conditions[column]) for column in sorted(conditions))


def number_of(table: str, column: str, expression: str) -> str:
    """`expression`, the content of `column`, as a DOUBLE; unknown where it is no number or too large a one."""
    match column_type(table, column):
        case "number" | "integer":
            number = f"CAST({expression} AS DOUBLE)"
        case "flag":
            return f"CASE WHEN {expression} THEN 1e0 WHEN NOT {expression} THEN 0e0 END"
        case _:
            number = f"number_in({expression})"
    return f"CASE WHEN ABS({number}) < {LARGEST} THEN {number} END"


def _holds(table: str, column: str, condition: Condition) -> str:
    own = quote_identifier(column)
    if isinstance(condition, Bounds):
        return _within(number_of(table, column, own), own, condition)
    return _is_one_of(table, column, own, condition)


def _within(number: str, own: str, bounds: Bounds) -> str:
    parts = []
    if bounds.present is not None:
        parts.append(f"{own} IS {'NOT ' if bounds.present else ''}NULL")
    if bounds.min is not None:
        parts.append(f"{number} >= {quote_literal(bounds.min)}")
    if bounds.max is not None:
        parts.append(f"{number} <= {quote_literal(bounds.max)}")
    return " AND ".join(parts)


def _is_one_of(table: str, column: str, own: str, values: Sequence[Scalar]) -> str:
    if column_type(table, column) is not None:
        return f"{own} IN ({_literals(values)})"
    words = [value for value in values if isinstance(value, str)]
    flags = [value for value in values if isinstance(value, bool)]
    numbers = [float(value) for value in values if not isinstance(value, str | bool)]
    parts = [f"{own} IN ({_literals(words)})"] if words else []
    parts += [f"{number_of(table, column, own)} IN ({_literals(numbers)})"] if numbers else []
    parts += [f"(LOWER({own}) IN ({_literals(TRUE_WORDS)})) = {quote_literal(flag)}" for flag in flags]
    return f"({' OR '.join(parts)})"


def _literals(values: Sequence[Scalar]) -> str:
    return ", ".join(map(quote_literal, values))

"""The only way by which a name or a value becomes SQL text. What it writes means the same to DuckDB and Spark."""

import math
from datetime import datetime
from pathlib import Path


def quote_identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quote_literal(value: str | bool | int | float | datetime | Path) -> str:
    """A literal. Floats are written with an exponent, since `0.5` alone would be a DECIMAL to Spark."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case float():
            return _float(value)
        case datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ', timespec='microseconds')}'"
        case _:
            return _text(str(value))


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError("a number in SQL must be finite")
    text = repr(value)
    return text if "e" in text else f"{text}e0"


def _text(value: str) -> str:
    """Spark reads a backslash in a literal as an escape, DuckDB does not: it is spelled by its code."""
    parts = ["'" + part.replace("'", "''") + "'" for part in value.split("\\")]
    return parts[0] if len(parts) == 1 else f"({' || CHR(92) || '.join(parts)})"

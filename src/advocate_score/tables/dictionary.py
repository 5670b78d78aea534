"""Generates `data/dictionary.md`, which describes every canonical table and column, and the header-only files that
`init` writes."""

from collections.abc import Mapping

from advocate_score.schema import TABLES, Column, Table

_TYPES = {
    "id": "id",
    "text": "text",
    "time": "time",
    "number": "number",
    "integer": "whole number",
    "flag": "yes/no",
    "choice": "choice",
}
_INTRODUCTION = """# Data dictionary

Every table that advocate-score reads, and every column. Only `accounts` must be there (`asks` too, to train); of a
table that is there, only the columns marked *required*. Anything else may be absent and counts as unknown. Further
columns of an export are kept, as text, for signals to use.

Times are ISO 8601, with an offset or in the configured time zone. yes/no is written true/false, yes/no, sí/no or 1/0.
An empty cell, `null` and `#N/A` mean unknown; `NA` is text. This page is generated from the declarations that check the
tables: `python -m advocate_score.tables.dictionary > data/dictionary.md`.
"""


def dictionary() -> str:
    """The whole page, as Markdown."""
    return "\n".join([_INTRODUCTION, *map(_section, TABLES.values())])


def _section(table: Table) -> str:
    needed = " Required." if table.required else ""
    rows = "\n".join(map(_row, table.columns))
    return (
        f"## {table.name}\n\n{table.meaning[0].upper()}{table.meaning[1:]}.{needed}{_history(table)}\n\n"
        f"| column | type | meaning | values |\n|---|---|---|---|\n{rows}\n"
    )


def _history(table: Table) -> str:
    if table.happened is None:
        return " Describes what is so today; it has no history."
    known = f" and is known from `{table.recorded}`" if table.recorded else ""
    return f" A row happens at `{table.happened}`{known}."


def _row(column: Column) -> str:
    required = ", *required*" if column.required else ""
    return f"| `{column.name}` | {_TYPES[column.type]}{required} | {column.meaning} | {_values(column)} |"


def _values(column: Column) -> str:
    if column.choices:
        return ", ".join(f"`{choice}`" for choice in column.choices)
    low, high = column.minimum, column.maximum
    match low is None, high is None:
        case False, False:
            return f"{low:g} to {high:g}"
        case False, True:
            return f"at least {low:g}"
        case _:
            return "may lie in the future" if column.scheduled else ""


def template(table: Table) -> str:
    """The header of a table as CSV text."""
    return ",".join(table.column_names) + "\n"


def templates() -> Mapping[str, str]:
    """File name → content, for every canonical table."""
    return {f"{table.name}.csv": template(table) for table in TABLES.values()}


if __name__ == "__main__":
    print(dictionary(), end="")

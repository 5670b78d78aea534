"""Lines and tables on stdout, as wide as the terminal."""

import sys
from collections.abc import Sequence
from typing import Any

WIDTH = 120
"""Columns of text where there is no terminal to ask."""


def line(text: str) -> None:
    print(text)


def table(title: str, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    grid = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        numeric = bool(rows) and all(isinstance(row.get(column), int | float) for row in rows)
        grid.add_column(column.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(_cell(row.get(column)) for column in columns))
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDTH).print(grid)


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.4f}"
        case _:
            return str(value)

"""Header-only files for `init`: what an export of each table looks like."""

from collections.abc import Mapping

from advocate_score.canonical import TABLES, Table


def template(table: Table) -> str:
    """The header of a table as CSV text."""
    return ",".join(table.column_names) + "\n"


def templates() -> Mapping[str, str]:
    """File name → content, for every canonical table."""
    return {f"{table.name}.csv": template(table) for table in TABLES.values()}

"""What is odd about accepted rows and yet no fault: told, and left to the reader."""

from advocate_score.canonical import Table
from advocate_score.engine.protocol import Engine
from advocate_score.engine.sql import quote_identifier as name

_BACKDATED_DAYS = 30


def warn_of_times(engine: Engine, table: Table) -> list[str]:
    """Rows from before the account was created, and rows recorded long after they happened."""
    if table.happened is None or not table.of_account:
        return []
    happened, recorded = f"t.{name(table.happened)}", table.recorded
    late = f"days_between({happened}, t.{name(recorded)}) > {_BACKDATED_DAYS}" if recorded else "FALSE"
    counts = f"COUNT(*) FILTER (WHERE {happened} < a.created_at) AS early, COUNT(*) FILTER (WHERE {late}) AS late"
    joined = f"{table.name} t JOIN accounts a ON t.account_id = a.account_id"
    found = engine.frame(f"SELECT {counts} FROM {joined}").iloc[0]
    remarks = [
        (found["early"], "rows happened before their account was created."),
        (
            found["late"],
            f"rows were recorded more than {_BACKDATED_DAYS} days after they happened; they count from {recorded}.",
        ),
    ]
    return [f"{table.name}: {rows:,} {remark}" for rows, remark in remarks if rows]

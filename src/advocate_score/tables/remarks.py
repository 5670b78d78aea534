"""What is odd about accepted rows and yet no fault: told, and left to the reader."""

from advocate_score.canonical import Table
from advocate_score.engine.protocol import Engine
from advocate_score.engine.sql import quote_identifier as name

_BACKDATED_DAYS = 30


def warn_of_times(engine: Engine, table: Table) -> list[str]:
    """Rows from before the account was created, and rows recorded long after they happened."""
    if table.happened is None or not table.of_account:
        return []
    happened = f"t.{name(table.happened)}"
    early = _count(
        engine,
        f"SELECT COUNT(*) AS n FROM {table.name} t JOIN accounts a ON t.account_id = a.account_id "
        f"WHERE {happened} < a.created_at",
    )
    remarks = [f"{table.name}: {early:,} rows happened before their account was created."] if early else []
    if table.recorded:
        days = f"days_between({happened}, t.{name(table.recorded)})"
        late = _count(engine, f"SELECT COUNT(*) AS n FROM {table.name} t WHERE {days} > {_BACKDATED_DAYS}")
        if late:
            remarks.append(
                f"{table.name}: {late:,} rows were recorded more than {_BACKDATED_DAYS} days after they happened; "
                f"they count from {table.recorded}."
            )
    return remarks


def _count(engine: Engine, sql: str) -> int:
    return int(engine.frame(sql)["n"].iloc[0])

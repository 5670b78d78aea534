"""The name of a planned ask: the same in the plan, in the answers that come back, and in the table of asks."""

from datetime import datetime


def planned_ask_id(as_of: datetime, account_id: str, level: int) -> str:
    """`2026-01-01:A0042:3`: the day of the publication whose plan holds the ask, the account, the level."""
    return f"{as_of.date().isoformat()}:{account_id}:{level}"

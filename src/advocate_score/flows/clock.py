"""The machine's clock, read in one place so that a run can be tested with a wrong clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)

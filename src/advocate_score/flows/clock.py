"""The machine's clock, read in one place so that tests can replace it."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)

"""The machine's clock, read in one place, so that a night can be tried with a clock that is wrong."""

from datetime import UTC, datetime


def now() -> datetime:
    """Naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)

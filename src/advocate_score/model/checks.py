"""One line of a verdict: what was measured, what it had to meet, and why it did or did not."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import pandas as pd


@dataclass(frozen=True)
class Check:
    """`bound` is what `value` has to meet; `passed` is None where a value is reported without being judged."""

    check: str
    value: float
    bound: str
    passed: bool | None
    why: str


def table(checks: Sequence[Check]) -> pd.DataFrame:
    """One row a check: check, value, bound, passed, why."""
    return pd.DataFrame([asdict(check) for check in checks], columns=[one.name for one in fields(Check)])

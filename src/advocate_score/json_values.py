"""Values of frames as JSON holds them, for everything that `--json`, a manifest or a report says."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from advocate_score.dates import iso


def json_value(value: Any) -> Any:
    """The value ready for JSON: null for anything unknown or infinite, ISO text for an instant, Python's numbers."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, datetime):
        return iso(pd.Timestamp(value).to_pydatetime())
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def json_rows(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Each row as column → `json_value`."""
    return [{str(name): json_value(value) for name, value in row.items()} for row in rows.to_dict("records")]


def json_day(instant: Any) -> str | None:
    """The date of an instant, for what is told by the day; null for an unknown one."""
    return None if pd.isna(instant) else f"{instant:%Y-%m-%d}"

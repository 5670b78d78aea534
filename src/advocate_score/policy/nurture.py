"""Who is nearly ready for the next level: clients to care for, not to ask."""

import numpy as np
import pandas as pd

from advocate_score import config
from advocate_score.account_rows import begins
from advocate_score.ladder import LEVEL_NUMBERS

COLUMNS = ("account_id", "level", "readiness", "readiness_low", "readiness_high", "threshold")


def nearly_ready(table: pd.DataFrame, ladder: config.Ladder, margin: float, most: int) -> pd.DataFrame:
    """Accounts close to the first level that they do not reach: within `margin` of its threshold, or with an interval
    that reaches it. Nobody who rests at that level is among them.

    Parameters
    ----------
    table : account_id, level, readiness, readiness_low, readiness_high, eligible; by account_id, level. most : rows a
        level.

    Returns
    -------
    frame of `COLUMNS`, sorted by level and the distance to the threshold, ties in the order of account_id.
    """
    limits = np.array([ladder.thresholds.of(level) for level in LEVEL_NUMBERS])[table["level"].to_numpy() - 1]
    readiness, high = (table[name].to_numpy("float64") for name in ("readiness", "readiness_high"))
    below = np.flatnonzero(readiness < limits)
    following = below[begins(table["account_id"].array.take(below))]
    near = (readiness >= limits - margin) | (high >= limits)
    close = following[(near & table["eligible"].to_numpy(bool))[following]]
    rows = table.iloc[close].assign(threshold=limits[close], missing=limits[close] - readiness[close])
    order = rows.sort_values(["level", "missing", "account_id"])
    nearest: pd.DataFrame = order.groupby("level").head(most)
    return nearest.reset_index(drop=True)[list(COLUMNS)]

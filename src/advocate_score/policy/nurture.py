"""Who is nearly ready for the next level: clients to care for, not to ask."""

import pandas as pd

from advocate_score import config
from advocate_score.ladder import LEVEL_NUMBERS

COLUMNS = ("account_id", "level", "readiness", "readiness_low", "readiness_high", "threshold")


def nearly_ready(table: pd.DataFrame, ladder: config.Ladder, margin: float, most: int) -> pd.DataFrame:
    """Accounts close to the first level that they do not reach: within `margin` of its threshold, or with an interval
    that reaches it. Nobody who rests at that level is among them.

    Parameters
    ----------
    table : account_id, level, readiness, readiness_low, readiness_high, eligible. most : rows a level.

    Returns
    -------
    frame of `COLUMNS`, sorted by level and the distance to the threshold, ties in the order of account_id.
    """
    thresholds = {level: ladder.thresholds.of(level) for level in LEVEL_NUMBERS}
    rows = table.assign(threshold=table["level"].map(thresholds).astype("float64"))
    below = rows[rows["readiness"] < rows["threshold"]].sort_values(["account_id", "level"])
    following = below.drop_duplicates("account_id")
    near = (following["readiness"] >= following["threshold"] - margin) | (
        following["readiness_high"] >= following["threshold"]
    )
    close = following[near & following["eligible"].astype(bool)]
    order = close.assign(missing=close["threshold"] - close["readiness"]).sort_values(
        ["level", "missing", "account_id"]
    )
    return order.groupby("level").head(most).reset_index(drop=True)[list(COLUMNS)]

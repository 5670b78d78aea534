"""How a model's recipe did on later asks, small enough to stay with the promotion: what its readers are shown."""

from typing import Any

import pandas as pd

from advocate_score.model.lift import lift_curve
from advocate_score.model.reliability import reliability

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
_DIGITS = 4


def proof(predictions: pd.DataFrame, method: str, seed: int) -> dict[str, Any]:
    """Calibration by level name and lift over all levels, with 90 % intervals, ready for JSON; empty where nothing
    could be foretold.

    Parameters
    ----------
    predictions : account_id, level, asked_at, origin, outcome and the column `method`, one row a later ask.
    """
    if predictions.empty:
        return {}
    bins = reliability(predictions, method).round(_DIGITS)
    lift = lift_curve(predictions, method, SHARES, seed=seed).round(_DIGITS)
    days = predictions["asked_at"].dt.strftime("%Y-%m-%d")
    shown = ["predicted", "observed", "low", "high", "n"]
    named = lift.rename(columns={"lift_low": "low", "lift_high": "high"})[["share", "lift", "low", "high"]]
    return {
        "asks": len(predictions),
        "first": days.min(),
        "last": days.max(),
        "calibration": {str(level): rows[shown].to_dict("records") for level, rows in bins.groupby("level")},
        "lift": named.dropna().to_dict("records"),
    }

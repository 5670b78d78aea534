"""From the asks table to training rows: one Bernoulli row an ask, at the level that was asked."""

from datetime import datetime

import pandas as pd

from advocate_score.asks.outcome import accepted_in_time, delivered_in_time, known_at

COLUMNS = (
    "ask_id",
    "account_id",
    "level",
    "asked_at",
    "matures_at",
    "known_at",
    "outcome",
    "completed",
    "propensity",
    "exploration",
    "policy_id",
)


def training_rows(asks: pd.DataFrame, seen_until: datetime, maturity_days: int, completion_days: int) -> pd.DataFrame:
    """Mature asks of levels 1–5 with their labels, oldest first.

    An ask is mature once its window has passed by `seen_until`, the earlier of as-of and data cut, whatever its
    answer: keeping early answers alone would favour yes. An answer that could not be read is no label.

    Returns
    -------
    frame of `COLUMNS`; known_at is when the outcome could first be known, outcome 0/1, completed 0/1/NaN,
    propensity > 0 (1 where none was logged).
    """
    until = pd.Timestamp(seen_until)
    matures_at = asks["asked_at"] + pd.Timedelta(days=maturity_days)
    usable = (asks["level"] >= 1) & (matures_at <= until) & (asks["response"].fillna("") != "other")
    mature = asks.assign(matures_at=matures_at)[usable]
    rows = mature.assign(
        level=mature["level"].astype("int64"),
        known_at=known_at(mature, maturity_days),
        outcome=accepted_in_time(mature, maturity_days, until),
        completed=delivered_in_time(mature, completion_days, until),
        propensity=mature["propensity"].where(mature["propensity"] > 0).fillna(1.0),
        exploration=mature["exploration"].fillna(value=False).astype(bool),
    )
    return rows.sort_values(["asked_at", "ask_id"], kind="stable")[list(COLUMNS)].reset_index(drop=True)

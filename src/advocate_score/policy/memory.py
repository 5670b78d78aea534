"""A "no" and a "not now" are accepted gracefully and remembered: they rest the level that was asked."""

from datetime import datetime

import pandas as pd

from advocate_score import config
from advocate_score.policy.blocks import block
from advocate_score.policy.facts import Facts, answered_by


def declined(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    return _rest(facts, as_of, "declined", policy.decline_rest_days)


def not_now(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    return _rest(facts, as_of, "not_now", policy.not_now_rest_days)


def _rest(facts: Facts, as_of: datetime, response: str, days: int) -> pd.DataFrame:
    """Rests [answer, answer + days); the latest such answer of a level counts."""
    answers = answered_by(facts.asks, facts.horizon(as_of))
    answers = answers[answers["response"] == response].sort_values("answered_at")
    latest = answers.drop_duplicates(["account_id", "level"], keep="last")
    rows = latest.assign(since=latest["answered_at"], until=latest["answered_at"] + pd.Timedelta(days=days))
    resting = rows.loc[rows["until"] > as_of, ["account_id", "level", "since", "until"]]
    return block(resting.assign(figure=float(days)), response)

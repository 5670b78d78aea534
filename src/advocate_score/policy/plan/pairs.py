"""Every account × level that may be asked now, with what asking it is worth."""

import numpy as np
import pandas as pd

from advocate_score import config
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.policy.facts import asked
from advocate_score.policy.plan.option import kept_for_later
from advocate_score.policy.plan.request import DIMENSIONS, PlanRequest
from advocate_score.windows import lookback_start

_KEYS = ["account_id", "level"]
_YEAR_DAYS = 365


def pairs(request: PlanRequest) -> pd.DataFrame:
    """Frame sorted by account_id, level: readiness, expected_value, worth, owner, `DIMENSIONS`, moment, last_asked_at.

    `expected_value` is readiness × completion × worth of the level, in delivered testimonials, the readiness part mean
    and part lower bound. `worth` is what the plan adds up: more at a moment, less from the year's soft cap on, and less
    by what the account is kept for (`option.kept_for_later`). Text that is missing is ''.
    """
    eligible = request.verdicts.loc[request.verdicts["eligible"].astype(bool), _KEYS]
    rows = request.readiness.merge(eligible, on=_KEYS).merge(_described(request), on="account_id", how="left")
    rows = rows.sort_values(_KEYS, ignore_index=True)
    plan = request.policy.plan
    value = _expected_value(rows, plan)
    tired = rows["asks_last_365d"].fillna(0) >= request.policy.soft_cap
    now = value * (1 + plan.moment_bonus * rows["strength"].fillna(0.0))
    now = now.where(~tired, (1 - plan.soft_cap_penalty) * now)
    later = kept_for_later(rows["account_id"], rows["level"], now, request.policy)
    texts = {name: rows[name].astype("str").fillna("") for name in ("owner", *DIMENSIONS, "moment")}
    kept = rows[[*_KEYS, "readiness", "last_asked_at"]]
    return kept.assign(expected_value=value, worth=now - plan.option_value * later, **texts)


def _expected_value(rows: pd.DataFrame, plan: config.Plan) -> pd.Series:
    cautious = (1 - plan.lower_bound) * rows["readiness"] + plan.lower_bound * rows["readiness_low"]
    worth = rows["level"].map({level: plan.worth.of(level) for level in LEVEL_NUMBERS}).astype("float64")
    completion = rows["completion"].astype("float64").fillna(plan.unknown_completion)
    return cautious * completion * worth


def _described(request: PlanRequest) -> pd.DataFrame:
    """What is known of each account, one row an account."""
    accounts = request.accounts[["account_id", "owner", *DIMENSIONS]]
    moments = request.moments[["account_id", "moment", "strength"]]
    return accounts.merge(moments, on="account_id", how="left").merge(_history(request), on="account_id", how="left")


def _history(request: PlanRequest) -> pd.DataFrame:
    """account_id, last_asked_at, asks_last_365d in [as_of − 365 d, as_of)."""
    made = asked(request.asks, request.as_of)
    recent = np.asarray(made["asked_at"] >= lookback_start(request.as_of, _YEAR_DAYS))
    by_account = made.assign(recent=recent).groupby("account_id", as_index=False)
    return by_account.agg(last_asked_at=("asked_at", "max"), asks_last_365d=("recent", "sum"))

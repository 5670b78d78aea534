"""Every account × level that may be asked now, with what asking it is worth."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from advocate_score import config
from advocate_score.account_rows import KEYS, alike, begins, in_order
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.policy.facts import asked
from advocate_score.policy.plan.option import kept_for_later
from advocate_score.policy.plan.request import DIMENSIONS, PlanRequest
from advocate_score.windows import lookback_start

_YEAR_DAYS = 365


def pairs(request: PlanRequest) -> pd.DataFrame:
    """Frame sorted by account_id, level: readiness, expected_value, worth, owner, `DIMENSIONS`, moment, last_asked_at.

    `expected_value` is readiness × completion × worth of the level, in delivered testimonials, the readiness part mean
    and part lower bound. `worth` is what the plan adds up: more at a moment, less from the year's soft cap on, and less
    by what the account is kept for (`option.kept_for_later`). Texts are categories; one that is missing is ''.
    """
    scores, free = _judged(request)
    rows = scores.loc[free, ["level", "readiness", "readiness_low", "completion"]].reset_index(drop=True)
    account, accounts = _accounts(request, scores["account_id"], free)
    plan = request.policy.plan
    value = _expected_value(rows, plan)
    strength = accounts["strength"].fillna(0.0).to_numpy()[account]
    tired = (accounts["asks_last_365d"].fillna(0) >= request.policy.soft_cap).to_numpy()[account]
    now = value * (1 + plan.moment_bonus * strength)
    now = now.where(~tired, (1 - plan.soft_cap_penalty) * now)
    later = kept_for_later(account, rows["level"], now, request.policy)
    texts = {name: _of_pairs(accounts[name], account) for name in ("owner", *DIMENSIONS, "moment")}
    return rows[["level", "readiness"]].assign(
        account_id=pd.Categorical.from_codes(account, pd.Index(accounts["account_id"])),
        last_asked_at=accounts["last_asked_at"].to_numpy()[account],
        expected_value=value,
        worth=now - plan.option_value * later,
        **texts,
    )


def _judged(request: PlanRequest) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """The scores by account_id, level, and whether each may be asked now. As a rule they stand beside the verdicts row
    by row, and nothing is joined."""
    scores, verdicts = request.readiness, request.verdicts
    if not in_order(scores):
        scores = scores.sort_values(KEYS, ignore_index=True)
    if alike(scores, verdicts):
        return scores, verdicts["eligible"].to_numpy(bool)
    free = scores[KEYS].merge(verdicts[[*KEYS, "eligible"]], on=KEYS, how="left")["eligible"]
    return scores, free.eq(True).to_numpy(bool)


def _accounts(
    request: PlanRequest, account_ids: pd.Series, free: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int32], pd.DataFrame]:
    """For each free row the place of its account among those that have one, and what is known of these."""
    first = begins(account_ids.array)
    account = np.cumsum(first, dtype=np.int32)[free] - 1
    wanted = np.bincount(account, minlength=int(first.sum())) > 0
    ids = account_ids[first][wanted].reset_index(drop=True)
    known = ids.to_frame("account_id").merge(_described(request), on="account_id", how="left")
    return (np.cumsum(wanted, dtype=np.int32) - 1)[account], known


def _of_pairs(texts: pd.Series, account: npt.NDArray[np.int32]) -> "pd.Categorical[str]":
    return pd.Categorical(texts.astype("str").fillna("")).take(account)


def _expected_value(rows: pd.DataFrame, plan: config.Plan) -> pd.Series:
    cautious = (1 - plan.lower_bound) * rows["readiness"] + plan.lower_bound * rows["readiness_low"]
    worth = np.array([plan.worth.of(level) for level in LEVEL_NUMBERS], dtype=np.float64)
    completion = rows["completion"].astype("float64").fillna(plan.unknown_completion)
    return cautious * completion * worth[rows["level"] - 1]


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

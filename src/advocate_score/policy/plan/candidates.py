"""The candidates for the plan: every account × level that may be asked now, the worth of asking it, the minimum quotas
of the dimensions, and the capacity that is left in the period. The worth combines readiness, moments and the option
value of keeping a scarce client for a higher level."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from advocate_score import config
from advocate_score.asks import asks_before
from advocate_score.dates import PERIOD_DAYS, lookback_start, period_start
from advocate_score.frames import KEYS, alike, begins, in_order
from advocate_score.ladder import LEVELS, Levels
from advocate_score.policy.plan.problem import DIMENSIONS, Ints, PlanRequest


def opportunity_cost(
    account: npt.NDArray[np.integer[Any]],
    level: pd.Series,
    worth: pd.Series,
    policy: config.Policy,
    levels: Levels = LEVELS,
) -> pd.Series:
    """For each account × level, what the account would be worth later at the best of its higher levels, beyond the
    client who would take its place there.

    Asking now takes the account away until the cooldown has passed. In that time level j has room for capacity_j × (1 +
    cooldown / period) asks. The level's scarcity price is the worth of its marginal client, the first without a place
    (0 if every client has a place); an account above the marginal client loses the difference. Levels at which the
    account may not be asked now do not count.

    Parameters
    ----------
    account : (rows,) account of each row, numbered 0, 1, 2 …
    level : (rows,) level of each row. worth : (rows,) worth of asking now.
    policy : capacity, cooldown and period. levels : those of the ladder.

    Returns
    -------
    (rows,) opportunity cost, with the index of `worth`.
    """
    worth_by_level = np.zeros((len(levels), account.max(initial=-1) + 1))
    worth_by_level[level.to_numpy() - 1, account] = worth
    periods = 1 + policy.cooldown_days / PERIOD_DAYS[policy.plan.period]
    best_above = np.zeros(worth_by_level.shape[1])
    for index, number in reversed([*enumerate(levels)]):
        surplus = _surplus(worth_by_level[index], periods * policy.capacity.of(number))
        worth_by_level[index] = best_above
        best_above = np.maximum(best_above, surplus)
    return pd.Series(worth_by_level[level.to_numpy() - 1, account], worth.index)


def _surplus(worth: np.ndarray, capacity: float) -> np.ndarray:
    """(accounts,) worth beyond that of the first client without a place."""
    asks = int(capacity)
    marginal = 0.0 if asks >= len(worth) else float(-np.partition(-worth, asks)[asks])
    return np.maximum(worth - marginal, 0.0) if asks else np.zeros_like(worth)


_YEAR_DAYS = 365


def pairs(request: PlanRequest) -> pd.DataFrame:
    """Frame sorted by account_id, level: readiness, expected_value, worth, owner, `DIMENSIONS`, moment, last_asked_at.

    `expected_value` is readiness × completion × worth of the level, in delivered testimonials; the readiness in it is a
    weighted mean of the readiness and its lower bound. `worth` is what the plan maximizes: higher at a moment, lower
    once the soft cap of the year is reached, and reduced by the option value of keeping the account
    (`opportunity_cost`). Texts are categories; a missing text is ''.
    """
    scores, eligible = _scores_with_eligibility(request)
    rows = scores.loc[eligible, ["level", "readiness", "readiness_low", "completion"]].reset_index(drop=True)
    account, accounts = _accounts(request, scores["account_id"], eligible)
    plan = request.policy.plan
    value = _expected_value(rows, plan, request.levels)
    strength = accounts["strength"].fillna(0.0).to_numpy()[account]
    is_over_soft_cap = (accounts["asks_last_365d"].fillna(0) >= request.policy.soft_cap).to_numpy()[account]
    worth_now = value * (1 + plan.moment_bonus * strength)
    worth_now = worth_now.where(~is_over_soft_cap, (1 - plan.soft_cap_penalty) * worth_now)
    worth_later = opportunity_cost(account, rows["level"], worth_now, request.policy, request.levels)
    texts = {name: _texts_of_pairs(accounts[name], account) for name in ("owner", *DIMENSIONS, "moment")}
    return rows[["level", "readiness"]].assign(
        account_id=pd.Categorical.from_codes(account, pd.Index(accounts["account_id"])),
        last_asked_at=accounts["last_asked_at"].to_numpy()[account],
        expected_value=value,
        worth=worth_now - plan.option_value * worth_later,
        **texts,
    )


def _scores_with_eligibility(request: PlanRequest) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """The scores by account_id, level, and whether each may be asked now.

    Scores and verdicts usually have the same rows in the same order; then no join is needed.
    """
    scores, verdicts = request.readiness, request.verdicts
    if not in_order(scores):
        scores = scores.sort_values(KEYS, ignore_index=True)
    if alike(scores, verdicts):
        return scores, verdicts["eligible"].to_numpy(bool)
    eligible = scores[KEYS].merge(verdicts[[*KEYS, "eligible"]], on=KEYS, how="left")["eligible"]
    return scores, eligible.eq(True).to_numpy(bool)


def _accounts(
    request: PlanRequest, account_ids: pd.Series, eligible: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int32], pd.DataFrame]:
    """For each eligible row, the position of its account among the accounts with such a row, and the facts of these
    accounts."""
    first = begins(account_ids.array)
    account = np.cumsum(first, dtype=np.int32)[eligible] - 1
    has_candidates = np.bincount(account, minlength=int(first.sum())) > 0
    ids = account_ids[first][has_candidates].reset_index(drop=True)
    accounts = ids.to_frame("account_id").merge(_account_facts(request), on="account_id", how="left")
    return (np.cumsum(has_candidates, dtype=np.int32) - 1)[account], accounts


def _texts_of_pairs(texts: pd.Series, account: npt.NDArray[np.int32]) -> "pd.Categorical[str]":
    return pd.Categorical(texts.astype("str").fillna("")).take(account)


def _expected_value(rows: pd.DataFrame, plan: config.Plan, levels: Levels) -> pd.Series:
    cautious = (1 - plan.lower_bound) * rows["readiness"] + plan.lower_bound * rows["readiness_low"]
    worth = np.array([plan.worth.of(level) for level in levels], dtype=np.float64)
    completion = rows["completion"].astype("float64").fillna(plan.unknown_completion)
    return cautious * completion * worth[rows["level"] - 1]


def _account_facts(request: PlanRequest) -> pd.DataFrame:
    """The facts of each account, one row per account."""
    accounts = request.accounts[["account_id", "owner", *DIMENSIONS]]
    moments = request.moments[["account_id", "moment", "strength"]]
    return accounts.merge(moments, on="account_id", how="left").merge(_history(request), on="account_id", how="left")


def _history(request: PlanRequest) -> pd.DataFrame:
    """account_id, last_asked_at, asks_last_365d in [as_of − 365 d, as_of)."""
    past_asks = asks_before(request.asks, request.as_of)
    recent = np.asarray(past_asks["asked_at"] >= lookback_start(request.as_of, _YEAR_DAYS))
    by_account = past_asks.assign(recent=recent).groupby("account_id", as_index=False)
    return by_account.agg(last_asked_at=("asked_at", "max"), asks_last_365d=("recent", "sum"))


COLUMNS = ("dimension", "value", "wanted", "free", "floor")


def minimum_quotas(pairs: pd.DataFrame, asks: int, plan: config.Plan) -> pd.DataFrame:
    """Frame of `COLUMNS`, sorted by dimension and value, one row per group with a quota of at least one ask.

    A group's proportional share of the planned `asks` is its share of the eligible accounts. `wanted` is the configured
    fraction of that, rounded down, or the number configured for the group by name, whichever is larger. `free` is how
    many of its accounts may be asked; `floor` is `wanted`, limited to `free`.
    """
    accounts = pairs.loc[begins(pairs["account_id"].array), list(DIMENSIONS)]
    rows = [_quotas_of_dimension(accounts, dimension, asks, plan) for dimension in DIMENSIONS]
    return pd.concat(rows, ignore_index=True)


def _quotas_of_dimension(accounts: pd.DataFrame, dimension: str, asks: int, plan: config.Plan) -> pd.DataFrame:
    counts = accounts[dimension].value_counts().drop("", errors="ignore")
    counts = counts[counts > 0].rename(index=str)
    configured = pd.Series(getattr(plan.floors, dimension), dtype="float64")
    available = counts.reindex(pd.Index(sorted({*counts.index, *configured.index})), fill_value=0)
    share = getattr(plan.floor_share, dimension) * asks / max(len(accounts), 1)
    minimum = (
        np.floor(share * available + 1e-9).combine(configured.reindex(available.index).fillna(0), max).astype("int64")
    )
    rows = pd.DataFrame(
        {"dimension": dimension, "value": available.index, "wanted": minimum.to_numpy(), "free": available.to_numpy()}
    )
    rows = rows.assign(floor=rows[["wanted", "free"]].min(axis=1))
    return rows[rows["wanted"] > 0]


POLICY_PREFIX = "plan-"


@dataclass(frozen=True)
class RemainingCapacity:
    """capacity (levels,) places left at each level · used (levels,) asks already made · owner_capacity: owner → asks
    left, empty if unlimited."""

    capacity: Ints
    used: Ints
    owner_capacity: pd.Series


def remaining_capacity(request: PlanRequest) -> RemainingCapacity:
    """The places left in the calendar period.

    Asks made under a plan of this period take up places; asks made without a plan do not.
    """
    planned = _asks_of_plans(request)
    used = np.array([int((planned["level"] == level).sum()) for level in request.levels], dtype=np.int64)
    total = np.array([int(request.policy.capacity.of(level)) for level in request.levels], dtype=np.int64)
    return RemainingCapacity(np.maximum(total - used, 0), used, _owner_capacity(request, planned))


def _asks_of_plans(request: PlanRequest) -> pd.DataFrame:
    past_asks = asks_before(request.asks, request.as_of)
    start = period_start(request.as_of, request.policy.plan.period)
    by_plan = past_asks["policy_id"].astype("str").str.startswith(POLICY_PREFIX).fillna(value=False).astype(bool)
    return past_asks[by_plan & (past_asks["asked_at"] >= start)]


def _owner_capacity(request: PlanRequest, planned: pd.DataFrame) -> pd.Series:
    load = request.policy.plan.owner_load
    if load == 0:
        return pd.Series(dtype="int64")
    accounts = request.accounts[["account_id", "owner"]].dropna()
    accounts = accounts[accounts["owner"].astype("str") != ""]
    used = planned.merge(accounts, on="account_id")["owner"].value_counts()
    owners = pd.Index(sorted(accounts["owner"].astype("str").unique()))
    return (load - used.reindex(owners).fillna(0)).clip(lower=0).astype("int64")

"""What is left of the period: places a level, asks an account manager, after the asks that plans already had made."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.policy.facts import asked
from advocate_score.policy.plan.problem import Ints
from advocate_score.policy.plan.request import PlanRequest
from advocate_score.windows import period_start

POLICY_PREFIX = "plan-"


@dataclass(frozen=True)
class Room:
    """capacity (5,) places left at each level · used (5,) · owner_room: owner → asks left, empty where unlimited."""

    capacity: Ints
    used: Ints
    owner_room: pd.Series


def room(request: PlanRequest) -> Room:
    """Asks that a plan of this calendar period had made take their places; asks made without a plan do not."""
    made = _planned(request)
    used = np.array([int((made["level"] == level).sum()) for level in LEVEL_NUMBERS], dtype=np.int64)
    whole = np.array([int(request.policy.capacity.of(level)) for level in LEVEL_NUMBERS], dtype=np.int64)
    return Room(np.maximum(whole - used, 0), used, _owner_room(request, made))


def _planned(request: PlanRequest) -> pd.DataFrame:
    made = asked(request.asks, request.as_of)
    start = period_start(request.as_of, request.policy.plan.period)
    by_plan = made["policy_id"].astype("str").str.startswith(POLICY_PREFIX).fillna(value=False).astype(bool)
    return made[by_plan & (made["asked_at"] >= start)]


def _owner_room(request: PlanRequest, made: pd.DataFrame) -> pd.Series:
    load = request.policy.plan.owner_load
    if load == 0:
        return pd.Series(dtype="int64")
    accounts = request.accounts[["account_id", "owner"]].dropna()
    accounts = accounts[accounts["owner"].astype("str") != ""]
    taken = made.merge(accounts, on="account_id")["owner"].value_counts()
    owners = pd.Index(sorted(accounts["owner"].astype("str").unique()))
    return (load - taken.reindex(owners).fillna(0)).clip(lower=0).astype("int64")

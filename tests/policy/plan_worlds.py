"""Requests for a plan: small worlds drawn from a seed."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from advocate_score import config
from advocate_score.policy.plan.problem import PlanRequest

AS_OF = datetime(2026, 1, 15)
_GAPS = np.array([0.3, -0.4, -0.6, -1.2, -1.8])
_INDUSTRIES, _SEGMENTS, _REGIONS = ["bank", "energy", "food", "retail"], ["small", "large"], ["north", "south", "west"]


def world(accounts: int, seed: int, policy: config.Policy | None = None, owners: int = 3) -> PlanRequest:
    draw = np.random.default_rng(seed)
    names = np.array([f"a{number:05}" for number in range(accounts)], dtype=str)
    readiness = _readiness(draw, names)
    keys = readiness[["account_id", "level"]]
    free = (draw.random((accounts, 1)) < 0.8) & (draw.random((accounts, 5)) < 0.9)
    return PlanRequest(
        readiness=readiness,
        verdicts=keys.assign(eligible=free.ravel()),
        accounts=_accounts(draw, names, owners),
        asks=_asks(draw, names),
        moments=_moments(draw, names),
        as_of=AS_OF,
        policy=policy or config.Policy(),
        model="ladder 1",
        seed=seed,
    )


def rested(request: PlanRequest, pairs: list[tuple[str, int]]) -> PlanRequest:
    """The same, where some account × level rest too."""
    keys = pd.MultiIndex.from_frame(request.verdicts[["account_id", "level"]])
    still = request.verdicts["eligible"] & ~keys.isin(pairs)
    return replace(request, verdicts=request.verdicts.assign(eligible=still))


def made(request: PlanRequest, rows: list[dict[str, Any]]) -> PlanRequest:
    """The same, with further asks."""
    more = pd.DataFrame(rows).astype({"asked_at": "datetime64[us]", "account_id": "str", "policy_id": "str"})
    return replace(request, asks=pd.concat([request.asks, more], ignore_index=True))


def _readiness(draw: np.random.Generator, names: np.ndarray) -> pd.DataFrame:
    score = 1 / (1 + np.exp(-(draw.normal(size=(len(names), 1)) + _GAPS)))
    return pd.DataFrame(
        {
            "account_id": np.repeat(names, 5),
            "level": np.tile(np.arange(1, 6), len(names)),
            "readiness": score.ravel().round(6),
            "readiness_low": (score * draw.uniform(0.5, 1, (len(names), 1))).ravel().round(6),
            "completion": np.tile([0.9, 0.7, 0.95, np.nan, np.nan], len(names)),
        }
    )


def _accounts(draw: np.random.Generator, names: np.ndarray, owners: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "account_id": names,
            "owner": draw.choice([None, *(f"o{number}" for number in range(owners))], len(names)),
            "industry": draw.choice([*_INDUSTRIES, None], len(names)),
            "segment": draw.choice(_SEGMENTS, len(names)),
            "region": draw.choice(_REGIONS, len(names)),
        }
    ).astype("str")


def _asks(draw: np.random.Generator, names: np.ndarray) -> pd.DataFrame:
    """Old enough to rest nobody, at most one an account."""
    asked = names[draw.random(len(names)) < 0.5]
    days = pd.to_timedelta(draw.integers(100, 700, len(asked)), unit="D")
    rows = {"account_id": asked, "level": draw.integers(0, 6, len(asked)), "asked_at": AS_OF - days}
    return (
        pd.DataFrame(rows).astype({"account_id": "str"}).assign(policy_id=pd.Series([None] * len(asked), dtype="str"))
    )


def _moments(draw: np.random.Generator, names: np.ndarray) -> pd.DataFrame:
    some = names[draw.random(len(names)) < 0.4]
    phrase = "confirmed a result on 2026-01-02"
    rows = pd.DataFrame({"account_id": some, "moment": phrase, "strength": draw.uniform(0.1, 1, len(some))})
    return rows.astype({"account_id": "str", "moment": "str"})

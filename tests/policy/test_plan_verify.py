"""The independent check finds what is wrong: a sound plan is spoiled in one way at a time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.policy.plan.planner import plan_asks
from advocate_score.policy.plan.problem import AskPlan, PlanRequest
from advocate_score.policy.plan.verify import violations
from policy.plan_worlds import AS_OF, made, rested, world

Spoil = Callable[[pd.DataFrame, PlanRequest], tuple[pd.DataFrame, PlanRequest]]
POLICY = config.Policy.model_validate({"capacity": {"level_1": 6}, "plan": {"owner_load": 5}})


@pytest.fixture(scope="module")
def case() -> PlanRequest:
    return world(60, 11, POLICY)


@pytest.fixture(scope="module")
def plan(case: PlanRequest) -> AskPlan:
    return plan_asks(case)


def other(policy: config.Policy, **plan: object) -> config.Policy:
    return policy.model_copy(update={"plan": policy.plan.model_copy(update=plan)})


def first(asks: pd.DataFrame, name: str, value: object) -> pd.DataFrame:
    return asks.assign(**{name: [value, *asks[name].iloc[1:]]})


def asked(asks: pd.DataFrame, request: PlanRequest, days: int, times: int = 1) -> PlanRequest:
    ask = {"account_id": asks["account_id"].iloc[0], "level": 2, "asked_at": AS_OF - timedelta(days=days)}
    return made(request, [{**ask, "policy_id": "by hand"}] * times)


def capped(request: PlanRequest) -> PlanRequest:
    smaller = request.policy.capacity.model_copy(update={"level_1": 1.0})
    return replace(request, policy=request.policy.model_copy(update={"capacity": smaller}))


SPOILT: dict[str, Spoil] = {
    "2 asks": lambda a, r: (first(a, "account_id", a["account_id"].iloc[1]), r),
    "priorities": lambda a, r: (first(a, "priority", 2), r),
    "may not be asked": lambda a, r: (a, rested(r, [(a["account_id"].iloc[0], a["level"].iloc[0])])),
    "too soon": lambda a, r: (a, asked(a, r, 89)),
    "too often": lambda a, r: (a, asked(a, r, 120, 4)),
    "level 1": lambda a, r: (a, capped(r)),
    "account manager": lambda a, r: (a, replace(r, policy=other(r.policy, owner_load=1))),
    "propensity 0": lambda a, r: (first(a, "propensity", 0.0), r),
}


def test_a_sound_plan_has_no_violation(case: PlanRequest, plan: AskPlan) -> None:
    assert len(plan.asks) > 10
    assert violations(plan.asks, case, {}) == []


@pytest.mark.parametrize("told", SPOILT)
def test_each_fault_is_found(told: str, case: PlanRequest, plan: AskPlan) -> None:
    asks, request = SPOILT[told](plan.asks, case)
    assert any(told in line for line in violations(asks, request, {}))


def test_a_floor_that_is_not_kept_is_found(case: PlanRequest, plan: AskPlan) -> None:
    assert violations(plan.asks, case, {("region", "west"): 1}) == []
    assert violations(plan.asks, case, {("region", "west"): 60})

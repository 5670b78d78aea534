"""An independent check of a finished plan: every rule is recomputed from the frames, without the planner's code."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from advocate_score.policy.plan.problem import PlanRequest

Row = dict[Any, Any]


def violations(asks: pd.DataFrame, request: PlanRequest, floors: Mapping[tuple[str, str], int]) -> list[str]:
    """The violations of the plan `asks`, one line each; empty if there are none. Lines hold account ids but no names.

    `floors`: (dimension, value) → the least number of asks that the plan claims to keep.
    """
    rows = asks.to_dict("records")
    return [
        *_unique(rows),
        *_eligible(rows, request),
        *_contact_rules(rows, request),
        *_capacity(rows, request),
        *_owners(rows, request),
        *_floors(rows, request, floors),
        *_propensities(rows),
    ]


def _unique(rows: list[Row]) -> Iterator[str]:
    for account, number in Counter(row["account_id"] for row in rows).items():
        if number > 1:
            yield f"{account}: {number} asks"
    if sorted(row["priority"] for row in rows) != list(range(1, len(rows) + 1)):
        yield "priorities are not 1, 2, 3 …"


def _eligible(rows: list[Row], request: PlanRequest) -> Iterator[str]:
    verdicts = request.verdicts[request.verdicts["account_id"].isin({row["account_id"] for row in rows})]
    eligible = {(row["account_id"], row["level"]) for row in verdicts.to_dict("records") if row["eligible"]}
    for row in rows:
        if (row["account_id"], row["level"]) not in eligible:
            yield f"{row['account_id']}: may not be asked for level {row['level']}"


def _contact_rules(rows: list[Row], request: PlanRequest) -> Iterator[str]:
    account_ids, rule = {row["account_id"] for row in rows}, request.policy
    times: dict[str, list[datetime]] = {}
    for ask in request.asks[request.asks["account_id"].isin(account_ids)].to_dict("records"):
        if ask["level"] >= 1 and ask["asked_at"] < request.as_of:
            times.setdefault(ask["account_id"], []).append(ask["asked_at"])
    for account, asked in times.items():
        if sum(at >= request.as_of - timedelta(days=365) for at in asked) >= rule.max_asks_per_year:
            yield f"{account}: asked too often in a year"
        if max(asked) + timedelta(days=rule.cooldown_days) > request.as_of:
            yield f"{account}: asked again too soon"


def _capacity(rows: list[Row], request: PlanRequest) -> Iterator[str]:
    used = Counter(ask["level"] for ask in _made_by_plans(request))
    planned = Counter(row["level"] for row in rows)
    for level, number in planned.items():
        if number + used[level] > request.policy.capacity.of(level):
            yield f"level {level}: {number} asks planned, {used[level]} made"


def _owners(rows: list[Row], request: PlanRequest) -> Iterator[str]:
    earlier = _made_by_plans(request)
    account_ids = {row["account_id"] for row in (*rows, *earlier)}
    accounts = request.accounts[request.accounts["account_id"].isin(account_ids)]
    owner = dict(zip(accounts["account_id"], accounts["owner"], strict=True))
    planned = Counter(owner.get(row["account_id"]) for row in rows)
    asked = Counter(owner.get(ask["account_id"]) for ask in earlier)
    load = request.policy.plan.owner_load
    for name, number in planned.items():
        if load and isinstance(name, str) and name and number + asked[name] > load:
            yield f"an account manager has {number + asked[name]} asks"


def _floors(rows: list[Row], request: PlanRequest, floors: Mapping[tuple[str, str], int]) -> Iterator[str]:
    planned = request.accounts[request.accounts["account_id"].isin([row["account_id"] for row in rows])]
    for (dimension, value), least in floors.items():
        number = int((planned[dimension] == value).sum())
        if number < least:
            yield f"{dimension} {value}: {number} asks, {least} kept"


def _propensities(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        if not 0 < row["propensity"] <= 1:
            yield f"{row['account_id']}: propensity {row['propensity']}"


def _made_by_plans(request: PlanRequest) -> list[Row]:
    period_start = request.as_of.replace(hour=0, minute=0, second=0, microsecond=0)
    if request.policy.plan.period == "week":
        period_start -= timedelta(days=period_start.weekday())
    else:
        months = 1 if request.policy.plan.period == "month" else 3
        period_start = period_start.replace(day=1, month=(period_start.month - 1) // months * months + 1)
    asks = request.asks[request.asks["level"] >= 1]
    in_period = asks[(asks["asked_at"] >= period_start) & (asks["asked_at"] < request.as_of)].to_dict("records")
    return [row for row in in_period if str(row["policy_id"]).startswith("plan-")]

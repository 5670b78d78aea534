"""What is to be planned: the request as frames, and the allocation as arrays built from them: the pairs, their worth
and the limits. And the plan that comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advocate_score import config
from advocate_score.ladder import LEVELS, Levels
from advocate_score.text import Text

Floats = NDArray[np.float64]
Ints = NDArray[np.signedinteger[Any]]
Bools = NDArray[np.bool_]

COLUMNS = (
    *("priority", "account_id", "level", "readiness", "expected_value"),
    *("why_now", "exploration", "propensity", "policy_id"),
)
DIMENSIONS = ("industry", "segment", "region")


@dataclass(frozen=True)
class PlanRequest:
    """The input of a plan, one frame per table; rows of other accounts are ignored.

    readiness: account_id, level, readiness, readiness_low, completion (NaN where unknown), one row per account and
    level · verdicts: account_id, level, eligible · accounts: account_id, owner, industry, segment, region · asks:
    account_id, level, asked_at, policy_id, of any time · moments: account_id, moment (a phrase), strength in 0…1.

    `model` names the model behind the readiness; `seed` and `as_of` determine the exploration draw. `levels` are those
    of the ladder; `zone` is that of the days in the sentences.
    """

    readiness: pd.DataFrame
    verdicts: pd.DataFrame
    accounts: pd.DataFrame
    asks: pd.DataFrame
    moments: pd.DataFrame
    as_of: datetime
    policy: config.Policy
    model: str
    seed: int
    language: str = "en"
    levels: Levels = LEVELS
    zone: tzinfo = UTC


@dataclass(frozen=True)
class AskPlan:
    """asks: frame of `COLUMNS`, by priority · solver: figures on the quality and limits of the plan, for the
    manifest."""

    asks: pd.DataFrame
    notes: tuple[Text, ...]
    solver: Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """Choose the pairs of greatest total worth: at most one per account, `capacity` per level, `owner_capacity` per
    owner, and at least `floor` accounts of each group, where each missing ask costs `floor_price`.

    account (m,) 0…n−1, ascending · level (m,), from 0 · worth (m,) · owner (m,), −1 where unlimited · group (m, d): for
    each dimension the position of the pair's floor, −1 if it has none · capacity (levels,) · owner_capacity (o,) ·
    floor, floor_price (f,).
    """

    account: Ints
    level: Ints
    worth: Floats
    owner: Ints
    group: Ints
    capacity: Ints
    owner_capacity: Ints
    floor: Ints
    floor_price: Floats

    @property
    def accounts(self) -> int:
        return int(self.account[-1]) + 1 if len(self.account) else 0

    @property
    def most_asks(self) -> int:
        return int(min(self.capacity.sum(), self.accounts))

    def group_counts(self, chosen: Bools) -> Ints:
        """(f,) number of chosen pairs in each group."""
        groups = self.group[chosen]
        return np.bincount(groups[groups >= 0], minlength=len(self.floor)).astype(np.int64)

    def with_floors(self, floor: Ints) -> "Problem":
        return replace(self, floor=floor)


@dataclass(frozen=True)
class Prices:
    """Shadow prices: the worth of one more place at a level, one more ask of an owner, one ask less in a floor."""

    level: Floats
    owner: Floats
    floor: Floats

    def surplus(self, problem: Problem) -> Floats:
        """(m,) worth of each pair minus the prices it pays; the price of its account is not included."""
        owner = np.append(self.owner, 0.0)
        floor = np.append(self.floor, 0.0)
        floor_credit = sum((floor[group] for group in problem.group.T), np.zeros(1))
        price: Floats = self.level[problem.level] + owner[problem.owner]
        price -= floor_credit
        return problem.worth - price

    def upper_bound(self, problem: Problem) -> float:
        """An upper bound of the value of any plan, by weak duality; valid for prices ≥ 0 if those of floors do not
        exceed `floor_price`."""
        limits = self.level @ problem.capacity + self.owner @ problem.owner_capacity - self.floor @ problem.floor
        return float(limits + best_by_account(problem, self.surplus(problem)).sum())


def best_by_account(problem: Problem, surplus: Floats) -> Floats:
    """(n,) the best surplus of each account, 0 if none is positive."""
    best = np.zeros(problem.accounts)
    first = np.flatnonzero(np.diff(problem.account, prepend=-1))
    if len(first):
        best[problem.account[first]] = np.maximum(np.maximum.reduceat(surplus, first), 0.0)
    return best


def hard_price(worth: Floats, capacity: Ints) -> float:
    """A price above the worth of any whole plan: a floor at this price is missed only if it cannot be met."""
    return 1.0 + float(np.abs(worth).max(initial=0.0)) * max(int(capacity.sum()), 1)


def allocation(
    pairs: pd.DataFrame, floors: pd.DataFrame, capacity: Ints, owner_capacity: pd.Series, plan: config.Plan
) -> Problem:
    """The allocation problem of a request.

    Parameters
    ----------
    pairs : as returned by `candidates.pairs`, sorted by account_id.
    floors : as returned by `candidates.minimum_quotas`.
    capacity : (levels,) places left at each level.
    owner_capacity : owner → asks left, empty if unlimited.
    plan : how strict floors are, and their price.
    """
    worth = pairs["worth"].to_numpy("float64")
    price = hard_price(worth, capacity) if plan.floor_rule == "hard" else plan.floor_price
    minimum = floors["floor"].to_numpy("int64")
    return Problem(
        account=pairs["account_id"].cat.codes.to_numpy().astype(np.int32),
        level=pairs["level"].to_numpy("int8") - 1,
        worth=worth,
        owner=_positions(pairs["owner"], owner_capacity.index),
        group=_groups(pairs, floors),
        capacity=capacity,
        owner_capacity=owner_capacity.to_numpy("int64"),
        floor=minimum,
        floor_price=np.full(len(minimum), price),
    )


def _groups(pairs: pd.DataFrame, floors: pd.DataFrame) -> Ints:
    """(m, 3) the position of each pair's floor in `floors`, −1 if it has none."""
    columns = []
    for dimension in DIMENSIONS:
        rows = np.flatnonzero(floors["dimension"] == dimension)
        positions = _positions(pairs[dimension], pd.Index(floors["value"].to_numpy()[rows]))
        columns.append(np.append(rows, -1).astype(np.int32)[positions])
    return np.column_stack(columns)


def _positions(values: pd.Series, index: pd.Index) -> Ints:
    """The position in `index` of each value, −1 if absent; `values` must be categories."""
    return index.get_indexer(pd.Index(values.cat.categories)).astype(np.int32)[values.cat.codes]

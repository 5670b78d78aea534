"""The linear programme over some of the pairs, and the same in whole numbers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from advocate_score.policy.plan.problem import Bools, Floats, Ints, Prices, Problem

_WHOLE = 1e-6
_NODES = 20_000
"""Of branch and bound: a limit of time would make the plan depend on the machine."""


@dataclass(frozen=True)
class Relaxed:
    """share (columns,) in 0…1 · account_price (n,)."""

    share: Floats
    prices: Prices
    account_price: Floats
    value: float

    @property
    def is_whole(self) -> bool:
        return bool(np.all(np.abs(self.share - np.round(self.share)) <= _WHOLE))


@dataclass(frozen=True)
class _Rows:
    """A @ [pairs, floors' shortfalls] ≤ limit; where the rows of each kind begin, and which owners and accounts."""

    matrix: sp.csr_array
    limit: Floats
    cost: Floats
    owners: Ints
    accounts: Ints


def relaxed(problem: Problem, columns: Ints) -> Relaxed:
    """The optimum where pairs may be chosen in part; only `columns` (places of pairs) may be chosen."""
    rows = _rows(problem, columns)
    upper = _upper(problem, columns)
    bounds = np.column_stack([np.zeros_like(upper), upper])
    programme: Any = {"c": rows.cost, "A_ub": rows.matrix, "b_ub": rows.limit, "bounds": bounds}
    found: Any = linprog(**programme, method="highs-ds")
    _demand(found)
    price = np.maximum(-found.ineqlin.marginals, 0.0)
    level, owner, floor, account = np.split(price, np.cumsum(_sizes(problem, rows))[:-1])
    owner_price, account_price = np.zeros(len(problem.owner_room)), np.zeros(problem.accounts)
    owner_price[rows.owners], account_price[rows.accounts] = owner, account
    prices = Prices(level, owner_price, np.minimum(floor, problem.floor_price))
    return Relaxed(found.x[: len(columns)], prices, account_price, -found.fun)


def whole(problem: Problem, columns: Ints) -> tuple[Bools, float]:
    """(m,) the best choice among `columns` in whole numbers, and what no such choice can exceed."""
    rows = _rows(problem, columns)
    limits = LinearConstraint(rows.matrix, ub=rows.limit)
    bounds = Bounds(np.zeros(len(rows.cost)), _upper(problem, columns))
    whole_numbers = np.ones(len(rows.cost), dtype=np.int64)
    found: Any = milp(
        rows.cost,
        integrality=whole_numbers,
        bounds=bounds,
        constraints=limits,
        options={"node_limit": _NODES, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        _demand(found)
    return as_mask(problem, columns, found.x[: len(columns)]), -float(found.mip_dual_bound)


def as_mask(problem: Problem, columns: Ints, share: Floats) -> Bools:
    chosen = np.zeros(len(problem.account), dtype=bool)
    chosen[columns] = share > 0.5
    return chosen


def _rows(problem: Problem, columns: Ints) -> _Rows:
    """Owners and accounts whose limit cannot bind have no row."""
    account, owner, group = (part[columns] for part in (problem.account, problem.owner, problem.group))
    owners = np.flatnonzero(np.bincount(owner[owner >= 0], minlength=len(problem.owner_room)) > problem.owner_room)
    accounts = np.flatnonzero(np.bincount(account, minlength=problem.accounts) > 1)
    places = np.arange(len(columns))
    floors = len(problem.floor)
    blocks = [
        _incidence(problem.level[columns], places, len(problem.capacity), len(columns)),
        _incidence(_position(owners, owner), places, len(owners), len(columns)),
        -sum((_incidence(one, places, floors, len(columns)) for one in group.T), sp.csr_array((floors, len(columns)))),
        _incidence(_position(accounts, account), places, len(accounts), len(columns)),
    ]
    heights = [block.shape[0] for block in blocks]
    slack = sp.vstack(
        [sp.csr_array((sum(heights[:2]), floors)), -sp.eye_array(floors), sp.csr_array((heights[3], floors))]
    )
    limit = np.concatenate([problem.capacity, problem.owner_room[owners], -problem.floor, np.ones(len(accounts))])
    cost = np.concatenate([-problem.worth[columns], problem.floor_price])
    matrix = sp.csr_array(sp.hstack([sp.vstack(blocks), slack]))
    return _Rows(matrix, limit.astype("float64"), cost, owners, accounts)


def _sizes(problem: Problem, rows: _Rows) -> list[int]:
    return [len(problem.capacity), len(rows.owners), len(problem.floor), len(rows.accounts)]


def _upper(problem: Problem, columns: Ints) -> Floats:
    return np.concatenate([np.ones(len(columns)), problem.floor]).astype("float64")


def _position(among: Ints, values: Ints) -> Ints:
    """The place of each value in `among` (ascending), −1 where it is not there."""
    place = np.searchsorted(among, values)
    there = np.isin(values, among)
    return np.where(there, place, -1)


def _incidence(row: Ints, column: Ints, height: int, width: int) -> sp.csr_array:
    kept = row >= 0
    ones = np.ones(int(kept.sum()))
    return sp.csr_array(sp.coo_array((ones, (row[kept], column[kept])), shape=(height, width)))


def _demand(found: Any) -> None:
    if found.x is None:
        raise ArithmeticError(f"the allocation could not be solved: {found.message}")

"""Solve the allocation, with an upper bound: the linear programme over some of the pairs, then the same in integers.

Most pairs cannot be in a good plan, so the linear programme is solved over a few of them and the rest are priced: a
pair enters if its worth exceeds the shadow prices of its level, owner, floors and account. When no pair enters, the
optimum is that over all pairs. If it is not integer, branch and bound completes it; a pair left out that costs more
than the gap between plan and bound cannot be in a better plan.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from advocate_score.policy.plan.problem import Bools, Floats, Ints, Prices, Problem

_INTEGER = 1e-6
_NODES = 20_000
"""Limit of branch and bound in nodes: a time limit would make the plan depend on the machine."""


@dataclass(frozen=True)
class LinearOptimum:
    """share (columns,) in 0…1 · account_price (n,)."""

    share: Floats
    prices: Prices
    account_price: Floats
    value: float

    @property
    def is_integer(self) -> bool:
        return bool(np.all(np.abs(self.share - np.round(self.share)) <= _INTEGER))


@dataclass(frozen=True)
class _Rows:
    """The constraints: matrix @ [pairs, shortfalls of the floors] ≤ limit. `owners` and `accounts` are those with a
    row."""

    matrix: sp.csr_array
    limit: Floats
    cost: Floats
    owners: Ints
    accounts: Ints


def linear_optimum(problem: Problem, columns: Ints) -> LinearOptimum:
    """The optimum if pairs may be chosen in part, over the pairs at positions `columns` only."""
    rows = _rows(problem, columns)
    upper = _upper_bounds(problem, columns)
    bounds = np.column_stack([np.zeros_like(upper), upper])
    linear_program: Any = {"c": rows.cost, "A_ub": rows.matrix, "b_ub": rows.limit, "bounds": bounds}
    result: Any = linprog(**linear_program, method="highs-ds")
    _require_solution(result)
    price = np.maximum(-result.ineqlin.marginals, 0.0)
    level, owner, floor, account = np.split(price, np.cumsum(_row_counts(problem, rows))[:-1])
    owner_price, account_price = np.zeros(len(problem.owner_capacity)), np.zeros(problem.accounts)
    owner_price[rows.owners], account_price[rows.accounts] = owner, account
    prices = Prices(level, owner_price, np.minimum(floor, problem.floor_price))
    return LinearOptimum(result.x[: len(columns)], prices, account_price, -result.fun)


def integer_optimum(problem: Problem, columns: Ints) -> tuple[Bools, float]:
    """(m,) the best integer choice among the pairs at `columns`, and the upper bound of any such choice."""
    rows = _rows(problem, columns)
    limits = LinearConstraint(rows.matrix, ub=rows.limit)
    bounds = Bounds(np.zeros(len(rows.cost)), _upper_bounds(problem, columns))
    integrality = np.ones(len(rows.cost), dtype=np.int64)
    result: Any = milp(
        rows.cost,
        integrality=integrality,
        bounds=bounds,
        constraints=limits,
        options={"node_limit": _NODES, "mip_rel_gap": 0.0},
    )
    if result.x is None:
        _require_solution(result)
    return as_mask(problem, columns, result.x[: len(columns)]), -float(result.mip_dual_bound)


def as_mask(problem: Problem, columns: Ints, share: Floats) -> Bools:
    chosen = np.zeros(len(problem.account), dtype=bool)
    chosen[columns] = share > 0.5
    return chosen


def _rows(problem: Problem, columns: Ints) -> _Rows:
    """The constraints over `columns`; owners and accounts whose limit cannot bind have no row."""
    account, owner, group = (part[columns] for part in (problem.account, problem.owner, problem.group))
    owners = np.flatnonzero(
        np.bincount(owner[owner >= 0], minlength=len(problem.owner_capacity)) > problem.owner_capacity
    )
    accounts = np.flatnonzero(np.bincount(account, minlength=problem.accounts) > 1)
    positions = np.arange(len(columns))
    floors = len(problem.floor)
    blocks = [
        _incidence(problem.level[columns], positions, len(problem.capacity), len(columns)),
        _incidence(_positions(owners, owner), positions, len(owners), len(columns)),
        -sum(
            (_incidence(group_column, positions, floors, len(columns)) for group_column in group.T),
            sp.csr_array((floors, len(columns))),
        ),
        _incidence(_positions(accounts, account), positions, len(accounts), len(columns)),
    ]
    heights = [block.shape[0] for block in blocks]
    slack = sp.vstack(
        [sp.csr_array((sum(heights[:2]), floors)), -sp.eye_array(floors), sp.csr_array((heights[3], floors))]
    )
    limit = np.concatenate([problem.capacity, problem.owner_capacity[owners], -problem.floor, np.ones(len(accounts))])
    cost = np.concatenate([-problem.worth[columns], problem.floor_price])
    matrix = sp.csr_array(sp.hstack([sp.vstack(blocks), slack]))
    return _Rows(matrix, limit.astype("float64"), cost, owners, accounts)


def _row_counts(problem: Problem, rows: _Rows) -> list[int]:
    return [len(problem.capacity), len(rows.owners), len(problem.floor), len(rows.accounts)]


def _upper_bounds(problem: Problem, columns: Ints) -> Floats:
    return np.concatenate([np.ones(len(columns)), problem.floor]).astype("float64")


def _positions(ascending: Ints, values: Ints) -> Ints:
    """The position of each value in `ascending`, −1 if absent."""
    position = np.searchsorted(ascending, values)
    is_present = np.isin(values, ascending)
    return np.where(is_present, position, -1)


def _incidence(row: Ints, column: Ints, height: int, width: int) -> sp.csr_array:
    is_inside = row >= 0
    ones = np.ones(int(is_inside.sum()))
    return sp.csr_array(sp.coo_array((ones, (row[is_inside], column[is_inside])), shape=(height, width)))


def _require_solution(result: Any) -> None:
    if result.x is None:
        raise ArithmeticError(f"the allocation could not be solved: {result.message}")


_EXACT = 1e-9
_MOST_INTEGER_COLUMNS = 60_000
"""With more pairs than this, branch and bound is not repeated; the gap then shows what this may have cost."""


@dataclass(frozen=True)
class Optimum:
    """chosen (m,) · short (f,): asks that each floor lacks · value: worth minus the cost of the shortfalls ·
    upper_bound: of the value of any plan · rounds of pricing · columns: number of pairs in the programme."""

    chosen: Bools
    short: Ints
    value: float
    upper_bound: float
    prices: Prices
    method: str
    rounds: int
    columns: int

    @property
    def gap(self) -> float:
        """The most that a better plan could gain, as a share of the bound."""
        return max(self.upper_bound - self.value, 0.0) / max(abs(self.upper_bound), 1e-12)


def optimum(problem: Problem) -> Optimum:
    columns, solved, rounds = _price_columns(problem)
    upper_bound = solved.prices.upper_bound(problem)
    if solved.is_integer:
        chosen, method = as_mask(problem, columns, solved.share), "lp"
    else:
        chosen, columns, upper_bound = _integer_solution(problem, columns, solved, upper_bound)
        method = "milp"
    return _optimum(problem, chosen, upper_bound, solved.prices, method, rounds, len(columns))


def _optimum(problem: Problem, chosen: Bools, upper_bound: float, prices: Prices, method: str, *counts: int) -> Optimum:
    shortfall = shortfalls(problem, chosen)
    return Optimum(chosen, shortfall, value_of(problem, chosen), upper_bound, prices, method, *counts)


def shortfalls(problem: Problem, chosen: Bools) -> Ints:
    short: Ints = np.maximum(problem.floor - problem.group_counts(chosen), 0)
    return short


def value_of(problem: Problem, chosen: Bools) -> float:
    return float(problem.worth[chosen].sum() - problem.floor_price @ shortfalls(problem, chosen))


def _price_columns(problem: Problem) -> tuple[Ints, LinearOptimum, int]:
    """The positions of the pairs in the programme, its solution, optimal over all pairs, and the number of rounds."""
    chosen = _initial_columns(problem)
    batch = 4 * problem.most_asks + 500
    for rounds in range(1, 1000):
        columns = np.flatnonzero(chosen)
        solved = linear_optimum(problem, columns)
        gains = np.where(chosen, -np.inf, _reduced_worth(problem, solved))
        better = np.flatnonzero(gains > _EXACT * max(1.0, float(problem.worth.max(initial=0.0))))
        if len(better) == 0:
            return columns, solved, rounds
        chosen[better[np.argsort(-gains[better], kind="stable")[:batch]]] = True
    raise ArithmeticError("the allocation could not be solved: pricing did not end")


def _initial_columns(problem: Problem) -> Bools:
    """(m,) the pairs of greatest worth at each level, with which pricing starts.

    A pair without worth can only be needed by a floor, and then pricing finds it.
    """
    chosen = np.zeros(len(problem.account), dtype=bool)
    for level, capacity in enumerate(problem.capacity):
        positions = np.flatnonzero((problem.level == level) & (problem.worth > 0))
        chosen[positions[_positions_of_greatest(problem.worth[positions], 2 * int(capacity) + 20)]] = True
    if not chosen.any():
        chosen[0] = True
    return chosen


def _positions_of_greatest(worth: Floats, count: int) -> Ints:
    """Positions of the `count` greatest, ties by position; only values that may be among them are sorted."""
    positions = np.arange(len(worth))
    if count < len(worth):
        positions = np.flatnonzero(worth >= np.partition(worth, len(worth) - count)[len(worth) - count])
    return positions[np.argsort(-worth[positions], kind="stable")[:count]]


def _reduced_worth(problem: Problem, solved: LinearOptimum) -> np.ndarray:
    """(m,) what each pair would add to the programme if chosen whole."""
    added: np.ndarray = solved.prices.surplus(problem) - solved.account_price[problem.account]
    return added


def _integer_solution(
    problem: Problem, columns: Ints, solved: LinearOptimum, upper_bound: float
) -> tuple[Bools, Ints, float]:
    """The choice, the pairs it was made from, and the upper bound. The bound of branch and bound is used if no pair
    left out can be in a better plan."""
    chosen, limit = integer_optimum(problem, columns)
    distance = upper_bound - value_of(problem, chosen)
    close = np.union1d(columns, np.flatnonzero(_reduced_worth(problem, solved) >= -distance))
    if len(close) > _MOST_INTEGER_COLUMNS:
        return chosen, columns, upper_bound
    if len(close) > len(columns):
        chosen, limit = integer_optimum(problem, close)
    return chosen, close, min(upper_bound, max(limit, value_of(problem, chosen)))

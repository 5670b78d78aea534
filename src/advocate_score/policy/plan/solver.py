"""The best allocation, with a bound that no other can exceed: the linear programme over some of the pairs, and the same
in whole numbers.

Most pairs cannot be in a good plan, so the linear programme is solved over few of them and the rest are priced: a pair
enters where its worth exceeds the shadow prices of its level, owner and floors and of its account. When none does, the
programme's optimum is that over all pairs. Where it is not in whole numbers, branch and bound finishes it; a pair left
out that costs more than the distance between plan and bound can be in no better plan.
"""

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


_EXACT = 1e-9
_MOST_FINISHED = 60_000
"""Pairs beyond which branch and bound is not begun anew; the gap then says what it may have cost."""


@dataclass(frozen=True)
class Optimum:
    """chosen (m,) · short (f,): asks that each floor lacks · value: worth less what the shortfalls cost · bound: what
    no plan can exceed · rounds of pricing · columns: pairs that the programme saw."""

    chosen: Bools
    short: Ints
    value: float
    bound: float
    prices: Prices
    method: str
    rounds: int
    columns: int

    @property
    def gap(self) -> float:
        """Share of the bound that a better plan could gain at most."""
        return max(self.bound - self.value, 0.0) / max(abs(self.bound), 1e-12)


def optimum(problem: Problem) -> Optimum:
    columns, solved, rounds = _priced(problem)
    bound = solved.prices.bound(problem)
    if solved.is_whole:
        chosen, method = as_mask(problem, columns, solved.share), "lp"
    else:
        chosen, columns, bound = _finished(problem, columns, solved, bound)
        method = "milp"
    return _result(problem, chosen, bound, solved.prices, method, rounds, len(columns))


def _result(problem: Problem, chosen: Bools, bound: float, prices: Prices, method: str, *counts: int) -> Optimum:
    short = shortfalls(problem, chosen)
    return Optimum(chosen, short, value_of(problem, chosen), bound, prices, method, *counts)


def shortfalls(problem: Problem, chosen: Bools) -> Ints:
    short: Ints = np.maximum(problem.floor - problem.group_counts(chosen), 0)
    return short


def value_of(problem: Problem, chosen: Bools) -> float:
    return float(problem.worth[chosen].sum() - problem.floor_price @ shortfalls(problem, chosen))


def _priced(problem: Problem) -> tuple[Ints, Relaxed, int]:
    """The pairs that the programme needs, its solution over all pairs, and how often it was solved."""
    inside = _promising(problem)
    at_once = 4 * problem.most_asks + 500
    for rounds in range(1, 1000):
        columns = np.flatnonzero(inside)
        solved = relaxed(problem, columns)
        missing = np.where(inside, -np.inf, _left_out(problem, solved))
        better = np.flatnonzero(missing > _EXACT * max(1.0, float(problem.worth.max(initial=0.0))))
        if len(better) == 0:
            return columns, solved, rounds
        inside[better[np.argsort(-missing[better], kind="stable")[:at_once]]] = True
    raise ArithmeticError("the allocation could not be solved: pricing did not end")


def _promising(problem: Problem) -> Bools:
    """The pairs of greatest worth at each level: where pricing begins. A pair of no worth is only ever wanted by a
    floor, and then pricing finds it."""
    inside = np.zeros(len(problem.account), dtype=bool)
    for level, capacity in enumerate(problem.capacity):
        places = np.flatnonzero((problem.level == level) & (problem.worth > 0))
        inside[places[_greatest(problem.worth[places], 2 * int(capacity) + 20)]] = True
    if not inside.any():
        inside[0] = True
    return inside


def _greatest(worth: Floats, most: int) -> Ints:
    """Places of the greatest, of equals the first; only those that may be among them are put in order."""
    among = np.arange(len(worth))
    if most < len(worth):
        among = np.flatnonzero(worth >= np.partition(worth, len(worth) - most)[len(worth) - most])
    return among[np.argsort(-worth[among], kind="stable")[:most]]


def _left_out(problem: Problem, solved: Relaxed) -> np.ndarray:
    """(m,) what each pair would add to the programme for a whole ask."""
    added: np.ndarray = solved.prices.surplus(problem) - solved.account_price[problem.account]
    return added


def _finished(problem: Problem, columns: Ints, solved: Relaxed, bound: float) -> tuple[Bools, Ints, float]:
    """The choice, the pairs it was made from, and the bound: that of branch and bound where no pair left out could have
    been in a better plan."""
    chosen, limit = whole(problem, columns)
    distance = bound - value_of(problem, chosen)
    close = np.union1d(columns, np.flatnonzero(_left_out(problem, solved) >= -distance))
    if len(close) > _MOST_FINISHED:
        return chosen, columns, bound
    if len(close) > len(columns):
        chosen, limit = whole(problem, close)
    return chosen, close, min(bound, max(limit, value_of(problem, chosen)))

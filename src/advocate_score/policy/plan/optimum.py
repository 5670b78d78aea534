"""The best allocation, with a bound that no other can exceed.

Most pairs cannot be in a good plan, so the linear programme is solved over few of them and the rest are priced: a pair
enters where its worth exceeds the shadow prices of its level, owner and floors and of its account. When none does, the
programme's optimum is that over all pairs. Where it is not in whole numbers, branch and bound finishes it; a pair left
out that costs more than the distance between plan and bound can be in no better plan.
"""

from dataclasses import dataclass

import numpy as np

from advocate_score.policy.plan.problem import Bools, Floats, Ints, Prices, Problem
from advocate_score.policy.plan.relaxation import Relaxed, as_mask, relaxed, whole

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

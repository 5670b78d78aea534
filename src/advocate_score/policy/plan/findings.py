"""How good a plan is and what limits it, in figures, for the manifest."""

from typing import Any

import numpy as np
import pandas as pd

from advocate_score.ladder import LEVELS
from advocate_score.policy.plan.exploration import Lottery
from advocate_score.policy.plan.optimum import Optimum
from advocate_score.policy.plan.problem import Bools, Floats, Ints, Problem

_DIGITS = 6


def quality(problem: Problem, best: Optimum) -> dict[str, Any]:
    """Of the plan before the lot: its worth, what no plan can exceed, and how that was found."""
    return {
        "method": best.method,
        "value": _round(best.value),
        "bound": _round(best.bound),
        "gap": _round(best.gap),
        "pairs": len(problem.account),
        "pairs_priced_in": best.columns,
        "rounds": best.rounds,
    }


def levels(problem: Problem, used: Ints, best: Optimum, chosen: Bools) -> dict[str, dict[str, Any]]:
    """level → free (accounts that may be asked), made and planned asks of the period, places left, shadow price."""
    return {
        str(level.number): {
            "free": int((problem.level == place).sum()),
            "made": int(used[place]),
            "places": int(problem.capacity[place]),
            "planned": int((chosen & (problem.level == place)).sum()),
            "shadow_price": _round(best.prices.level[place]),
        }
        for place, level in enumerate(LEVELS)
    }


def groups(floors: pd.DataFrame, planned: Ints, prices: Floats) -> list[dict[str, Any]]:
    """One entry a floor: dimension, value, wanted, free, planned, shadow price."""
    rows = floors[["dimension", "value", "wanted", "free"]].assign(
        planned=planned, shadow_price=np.round(prices, _DIGITS)
    )
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def owners(problem: Problem, best: Optimum, chosen: Bools) -> dict[str, Any]:
    """Account managers by number, never by name."""
    load = np.bincount(problem.owner[chosen & (problem.owner >= 0)], minlength=len(problem.owner_room))
    return {
        "limited": len(problem.owner_room),
        "full": int((load >= problem.owner_room).sum()),
        "highest_shadow_price": _round(best.prices.owner.max(initial=0.0)),
    }


def lot_facts(lot: Lottery, drawn: Bools) -> dict[str, Any]:
    """Expected and drawn exploration asks; `outside` counts pairs that no lot could have drawn."""
    return {
        "expected": {str(level.number): _round(lot.quota[place]) for place, level in enumerate(LEVELS)},
        "drawn": int(drawn.sum()),
        "outside": int((lot.block < 0).sum()),
    }


def _round(value: float) -> float:
    return round(float(value), _DIGITS) + 0.0

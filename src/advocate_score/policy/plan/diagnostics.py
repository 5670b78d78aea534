"""Notes and figures that explain a plan: unused places, quotas that were missed and why, how good the plan is and what
limits it. They name no person."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from advocate_score.policy.plan.exploration import ExplorationDesign
from advocate_score.policy.plan.problem import Bools, Floats, Ints, Problem, hard_price
from advocate_score.policy.plan.solver import Optimum, optimum
from advocate_score.text import Text

NO_CANDIDATES = Text(
    "the plan is empty: nobody may be asked now.", "el plan está vacío: ahora no se puede pedir nada a nadie."
)
FULL = Text(
    "the plan is empty: the asks of this period have all been made.",
    "el plan está vacío: ya se han hecho todas las peticiones de este periodo.",
)
_DIMENSION = {
    "industry": Text("industry", "el sector"),
    "segment": Text("segment", "el segmento"),
    "region": Text("region", "la región"),
}
_PROVEN = 1e-3


def shortfall_notes(floors: pd.DataFrame, met: Ints, problem: Problem) -> Iterator[Text]:
    """One note for each quota that could not be met, or that was given up for asks of greater worth.

    `floors`: as `candidates.minimum_quotas`; met (f,): planned asks of each group.
    """
    rows = floors.assign(met=met).to_dict("records")
    shortfalls = [(index, row) for index, row in enumerate(rows) if row["met"] < row["wanted"]]
    causes = _causes(problem) if any(row["free"] > row["met"] for _, row in shortfalls) else {}
    for index, row in shortfalls:
        en, es = causes[index] if row["free"] > row["met"] else _eligible_phrase(row["free"])
        name_en, name_es = _DIMENSION[row["dimension"]]
        yield Text(
            f"plan: {name_en} {row['value']} gets {row['met']} of {row['wanted']} asks wanted; {en}.",
            f"plan: {name_es} {row['value']} recibe {row['met']} de {row['wanted']} peticiones previstas; {es}.",
        )


def level_notes(problem: Problem, best: Optimum, reserved: Ints) -> Iterator[Text]:
    """One note for each level with unused places; places reserved for exploration (levels,) do not count."""
    planned, owners_full = best.chosen, best.prices.owner.max(initial=0.0) > 0
    for index in range(len(problem.capacity)):
        used = int((planned & (problem.level == index)).sum())
        eligible, capacity = int((problem.level == index).sum()), int(problem.capacity[index] - reserved[index])
        if used < capacity:
            en, es = _eligible_phrase(eligible) if eligible <= used else _OWNERS if owners_full else _LATER
            yield Text(
                f"plan: level {index + 1} uses {used} of {capacity} places; {en}.",
                f"plan: el nivel {index + 1} usa {used} de {capacity} plazas; {es}.",
            )


def gap_note(best: Optimum) -> Iterator[Text]:
    """A note if a better plan may exist, with the most that it could gain."""
    if best.gap > _PROVEN:
        share = f"{100 * best.gap:.2f} %"
        yield Text(
            f"plan: a better one might exist, by {share} at most.", f"plan: podría mejorarse, como mucho un {share}."
        )


def _eligible_phrase(eligible: int) -> Text:
    if eligible == 1:
        return Text("only 1 account may be asked", "solo se puede preguntar a 1 cuenta")
    return Text(f"only {eligible} accounts may be asked", f"solo se puede preguntar a {eligible} cuentas")


_LATER = Text(
    "the other clients are worth more at another level, or later",
    "los demás clientes valen más en otro nivel, o más tarde",
)

_OWNERS = Text("the load of its account managers gives no more", "la carga de sus responsables no da más")
_CAPACITY = Text(
    "the places of the levels it may be asked for give no more",
    "las plazas de los niveles posibles no dan más",
)
_OTHERS = Text("the other floors and places leave no more", "los demás mínimos y plazas no dejan más")
_WORTH = Text(
    "more asks there would cost more than the floor's price",
    "más peticiones costarían más que el precio del mínimo",
)


def _causes(problem: Problem) -> dict[int, Text]:
    """For each floor, the kind of limit that keeps it from being met, found by relaxing one kind of limit after
    another."""
    more = int(problem.floor.sum())
    hard = replace(problem, floor_price=np.full(len(problem.floor), hard_price(problem.worth, problem.capacity)))
    relaxations = {
        _WORTH: hard,
        _OWNERS: replace(hard, owner_capacity=problem.owner_capacity + more),
        _CAPACITY: replace(hard, capacity=problem.capacity + more),
    }
    causes = dict.fromkeys(range(len(problem.floor)), _OTHERS)
    for cause, relaxed in relaxations.items():
        met = optimum(relaxed).short == 0
        causes |= {index: cause for index, earlier in causes.items() if earlier is _OTHERS and met[index]}
    return causes


_DIGITS = 6


def solution_quality(problem: Problem, best: Optimum) -> dict[str, Any]:
    """Figures on the plan before exploration: its worth, the upper bound of any plan, and how it was solved."""
    return {
        "method": best.method,
        "value": _round(best.value),
        "bound": _round(best.upper_bound),
        "gap": _round(best.gap),
        "pairs": len(problem.account),
        "pairs_priced_in": best.columns,
        "rounds": best.rounds,
    }


def level_summary(problem: Problem, used: Ints, best: Optimum, chosen: Bools) -> dict[str, dict[str, Any]]:
    """level → free (accounts that may be asked), made (asks made in the period), places (left), planned, shadow_price.

    Parameters
    ----------
    problem : the allocation. used : (levels,) asks already made in the period.
    best : the solution, for its shadow prices. chosen : (m,) the planned pairs.
    """
    return {
        str(index + 1): {
            "free": int((problem.level == index).sum()),
            "made": int(used[index]),
            "places": int(problem.capacity[index]),
            "planned": int((chosen & (problem.level == index)).sum()),
            "shadow_price": _round(best.prices.level[index]),
        }
        for index in range(len(problem.capacity))
    }


def quota_summary(floors: pd.DataFrame, planned: Ints, prices: Floats) -> list[dict[str, Any]]:
    """One entry per floor: dimension, value, wanted, free, planned, shadow price."""
    rows = floors[["dimension", "value", "wanted", "free"]].assign(
        planned=planned, shadow_price=np.round(prices, _DIGITS)
    )
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def owner_summary(problem: Problem, best: Optimum, chosen: Bools) -> dict[str, Any]:
    """Figures on the account managers' load; account managers are counted, never named."""
    load = np.bincount(problem.owner[chosen & (problem.owner >= 0)], minlength=len(problem.owner_capacity))
    return {
        "limited": len(problem.owner_capacity),
        "full": int((load >= problem.owner_capacity).sum()),
        "highest_shadow_price": _round(best.prices.owner.max(initial=0.0)),
    }


def exploration_facts(design: ExplorationDesign, drawn: Bools) -> dict[str, Any]:
    """Expected and drawn exploration asks; `outside` counts the pairs that can never be drawn."""
    return {
        "expected": {str(level): _round(quota) for level, quota in enumerate(design.quota, 1)},
        "drawn": int(drawn.sum()),
        "outside": int((design.block < 0).sum()),
    }


def _round(value: float) -> float:
    return round(float(value), _DIGITS) + 0.0

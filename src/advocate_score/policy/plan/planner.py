"""One joint allocation for the period: the best plan within every limit, then the exploration draw, and for each
planned ask the sentence that says why now."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any

import numpy as np
import pandas as pd

from advocate_score.dates import iso, spoken_days
from advocate_score.errors import AdvocateScoreError
from advocate_score.policy.plan import candidates, diagnostics, exploration
from advocate_score.policy.plan.problem import COLUMNS, AskPlan, Bools, Ints, PlanRequest, Problem, allocation
from advocate_score.policy.plan.solver import Optimum, optimum
from advocate_score.policy.plan.verify import violations
from advocate_score.text import Text

_EXPLORATION = Text(
    "Drawn by lot, so that we also learn how clients answer whom we seldom ask.",
    "Elegido por sorteo, para saber también cómo responden los clientes a los que casi nunca pedimos nada.",
)
_NO_MOMENT = Text(
    "No special occasion; among the readiest clients still available.",
    "Sin ocasión especial; está entre los clientes más preparados que quedan libres.",
)
_MOMENT = Text("The client {moment}.", "El cliente {moment}.")
_LAST_ASKED = Text(
    "Last asked on {day} (small favours not counted).", "Última petición el {day} (sin contar pequeños favores)."
)
_NEVER_ASKED = Text(
    "Not asked before (small favours not counted).", "Sin peticiones anteriores (sin contar pequeños favores)."
)


def why_now(rows: pd.DataFrame, language: str, zone: tzinfo = UTC) -> pd.Series:
    """One sentence for each row, with the day of `zone`; `rows`: moment (a phrase in `language`, or ''), last_asked_at,
    exploration."""
    days = spoken_days(rows["last_asked_at"], zone, language)
    facts = zip(rows["exploration"], rows["moment"], days, strict=True)
    return pd.Series(
        [_why_now_sentence(is_exploration, moment, day, language) for is_exploration, moment, day in facts],
        rows.index,
        "str",
    )


def _why_now_sentence(is_exploration: bool, moment: str, day: str | float, language: str) -> str:
    occasion = _MOMENT if moment else _EXPLORATION if is_exploration else _NO_MOMENT
    lead = [_EXPLORATION] if is_exploration and moment else []
    asked = _LAST_ASKED if isinstance(day, str) else _NEVER_ASKED
    return " ".join(text.in_language(language).format(moment=moment, day=day) for text in (*lead, occasion, asked))


RULES = "1"
"""Increase this whenever the same request would lead to a different plan."""


def plan_asks(request: PlanRequest) -> AskPlan:
    """The asks for the calendar period of `as_of`, given the asks already made under plans of the period.

    Raises
    ------
    AdvocateScoreError
        if the independent check finds that the plan breaks a rule; this would be a fault of this package.
    """
    rows, remaining = candidates.pairs(request), candidates.remaining_capacity(request)
    most_asks = int(
        np.minimum(remaining.capacity, np.bincount(rows["level"] - 1, minlength=len(remaining.capacity))).sum()
    )
    if most_asks == 0:
        return _empty_plan(
            request, diagnostics.FULL if len(rows) and not remaining.capacity.any() else diagnostics.NO_CANDIDATES
        )
    minimums = candidates.minimum_quotas(rows, min(most_asks, rows["account_id"].nunique()), request.policy.plan)
    problem = allocation(rows, minimums, remaining.capacity, remaining.owner_capacity, request.policy.plan)
    best, design, met = _optimum_and_exploration(problem, request)
    chosen, drawn = exploration.exploration_draw(design, _seed(request))
    asks = _ask_frame(
        request, rows[chosen].assign(propensity=exploration.propensities(design, chosen), exploration=drawn[chosen])
    )
    _require_no_violations(asks, request, minimums, met)
    shortfalls = diagnostics.shortfall_notes(minimums, problem.group_counts(chosen), problem)
    notes = (
        *shortfalls,
        *diagnostics.level_notes(problem, best, exploration.reserved_for_exploration(design.quota)),
        *diagnostics.gap_note(best),
    )
    return AskPlan(asks, notes, _solver_summary(request, remaining, best, design, minimums, (chosen, drawn)))


def policy_id(request: PlanRequest) -> str:
    """An identifier that is the same for every plan made with the same rules, settings and model."""
    policy = request.policy.model_dump(mode="json", exclude={"pools", "nurture_margin"})
    text = json.dumps([RULES, policy, request.model], sort_keys=True)
    return candidates.POLICY_PREFIX + hashlib.sha256(text.encode()).hexdigest()[:12]


def _optimum_and_exploration(
    problem: Problem, request: PlanRequest
) -> tuple[Optimum, exploration.ExplorationDesign, Ints]:
    """The best plan on the places not reserved for exploration, the design of the draw, and the asks kept of each
    floor.

    Hard floors that cannot be met are lowered to what is feasible, so that value and bound measure the plan and not the
    infeasibility of the floors.
    """
    quota = exploration.quotas(problem, request.policy.plan.exploration)
    unreserved = replace(problem, capacity=problem.capacity - exploration.reserved_for_exploration(quota))
    best = optimum(unreserved)
    shortfalls = best.short
    if request.policy.plan.floor_rule == "hard" and shortfalls.any():
        best = optimum(unreserved.with_floors(problem.floor - shortfalls))
    met = np.minimum(problem.floor, unreserved.group_counts(best.chosen))
    return best, exploration.exploration_design(problem, quota, best.chosen, met), met


def _seed(request: PlanRequest) -> int:
    text = f"{request.seed}|{iso(request.as_of)}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _ask_frame(request: PlanRequest, chosen: pd.DataFrame) -> pd.DataFrame:
    """Frame of `COLUMNS`, by descending expected value; ties by account_id."""
    order = chosen.sort_values(["expected_value", "account_id"], ascending=[False, True], ignore_index=True)
    asks = order.assign(
        priority=np.arange(1, len(order) + 1),
        why_now=why_now(order, request.language, request.zone),
        policy_id=policy_id(request),
    )
    return asks.astype({"account_id": "str", "policy_id": "str"})[list(COLUMNS)]


def _require_no_violations(asks: pd.DataFrame, request: PlanRequest, minimums: pd.DataFrame, met: Ints) -> None:
    least = dict(zip(zip(minimums["dimension"], minimums["value"], strict=True), met.tolist(), strict=True))
    if broken_rules := violations(asks, request, least):
        raise AdvocateScoreError("the plan breaks its own rules: " + "; ".join(broken_rules[:5]))


def _solver_summary(
    request: PlanRequest,
    remaining: candidates.RemainingCapacity,
    best: Optimum,
    design: exploration.ExplorationDesign,
    minimums: pd.DataFrame,
    draw: tuple[Bools, Bools],
) -> dict[str, Any]:
    chosen, drawn = draw
    problem = design.problem
    return {
        "policy_id": policy_id(request),
        **diagnostics.solution_quality(problem, best),
        "planned": int(chosen.sum()),
        "violations": 0,
        "levels": diagnostics.level_summary(problem, remaining.used, best, chosen),
        "floors": diagnostics.quota_summary(minimums, problem.group_counts(chosen), best.prices.floor),
        "owners": diagnostics.owner_summary(problem, best, chosen),
        "exploration": diagnostics.exploration_facts(design, drawn),
    }


def _empty_plan(request: PlanRequest, note: Text) -> AskPlan:
    kinds = dict.fromkeys(("readiness", "expected_value", "propensity"), "float64")
    texts = dict.fromkeys(("account_id", "why_now", "policy_id"), "str")
    asks = pd.DataFrame(columns=list(COLUMNS)).astype(
        {"priority": "int64", "level": "int64", "exploration": "bool", **kinds, **texts}
    )
    return AskPlan(asks, (note,), {"policy_id": policy_id(request), "planned": 0, "violations": 0})

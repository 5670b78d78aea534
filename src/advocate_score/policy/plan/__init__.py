"""The plan: who to ask for what in this period, chosen together."""

from advocate_score.policy.plan.planner import plan_asks
from advocate_score.policy.plan.problem import AskPlan, PlanRequest

__all__ = ["AskPlan", "PlanRequest", "plan_asks"]

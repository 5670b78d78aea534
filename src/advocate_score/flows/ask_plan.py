"""The night's plan: who to ask for what in this period."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from advocate_score.flows import rules
from advocate_score.flows.project import Data, Project
from advocate_score.flows.scored import Scored
from advocate_score.policy.plan import PlanRequest, plan_asks
from advocate_score.publication.lists import Described, Edition
from advocate_score.publication.plan_list import plan_list


@dataclass(frozen=True)
class Planned:
    """files: file name → frame · notes: what the readers of the plan must know · solver: for the manifest."""

    files: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...]
    solver: Mapping[str, Any]


def ask_plan(project: Project, data: Data, night: Scored, told: Described, edition: Edition) -> Planned:
    """`told` describes the candidates; who is planned, and may be another, is described anew."""
    project.progress.step("Plan of the period")
    settings = project.settings
    request = PlanRequest(
        readiness=night.table,
        verdicts=night.verdicts,
        accounts=night.facts.accounts,
        asks=night.facts.asks,
        moments=told.moments,
        as_of=edition.as_of,
        policy=settings.policy,
        model=" ".join(night.serving.identity.values()),
        seed=settings.model.seed,
        language=edition.language,
    )
    plan = plan_asks(request)
    contacts = rules.contacts(data.engine, night.facts, plan.asks["account_id"], edition.as_of, settings)
    listed = plan_list(plan.asks, replace(told, contacts=contacts), edition)
    return Planned({"ask_plan.csv": listed}, tuple(note.say(edition.language) for note in plan.notes), plan.solver)

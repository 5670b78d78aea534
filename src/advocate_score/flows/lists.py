"""The lists beyond the candidates: the night's plan, the pool of references and the advisory board with their gaps, and
who is nearly ready."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd

from advocate_score import config
from advocate_score.flows import datasets
from advocate_score.flows.account_scores import AccountScores
from advocate_score.flows.project import Data, Project
from advocate_score.model.what_if import what_if
from advocate_score.policy import pools
from advocate_score.policy.coverage import clients_at, needs, open_opportunities
from advocate_score.policy.plan import PlanRequest, plan_asks
from advocate_score.policy.pools import gaps, nearly_ready, too_small, why
from advocate_score.publication.lists import (
    CHANGES,
    Described,
    Edition,
    ask_history,
    gap_list,
    nurture_list,
    plan_list,
    pool_list,
)
from advocate_score.publication.sentences import what_if_sentences


@dataclass(frozen=True)
class ProgrammeLists:
    """files: file name → frame · notes: which circle is smaller than it should be, and why."""

    files: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Pool:
    choice: config.settings.Pool
    standing: pools.LevelCandidates
    members: pd.DataFrame


def programme_lists(
    project: Project, data: Data, night: AccountScores, told: Described, edition: Edition
) -> ProgrammeLists:
    """`told` describes the candidates; the members of the circles, who may be others, are described anew."""
    project.progress.step("Reference pool, advisory board and nurture list")
    clients = clients_at(night.facts, edition.as_of, project.settings.policy)
    needed = needs(clients, open_opportunities(datasets.table(data.engine, "opportunities"), edition.as_of))
    circles = _circles(project, night, clients, needed, edition)
    told = _described(project, data, night, told, circles, edition.as_of)
    files = {f"{name}.csv": _members(one, night, told, edition) for name, one in circles.items()}
    lacks = {name: _gaps(one, needed, edition.language) for name, one in circles.items()}
    files |= {"coverage_gaps.csv": gap_list(lacks), "nurture.csv": _nurture(project, night, edition)}
    return ProgrammeLists(files, tuple(f"{name}: {small}" for name, (small, _) in lacks.items() if small))


def _circles(
    project: Project, night: AccountScores, clients: pd.DataFrame, needed: pd.DataFrame, edition: Edition
) -> dict[str, _Pool]:
    choices, thresholds = project.settings.policy.pools, project.settings.ladder.thresholds
    history = ask_history(night.facts.asks, edition.as_of)
    reference, board = (
        pools.candidates_at_level(night.table, clients, history, one.level, thresholds.of(one.level))
        for one in (choices.reference, choices.board)
    )
    called, seated = pools.chosen_pools(reference, board, needed, choices)
    return {
        pools.REFERENCE: _Pool(choices.reference, reference, called),
        pools.BOARD: _Pool(choices.board, board, seated),
    }


def _described(
    project: Project, data: Data, night: AccountScores, told: Described, circles: Mapping[str, _Pool], as_of: datetime
) -> Described:
    """What is told of the members alone."""
    members = pd.concat([one.members["account_id"] for one in circles.values()])
    outcomes, asks = (rows[rows["account_id"].isin(members)] for rows in (told.outcomes, told.asks))
    contacts = datasets.contacts(data.engine, night.facts, members, as_of, project.settings)
    return replace(told, outcomes=outcomes, asks=asks, contacts=contacts)


def _members(circle: _Pool, night: AccountScores, told: Described, edition: Edition) -> pd.DataFrame:
    members = circle.members.merge(circle.standing.rows, on="account_id")
    members = members.assign(why=why(members, edition.language))
    return pool_list(members, night.table, circle.choice.level, told, edition)


def _gaps(circle: _Pool, needed: pd.DataFrame, language: str) -> tuple[str, pd.DataFrame]:
    """What the circle's size says, and which kinds of client it lacks."""
    choice, members = circle.choice, circle.members["account_id"]
    small = too_small(circle.standing, len(members), choice.minimum, choice.level, language)
    return small, gaps(circle.standing, members, needed, choice.level, max(len(members), choice.minimum), language)


def _nurture(project: Project, night: AccountScores, edition: Edition) -> pd.DataFrame:
    settings, model = project.settings, night.serving.model
    near = nearly_ready(night.table, settings.ladder, settings.policy.nurture_margin, settings.policy.nurture_size)
    accounts = night.accounts.iloc[pd.Index(night.accounts["account_id"]).get_indexer(near["account_id"])]
    changes = what_if(model, accounts, near["level"], model.signals, threshold=near["threshold"], top=len(CHANGES))
    signals = {signal.name: signal for signal in model.signals}
    words = what_if_sentences(changes, signals, project.catalogue.concepts, edition.language)
    return nurture_list(near, changes.assign(sentence=words), night.facts.accounts, edition)


@dataclass(frozen=True)
class Planned:
    """files: file name → frame · notes: what the readers of the plan must know · solver: for the manifest."""

    files: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...]
    solver: Mapping[str, Any]


def ask_plan(project: Project, data: Data, night: AccountScores, told: Described, edition: Edition) -> Planned:
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
    contacts = datasets.contacts(data.engine, night.facts, plan.asks["account_id"], edition.as_of, settings)
    listed = plan_list(plan.asks, replace(told, contacts=contacts), edition)
    return Planned({"ask_plan.csv": listed}, tuple(note.say(edition.language) for note in plan.notes), plan.solver)

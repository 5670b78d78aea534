"""The lists beyond the candidates: the plan, the reference pool and the advisory board with their gaps, and the nurture
list."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd

from advocate_score import config
from advocate_score.flows import datasets
from advocate_score.flows.account_scores import AccountScores, declared_signals, explained_rows, own_terms
from advocate_score.flows.project import Data, Project
from advocate_score.model.what_if import what_if
from advocate_score.policy import pools
from advocate_score.policy.coverage import clients_at, needs, open_opportunities
from advocate_score.policy.plan.planner import plan_asks
from advocate_score.policy.plan.problem import PlanRequest
from advocate_score.policy.pools import gaps, nearly_ready, pool_reasons, size_shortfall
from advocate_score.publication.columns import Described, Edition
from advocate_score.publication.lists import CHANGES, ask_history, gap_list, nurture_list, plan_list, pool_list
from advocate_score.publication.sentences import missing_phrases, what_if_sentences


@dataclass(frozen=True)
class ProgrammeLists:
    """files: file name → frame · notes: which pool has too few ready members, and why."""

    files: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Pool:
    choice: config.settings.Pool
    candidates: pools.LevelCandidates
    members: pd.DataFrame


def programme_lists(
    project: Project, data: Data, scores: AccountScores, described: Described, edition: Edition
) -> ProgrammeLists:
    """The lists of the pools, their gaps, and the nurture list.

    Parameters
    ----------
    project, data : the project and its open tables. scores : of all accounts.
    described : the facts for the candidates; contacts, outcomes and asks are replaced by those of the pools' members.
    edition : as-of instant, model version, language and ladder.
    """
    project.progress.step("Reference pool, advisory board and nurture list")
    clients = clients_at(scores.facts, edition.as_of, project.settings.policy)
    needed = needs(clients, open_opportunities(datasets.table(data.engine, "opportunities"), edition.as_of))
    pools_by_name = _select_pools(project, scores, clients, needed, edition)
    described = _describe_members(project, data, scores, described, pools_by_name, edition.as_of)
    files = {f"{name}.csv": _members(pool, scores, described, edition) for name, pool in pools_by_name.items()}
    gaps_by_pool = {name: _gaps(pool, needed, edition.language) for name, pool in pools_by_name.items()}
    files |= {"coverage_gaps.csv": gap_list(gaps_by_pool), "nurture.csv": _nurture(project, scores, described, edition)}
    return ProgrammeLists(files, tuple(f"{name}: {small}" for name, (small, _) in gaps_by_pool.items() if small))


def _select_pools(
    project: Project, scores: AccountScores, clients: pd.DataFrame, needed: pd.DataFrame, edition: Edition
) -> dict[str, _Pool]:
    choices, thresholds = project.settings.policy.pools, project.settings.ladder.thresholds
    history = ask_history(scores.facts.asks, edition.as_of)
    reference, board = (
        pools.candidates_at_level(scores.table, clients, history, choice.level, thresholds.of(choice.level))
        for choice in (choices.reference, choices.board)
    )
    reference_members, board_members = pools.choose_pools(reference, board, needed, choices)
    return {
        pools.REFERENCE: _Pool(choices.reference, reference, reference_members),
        pools.BOARD: _Pool(choices.board, board, board_members),
    }


def _describe_members(
    project: Project,
    data: Data,
    scores: AccountScores,
    described: Described,
    pools_by_name: Mapping[str, _Pool],
    as_of: datetime,
) -> Described:
    """The facts of the pools' members only."""
    members = pd.concat([pool.members["account_id"] for pool in pools_by_name.values()])
    outcomes, asks = (rows[rows["account_id"].isin(members)] for rows in (described.outcomes, described.asks))
    contacts = datasets.contacts(data.engine, scores.facts, members, as_of, project.settings)
    return replace(described, outcomes=outcomes, asks=asks, contacts=contacts)


def _members(pool: _Pool, scores: AccountScores, described: Described, edition: Edition) -> pd.DataFrame:
    members = pool.members.merge(pool.candidates.rows, on="account_id")
    members = members.assign(why=pool_reasons(members, edition.language, edition.zone))
    return pool_list(members, scores.table, pool.choice.level, described, edition)


def _gaps(pool: _Pool, needed: pd.DataFrame, language: str) -> tuple[str, pd.DataFrame]:
    """The shortfall of the pool's size as a sentence, and the kinds of client that it lacks."""
    choice, size = pool.choice, max(len(pool.members), pool.choice.minimum)
    small = size_shortfall(pool.candidates, pool.members, choice.minimum, choice.level, language)
    return small, gaps(pool.candidates, pool.members["account_id"], needed, choice.level, size, language)


def _nurture(project: Project, scores: AccountScores, described: Described, edition: Edition) -> pd.DataFrame:
    settings, model = project.settings, scores.serving.model
    nurture = nearly_ready(scores.table, settings.ladder, settings.policy.nurture_margin, settings.policy.nurture_size)
    accounts = scores.accounts.iloc[pd.Index(scores.accounts["account_id"]).get_indexer(nurture["account_id"])]
    changes = what_if(
        model, accounts, nurture["level"], model.signals, threshold=nurture["threshold"], top=len(CHANGES)
    )
    declared, terms = declared_signals(project, model), own_terms(settings)
    words = what_if_sentences(changes, declared, edition.language, terms)
    lacking = pd.DataFrame(columns=["account_id", "level", "missing"])
    if len(nurture):
        explained = explained_rows(model, scores.accounts, nurture)
        lacking = missing_phrases(explained, declared, project.catalogue.concepts, edition.language, terms)
    return nurture_list(nurture, changes.assign(sentence=words), lacking, described, edition)


@dataclass(frozen=True)
class AskPlanList:
    """files: file name → frame · notes: messages for the readers of the plan · solver: figures for the manifest."""

    files: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...]
    solver: Mapping[str, Any]


def ask_plan(
    project: Project, data: Data, scores: AccountScores, described: Described, edition: Edition
) -> AskPlanList:
    """The plan of the period as a list.

    Parameters
    ----------
    project, data : the project and its open tables. scores : of all accounts.
    described : the facts for the candidates; its contacts are replaced by those of the planned accounts.
    edition : as-of instant, model version, language and ladder.
    """
    project.progress.step("Plan of the period")
    settings = project.settings
    request = PlanRequest(
        readiness=scores.table,
        verdicts=scores.verdicts,
        accounts=scores.facts.accounts,
        asks=scores.facts.asks,
        moments=described.moments,
        as_of=edition.as_of,
        policy=settings.policy,
        model=" ".join(scores.serving.identity.values()),
        seed=settings.model.seed,
        language=edition.language,
        levels=settings.ladder.in_use,
        zone=edition.zone,
    )
    plan = plan_asks(request)
    contacts = datasets.contacts(data.engine, scores.facts, plan.asks["account_id"], edition.as_of, settings)
    listed = plan_list(plan.asks, replace(described, contacts=contacts), edition)
    return AskPlanList(
        {"ask_plan.csv": listed}, tuple(note.in_language(edition.language) for note in plan.notes), plan.solver
    )

"""The report of a night, from its lists, in both languages: the accounts that are shown, and what became of the lists
of the last year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from advocate_score import config
from advocate_score.config import Settings
from advocate_score.dates import iso, lookback_start
from advocate_score.flows.account_scores import AccountScores
from advocate_score.flows.datasets import mature_asks, plain
from advocate_score.flows.project import Data, Project
from advocate_score.frames import KEYS
from advocate_score.ladder import LANGUAGES
from advocate_score.monitoring.outcomes import (
    WORKED_WITH_DAYS,
    Prediction,
    of_lists,
    outcomes_of_listed,
    predicted_bins,
)
from advocate_score.policy.moments import MomentEvents, moments
from advocate_score.policy.pools import BOARD, REFERENCE
from advocate_score.publication.history import Publication, past_publications
from advocate_score.publication.lists import Described, Edition, candidates
from advocate_score.publication.ranking import MOVEMENT_COLUMNS, PublishedRanks, movement
from advocate_score.publication.report import ReportInput, page_tables, report_html
from advocate_score.publication.store import folder_of
from advocate_score.stats import share
from advocate_score.tracking.ledger import learned_until

_DIGITS = 4
_YEAR_DAYS = 365


def list_outcomes(project: Project, data: Data, as_of: datetime) -> dict[str, Any]:
    """Figures over all accounts together, ready for JSON: `days` for which an ask waits for its answer and, where lists
    stand that are older, `first`, `last`, `nights`, `within`, `levels`, `calibration`, `beside` (asks of others).

    Nights of the same date or later do not count, so that a date written anew is the same again; nor do nights that
    were made up for with a model that learned later.
    """
    settings = project.settings
    days = {"days": settings.model.maturity_days}
    past = _old_enough(settings, as_of)
    if not past:
        return days
    asks = mature_asks(data, settings, as_of)
    asks = asks[asks["asked_at"] >= past[0].as_of]
    lists = _lists(settings, past, asks)
    if not lists:
        return days
    asked, others = of_lists(asks, lists)
    found = outcomes_of_listed(lists, asked, settings.programme.smallest_cell, settings.model.seed)
    told = {
        "first": f"{lists[0].as_of:%Y-%m-%d}",
        "last": f"{lists[-1].as_of:%Y-%m-%d}",
        "nights": len(lists),
        "within": WORKED_WITH_DAYS,
        "levels": plain(found.round(_DIGITS)),
        "calibration": plain(predicted_bins(asked, found).round(_DIGITS)),
        "beside": _beside(others, settings.programme.smallest_cell),
    }
    return days | told


def _old_enough(settings: Settings, as_of: datetime) -> list[Publication]:
    """The publications of the year up to where an ask could have been answered, oldest first."""
    target = settings.path(settings.outputs.folder)
    last = as_of - timedelta(days=settings.model.maturity_days)
    today, first = folder_of(target, as_of).name, lookback_start(as_of, _YEAR_DAYS)
    return [one for one in past_publications(target, last) if one.folder.name < today and one.as_of >= first]


def _lists(settings: Settings, past: Sequence[Publication], asks: pd.DataFrame) -> list[Prediction]:
    known = learned_until(settings.folder)
    accounts = sorted(set(asks["account_id"]))
    learned = [(one, known.get(one.served)) for one in past]
    return [
        Prediction(one.as_of, until, rows)
        for one, until in learned
        if (until is None or until <= one.as_of) and (rows := one.lists(accounts)) is not None
    ]


def _beside(asks: pd.DataFrame, smallest: int) -> dict[str, Any]:
    """Asks of accounts that stood on no list of that level; their number alone where they are of few accounts."""
    found = share(asks["outcome"], asks["account_id"])
    if found.accounts < max(1, smallest):
        return {"n": len(asks)}
    told = {"observed": found.value, "low": found.low, "high": found.high}
    return {"n": len(asks), **{name: round(one, _DIGITS) for name, one in told.items()}}


@dataclass(frozen=True)
class Shown:
    """What the night's lists are made from and what they became. `listed`: the candidates in the language of the
    edition; `further`: file name → frame of the plan, the circles and their gaps; `past`: the last night."""

    described: Described
    happenings: MomentEvents
    listed: pd.DataFrame
    further: Mapping[str, pd.DataFrame]
    past: Publication | None


def report_page(
    project: Project, data: Data, night: AccountScores, told: Mapping[str, Any], shown: Shown, edition: Edition
) -> bytes:
    """`told`: the manifest."""
    policy = project.settings.policy
    tables = page_tables(
        _in_each(night, shown, edition, policy.moments),
        shown.further["ask_plan.csv"],
        {name: shown.further[f"{name}.csv"] for name in (REFERENCE, BOARD)},
        shown.further["coverage_gaps.csv"],
        _moves(night, told, shown),
    )
    serving, pools = night.serving, policy.pools
    page = ReportInput(
        manifest=told,
        evidence=serving.model.evidence(),
        trained_as_of=iso(serving.trained_as_of) if serving.trained_as_of else "",
        proof=serving.proof,
        became=list_outcomes(project, data, edition.as_of),
        quarantine={name: _reasons(quality) for name, quality in data.tables.quality.items() if quality["reasons"]},
        wanted={
            REFERENCE: (pools.reference.minimum, pools.reference.maximum),
            BOARD: (pools.board.minimum, pools.board.maximum),
        },
        banner={language: serving.selection.banner(language) for language in LANGUAGES},
    )
    return report_html(tables, page, edition)


def _in_each(night: AccountScores, shown: Shown, edition: Edition, rules: config.Moments) -> dict[str, pd.DataFrame]:
    """The candidates by language: those of the edition as they are, the others described anew."""
    return {
        language: shown.listed
        if language == edition.language
        else candidates(night.ranked, _in(language, night, shown, edition, rules), replace(edition, language=language))
        for language in LANGUAGES
    }


def _in(language: str, night: AccountScores, shown: Shown, edition: Edition, rules: config.Moments) -> Described:
    """What is told of the listed accounts alone: of the others nothing is shown."""
    few, told = night.ranked["account_id"], shown.described
    rows = {name: table[table["account_id"].isin(few)] for name, table in vars(shown.happenings).items()}
    said = moments(MomentEvents(**rows), edition.as_of, rules, language)
    outcomes, asks = (table[table["account_id"].isin(few)] for table in (told.outcomes, told.asks))
    return replace(told, outcomes=outcomes, asks=asks, moments=said, reasons=night.reasons[language])


def _moves(night: AccountScores, told: Mapping[str, Any], shown: Shown) -> pd.DataFrame:
    """Empty where there is no last night, or its readiness cannot be read."""
    before = shown.past.readiness((*KEYS, "readiness", "eligible", "rule")) if shown.past else None
    if before is None or shown.past is None:
        return pd.DataFrame(columns=list(MOVEMENT_COLUMNS))
    then = PublishedRanks(before, _listed(shown.past.manifest))
    return movement(then, PublishedRanks(night.table, _listed(told)), night.facts.accounts)


def _listed(manifest: Mapping[str, Any]) -> dict[int, int]:
    return {int(level): int(counts["listed"]) for level, counts in manifest["counts"]["levels"].items()}


def _reasons(quality: Mapping[str, Any]) -> dict[str, int]:
    return dict(quality["reasons"])

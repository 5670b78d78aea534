"""The report of a publication, made from its lists in both languages: the accounts shown, and the results of the lists
of the last year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from advocate_score import config
from advocate_score.config import Settings
from advocate_score.dates import iso, lookback_start
from advocate_score.flows.account_scores import AccountScores, reasons_by_language
from advocate_score.flows.datasets import account_kinds, mature_asks
from advocate_score.flows.project import Data, Project
from advocate_score.frames import KEYS, json_rows
from advocate_score.ladder import LANGUAGES
from advocate_score.monitoring.outcomes import (
    FEWEST_ACCOUNTS,
    WORKED_WITH_DAYS,
    Prediction,
    of_lists,
    outcomes_of_listed,
    predicted_bins,
)
from advocate_score.monitoring.segments import ATTRIBUTES, by_segment, judged, rarely_asked, wrong
from advocate_score.policy.moments import MomentEvents, moments
from advocate_score.policy.plan.planner import why_now
from advocate_score.policy.pools import BOARD, REFERENCE
from advocate_score.publication import columns, ranking, report, sentences, store
from advocate_score.publication.history import Publication, past_publications
from advocate_score.publication.lists import ask_history, candidates
from advocate_score.stats import share
from advocate_score.tracking.ledger import learned_until

_DIGITS = 4
_YEAR_DAYS = 365


def list_outcomes(project: Project, data: Data, as_of: datetime) -> dict[str, Any]:
    """Figures over all accounts together, ready for JSON: `days` that an ask waits for its answer and, if there are
    older lists, `first`, `last`, `nights`, `within`, `levels`, `calibration`, `beside` (asks of accounts not listed).

    Publications of the same date or later do not count, so that replacing a date gives the same figures; nor do
    backfilled ones made with a model that learned from later data.
    """
    settings = project.settings
    days = {"days": settings.model.maturity_days}
    publications = _publications_of_last_year(settings, as_of)
    if not publications:
        return days
    mature = mature_asks(data, settings, as_of)
    asks = mature[mature["asked_at"] >= publications[0].as_of]
    lists = _lists(settings, publications, asks)
    if not lists:
        return days
    asked, unlisted = of_lists(asks, lists)
    outcomes = outcomes_of_listed(
        lists, asked, settings.programme.smallest_cell, settings.ladder.in_use, settings.model.seed
    )
    figures = {
        "first": f"{lists[0].as_of:%Y-%m-%d}",
        "last": f"{lists[-1].as_of:%Y-%m-%d}",
        "nights": len(lists),
        "within": WORKED_WITH_DAYS,
        "levels": json_rows(outcomes.round(_DIGITS)),
        "calibration": json_rows(predicted_bins(asked, outcomes).round(_DIGITS)),
        "beside": _outcomes_off_list(unlisted, settings.programme.smallest_cell),
        "segments": _segments(settings, asked, account_kinds(data, as_of, ATTRIBUTES), mature),
    }
    return days | figures


_MOST_RARELY_ASKED = 5
_OF_ANSWERS = ["predicted", "observed", "low", "high"]


def _segments(settings: Settings, asked: pd.DataFrame, kinds: pd.DataFrame, asks: pd.DataFrame) -> dict[str, Any]:
    """The kinds of client for which readiness was wrong, then those asked least; `judged`: how many were looked at."""
    ever_asked = set(asks["account_id"])
    table = by_segment(asked, kinds, ever_asked, draws=1, seed=settings.model.seed)
    share = float(kinds["account_id"].isin(ever_asked).mean()) if len(kinds) else 0.0
    rare = rarely_asked(table, share).head(_MOST_RARELY_ASKED)
    shown = pd.concat([wrong(table), rare]).drop_duplicates(["attribute", "value"])
    too_few = shown["accounts"].astype("int64") < max(FEWEST_ACCOUNTS, settings.programme.smallest_cell)
    figures = shown[_OF_ANSWERS].astype("float64").mask(too_few)
    columns = ["attribute", "value", "clients", "never_asked", *_OF_ANSWERS, "verdict"]
    return {"judged": judged(table), "rows": json_rows(shown.assign(**figures)[columns].round(_DIGITS))}


def _publications_of_last_year(settings: Settings, as_of: datetime) -> list[Publication]:
    """The publications of the last year that are old enough for asks to be mature, oldest first."""
    target = settings.path(settings.outputs.folder)
    last = as_of - timedelta(days=settings.model.maturity_days)
    today, first = store.folder_of(target, as_of).name, lookback_start(as_of, _YEAR_DAYS)
    return [
        publication
        for publication in past_publications(target, last)
        if publication.folder.name < today and publication.as_of >= first
    ]


def _lists(settings: Settings, publications: Sequence[Publication], asks: pd.DataFrame) -> list[Prediction]:
    known = learned_until(settings.folder)
    accounts = sorted(set(asks["account_id"]))
    learned = [(publication, known.get(publication.served)) for publication in publications]
    return [
        Prediction(publication.as_of, until, rows)
        for publication, until in learned
        if (until is None or until <= publication.as_of) and (rows := publication.lists(accounts)) is not None
    ]


def _outcomes_off_list(asks: pd.DataFrame, smallest: int) -> dict[str, Any]:
    """Asks of accounts that were on no list of the level; only their number if they come from few accounts."""
    estimate = share(asks["outcome"], asks["account_id"])
    if estimate.accounts < max(1, smallest):
        return {"n": len(asks)}
    figures = {"observed": estimate.value, "low": estimate.low, "high": estimate.high}
    return {"n": len(asks), **{name: round(value, _DIGITS) for name, value in figures.items()}}


@dataclass(frozen=True)
class ReportContents:
    """The material of the report. `listed`: the candidates in the language of the edition; `extra_frames`: file name →
    frame of the plan, the pools and their gaps; `resting`: as `publication.lists.resting`; `previous`: the previous
    publication."""

    described: columns.Described
    moment_events: MomentEvents
    listed: pd.DataFrame
    extra_frames: Mapping[str, pd.DataFrame]
    resting: pd.DataFrame
    previous: Publication | None


def report_page(
    project: Project,
    data: Data,
    scores: AccountScores,
    manifest: Mapping[str, Any],
    contents: ReportContents,
    edition: columns.Edition,
) -> bytes:
    """The report page.

    Parameters
    ----------
    project, data : the project and its open tables. scores : of all accounts.
    manifest : of this publication. contents : the material of the report.
    edition : as-of instant, model version, language and ladder.
    """
    policy = project.settings.policy
    listed, plan = _lists_by_language(scores, contents, edition, policy.moments)
    plan = _with_reasons(plan, project, scores, edition)
    tables = report.page_tables(
        listed,
        plan,
        {
            name: _mark_below_threshold(contents.extra_frames[f"{name}.csv"], edition.ladder)
            for name in (REFERENCE, BOARD)
        },
        contents.extra_frames["coverage_gaps.csv"],
        _moves(scores, manifest, contents),
        contents.resting,
    )
    serving, pools = scores.serving, policy.pools
    page = report.ReportInput(
        manifest=manifest,
        evidence=serving.model.evidence(),
        trained_as_of=iso(serving.trained_as_of) if serving.trained_as_of else "",
        validation_curves=serving.proof,
        list_outcomes=list_outcomes(project, data, edition.as_of),
        quarantine={name: _reasons(quality) for name, quality in data.tables.quality.items() if quality["reasons"]},
        pool_sizes={
            REFERENCE: (pools.reference.minimum, pools.reference.maximum),
            BOARD: (pools.board.minimum, pools.board.maximum),
        },
        banner={language: serving.selection.banner(language) for language in LANGUAGES},
    )
    return report.report_html(tables, page, edition)


def _mark_below_threshold(members: pd.DataFrame, ladder: config.Ladder) -> pd.DataFrame:
    """The members of a pool, with whether each is below the threshold of the pool's level."""
    thresholds = members["level"].map(ladder.thresholds.of).astype("float64")
    return members.assign(below_threshold=members["readiness"].astype("float64") < thresholds)


Frames = dict[str, pd.DataFrame]


def _lists_by_language(
    scores: AccountScores, contents: ReportContents, edition: columns.Edition, rules: config.Moments
) -> tuple[Frames, Frames]:
    """The candidates and the plan by language: those of the edition as they are, the other languages made here."""
    listed, plan = {edition.language: contents.listed}, {edition.language: contents.extra_frames["ask_plan.csv"]}
    for language in (language for language in LANGUAGES if language != edition.language):
        other = replace(edition, language=language)
        described = _described_in(language, scores, contents, edition, rules)
        listed[language] = candidates(scores.ranked, described, other)
        plan[language] = _plan_in(contents.extra_frames["ask_plan.csv"], described, other)
    return listed, plan


def _described_in(
    language: str, scores: AccountScores, contents: ReportContents, edition: columns.Edition, rules: config.Moments
) -> columns.Described:
    """The facts of the listed and the planned accounts only, in `language`."""
    shown_ids = {*scores.ranked["account_id"], *contents.extra_frames["ask_plan.csv"]["account_id"]}
    described = contents.described
    rows = {name: table[table["account_id"].isin(shown_ids)] for name, table in vars(contents.moment_events).items()}
    shown_moments = moments(MomentEvents(**rows), edition.as_of, rules, language, edition.zone)
    outcomes, asks = (table[table["account_id"].isin(shown_ids)] for table in (described.outcomes, described.asks))
    return replace(described, outcomes=outcomes, asks=asks, moments=shown_moments, reasons=scores.reasons[language])


def _plan_in(plan: pd.DataFrame, described: columns.Described, edition: columns.Edition) -> pd.DataFrame:
    """The plan with its sentences in the language of the edition."""
    history = ask_history(described.asks, edition.as_of)[["account_id", "last_asked_at"]]
    rows = plan[["account_id", "exploration"]].merge(described.moments[["account_id", "moment"]], how="left")
    rows = rows.merge(history, how="left").assign(moment=lambda frame: frame["moment"].fillna(""))
    facts = sentences.cited_facts(plan["account_id"], described.outcomes, edition.as_of, edition.language)
    return plan.assign(why_now=why_now(rows, edition.language, edition.zone).to_numpy(), outcome_fact=facts)


def _with_reasons(plan: Frames, project: Project, scores: AccountScores, edition: columns.Edition) -> Frames:
    """The plan with the reasons of each row, as the lists have them, also for a client whom no list holds."""
    keys = plan[edition.language][KEYS]
    listed = pd.MultiIndex.from_frame(scores.ranked[KEYS])
    others = keys[~pd.MultiIndex.from_frame(keys).isin(listed)]
    more = reasons_by_language(project, scores.serving.model, scores.accounts, others, scores.facts, edition.as_of)
    return {
        language: rows.merge(pd.concat([scores.reasons[language], more[language]]), on=KEYS, how="left")
        for language, rows in plan.items()
    }


def _moves(scores: AccountScores, manifest: Mapping[str, Any], contents: ReportContents) -> pd.DataFrame:
    """The changes of the lists; empty without a previous publication, or if its readiness cannot be read."""
    before = contents.previous.readiness((*KEYS, "readiness", "eligible", "rule")) if contents.previous else None
    if before is None or contents.previous is None:
        return pd.DataFrame(columns=list(ranking.MOVEMENT_COLUMNS))
    previous = ranking.PublishedRanks(before, _listed_by_level(contents.previous.manifest))
    return ranking.movement(
        previous, ranking.PublishedRanks(scores.table, _listed_by_level(manifest)), scores.facts.accounts
    )


def _listed_by_level(manifest: Mapping[str, Any]) -> dict[int, int]:
    return {int(level): int(counts["listed"]) for level, counts in manifest["counts"]["levels"].items()}


def _reasons(quality: Mapping[str, Any]) -> dict[str, int]:
    return dict(quality["reasons"])

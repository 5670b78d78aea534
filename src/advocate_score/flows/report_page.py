"""The report of a night, from its lists: everything in both languages, of the accounts that are shown."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from advocate_score import config
from advocate_score.account_rows import KEYS
from advocate_score.flows.became import became_of_lists
from advocate_score.flows.project import Data, Project
from advocate_score.flows.scored import Scored
from advocate_score.ladder import LANGUAGES
from advocate_score.policy.moment import Happenings, moments
from advocate_score.policy.pools import BOARD, REFERENCE
from advocate_score.publication.lists import Described, Edition, candidates
from advocate_score.publication.movement import COLUMNS, Shelf, movement
from advocate_score.publication.past import Past
from advocate_score.publication.report import Night, report_html
from advocate_score.publication.report_tables import page_tables
from advocate_score.windows import iso


@dataclass(frozen=True)
class Shown:
    """What the night's lists are made from and what they became. `listed`: the candidates in the language of the
    edition; `further`: file name → frame of the plan, the circles and their gaps; `past`: the last night."""

    described: Described
    happenings: Happenings
    listed: pd.DataFrame
    further: Mapping[str, pd.DataFrame]
    past: Past | None


def report_page(
    project: Project, data: Data, night: Scored, told: Mapping[str, Any], shown: Shown, edition: Edition
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
    page = Night(
        manifest=told,
        evidence=serving.model.evidence(),
        trained_as_of=iso(serving.trained_as_of) if serving.trained_as_of else "",
        proof=serving.proof,
        became=became_of_lists(project, data, edition.as_of),
        quarantine={name: _reasons(quality) for name, quality in data.tables.quality.items() if quality["reasons"]},
        wanted={
            REFERENCE: (pools.reference.minimum, pools.reference.maximum),
            BOARD: (pools.board.minimum, pools.board.maximum),
        },
        banner={language: serving.selection.banner(language) for language in LANGUAGES},
    )
    return report_html(tables, page, edition)


def _in_each(night: Scored, shown: Shown, edition: Edition, rules: config.Moments) -> dict[str, pd.DataFrame]:
    """The candidates by language: those of the edition as they are, the others described anew."""
    return {
        language: shown.listed
        if language == edition.language
        else candidates(night.ranked, _in(language, night, shown, edition, rules), replace(edition, language=language))
        for language in LANGUAGES
    }


def _in(language: str, night: Scored, shown: Shown, edition: Edition, rules: config.Moments) -> Described:
    """What is told of the listed accounts alone: of the others nothing is shown."""
    few, told = night.ranked["account_id"], shown.described
    rows = {name: table[table["account_id"].isin(few)] for name, table in vars(shown.happenings).items()}
    said = moments(Happenings(**rows), edition.as_of, rules, language)
    outcomes, asks = (table[table["account_id"].isin(few)] for table in (told.outcomes, told.asks))
    return replace(told, outcomes=outcomes, asks=asks, moments=said, reasons=night.reasons[language])


def _moves(night: Scored, told: Mapping[str, Any], shown: Shown) -> pd.DataFrame:
    """Empty where there is no last night, or its readiness cannot be read."""
    before = shown.past.readiness((*KEYS, "readiness", "eligible", "rule")) if shown.past else None
    if before is None or shown.past is None:
        return pd.DataFrame(columns=list(COLUMNS))
    then = Shelf(before, _listed(shown.past.manifest))
    return movement(then, Shelf(night.table, _listed(told)), night.facts.accounts)


def _listed(manifest: Mapping[str, Any]) -> dict[int, int]:
    return {int(level): int(counts["listed"]) for level, counts in manifest["counts"]["levels"].items()}


def _reasons(quality: Mapping[str, Any]) -> dict[str, int]:
    return dict(quality["reasons"])

"""Reasons for published rows, in each language: contributions cost far more than a prediction, sentences next to
nothing."""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd

from advocate_score.asks.history import HISTORY
from advocate_score.flows.project import Project
from advocate_score.ladder import LANGUAGES
from advocate_score.model.ladder_model import LadderModel
from advocate_score.policy.facts import Facts
from advocate_score.policy.unrest import latest_losses
from advocate_score.publication.sentences import COLUMNS, LOSS_DAYS, reasons, with_losses

LOUDEST = 6
"""Concepts looked at on each side; three reasons are told."""
PAST_ANSWERS = {"past_answers": {"en": "past answers", "es": "respuestas anteriores"}}


def told_reasons(
    project: Project, model: LadderModel, accounts: pd.DataFrame, rows: pd.DataFrame, facts: Facts, as_of: datetime
) -> Mapping[str, pd.DataFrame]:
    """Language → reason_1 … reason_3 for every row (account_id, level) of `rows`. A renewal lost in the last two years
    is among them, whatever the model says of it."""
    if rows.empty:
        return {language: pd.DataFrame(columns=list(COLUMNS)) for language in LANGUAGES}
    asked = rows[["account_id", "level"]].merge(accounts, on="account_id", how="left")
    found = model.explain(asked)
    sides = [found.reasons(LOUDEST, side) for side in ("for", "against")]
    spoken = pd.concat([side for side in sides if len(side)] or sides[:1], ignore_index=True)
    spoken = asked[["account_id", "level"]].iloc[spoken["row"]].reset_index(drop=True).join(spoken)
    declared = {signal.name: signal for signal in (*HISTORY, *model.signals)}
    concepts = {**project.catalogue.concepts, **PAST_ANSWERS}
    lost = latest_losses(facts, as_of, LOSS_DAYS)
    said = {language: reasons(spoken, declared, concepts, language) for language in LANGUAGES}
    return {language: with_losses(rows, lost, language) for language, rows in said.items()}

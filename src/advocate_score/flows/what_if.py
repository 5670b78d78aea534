"""What-if of one account, in the configured language."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from advocate_score.flows.project import Data, Project
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.what_if import what_if
from advocate_score.publication.what_if_sentences import what_if_sentences


def told_what_if(
    project: Project, data: Data, model: LadderModel, one: pd.DataFrame, levels: Sequence[int]
) -> list[dict[str, Any]]:
    """Up to three changes for each of `levels`, with what the model would say of `one` after each."""
    settings = project.settings
    asked = pd.Series(levels, dtype="int64")
    thresholds = asked.map(settings.ladder.thresholds.of)
    changes = what_if(model, one.iloc[[0] * len(asked)], asked, data.signals, threshold=thresholds)
    signals = {signal.name: signal for signal in data.signals}
    changes["sentence"] = what_if_sentences(changes, signals, project.catalogue.concepts, settings.outputs.language)
    return [_told(row) for row in changes.drop(columns="account_id").to_dict("records")]


def _told(row: dict[Any, Any]) -> dict[str, Any]:
    return row | {"from": None if pd.isna(row["from"]) else row["from"]}

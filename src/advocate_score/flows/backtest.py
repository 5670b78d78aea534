"""Rolling-origin evaluation on request, with the predictions for whoever wants to judge them otherwise."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from advocate_score.flows.evaluation import by_origin, compared, differences, foretell, pooled, summarised
from advocate_score.flows.lesson import TAUGHT_BY, labelled_asks
from advocate_score.flows.project import Project, open_data, resolve_as_of
from advocate_score.flows.recipes import untrained
from advocate_score.model.backtest import PREDICTION_COLUMNS
from advocate_score.model.checks import Check
from advocate_score.model.controls import permuted_labels, planted_leak
from advocate_score.model.ladder_model import LadderModel
from advocate_score.windows import iso, parse_as_of


def backtest_model(
    project: Project, as_of: str | None, origins: str | None, predictions: Path | None, controls: bool
) -> dict[str, Any]:
    settings = project.settings
    chosen = [parse_as_of(text.strip()) for text in origins.split(",")] if origins else []
    with open_data(project, TAUGHT_BY) as data:
        until = resolve_as_of(settings, as_of, data.tables.data_cut)
        rows = labelled_asks(project, data, until)
        model = untrained(settings, data.signals)
        found = foretell(rows, compared(model), settings, until, project.progress, chosen)
        if predictions:
            predictions.parent.mkdir(parents=True, exist_ok=True)
            found[list(PREDICTION_COLUMNS)].to_parquet(predictions, index=False)
        told = summarised(found, settings)
        return {
            "as_of": iso(until),
            "recipe": settings.model.recipe,
            "predictions": str(predictions) if predictions else None,
            "by_origin": by_origin(found),
            "evaluation": pooled(told),
            "differences": differences(told),
            "controls": [vars(check) for check in _controls(project, model, rows, until, found)] if controls else [],
        }


def _controls(
    project: Project, model: LadderModel, rows: pd.DataFrame, until: datetime, found: pd.DataFrame
) -> tuple[Check, ...]:
    settings = project.settings
    project.progress.step("Negative controls")
    noise = permuted_labels(
        rows,
        [origin.to_pydatetime() for origin in found["origin"].drop_duplicates()],
        compared(model)["readiness"],
        maturity_days=settings.model.maturity_days,
        seen_until=until,
        seed=settings.model.seed,
    )
    concepts = {signal.name: signal.concept for signal in model.signals}
    return noise, *planted_leak(rows, concepts, settings.model.seed)

"""The model card of one training, and the summary on its MLflow pages.

Figures are the run's own; purpose and limits come from the general card; secrets in the configuration are masked.
"""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import jinja2
import numpy as np
import pandas as pd

from advocate_score.config import Settings
from advocate_score.evaluation import backtest, comparison, metrics
from advocate_score.files import shipped_file
from advocate_score.tracking.client import without_credentials
from advocate_score.tracking.training_result import EVERYTHING, Evaluation, Training, metrics_of, origin_tags

SUBSETS = {EVERYTHING: "All accounts", backtest.NEVER_ASKED: "Accounts that had never been asked before"}
MEASURES = ("calibration_slope", "calibration_intercept", "ici", "precision_at_capacity", "lift_at_capacity")
MOST_CONCEPTS = 12


def model_card(settings: Settings, training: Training) -> str:
    """Return the card as Markdown, in English like the general card."""
    return _render(
        "model_card.md.j2",
        training,
        settings=settings,
        levels=_levels(settings, training.log.levels),
        general=_sections(shipped_file("models/MODEL_CARD.md").read_text(encoding="utf-8")),
        chosen=[(name.replace("_", " "), value) for name, value in training.selection.metrics().items()],
        importance=training.importance.head(MOST_CONCEPTS).to_dict("records"),
        tags=origin_tags(settings, training),
    )


def summary(training: Training, card: str, artefact: str) -> str:
    """Return Markdown for the pages of the run and its version: the tables of the gate and of the methods.

    `card`: a link to the model card, `artefact`: its address for MLflow.
    """
    return _render("summary.md.j2", training, card=card, artefact=artefact)


def _render(template: str, training: Training, **variables: object) -> str:
    environment = jinja2.Environment(  # noqa: S701  (Markdown, not HTML)
        loader=jinja2.FunctionLoader(_template), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"count": "{:,}".format, "date": "{:%Y-%m-%d}".format, "share": "{:.1%}".format}
    environment.filters["figure"] = _format_figure
    return environment.get_template(template).render(
        training=training,
        log=training.log,
        banner=training.selection.banner(),
        comparison=training.comparison,
        **_evaluation_figures(training.evaluation),
        **variables,
    )


def _template(name: str) -> str:
    return files("advocate_score.tracking").joinpath(name).read_text(encoding="utf-8")


def _levels(settings: Settings, levels: pd.DataFrame) -> list[dict[Any, Any]]:
    names = levels["level"].map(lambda level: settings.ladder.name(level, "en"))
    return levels.assign(name=names).to_dict("records")


def _sections(card: str) -> dict[str, str]:
    """Return the text under each second-level heading, deeper headings included."""
    parts = re.split(r"^## (.+)\n", card, flags=re.MULTILINE)
    return {heading: text.strip() for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def _evaluation_figures(evaluation: Evaluation | None) -> dict[str, Any]:
    if evaluation is None:
        return {"tested": 0}
    predictions, summary = evaluation.predictions, evaluation.summary
    subsets = [(subset, heading) for subset, heading in SUBSETS.items() if (summary["subset"] == subset).any()]
    return {
        "tested": len(predictions),
        "origins": sorted(predictions["origin"].unique()),
        "subsets": subsets,
        "methods": {subset: [*_methods(predictions, summary, subset)] for subset, _ in subsets},
        "measures": [*_measures(summary)],
    }


def _methods(predictions: pd.DataFrame, summary: pd.DataFrame, subset: str) -> Iterator[dict[str, Any]]:
    """Yield one row per method: its figures over all levels, and the paired difference from the blend."""
    for method in comparison.methods_of(predictions):
        own = summary[(summary["method"] == method) & (summary["subset"] == subset)]
        difference = own[(own["metric"] == "log_loss") & (own["level"] == metrics.MACRO)].iloc[0]
        figures = dict.fromkeys(("log_loss_macro", "log_loss_pooled", "auc_pooled", "brier_pooled"), np.nan)
        yield {
            "method": "**blend**" if method == comparison.BLEND else method.replace("_", " "),
            **figures,
            **metrics_of(own.assign(method=comparison.BLEND, subset=EVERYTHING)),
            "delta": _format_interval(difference["delta"], difference["delta_low"], difference["delta_high"], sign="+"),
            "p": difference["p_delta_below_zero"],
        }


def _measures(summary: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield one row per subset and level: the blend's measures with their intervals."""
    own = summary[
        (summary["method"] == comparison.BLEND) & (summary["level"] != metrics.MACRO) & summary["metric"].isin(MEASURES)
    ]
    for _, rows in own.groupby(["subset", "level"], sort=False):
        records = rows.to_dict("records")
        cells = {
            record["metric"]: _format_interval(record["value"], record["low"], record["high"]) for record in records
        }
        yield {
            "subset": SUBSETS[records[0]["subset"]].lower(),
            "level": records[0]["level"],
            "n": records[0]["n"],
            **cells,
        }


def _format_interval(value: float, low: float, high: float, sign: str = "") -> str:
    if not np.isfinite(value):
        return ""
    return f"{value:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})"


def _format_figure(value: float, digits: int = 4) -> str:
    """Return the formatted value; empty if unknown."""
    if not np.isfinite(value):
        return ""
    return f"{value:,.0f}" if value == round(value) and digits > 2 else f"{value:.{digits}f}"


SECRET_NAME = re.compile(r"passw|secret|token|credential|(^|_)key$|dsn", re.IGNORECASE)
SECRET_PARAMETER = re.compile(r"\b(password|passwd|pwd|secret|token|api_?key)=[^&;\s]+", re.IGNORECASE)
MASK = "***"


def masked_configuration(settings: Settings) -> str:
    """Return every setting in force as JSON, without the folder; secrets, by name or in an address, are masked."""
    masked = _mask(settings.model_dump(mode="json", exclude={"folder"}))
    return json.dumps(masked, indent=2, sort_keys=True, ensure_ascii=False)


def _mask(value: Any) -> Any:
    match value:
        case dict():
            return {name: MASK if item and SECRET_NAME.search(name) else _mask(item) for name, item in value.items()}
        case list():
            return [_mask(item) for item in value]
        case str():
            return SECRET_PARAMETER.sub(rf"\1={MASK}", without_credentials(value))
    return value

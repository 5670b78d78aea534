"""The files of a training run that MLflow keeps beside its figures and tags. None holds a row of an account."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from advocate_score.config import Settings
from advocate_score.declaration import Signal
from advocate_score.model.reliability import reliability
from advocate_score.model.summary import BLEND
from advocate_score.tracking import figures
from advocate_score.tracking.masking import masked_configuration

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_inputs(folder: Path, settings: Settings, signals: Iterable[Signal]) -> None:
    """`configuration.json` and `signals.json`: what the model was made from."""
    (folder / "configuration.json").write_text(masked_configuration(settings) + "\n", encoding="utf-8")
    declared = [signal.model_dump(mode="json", exclude_defaults=True) for signal in signals]
    text = json.dumps(declared, indent=1, ensure_ascii=False)
    (folder / "signals.json").write_text(text + "\n", encoding="utf-8")


def write_evaluation(folder: Path, summary: pd.DataFrame, predictions: pd.DataFrame) -> None:
    """Tables under `evaluation/`, figures under `figures/`; the predictions themselves are not written."""
    tables = folder / "evaluation"
    tables.mkdir()
    table = reliability(predictions, BLEND)
    _write_csv(summary, tables / "summary.csv")
    _write_csv(table, tables / "reliability.csv")
    _save(figures.reliability_figure(table), folder / "figures" / "reliability.png")
    _save(figures.gain_figure(predictions, summary), folder / "figures" / "gain.png")
    _save(figures.roc_figure(predictions), folder / "figures" / "roc.png")


def write_importance(folder: Path, importance: pd.DataFrame) -> None:
    """Concept importance as a table and a figure."""
    _write_csv(importance, folder / "concept_importance.csv")
    _save(figures.importance_figure(importance), folder / "figures" / "concept_importance.png")


def _write_csv(frame: pd.DataFrame, file: Path) -> None:
    frame.to_csv(file, index=False, lineterminator="\n")


def _save(figure: "Figure", file: Path) -> None:
    """Without the drawing library's name and version in it, the same figure is the same file."""
    file.parent.mkdir(exist_ok=True)
    figure.savefig(file, dpi=120, metadata={"Software": None})

"""The files of a training run that MLflow keeps beside its figures and tags. None holds a row of an account."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from advocate_score.config import Settings
from advocate_score.declaration import Signal
from advocate_score.ladder import LANGUAGES
from advocate_score.model.reliability import reliability
from advocate_score.model.summary import BLEND
from advocate_score.tracking import figures
from advocate_score.tracking.masking import masked_configuration
from advocate_score.tracking.model_card import model_card
from advocate_score.tracking.training import Evaluation, Training

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from advocate_score.model.selection import Selection

MODEL_CARD = "model_card.md"


def written(folder: Path, settings: Settings, training: Training) -> Path:
    """All of them, in the new `folder`."""
    folder.mkdir()
    write_inputs(folder, settings, training.signals)
    (folder / MODEL_CARD).write_text(model_card(settings, training), encoding="utf-8")
    (folder / "selection.json").write_text(_selection_text(training.selection), encoding="utf-8")
    _write_csv(training.comparison.verdict.table(), folder / "evaluation" / "gate.csv")
    write_importance(folder, training.importance)
    if training.evaluation is not None:
        write_evaluation(folder, training.evaluation)
    return folder


def write_inputs(folder: Path, settings: Settings, signals: Iterable[Signal]) -> None:
    """`configuration.json` and `signals.json`: what the model was made from."""
    (folder / "configuration.json").write_text(masked_configuration(settings) + "\n", encoding="utf-8")
    declared = [signal.model_dump(mode="json", exclude_defaults=True) for signal in signals]
    text = json.dumps(declared, indent=1, ensure_ascii=False)
    (folder / "signals.json").write_text(text + "\n", encoding="utf-8")


def write_evaluation(folder: Path, evaluation: Evaluation) -> None:
    """Tables under `evaluation/`, figures under `figures/`; the predictions themselves are not written."""
    tables, drawn = folder / "evaluation", folder / "figures"
    table = reliability(evaluation.predictions, BLEND)
    _write_csv(evaluation.summary, tables / "summary.csv")
    _write_csv(table, tables / "reliability.csv")
    _save(figures.reliability_figure(table), drawn / "reliability.png")
    _save(figures.gain_figure(evaluation.predictions, evaluation.summary), drawn / "gain.png")
    _save(figures.roc_figure(evaluation.predictions), drawn / "roc.png")
    _write_csv(evaluation.learning, tables / "learning_curve.csv")
    _save(figures.learning_figure(evaluation.learning), drawn / "learning_curve.png")


def write_importance(folder: Path, importance: pd.DataFrame) -> None:
    """Concept importance as a table and a figure."""
    _write_csv(importance, folder / "concept_importance.csv")
    _save(figures.importance_figure(importance), folder / "figures" / "concept_importance.png")


def _selection_text(selection: "Selection") -> str:
    """Without the description of where the asks were, which is large and says nothing to a reader."""
    told = selection.model_dump(mode="json", exclude={"support"}) | {
        "sensitivity_band": selection.sensitivity_band,
        "banner": {language: selection.banner(language) for language in LANGUAGES},
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _write_csv(frame: pd.DataFrame, file: Path) -> None:
    file.parent.mkdir(exist_ok=True)
    frame.to_csv(file, index=False, lineterminator="\n")


def _save(figure: "Figure", file: Path) -> None:
    """Without the drawing library's name and version in it, the same figure is the same file."""
    file.parent.mkdir(exist_ok=True)
    figure.savefig(file, dpi=120, metadata={"Software": None})

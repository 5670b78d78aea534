"""The files of a training run that MLflow keeps beside its metrics and tags: tables, figures, card, configuration.

None of them holds a row of an account. Figures are drawn without pyplot, so no window is opened and no state is shared
between runs.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advocate_score.config import Settings
from advocate_score.evaluation.comparison import BLEND, methods_of, reliability
from advocate_score.evaluation.metrics import POOLED
from advocate_score.ladder import LANGUAGES
from advocate_score.signal_spec import Signal
from advocate_score.tracking.model_card import masked_configuration, model_card
from advocate_score.tracking.training_result import EVERYTHING, Evaluation, Training

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from advocate_score.model.selection_bias import SelectionBias

FloatArray = NDArray[np.float64]


class Curve(NamedTuple):
    """Points from (0, 0) to (1, 1), one per distinct score, best first; tied asks share one step."""

    x: FloatArray
    y: FloatArray


def gain_curve(predictions: pd.DataFrame, method: str) -> Curve:
    """Return the share of all yes (y) in the share of asks ranked best (x)."""
    yes, n = _by_descending_score(predictions, method)
    return Curve(_cumulative_share(n), _cumulative_share(yes))


def roc_curve(predictions: pd.DataFrame, method: str) -> Curve:
    """Return the true positive rate (y) by false positive rate (x)."""
    yes, n = _by_descending_score(predictions, method)
    return Curve(_cumulative_share(n - yes), _cumulative_share(yes))


def _by_descending_score(predictions: pd.DataFrame, method: str) -> tuple[FloatArray, FloatArray]:
    grouped = predictions.groupby(method)["outcome"].agg(["sum", "count"]).iloc[::-1]
    return grouped["sum"].to_numpy(np.float64), grouped["count"].to_numpy(np.float64)


def _cumulative_share(counts: FloatArray) -> FloatArray:
    total = counts.sum()
    return np.concatenate([[0.0], np.cumsum(counts) / total]) if total else np.linspace(0, 1, len(counts) + 1)


MOST_CONCEPTS = 20
MOST_SEGMENTS = 60
LABELS = {BLEND: "model"}
GREY = "0.6"


def reliability_figure(reliability: pd.DataFrame) -> "Figure":
    """Draw predicted against observed shares with their intervals, one panel per level and one for all levels."""
    figure = _figure(10, 6.4)
    panels = figure.subplots(2, 3, sharex=True, sharey=True).flat
    names = [POOLED, *sorted(set(reliability["level"]) - {POOLED})]
    for panel, name in zip(panels, names, strict=False):
        _reliability_panel(panel, reliability[reliability["level"] == name], name)
    for unused in list(panels):
        unused.set_axis_off()
    figure.supxlabel("predicted readiness")
    figure.supylabel("share of yes, 90 % interval")
    return figure


def _reliability_panel(panel: "Axes", bins: pd.DataFrame, name: str) -> None:
    panel.plot([0, 1], [0, 1], color=GREY, linewidth=1)
    below, above = bins["observed"] - bins["low"], bins["high"] - bins["observed"]
    spread = [below.clip(lower=0).to_list(), above.clip(lower=0).to_list()]
    panel.errorbar(bins["predicted"].to_list(), bins["observed"].to_list(), yerr=spread, fmt="o", markersize=4)
    panel.set_title(f"{'all levels' if name == POOLED else f'level {name}'} ({bins['n'].sum():,} asks)", fontsize=9)
    panel.set_xlim(0, 1)
    panel.set_ylim(0, 1)


def gain_figure(predictions: pd.DataFrame, summary: pd.DataFrame) -> "Figure":
    """Draw the cumulative gain of every method, and the lift at capacity of each."""
    figure = _figure(11, 5)
    left, right = figure.subplots(1, 2)
    _draw_curves(left, predictions, gain_curve)
    left.set_xlabel("share of asks, best first")
    left.set_ylabel("share of all yes")
    _lift_panel(right, summary)
    return figure


def _lift_panel(panel: "Axes", summary: pd.DataFrame) -> None:
    chosen = summary[(summary["metric"] == "lift_at_capacity") & (summary["level"] == POOLED)]
    chosen = chosen[chosen["subset"] == EVERYTHING].dropna(subset=["value"]).iloc[::-1]
    spread = [(chosen["value"] - chosen["low"]).clip(lower=0), (chosen["high"] - chosen["value"]).clip(lower=0)]
    names = [LABELS.get(method, method) for method in chosen["method"]]
    panel.errorbar(chosen["value"].to_list(), names, xerr=[values.fillna(0).to_list() for values in spread], fmt="o")
    panel.axvline(1.0, color=GREY, linewidth=1)
    panel.set_xlabel("lift at capacity, 90 % interval")


def roc_figure(predictions: pd.DataFrame) -> "Figure":
    """Draw the receiver operating characteristic of every method, all levels together."""
    figure = _figure(6, 5.4)
    panel = figure.subplots()
    _draw_curves(panel, predictions, roc_curve)
    panel.set_xlabel("false positive rate")
    panel.set_ylabel("true positive rate")
    return figure


def _draw_curves(panel: "Axes", predictions: pd.DataFrame, curve_of: Callable[[pd.DataFrame, str], Curve]) -> None:
    panel.plot([0, 1], [0, 1], color=GREY, linewidth=1)
    for method in methods_of(predictions):
        curve = curve_of(predictions, method)
        width = 2.4 if method == BLEND else 1.0
        panel.plot(curve.x, curve.y, label=LABELS.get(method, method), linewidth=width)
    panel.legend(fontsize=8)


def importance_figure(importance: pd.DataFrame) -> "Figure":
    """Draw the mean absolute contribution of each concept to the log-odds; columns `concept, importance`."""
    top = importance.sort_values(["importance", "concept"], ascending=[False, True]).head(MOST_CONCEPTS).iloc[::-1]
    figure = _figure(8, 1 + 0.28 * len(top))
    panel = figure.subplots()
    panel.barh(_readable_names(top["concept"].to_list()), top["importance"].to_list())
    panel.set_xlabel("mean absolute contribution (log-odds)")
    return figure


def learning_figure(learning: pd.DataFrame) -> "Figure":
    """Draw each metric on the newest asks by the number of training asks, with its intervals; one line per method."""
    figure = _figure(11, 4.6)
    metrics = learning["metric"].unique()
    for panel, metric in zip(figure.subplots(1, len(metrics), sharex=True, squeeze=False).flat, metrics, strict=True):
        for method, points in learning[learning["metric"] == metric].groupby("method", sort=False):
            _learning_line(panel, str(method), points)
        panel.set_xlim(left=0)
        panel.set_ylabel(str(metric).replace("_", " "))
        panel.legend(fontsize=8)
    figure.supxlabel("asks learned from, oldest first")
    figure.suptitle(f"the newest {learning['tested'].max():,} asks foretold, 90 % intervals", fontsize=9)
    return figure


def _learning_line(panel: "Axes", method: str, points: pd.DataFrame) -> None:
    asks = points["asks"].to_list()
    width = 2.4 if method == BLEND else 1.0
    panel.plot(asks, points["value"].to_list(), "o-", label=LABELS.get(method, method), linewidth=width)
    panel.fill_between(asks, points["low"].to_list(), points["high"].to_list(), alpha=0.1)


def segments_figure(segments: pd.DataFrame) -> "Figure":
    """Draw predicted and observed shares of every judged kind of client with their intervals, the wrong ones in red."""
    shown = segments[segments["judged"]].head(MOST_SEGMENTS).iloc[::-1]
    figure = _figure(8, 1 + 0.26 * len(shown))
    panel = figure.subplots()
    colours = ["tab:red" if is_wrong else "tab:blue" for is_wrong in shown["wrong"]]
    places, names = list(range(len(shown))), shown["attribute"] + ": " + shown["value"].astype("str")
    panel.hlines(places, shown["low"].to_list(), shown["high"].to_list(), colors=colours, linewidth=1.5)
    panel.scatter(shown["observed"].to_list(), places, c=colours, s=16)
    panel.scatter(shown["predicted"].to_list(), places, c="black", marker="|", s=80)
    panel.set_yticks(places, [f"{name} ({n:,})" for name, n in zip(names, shown["n"], strict=True)])
    panel.tick_params(axis="y", labelsize=7)
    panel.set_xlabel("share of yes, 90 % interval; bar: predicted; red: wrong beyond chance, all kinds together")
    return figure


def _readable_names(slugs: Sequence[str]) -> list[str]:
    return [slug.replace("_", " ") for slug in slugs]


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


MODEL_CARD = "model_card.md"


def write_artifacts(folder: Path, settings: Settings, training: Training) -> Path:
    """Write all files of a training into the new `folder` and return it."""
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
    """Write `configuration.json` and `signals.json`, the inputs of the model."""
    (folder / "configuration.json").write_text(masked_configuration(settings) + "\n", encoding="utf-8")
    declared = [signal.model_dump(mode="json", exclude_defaults=True) for signal in signals]
    text = json.dumps(declared, indent=1, ensure_ascii=False)
    (folder / "signals.json").write_text(text + "\n", encoding="utf-8")


def write_evaluation(folder: Path, evaluation: Evaluation) -> None:
    """Write tables under `evaluation/` and figures under `figures/`; the predictions themselves are not written."""
    tables, figures = folder / "evaluation", folder / "figures"
    table = reliability(evaluation.predictions, BLEND)
    _write_csv(evaluation.summary, tables / "summary.csv")
    _write_csv(table, tables / "reliability.csv")
    _save(reliability_figure(table), figures / "reliability.png")
    _save(gain_figure(evaluation.predictions, evaluation.summary), figures / "gain.png")
    _save(roc_figure(evaluation.predictions), figures / "roc.png")
    _write_csv(evaluation.learning, tables / "learning_curve.csv")
    _save(learning_figure(evaluation.learning), figures / "learning_curve.png")
    if evaluation.segments is not None:
        _write_csv(evaluation.segments, tables / "segments.csv")
        if evaluation.segments["judged"].any():
            _save(segments_figure(evaluation.segments), figures / "segments.png")


def write_importance(folder: Path, importance: pd.DataFrame) -> None:
    """Write the importance of concepts as a table and a figure."""
    _write_csv(importance, folder / "concept_importance.csv")
    _save(importance_figure(importance), folder / "figures" / "concept_importance.png")


def _selection_text(selection: "SelectionBias") -> str:
    """Return the selection as JSON without its support, which is large and tells a reader nothing."""
    document = selection.model_dump(mode="json", exclude={"support"}) | {
        "sensitivity_band": selection.sensitivity_band,
        "banner": {language: selection.banner(language) for language in LANGUAGES},
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _write_csv(frame: pd.DataFrame, file: Path) -> None:
    file.parent.mkdir(exist_ok=True)
    frame.to_csv(file, index=False, lineterminator="\n")


def _save(figure: "Figure", file: Path) -> None:
    """Save the figure without the name and version of the drawing library, so that the same figure is the same file."""
    file.parent.mkdir(exist_ok=True)
    figure.savefig(file, dpi=120, metadata={"Software": None})

"""The evaluation summary as MLflow metrics."""

import math

import pandas as pd

from advocate_score.model.metrics import MACRO, POOLED
from advocate_score.model.summary import BLEND

EVERYTHING = "all"


def metrics_of(summary: pd.DataFrame) -> dict[str, float]:
    """Metrics by name: `log_loss_macro`, `auc_level_3`, `never_asked_before/auc_pooled`, `nps_rule/log_loss_macro`.

    The model's own at every level, with the bounds of its 90 % interval (`…_low`, `…_high`) over all levels; the
    baselines over all levels only, as every figure of theirs stands in the table beside. Undefined ones are left out.
    """
    over_all, own = summary["level"].isin([MACRO, POOLED]), summary["method"] == BLEND
    shown = _named(summary[over_all | own], "value")
    bounded = summary[over_all & own & (summary["subset"] == EVERYTHING)]
    return _known(shown | _named(bounded, "low", "_low") | _named(bounded, "high", "_high"))


def differences_of(summary: pd.DataFrame) -> dict[str, float]:
    """Blend minus one method, whose rows these are, over all levels: `blend_minus_this/log_loss_macro` with `…_low`,
    `…_high` and `…_p_below_zero`. None for the blend itself."""
    over_all = summary[summary["level"].isin([MACRO, POOLED])].assign(method=BLEND)
    ends = {"delta": "", "delta_low": "_low", "delta_high": "_high", "p_delta_below_zero": "_p_below_zero"}
    found = {name: value for column, end in ends.items() for name, value in _named(over_all, column, end).items()}
    return {f"blend_minus_this/{name}": value for name, value in _known(found).items()}


def _known(metrics: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if math.isfinite(value)}


def _named(rows: pd.DataFrame, column: str, suffix: str = "") -> dict[str, float]:
    keys = zip(*(rows[key].astype(str) for key in ("method", "subset", "metric", "level")), strict=True)
    return {_name(*key) + suffix: float(value) for key, value in zip(keys, rows[column], strict=True)}


def _name(method: str, subset: str, metric: str, level: str) -> str:
    place = level if level in (MACRO, POOLED) else f"level_{level}"
    prefix = ("" if method == BLEND else f"{method}/") + ("" if subset == EVERYTHING else f"{subset}/")
    return f"{prefix}{metric}_{place}"

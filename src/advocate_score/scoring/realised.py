"""What was predicted beside what was answered: asks made after a publication, held against its readiness."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from scipy import stats

from advocate_score.model.baselines import base_rate, smoothed_history
from advocate_score.model.differences import difference
from advocate_score.model.metrics import POOLED, Estimate, estimate
from advocate_score.model.resampling import interval
from advocate_score.shares import effective_size, wilson

COLUMNS = (
    *("level", "n", "accounts", "predicted", "observed", "low", "high"),
    *("apart", "p", "verdict", "log_loss", "log_loss_low", "log_loss_high"),
    *("beats_base_rate", "beats_history"),
)
TOO_FEW, AS_PREDICTED, TOO_HIGH, TOO_LOW = "too_few", "as_predicted", "too_high", "too_low"
FEWEST_ACCOUNTS = 10
"""Below so many accounts nothing is judged: their spread cannot be told."""
ALARM = 0.05
"""Chance that a model which is right raises any alarm at all (Holm, over the levels and all asks together)."""

_LOG_LOSS = "log_loss"
_BASELINES = ("base_rate", "smoothed_history")


@dataclass(frozen=True)
class Prediction:
    """One publication's readiness: account_id, level, readiness. `trained_as_of`: of the model that made it, None for
    one that learned from no ask."""

    as_of: datetime
    trained_as_of: datetime | None
    readiness: pd.DataFrame


def predicted(asks: pd.DataFrame, predictions: Sequence[Prediction]) -> pd.DataFrame:
    """Mature `asks` with `readiness` of the last publication up to `asked_at`, NaN where there was none or the ask was
    not yet made when its model was trained; `predicted_as_of`, `learned_from` (the model may have seen the answer)."""
    keys = ["account_id", "level"]
    rows = asks.astype({"level": "int64"}).sort_values("asked_at", kind="stable", ignore_index=True)
    told = [_table(one, rows[keys]) for one in sorted(predictions, key=lambda one: one.as_of)]
    if not told:
        never = pd.Series(pd.NaT, rows.index, dtype="datetime64[us]")
        return rows.assign(readiness=np.nan, predicted_as_of=never, learned_from=False)
    found = pd.merge_asof(
        rows, pd.concat(told), left_on="asked_at", right_on="predicted_as_of", by=keys, direction="backward"
    )
    learned = (found["trained_as_of"] > found["asked_at"]).fillna(value=False)
    return found.assign(learned_from=learned, readiness=found["readiness"].mask(learned)).drop(columns="trained_as_of")


def realised(asks: pd.DataFrame, known: pd.DataFrame, draws: int = 500, seed: int = 0) -> pd.DataFrame:
    """Frame of `COLUMNS`, `pooled` first: how predictions fared.

    Parameters
    ----------
    asks : account_id, level, outcome, readiness (none missing), history_yes, history_n. known : earlier asks whose
        outcomes the baselines learn from.

    Returns
    -------
    `observed` with its Wilson interval, related asks counting less; `apart`: observed − predicted; `p`: of as large a
    difference by chance; `beats_…`: P(log loss is below the baseline's), accounts resampled; NaN without a baseline.
    """
    groups = {POOLED: asks, **{str(level): rows for level, rows in asks.groupby("level")}}
    judged = pd.DataFrame([_judged(level, rows) for level, rows in groups.items() if len(rows)])
    if judged.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    judged["verdict"] = _verdicts(judged)
    losses = _losses(asks, known, draws, seed)
    return judged.merge(pd.DataFrame(losses), on="level")[list(COLUMNS)]


def _table(prediction: Prediction, asked: pd.DataFrame) -> pd.DataFrame:
    wanted = asked.drop_duplicates()
    rows = prediction.readiness.merge(wanted, on=["account_id", "level"])[["account_id", "level", "readiness"]]
    at = pd.Series(prediction.as_of, rows.index, dtype="datetime64[us]")
    trained = pd.Series(prediction.trained_as_of or pd.NaT, rows.index, dtype="datetime64[us]")
    return rows.assign(predicted_as_of=at, trained_as_of=trained)


def _judged(level: str, rows: pd.DataFrame) -> dict[str, object]:
    by_account = rows.groupby("account_id")["outcome"].agg(["sum", "count"]).to_numpy(np.float64)
    yes, n = by_account[:, 0], by_account[:, 1]
    share = float(yes.sum() / n.sum())
    low, high = wilson(share, effective_size(yes, n))
    mean = float(rows["readiness"].mean())
    found = {"level": level, "n": len(rows), "accounts": len(n), "predicted": mean, "observed": share}
    return found | {"low": low, "high": high, "apart": share - mean, "p": p_of_difference(rows)}


def p_of_difference(rows: pd.DataFrame) -> float:
    """Two-sided p of Σ(outcome − readiness) = 0, by t over accounts; NaN for fewer than `FEWEST_ACCOUNTS`.

    The variance is the larger of what the predictions themselves imply and what the accounts show, so that asks of one
    account, which end alike, do not pass for independent, nor a few accounts that happen to agree for certain.
    """
    error = (rows["outcome"] - rows["readiness"]).groupby(rows["account_id"]).sum().to_numpy(np.float64)
    if len(error) < FEWEST_ACCOUNTS:
        return float("nan")
    implied = float((rows["readiness"] * (1 - rows["readiness"])).sum())
    shown = float((error**2).sum()) * len(error) / (len(error) - 1)
    t = error.sum() / np.sqrt(max(implied, shown, 1e-12))
    return float(2 * stats.t.sf(abs(t), len(error) - 1))


def _verdicts(judged: pd.DataFrame) -> list[str]:
    p = judged["p"].to_numpy(np.float64)
    alarms = holm(p, ALARM)
    found = np.where(judged["apart"] < 0, TOO_HIGH, TOO_LOW)
    return [str(one) for one in np.where(np.isnan(p), TOO_FEW, np.where(alarms, found, AS_PREDICTED))]


def holm(p: np.ndarray, level: float) -> np.ndarray:
    """Which of several p hold together at `level` (Holm 1979); NaN never does."""
    order = np.argsort(p)
    known = int(np.isfinite(p).sum())
    bounds = level / np.maximum(known - np.arange(len(p)), 1)
    passed = np.logical_and.accumulate(p[order] <= bounds)
    return passed[np.argsort(order)]


def _losses(asks: pd.DataFrame, known: pd.DataFrame, draws: int, seed: int) -> list[dict[str, object]]:
    baselines = _BASELINES if len(known) else ()
    told = {"base_rate": base_rate, "smoothed_history": smoothed_history}
    rows = asks.assign(origin=0, **{name: told[name](known, asks) for name in baselines})
    found = estimate(rows, ["readiness", *baselines], [_LOG_LOSS], draws=draws, seed=seed)
    own = found["readiness", _LOG_LOSS]
    return [_loss_row(level, own, found) for level in own.value if level in {POOLED, *map(str, asks["level"])}]


def _loss_row(level: str, own: Estimate, found: Mapping[tuple[str, str], Estimate]) -> dict[str, object]:
    low, high = interval(own.draws[level])
    beats = {name: _p_below(own, found.get((name, _LOG_LOSS)), level) for name in _BASELINES}
    row = {"level": level, "log_loss": own.value[level], "log_loss_low": low, "log_loss_high": high}
    return row | {"beats_base_rate": beats["base_rate"], "beats_history": beats["smoothed_history"]}


def _p_below(own: Estimate, other: Estimate | None, level: str) -> float:
    return float("nan") if other is None else difference(own, other, _LOG_LOSS, level, (0, 0)).p_below_zero

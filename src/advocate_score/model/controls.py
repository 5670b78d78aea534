"""Negative controls: an evaluation that praises noise, or lets a leak pass, is worth nothing, so both are tried."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from advocate_score.model.backtest import rolling_origins
from advocate_score.model.baselines import Method
from advocate_score.model.cases import cases_of, plain_weights
from advocate_score.model.checks import Check
from advocate_score.model.discrimination import auc
from advocate_score.model.suspicion import suspicion

STANDARD_ERRORS = 3.0
LEAKS = ("planted_leak", "planted_absence")
LEAK_NOISE = 0.02


def permuted_labels(
    rows: pd.DataFrame,
    origins: Sequence[datetime],
    method: Method,
    *,
    maturity_days: int,
    seen_until: datetime,
    seed: int,
) -> Check:
    """The whole backtest with the outcomes dealt out anew over all asks: AUC must be ½ within three standard errors,
    else something other than the past tells the outcome."""
    dealt = _dealt_anew(rows, seed)
    predictions = rolling_origins(
        dealt, origins, {"readiness": method}, maturity_days=maturity_days, seen_until=seen_until
    )
    cases = cases_of(predictions, "readiness")
    value = float(auc(cases, plain_weights(cases))[0])
    allowed = STANDARD_ERRORS * _standard_error(predictions["outcome"])
    passed = bool(abs(value - 0.5) <= allowed)
    why = (
        "no skill on permuted outcomes" if passed else "skill on permuted outcomes: the evaluation is not to be trusted"
    )
    return Check("AUC on permuted outcomes", value, f"0.5 ± {allowed:.3f}", passed=passed, why=why)


def planted_leak(rows: pd.DataFrame, concepts: Mapping[str, str], seed: int) -> tuple[Check, ...]:
    """Two columns made from the outcome are planted among the signals and must be found suspicious: one by its value
    (2 % of it wrong), one only by being there. A further check lists the real signals that look the same."""
    planted = _with_leaks(rows, np.random.default_rng(seed))
    found = suspicion(planted, {**concepts, **{name: name for name in LEAKS}}).set_index("signal")
    strength = found[["auc", "auc_of_absence"]].max(axis=1)
    checks = [_caught(name, float(strength[name]), bool(found["suspicious"][name])) for name in LEAKS]
    return (*checks, _clean(suspicion(rows, concepts)))


def _dealt_anew(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Labels keep company with each other, and are all known when their ask is mature."""
    order = np.random.default_rng(seed).permutation(len(rows))
    labels = [name for name in ("outcome", "completed") if name in rows]
    return rows.assign(**{name: rows[name].to_numpy()[order] for name in labels}, known_at=rows["matures_at"])


def _standard_error(outcome: "pd.Series[int]") -> float:
    """Of AUC where scores and outcomes are unrelated (Mann–Whitney); infinite with one class only."""
    yes, no = float(outcome.sum()), float((1 - outcome).sum())
    return float(np.sqrt((yes + no + 1) / (12 * yes * no))) if yes and no else np.inf


def _with_leaks(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    truth = rows["outcome"].to_numpy(np.float64)
    wrong = rng.random(len(rows)) < LEAK_NOISE
    value = np.where(wrong, 1 - truth, truth) + rng.normal(0, 0.1, len(rows))
    absence = np.where((truth == 1) ^ wrong, 1.0, np.nan)
    return rows.assign(**dict(zip(LEAKS, (value, absence), strict=True)))


def _caught(name: str, strength: float, caught: bool) -> Check:
    why = "found among the signals" if caught else "passed unnoticed: too few answers to tell, or the check is blind"
    return Check(name.replace("_", " "), strength, "suspicious", passed=caught, why=why)


def _clean(found: pd.DataFrame) -> Check:
    names = list(found.loc[found["suspicious"], "signal"])
    why = f"look whether they are written after the answer: {', '.join(names)}" if names else "none looks like a leak"
    return Check("signals that look like leaks", len(names), "= 0", passed=not names, why=why)

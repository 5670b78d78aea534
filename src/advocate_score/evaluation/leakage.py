"""Finds signals that predict the outcome implausibly well, and tests the evaluation itself with negative controls.

The evaluation must find no skill on permuted outcomes, and must detect a planted leak.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from advocate_score.evaluation.backtest import Method, rolling_origins
from advocate_score.evaluation.metrics import Cases, auc, cases_of, plain_weights
from advocate_score.evaluation.promotion_gate import Check
from advocate_score.model.arrays import Floats, Integers

IMPLAUSIBLE = 0.95
STRONG, AHEAD = 0.8, 0.1
FEWEST_OF_A_CLASS = 10
COLUMNS = ["signal", "concept", "auc", "auc_of_absence", "suspicious"]


def suspicion(rows: pd.DataFrame, concepts: Mapping[str, str]) -> pd.DataFrame:
    """Return how well each signal alone separates yes from no, strongest first.

    `auc` is measured on the asks where the signal is known, `auc_of_absence` on whether it is known; both are at least
    ½, whichever way the signal points, and NaN with fewer than 10 asks of a class. A signal is suspicious if either
    reaches 0.95, or reaches 0.8 and lies 0.1 above every signal of another concept: no client's past predicts the
    answer that well.

    Parameters
    ----------
    rows : the ask frame.
    concepts : concept by the name of each signal column.
    """
    outcome = rows["outcome"].to_numpy(np.float64)
    account = pd.factorize(rows["account_id"], sort=True)[0].astype(np.int64)
    measured = []
    for name, concept in concepts.items():
        known = rows[name].notna().to_numpy()
        value = _as_number(rows[name], outcome, account)
        measured.append(
            (
                name,
                concept,
                _separating_power(value[known], outcome[known]),
                _separating_power(known.astype(np.float64), outcome),
            )
        )
    strengths = pd.DataFrame(measured, columns=COLUMNS[:-1])
    strengths["suspicious"] = _are_suspicious(strengths[["auc", "auc_of_absence"]].max(axis=1), strengths["concept"])
    strongest = strengths[["auc", "auc_of_absence"]].max(axis=1).fillna(0).sort_values(ascending=False, kind="stable")
    return strengths.loc[strongest.index].reset_index(drop=True)


def _are_suspicious(power: "pd.Series[float]", concept: "pd.Series[str]") -> list[bool]:
    strongest = [power[concept != own].max() for own in concept]
    lead = power - pd.Series(strongest, index=power.index, dtype=float).fillna(0.5)
    return list((power >= IMPLAUSIBLE) | ((power >= STRONG) & (lead >= AHEAD)))


def _separating_power(value: Floats, outcome: Floats) -> float:
    if min(outcome.sum(), len(outcome) - outcome.sum()) < FEWEST_OF_A_CLASS:
        return np.nan
    cases = Cases(outcome, value, np.zeros(len(value), np.int64), np.ones(1))
    return 0.5 + abs(float(auc(cases, plain_weights(cases))[0]) - 0.5)


def _as_number(column: "pd.Series[float]", outcome: Floats, account: Integers) -> Floats:
    """Return text as the rate of yes of its value in the other half of the accounts, so that no ask reveals itself."""
    if pd.api.types.is_numeric_dtype(column):
        return np.asarray(column.to_numpy(np.float64, na_value=np.nan))
    number = np.full(len(column), outcome.mean())
    for half in (0, 1):
        in_half = account % 2 == half
        rate = pd.Series(outcome[~in_half]).groupby(column[~in_half].to_numpy()).mean()
        number[in_half] = column[in_half].map(rate).fillna(outcome.mean()).to_numpy(np.float64)
    return number


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
    """Backtest on outcomes permuted over all asks: AUC must be ½ within three standard errors.

    Otherwise something other than the past reveals the outcome.

    Parameters
    ----------
    rows : the ask frame.
    origins : naive UTC, ascending.
    method : the method to backtest.
    maturity_days : the maturity window.
    seen_until : naive UTC; asks not mature by then are left out.
    seed : of the permutation.
    """
    permuted = _permute_labels(rows, seed)
    predictions = rolling_origins(
        permuted, origins, {"readiness": method}, maturity_days=maturity_days, seen_until=seen_until
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
    """Check that two columns made from the outcome are found suspicious when planted among the signals.

    One leaks by its value (2 % of it wrong), the other only by being known. A further check lists the real signals that
    are suspicious in the same way.
    """
    planted = _with_leaks(rows, np.random.default_rng(seed))
    strengths = suspicion(planted, {**concepts, **{name: name for name in LEAKS}}).set_index("signal")
    strength = strengths[["auc", "auc_of_absence"]].max(axis=1)
    checks = [_leak_check(name, float(strength[name]), bool(strengths["suspicious"][name])) for name in LEAKS]
    return (*checks, _clean_check(suspicion(rows, concepts)))


def _permute_labels(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Permute the labels of each ask together; all are known when their new ask is mature."""
    order = np.random.default_rng(seed).permutation(len(rows))
    labels = [name for name in ("outcome", "completed") if name in rows]
    return rows.assign(**{name: rows[name].to_numpy()[order] for name in labels}, known_at=rows["matures_at"])


def _standard_error(outcome: "pd.Series[int]") -> float:
    """Return that of AUC if scores and outcomes are unrelated (Mann–Whitney); infinite with one class only."""
    yes, no = float(outcome.sum()), float((1 - outcome).sum())
    return float(np.sqrt((yes + no + 1) / (12 * yes * no))) if yes and no else np.inf


def _with_leaks(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    truth = rows["outcome"].to_numpy(np.float64)
    wrong = rng.random(len(rows)) < LEAK_NOISE
    value = np.where(wrong, 1 - truth, truth) + rng.normal(0, 0.1, len(rows))
    absence = np.where((truth == 1) ^ wrong, 1.0, np.nan)
    return rows.assign(**dict(zip(LEAKS, (value, absence), strict=True)))


def _leak_check(name: str, strength: float, caught: bool) -> Check:
    why = "found among the signals" if caught else "passed unnoticed: too few answers to tell, or the check is blind"
    return Check(name.replace("_", " "), strength, "suspicious", passed=caught, why=why)


def _clean_check(strengths: pd.DataFrame) -> Check:
    names = list(strengths.loc[strengths["suspicious"], "signal"])
    why = f"look whether they are written after the answer: {', '.join(names)}" if names else "none looks like a leak"
    return Check("signals that look like leaks", len(names), "= 0", passed=not names, why=why)

"""Signals that tell the outcome too well to be true: the mark of a fact that was written down after the answer."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.cases import Cases, plain_weights
from advocate_score.model.discrimination import auc

IMPLAUSIBLE = 0.95
STRONG, AHEAD = 0.8, 0.1
FEWEST_OF_A_CLASS = 10
COLUMNS = ["signal", "concept", "auc", "auc_of_absence", "suspicious"]


def suspicion(rows: pd.DataFrame, concepts: Mapping[str, str]) -> pd.DataFrame:
    """How well each signal alone tells yes from no, strongest first.

    `auc` is taken over the asks where the signal is known, `auc_of_absence` over whether it is; both from ½ up,
    whichever way the signal points, NaN with fewer than 10 asks of a class. Suspicious: either reaches 0.95, or
    reaches 0.8 and lies 0.1 above every signal of another concept. No client's past tells the answer that well.

    Parameters
    ----------
    rows : the ask frame. concepts : concept by the name of each signal column.
    """
    outcome = rows["outcome"].to_numpy(np.float64)
    account = pd.factorize(rows["account_id"], sort=True)[0].astype(np.int64)
    measured = []
    for name, concept in concepts.items():
        known = rows[name].notna().to_numpy()
        value = _as_number(rows[name], outcome, account)
        measured.append(
            (name, concept, _power(value[known], outcome[known]), _power(known.astype(np.float64), outcome))
        )
    found = pd.DataFrame(measured, columns=COLUMNS[:-1])
    found["suspicious"] = _suspicious(found[["auc", "auc_of_absence"]].max(axis=1), found["concept"])
    strongest = found[["auc", "auc_of_absence"]].max(axis=1).fillna(0).sort_values(ascending=False, kind="stable")
    return found.loc[strongest.index].reset_index(drop=True)


def _suspicious(power: "pd.Series[float]", concept: "pd.Series[str]") -> list[bool]:
    others = [power[concept != own].max() for own in concept]
    ahead = power - pd.Series(others, index=power.index, dtype=float).fillna(0.5)
    return list((power >= IMPLAUSIBLE) | ((power >= STRONG) & (ahead >= AHEAD)))


def _power(value: Floats, outcome: Floats) -> float:
    if min(outcome.sum(), len(outcome) - outcome.sum()) < FEWEST_OF_A_CLASS:
        return np.nan
    cases = Cases(outcome, value, np.zeros(len(value), np.int64), np.ones(1))
    return 0.5 + abs(float(auc(cases, plain_weights(cases))[0]) - 0.5)


def _as_number(column: "pd.Series[float]", outcome: Floats, account: Integers) -> Floats:
    """Text becomes the rate of yes of its value in the other half of the accounts: no ask tells on itself."""
    if pd.api.types.is_numeric_dtype(column):
        return np.asarray(column.to_numpy(np.float64, na_value=np.nan))
    number = np.full(len(column), outcome.mean())
    for half in (0, 1):
        here = account % 2 == half
        rate = pd.Series(outcome[~here]).groupby(column[~here].to_numpy()).mean()
        number[here] = column[here].map(rate).fillna(outcome.mean()).to_numpy(np.float64)
    return number

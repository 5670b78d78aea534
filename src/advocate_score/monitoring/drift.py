"""Tests whether readiness or signals have moved between two publications by more than chance and by enough to matter.

The measure is the population stability index, Σ (p − q) ln(p / q) over bins of the earlier distribution. If nothing
moved it is about (1/n + 1/m) times a chi-square with one degree fewer than bins (Yurdakul 2018), so the bound follows
from the numbers of accounts and noise does not alarm a small firm. A shift must also exceed `MATERIAL`, so that a small
one does not alarm a large firm. Most accounts are in both publications, so chance is smaller than assumed here and the
bound is conservative.

The tables of a run are no longer available at the next one. Its manifest therefore keeps a profile of each numeric
signal: the edges of its bins and the number of accounts in each.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from advocate_score.signal_spec import Signal

COLUMNS = ("name", "kind", "n_before", "n_after", "before", "after", "psi", "bound", "drifted")
MATERIAL = 0.1
"""By convention an index below 0.1 is stable and one above 0.25 is a large shift."""
LARGE = 0.25
ALARM = 0.05
"""The chance of any alarm if nothing moved, divided among all comparisons."""
_BINS = 10
_FEWEST_IN_BIN = 10
_MISSING = "—"

Floats = NDArray[np.float64]


def drift(
    before: Mapping[str, pd.Series],
    after: Mapping[str, pd.Series],
    kinds: Mapping[str, str],
    material: float = MATERIAL,
) -> pd.DataFrame:
    """Return the frame of `COLUMNS`, the largest shift beyond its bound first.

    Parameters
    ----------
    before, after : name → one value per account, numbers or categories, missing if unknown; the same names.
    kinds : name → its kind, copied into the frame.
    material : the index up to which a shift does not matter.

    Returns
    -------
    before, after: the mean of numbers, or the share of the commonest category; psi and bound are NaN, and nothing has
    drifted, if there are too few accounts or values to compare.
    """
    tables = {name: _counts(before[name], after[name]) for name in before}
    compared = sum(len(counts[0]) > 1 for counts in tables.values())
    rows = [
        {
            "name": name,
            "kind": kinds[name],
            "n_before": len(before[name]),
            "n_after": len(after[name]),
            **_middle(before[name], after[name]),
            **_index(*tables[name], ALARM / max(1, compared), material),
        }
        for name in before
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    beyond = (table["psi"] / table["bound"]).fillna(0.0)
    return table.assign(beyond=beyond).sort_values(["beyond", "name"], ascending=[False, True])[list(COLUMNS)]


def stability_index(before: Floats, after: Floats) -> float:
    """Return the index from counts by bin, with half an account added to each bin so that empty bins stay finite."""
    p, q = ((counts + 0.5) / (counts.sum() + 0.5 * len(counts)) for counts in (before, after))
    return float(((p - q) * np.log(p / q)).sum())


def chance_bound(n: float, m: float, bins: int, alarm: float) -> float:
    """Return the index that two samples of one distribution exceed with probability `alarm`.

    Parameters
    ----------
    n, m : the sizes of the samples.
    bins : the number of bins.
    alarm : the probability.
    """
    return float((1 / n + 1 / m) * stats.chi2.ppf(1 - alarm, bins - 1))


def _index(before: Floats, after: Floats, alarm: float, material: float) -> dict[str, object]:
    if len(before) < 2:
        return {"psi": np.nan, "bound": np.nan, "drifted": False}
    psi = stability_index(before, after)
    threshold = max(material, chance_bound(before.sum(), after.sum(), len(before), alarm))
    return {"psi": psi, "bound": threshold, "drifted": psi > threshold}


def _counts(before: pd.Series, after: pd.Series) -> tuple[Floats, Floats]:
    """Return the counts in the bins that both publications share, sized for the smaller one."""
    bins = bins_for(min(len(before), len(after)))
    if bins < 2:
        return np.empty(0), np.empty(0)
    numeric = pd.api.types.is_numeric_dtype(before) and pd.api.types.is_numeric_dtype(after)
    binned = _numbers(before, after, bins) if numeric else _categories(before, after)
    counts = pd.DataFrame({at: values.value_counts() for at, values in enumerate(binned)}).fillna(0.0)
    return enough(counts)


def bins_for(accounts: int) -> int:
    return min(_BINS, accounts // _FEWEST_IN_BIN)


def _numbers(before: pd.Series, after: pd.Series, bins: int) -> tuple[pd.Series, pd.Series]:
    """Bin by quantiles of the earlier values; unknown values have their own bin, and so does a very common value."""
    edges = edges_between(before, bins)
    return bins_of(before, edges), bins_of(after, edges)


def edges_between(values: pd.Series, bins: int) -> Floats:
    """Return the edges, ascending; a value that is a quantile of several bins lies between two edges of its own."""
    known = values.dropna().astype("float64").to_numpy()
    quantiles = np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1]) if len(known) else np.empty(0)
    return np.asarray(np.unique([quantiles, np.nextafter(quantiles, np.inf)]), np.float64)


def bins_of(values: pd.Series, edges: Floats) -> pd.Series:
    """Return the name of each value's bin."""
    return pd.Series(pd.array(bin_names(edges), dtype="str").take(bin_indices(values, edges)))


def bin_names(edges: Floats) -> list[str]:
    """Return the names of the bins between `edges`, then that of unknown values."""
    return [*map(str, range(len(edges) + 1)), _MISSING]


def bin_indices(values: pd.Series, edges: Floats) -> NDArray[np.intp]:
    """Return the index of each value's bin in `bin_names`."""
    known = values.astype("float64").to_numpy()
    return np.where(np.isnan(known), len(edges) + 1, np.searchsorted(edges, known, side="right"))


def _categories(before: pd.Series, after: pd.Series) -> tuple[pd.Series, pd.Series]:
    return before.astype("object").fillna(_MISSING).astype(str), after.astype("object").fillna(_MISSING).astype(str)


def enough(counts: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the counts with all bins that are rare in both publications together merged into one."""
    rare = counts.sum(axis=1) < _FEWEST_IN_BIN
    rest = counts[rare].sum()
    frequent = counts[~rare].to_numpy(np.float64)
    if rest.sum() > 0:
        frequent = np.vstack([frequent, rest.to_numpy(np.float64)])
    return frequent[:, 0], frequent[:, 1]


def _middle(before: pd.Series, after: pd.Series) -> dict[str, float]:
    if pd.api.types.is_numeric_dtype(before) and pd.api.types.is_numeric_dtype(after):
        return {"before": float(before.astype("float64").mean()), "after": float(after.astype("float64").mean())}
    common = before.value_counts().index[:1]
    return {"before": float(before.isin(common).mean()), "after": float(after.isin(common).mean())}


Profile = Mapping[str, Any]


def profiles(accounts: pd.DataFrame, signals: Sequence[Signal]) -> dict[str, dict[str, Any]]:
    """Return a profile of each numeric signal, ready for JSON: `edges`, and `accounts` by bin.

    It is empty if there are too few accounts.

    Parameters
    ----------
    accounts : one row per account, one column per signal.
    signals : the declared signals; categories and signals that follow the calendar are left out.
    """
    bins = bins_for(len(accounts))
    if bins < 2:
        return {}
    return {
        signal.name: _profile(accounts[signal.name], bins)
        for signal in signals
        if not (signal.is_category or _follows_the_calendar(signal))
    }


def moved_signals(before: Mapping[str, Profile], accounts: pd.DataFrame) -> pd.DataFrame:
    """Return the frame of signal, psi and chance for the signals of both runs, the largest index first.

    `chance` is how far the index may move by chance.
    """
    names = [name for name in before if name in accounts.columns]
    rows = [(name, *_profile_index(before[name], accounts[name], ALARM / len(names))) for name in names]
    table = pd.DataFrame(rows, columns=["signal", "psi", "chance"])
    return table.sort_values(["psi", "signal"], ascending=[False, True], ignore_index=True)


def _follows_the_calendar(signal: Signal) -> bool:
    """Whether it changes from day to day for all accounts, so that a shift does not indicate a fault in the tables."""
    return signal.kind.in_days or signal.column == "created_at"


def _profile(values: "pd.Series[float]", bins: int) -> dict[str, Any]:
    edges = edges_between(values, bins)
    return {"edges": edges.tolist(), "accounts": _profile_counts(values, edges)}


def _profile_counts(values: "pd.Series[float]", edges: "np.ndarray[Any, Any]") -> dict[str, int]:
    names = bin_names(edges)
    counts = np.bincount(bin_indices(values, edges), minlength=len(names)).tolist()
    return {name: count for name, count in sorted(zip(names, counts, strict=True)) if count}


def _profile_index(before: Profile, values: "pd.Series[float]", alarm: float) -> tuple[float, float]:
    after = _profile_counts(values, np.asarray(before["edges"], np.float64))
    counts = pd.DataFrame({0: pd.Series(before["accounts"]), 1: pd.Series(after)}).fillna(0.0)
    earlier, later = enough(counts)
    if len(earlier) < 2 or not later.sum():
        return 0.0, 0.0
    chance = chance_bound(float(earlier.sum()), float(later.sum()), len(earlier), alarm)
    return stability_index(earlier, later), chance

"""Whether tonight's readiness stands where the last night's stood, level by level.

Everybody who is scored is compared, not the lists: who was asked yesterday leaves the lists and rests, and yet is as
ready as before. Two things are looked at: how readiness is spread (the stability index of `drift`), and whether the
best are still the same clients. Both bounds follow from the numbers of accounts, so that few accounts alarm nobody.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from advocate_score.frames import among
from advocate_score.monitoring.drift import drift

MOST_BEST = 100
"""How many of a level's best are looked at."""
FEWEST_BEST = 10
"""Of fewer best, half may change places by chance."""
_OF_ALL = 4
"""The best are at most a quarter of all: of a random order a quarter of them would stay."""


@dataclass(frozen=True)
class Limits:
    """`most_drift`: of the stability index, where chance does not reach further · `least_overlap`: share of the best
    that must stay · `list_size`: how many a list holds."""

    most_drift: float
    least_overlap: float
    list_size: int


@dataclass(frozen=True)
class Movement:
    """One level. `psi`: the stability index, its `psi_bound`; `overlap`: the share of the earlier `best` that are among
    the later best, its `overlap_bound`. None where there are too few accounts to tell."""

    level: int
    accounts_before: int
    accounts: int
    psi: float | None
    psi_bound: float | None
    best: int
    overlap: float | None
    overlap_bound: float

    @property
    def drifted(self) -> bool:
        return self.psi is not None and self.psi_bound is not None and self.psi > self.psi_bound

    @property
    def reshuffled(self) -> bool:
        return self.overlap is not None and self.overlap < self.overlap_bound

    @property
    def uneasy(self) -> bool:
        """Whether half of those who may leave the best have left: on an ordinary night hardly anybody does."""
        return not self.held and self.overlap is not None and self.overlap < (1 + self.overlap_bound) / 2

    @property
    def held(self) -> bool:
        return self.drifted or self.reshuffled

    def figures(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def movements(before: pd.DataFrame, after: pd.DataFrame, limits: Limits) -> list[Movement]:
    """One for each level that both frames have.

    `before`, `after`: account_id, level, readiness of every scored account, eligible or not.
    """
    levels = [level for level in _levels(before) if level in _levels(after)]
    old, new = ({str(level): _scores(readiness, level) for level in levels} for readiness in (before, after))
    drifts = drift(old, new, dict.fromkeys(old, "readiness"), limits.most_drift)
    indices = {str(row["name"]): (float(row["psi"]), float(row["bound"])) for row in drifts.to_dict("records")}
    return [_movement(level, before, after, indices[str(level)], limits) for level in levels]


def _levels(readiness: pd.DataFrame) -> list[int]:
    return sorted(map(int, readiness["level"].unique()))


def _scores(readiness: pd.DataFrame, level: int) -> "pd.Series[float]":
    return readiness.loc[readiness["level"] == level, "readiness"]


def _by_account(readiness: pd.DataFrame, level: int) -> "pd.Series[float]":
    at_level = readiness["level"] == level
    return pd.Series(readiness.loc[at_level, "readiness"].to_numpy(), readiness.loc[at_level, "account_id"])


def _movement(
    level: int, earlier: pd.DataFrame, later: pd.DataFrame, index: tuple[float, float], limits: Limits
) -> Movement:
    before, after = (_by_account(run, level) for run in (earlier, later))
    best = min(MOST_BEST, limits.list_size, len(before) // _OF_ALL)
    return Movement(
        level=level,
        accounts_before=len(before),
        accounts=len(after),
        psi=_rounded(index[0]),
        psi_bound=_rounded(index[1]),
        best=best,
        overlap=_rounded(overlap(before, after, best)) if best >= FEWEST_BEST else None,
        overlap_bound=limits.least_overlap,
    )


def overlap(before: "pd.Series[float]", after: "pd.Series[float]", best: int) -> float:
    """Share of the `best` of before that are as ready as the `best` of after; equals stay together.

    The later best are those of the clients known to both nights, so that a newcomer puts nobody out of place; who is
    no longer there has not stayed.
    """
    leading = before[before >= _last_of(before, best)]
    earlier = leading.sort_index().sort_values(ascending=False, kind="stable").index[:best]
    later = after[among(after.index, before.index)]
    if later.empty:
        return 0.0
    later_scores = after[among(after.index, earlier)].reindex(earlier)
    return float((later_scores >= _last_of(later, best)).mean())


def _last_of(scores: "pd.Series[float]", best: int) -> float:
    """The score of the last of the `best`, or of all where there are fewer."""
    places = len(scores) - min(best, len(scores))
    return float(np.partition(scores.to_numpy(), places)[places]) if len(scores) else np.nan


def _rounded(figure: float) -> float | None:
    return None if np.isnan(figure) else round(float(figure), 4)

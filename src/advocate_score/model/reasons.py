"""Why a readiness is what it is: contributions grouped to concepts, ranked, and marked where they are not stable."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advocate_score.model.arrays import Floats
from advocate_score.model.contributions import Contributions

Side = Literal["for", "against"]
TOP = 4
STABLE_SHARE = 0.7
_SIGN: Mapping[Side, float] = {"for": 1.0, "against": -1.0}


@dataclass(frozen=True)
class Explanation:
    """For n rows, each at its own level: base + Σ contributions = log-odds of the published readiness, to 1e-6.

    base (n,) · contributions (n, inputs) and concepts (n, concepts), in log-odds · values (n, inputs): raw ·
    concept_of: input → concept · stable: per side, (n, concepts), whether the concept is among the four that speak
    most for (against) readiness in at least 70 % of the bootstrap refits.
    """

    base: Floats
    contributions: pd.DataFrame
    concepts: pd.DataFrame
    values: pd.DataFrame
    concept_of: Mapping[str, str]
    stable: Mapping[Side, pd.DataFrame]

    @property
    def log_odds(self) -> Floats:
        """(n,)."""
        total: Floats = self.base + self.contributions.to_numpy(dtype=np.float64).sum(axis=1)
        return total

    def reasons(self, top: int = 3, side: Side = "for") -> pd.DataFrame:
        """The `top` concepts that speak most for (or against) each row's readiness.

        Returns
        -------
        frame of row, place (1 = strongest), concept, contribution, signal (the input that leads the concept), value
        (its raw value, None or NaN where unknown), stable (False: say 'mixed signals').
        """
        strength = _SIGN[side] * self.concepts.to_numpy(dtype=np.float64)
        order = np.argsort(-strength, axis=1, kind="stable")[:, :top]
        row, place = np.nonzero(np.take_along_axis(strength, order, axis=1) > 0)
        column = order[row, place]
        signal = self._leading(side)[row, column]
        return pd.DataFrame(
            {
                "row": row,
                "place": place + 1,
                "concept": self.concepts.columns[column],
                "contribution": self.concepts.to_numpy(dtype=np.float64)[row, column],
                "signal": self.contributions.columns[signal],
                "value": self.values.to_numpy(dtype=object)[row, signal],
                "stable": self.stable[side].to_numpy(dtype=bool)[row, column],
            }
        )

    def _leading(self, side: Side) -> NDArray[np.intp]:
        """(n, concepts): position of the input that speaks most for the side within the concept."""
        own = _SIGN[side] * self.contributions.to_numpy(dtype=np.float64)
        within = np.array([[its == concept for its in self.concept_of.values()] for concept in self.concepts.columns])
        return np.stack([np.where(members, own, -np.inf).argmax(axis=1) for members in within], axis=1)


def explanation(parts: Contributions, values: pd.DataFrame, concept_of: Mapping[str, str]) -> Explanation:
    """Groups `parts`, whose inputs are those of `concept_of`, in its order; `values` (n, inputs) are the raw ones."""
    names, concepts = list(concept_of), list(dict.fromkeys(concept_of.values()))
    grouping = np.array([[float(concept_of[name] == concept) for concept in concepts] for name in names])
    grouped = parts.by_input @ grouping
    refits = parts.refits @ grouping if len(parts.refits) else grouped[None]
    return Explanation(
        base=parts.base,
        contributions=pd.DataFrame(parts.by_input, columns=names),
        concepts=pd.DataFrame(grouped, columns=concepts),
        values=values.reset_index(drop=True),
        concept_of=concept_of,
        stable={side: pd.DataFrame(_stable(refits * sign), columns=concepts) for side, sign in _SIGN.items()},
    )


def _stable(refits: Floats) -> NDArray[np.bool_]:
    """(n, concepts): among the top of enough refits (B, n, concepts). Ties go to the concept named first."""
    places = np.argsort(np.argsort(-refits, axis=2, kind="stable"), axis=2, kind="stable")
    stable: NDArray[np.bool_] = ((places < TOP) & (refits > 0)).mean(axis=0) >= STABLE_SHARE
    return stable

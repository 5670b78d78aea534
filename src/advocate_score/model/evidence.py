"""How much data stands behind a level: a grade by mature asks, not by date."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from advocate_score.model.arrays import Integers
from advocate_score.model.recipe import Evidence

Grade = Literal["scorecard", "limited", "solid"]


def asks_per_level(level: Integers, levels: int) -> tuple[int, ...]:
    return tuple(map(int, np.bincount(level, minlength=levels)))


def grade(asks: Sequence[int], choices: Evidence) -> tuple[Grade, ...]:
    """One grade a level: too few asks in all leave the scorecard in charge everywhere."""
    if sum(asks) < choices.limited:
        return tuple("scorecard" for _ in asks)
    return tuple("solid" if own >= choices.solid else "limited" for own in asks)


def borrows(asks: Sequence[int], choices: Evidence) -> tuple[bool, ...]:
    """Levels whose readiness rests on their neighbours' asks."""
    return tuple(own < choices.borrowing_below for own in asks)

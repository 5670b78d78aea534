"""Which changes of an actionable signal may be thought of: values that asks have had, and what else moves with it.

A count that rises by one stands for one more row of its table: every actionable count and recency that takes the same
row in moves with it, so that no account is thought of that could not be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from advocate_score.declaration import Bounds, Condition, Signal
from advocate_score.model.arrays import Floats
from advocate_score.model.encoding import Scale

TAIL = 0.01
"""Share of asks on either side that no suggestion goes beyond."""
_WHOLE = frozenset({"count", "distinct", "recency", "tenure"})
_MOST_WHOLE = 200
_DIGITS = 4


def may_be_changed(signal: Signal) -> bool:
    """Actionable, a number, of known direction, and no ask: asking more often is never the advice."""
    return signal.actionable and not signal.is_category and signal.direction != 0 and signal.table != "asks"


def support_values(signal: Signal, scale: Scale) -> Floats:
    """Values of the signal between the outer hundredths of the asks, ascending; whole where it counts."""
    inside = scale.knots[(1 - np.abs(scale.standings)) / 2 >= TAIL]
    if not len(inside):
        return inside
    if signal.aggregate not in _WHOLE:
        return np.unique(inside.round(_DIGITS))
    low, high = np.ceil(inside[0]), np.floor(inside[-1])
    if high - low <= _MOST_WHOLE:
        return np.arange(low, high + 1)
    return np.unique(np.clip(inside.round(), low, high))


@dataclass(frozen=True)
class Lever:
    """A signal that may be changed, the `values` that it may take (ascending), and what moves with it.

    counts, recencies: actionable signals that take in the same rows · ceilings: counts of which this one is a part and
    which nobody can act on · highest: of each count among them, the most that asks have had.
    """

    signal: Signal
    scale: Scale
    values: Floats
    counts: tuple[Signal, ...]
    recencies: tuple[Signal, ...]
    ceilings: tuple[str, ...]
    highest: Mapping[str, float]

    def better(self, now: Mapping[str, float]) -> Floats:
        """Values beyond the present one in the declared direction, nearest first.

        From unknown only a first event leads: any other unknown is a gap in the data, not something to be done.
        """
        sign, own = self.signal.direction, now[self.signal.name]
        ordered = self.values if sign > 0 else self.values[::-1]
        if np.isnan(own):
            return ordered if self.signal.aggregate == "recency" else ordered[:0]
        ordered = ordered[(ordered - own) * sign > 0]
        return ordered[ordered <= self._most(now)] if sign > 0 else ordered

    @property
    def names(self) -> tuple[str, ...]:
        """Every signal whose present value is looked at."""
        return (self.signal.name, *(one.name for one in (*self.counts, *self.recencies)), *self.ceilings)

    def steps(self, now: Mapping[str, float], most: int) -> Floats:
        """At most so many of the better values, nearest first, the farthest always among them."""
        better = self.better(now)
        if len(better) <= most:
            return better
        places = np.linspace(len(better) - 1, 0, most).round().astype(int)[::-1]
        return np.asarray(better[places])

    def size(self, own: float, value: float) -> float:
        """How far the change goes, as standings among the asks differ."""
        before, after = self.scale.standing(np.array([own, value]))
        return abs(float(after - before))

    def moved(self, now: Mapping[str, float], value: float) -> dict[str, float]:
        """What else changes when this signal goes to `value`."""
        rows, age = self._new_rows(now[self.signal.name], value)
        if rows <= 0:
            return {}
        found = {one.name: now[one.name] + rows for one in self.counts if _reaches(one, age)}
        if age is not None:
            found |= {one.name: float(np.fmin(now[one.name], age)) for one in self.recencies if _reaches(one, age)}
        return found

    def _most(self, now: Mapping[str, float]) -> float:
        """The greatest value under which no ceiling is passed and no count that moves along leaves its support."""
        own, age = now[self.signal.name], self.signal.lookback_days
        room = [self.highest[one.name] - now[one.name] for one in self.counts if _reaches(one, age)]
        return float(min([now[name] for name in self.ceilings] + [own + max(0.0, left) for left in room] + [np.inf]))

    def _new_rows(self, own: float, value: float) -> tuple[float, float | None]:
        """How many rows the change stands for, and how many days old they are at most (None: nothing says)."""
        if self.signal.aggregate == "recency":
            return 1, value
        return (value - own if self.signal.aggregate == "count" else 0), self.signal.lookback_days


def levers(signals: Sequence[Signal], scales: Mapping[str, Scale]) -> tuple[Lever, ...]:
    """Of `signals` those that may be changed and that the model knows by its `scales`."""
    known = [one for one in signals if one.name in scales]
    return tuple(_lever(one, known, scales) for one in known if may_be_changed(one))


def _lever(signal: Signal, signals: Sequence[Signal], scales: Mapping[str, Scale]) -> Lever:
    wider = [one for one in signals if one.name != signal.name and _takes_in(one, signal)]
    along = [one for one in wider if may_be_changed(one)]
    counts = tuple(one for one in along if one.aggregate == "count")
    return Lever(
        signal=signal,
        scale=scales[signal.name],
        values=support_values(signal, scales[signal.name]),
        counts=counts,
        recencies=tuple(one for one in along if one.aggregate == "recency"),
        ceilings=tuple(one.name for one in wider if one not in along and _is_ceiling(one, signal)),
        highest={one.name: float(support_values(one, scales[one.name]).max(initial=0.0)) for one in counts},
    )


def _takes_in(one: Signal, signal: Signal) -> bool:
    """Whether every row that counts for `signal` passes the conditions of `one` too."""
    if one.table != signal.table or signal.aggregate not in ("count", "recency"):
        return False
    return all(name in signal.where and _is_part(signal.where[name], allowed) for name, allowed in one.where.items())


def _is_part(condition: Condition, allowed: Condition) -> bool:
    if isinstance(condition, Bounds) or isinstance(allowed, Bounds):
        return condition == allowed
    return frozenset(condition) <= frozenset(allowed)


def _is_ceiling(one: Signal, signal: Signal) -> bool:
    """A result that is not there cannot be confirmed. Amounts that the practice has no opinion on are no ceiling."""
    return one.aggregate == signal.aggregate == "count" and one.direction > 0 and _reaches(one, signal.lookback_days)


def _reaches(one: Signal, age: float | None) -> bool:
    """Whether rows at most `age` days old lie within the lookback of `one`."""
    return one.lookback_days is None or (age is not None and age <= one.lookback_days)

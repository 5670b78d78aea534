"""A circle of clients that together cover what is needed: greedy choice, mended by exchanges.

What a circle is worth: the sum of its members' values, plus for every value of every attribute its need, times 1 for
the first member that has it, 1/2 for the second, 1/3 for the third, and so on. So circles grow in proportion to the
need, and each further member of a kind adds less: a submodular function, whose greedy choice is never below 63 % of
the best (Nemhauser, Wolsey and Fisher 1978) and in practice within a few thousandths of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_NEVER = -np.inf
_DIGITS = 9
"""Gains are compared to this many decimals, so that the order of adding up decides nothing."""


@dataclass(frozen=True)
class Coverage:
    """Candidates in the order in which equals are taken.

    value : (candidates,) worth of each for itself. need : (values,) of all attributes together, weighted.
    kind : (candidates, attributes) position in `need`, −1 where the attribute is unknown.
    equal_within : gains that differ by no more count as equal.
    """

    value: Floats
    need: Floats
    kind: Ints
    equal_within: float = 0.0

    def chosen(self, size: int) -> list[int]:
        """Up to `size` candidates, each the best addition to those before it."""
        everybody = range(len(self.value))
        return self._greedy(self._exchanged(self._greedy(everybody, size)), size)

    def worth(self, members: Sequence[int]) -> float:
        return float(sum(self.value[one] + self.added(members[:n])[one] for n, one in enumerate(members)))

    def added(self, members: Sequence[int]) -> Floats:
        """(candidates,) what each would add to the coverage of `members`."""
        seen = np.bincount(self.kind[list(members)].ravel() + 1, minlength=len(self.need) + 1)
        each = np.append(0.0, self.need) / (1 + seen)
        covered: Floats = each[self.kind + 1].sum(axis=1)
        return covered

    def firsts(self, members: Sequence[int]) -> npt.NDArray[np.bool_]:
        """(members, attributes) whether the member is the first of its kind."""
        rows = self.kind[list(members)]
        return np.array([[k >= 0 and k not in rows[:n] for k in row] for n, row in enumerate(rows)]).reshape(rows.shape)

    def _gains(self, members: Sequence[int], among: Sequence[int]) -> Floats:
        gains = np.full(len(self.value), _NEVER)
        left = np.setdiff1d(among, members)
        gains[left] = np.round(self.value + self.added(members), _DIGITS)[left]
        return gains

    def _greedy(self, among: Sequence[int], size: int) -> list[int]:
        members: list[int] = []
        while len(members) < min(size, len(among)):
            gains = self._gains(members, among)
            members.append(int(np.argmax(gains >= gains.max() - self.equal_within)))
        return members

    def _exchanged(self, members: list[int]) -> list[int]:
        """Ends, because every exchange makes the circle worth more."""
        while True:
            trials = [self._exchange(members, place) for place in range(len(members))]
            better, place, other = max(trials, default=(0.0, 0, 0))
            if better <= max(self.equal_within, 10**-_DIGITS):
                return members
            members = [*members[:place], other, *members[place + 1 :]]

    def _exchange(self, members: list[int], place: int) -> tuple[float, int, int]:
        """How much the circle gains by the best newcomer in this place, and who that is."""
        leaving = members[place]
        others = members[:place] + members[place + 1 :]
        gains = np.round(self.value + self.added(others), _DIGITS)
        stays = gains[leaving]
        gains[members] = _NEVER
        newcomer = int(np.argmax(gains))
        return float(gains[newcomer] - stays), place, newcomer

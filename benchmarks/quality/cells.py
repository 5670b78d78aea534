"""The cells of the grid: one kind of simulated world each, and the seeds that it is made with."""

from dataclasses import dataclass
from itertools import product
from typing import Literal

from advocate_score.simulate.world import World

Selection = Literal["none", "mar", "mnar"]

SIZES = {200: 600, 1_000: 1_000, 5_000: 2_000, 20_000: 4_000}
"""Mature asks → accounts, so many that a few hundred were never asked at every size."""
SELECTIONS: tuple[Selection, ...] = ("none", "mar", "mnar")
EXPLORATION = 0.05
OPTIMUM_SEEDS = range(1_000_000, 1_000_004)
OPTIMUM_ACCOUNTS = 10_000
_SPARE = 1.1
"""Asks of the last 45 of about 1,100 days have no outcome yet, and how many there are is left to chance."""


@dataclass(frozen=True, order=True)
class Cell:
    """One kind of world. `explored`: 5 % of the asks are drawn evenly, and the propensities are logged.

    `selection`: whom to ask was chosen by chance (none), by the records (mar), by the records and what the account
    manager alone feels (mnar). `heterogeneity`: ladders differ by account, and some have rungs that are closed.
    """

    asks: int
    selection: Selection
    fatigue: bool
    heterogeneity: bool
    explored: bool

    @property
    def name(self) -> str:
        words = [str(self.asks), self.selection]
        flags = {"fatigue": self.fatigue, "heterogeneity": self.heterogeneity, "explored": self.explored}
        return "-".join([*words, *(word if on else f"no_{word}" for word, on in flags.items())])

    @property
    def identified(self) -> bool:
        """Whether the log can tell how ready never-asked accounts are: not where a hidden feeling chose unrecorded."""
        return self.selection != "mnar" or self.explored

    def world(self, seed: int) -> World:
        return self._world(SIZES[self.asks], seed)

    def optimum_worlds(self) -> tuple[World, ...]:
        """Far more accounts, none of them judged, each as often asked: what the optimum is learned from."""
        return tuple(self._world(OPTIMUM_ACCOUNTS, seed) for seed in OPTIMUM_SEEDS)

    def _world(self, accounts: int, seed: int) -> World:
        return World(
            accounts=accounts,
            asks=round(self.asks * _SPARE * accounts / SIZES[self.asks]),
            seed=seed,
            selection=self.selection,
            fatigue=0.4 if self.fatigue else 0.0,
            heterogeneity=0.5 if self.heterogeneity else 0.0,
            blocks=0.08 if self.heterogeneity else 0.0,
            exploration=EXPLORATION if self.explored else 0.0,
            log_propensities=self.explored,
            mess=False,
        )


def cell_named(name: str) -> Cell:
    """The inverse of `Cell.name`; KeyError where there is no such cell."""
    return {cell.name: cell for cell in grid()}[name]


def grid() -> tuple[Cell, ...]:
    """All 96."""
    switches = (False, True)
    return tuple(Cell(*one) for one in product(SIZES, SELECTIONS, switches, switches, switches))


def quick() -> tuple[Cell, ...]:
    """The cells that show each effect: every way of choosing, each switch off, the smallest and the larger logs."""
    return (
        Cell(1_000, "none", True, True, False),
        Cell(1_000, "mar", True, True, False),
        Cell(1_000, "mnar", True, True, False),
        Cell(1_000, "mnar", True, True, True),
        Cell(1_000, "mar", False, True, False),
        Cell(1_000, "mar", True, False, False),
        Cell(200, "mar", True, True, False),
        Cell(200, "mnar", True, True, True),
        Cell(5_000, "none", True, True, False),
        Cell(5_000, "mnar", True, True, True),
        Cell(20_000, "mnar", True, True, True),
    )


def fraction() -> tuple[Cell, ...]:
    """A quarter of the grid: every size with every way of choosing and logging, the two other switches taking turns."""
    chosen = []
    for (row, size), (column, selection), explored in product(enumerate(SIZES), enumerate(SELECTIONS), (False, True)):
        fatigue, heterogeneity = _TURNS[(row + column + 2 * explored) % len(_TURNS)]
        chosen.append(Cell(size, selection, fatigue, heterogeneity, explored))
    return tuple(chosen)


_TURNS = ((True, True), (True, False), (False, True), (False, False))

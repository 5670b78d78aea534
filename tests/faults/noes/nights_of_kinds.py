"""Worlds in which every kind of damage happens once or more, as the layout allows."""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

from faults.noes.kinds import kinds_of
from faults.noes.layouts import write
from faults.noes.night import score
from faults.noes.world import AS_OF, World
from oracles.pessimist import Peace, peace
from oracles.raw_crm import raw_hubspot, raw_salesforce
from oracles.raw_exports import raw_tables

CONTENTED = 30


def world_of(layout: str, seed: int, times: int = 1, only: Iterable[str] | None = None, damage: bool = True) -> World:
    """times: how often each kind strikes, another client each time · only: these kinds, not all of the layout."""
    world = World(layout, random.Random(f"{layout} {seed}"))
    world.contented_accounts(CONTENTED)
    for name, kind in kinds_of(layout).items():
        for _ in range(times if only is None or name in only else 0):
            kind.strike(world, name, damage)
    world.pad()
    return world


def peace_of(layout: str, firm: Path) -> Peace:
    """What the pessimist reads off the files of the firm."""
    exports = firm / "exports"
    raw = {"salesforce": raw_salesforce, "hubspot": raw_hubspot}
    return peace(raw[layout](exports) if layout in raw else raw_tables(firm), AS_OF)


def guilty(layout: str, seed: int, folder: Path, names: Sequence[str] | None = None) -> list[str]:
    """The kinds for which a night is refused or held by themselves, found by trying halves."""
    names = list(kinds_of(layout)) if names is None else names
    firm = folder / f"{names[0][:40]}-{len(names)}".replace("/", "-")
    if score(write(world_of(layout, seed, only=names), firm), matching=False).code == 0:
        return []
    if len(names) == 1:
        return list(names)
    half = len(names) // 2
    return [*guilty(layout, seed, folder, names[:half]), *guilty(layout, seed, folder, names[half:])]

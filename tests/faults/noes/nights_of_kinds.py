"""Worlds in which every kind of damage happens once or more, as the layout allows."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from faults.noes.kinds import kinds_of
from faults.noes.layouts import write
from faults.noes.night import Night, score
from faults.noes.world import AS_OF, LEVELS, World
from oracles.pessimist import Peace, peace
from oracles.raw_crm import raw_hubspot, raw_salesforce
from oracles.raw_exports import raw_tables
from oracles.spelling import key

CONTENTED = 30


def world_of(layout: str, seed: int, times: int = 1, only: Iterable[str] | None = None, damage: bool = True) -> World:
    """times: how often each kind strikes, another client each time · only: these kinds, not all of the layout."""
    world = World(layout, random.Random(f"{layout} {seed}"))
    world.contented_accounts(CONTENTED)
    for name, kind in kinds_of(layout).items():
        for time in range(times if only is None or name in only else 0):
            world.chance = random.Random(f"{layout} {seed} {name} {time}")  # the same damage whatever else there is
            kind.strike(world, name, damage)
    world.pad()
    return world


def peace_of(layout: str, firm: Path) -> Peace:
    """What the pessimist reads off the files of the firm."""
    exports = firm / "exports"
    raw = {"salesforce": raw_salesforce, "hubspot": raw_hubspot}
    return peace(raw[layout](exports) if layout in raw else raw_tables(firm), AS_OF)


def guilty(layout: str, seed: int, times: int, folder: Path, names: Sequence[str] | None = None) -> list[str]:
    """The kinds for which a night is refused or held by themselves, found by trying halves."""
    names = list(kinds_of(layout)) if names is None else names
    firm = folder / f"{names[0][:40]}-{len(names)}".replace("/", "-")
    if score(write(world_of(layout, seed, times, names), firm), matching=False).code == 0:
        return []
    if len(names) == 1:
        return list(names)
    half = len(names) // 2
    return [*guilty(layout, seed, times, folder, names[:half]), *guilty(layout, seed, times, folder, names[half:])]


def invited(world: World, night: Night) -> str:
    """How many that said no in which way were invited all the same; empty where nobody was."""
    kinds = Counter(one.kind for one in night.not_left_in_peace(world.struck))
    return "; ".join(f"{number} x {kind}" for kind, number in sorted(kinds.items()))


def missing(world: World, night: Night) -> list[tuple[str, int]]:
    """Contented accounts, and the levels at which they are not offered."""
    return sorted({(key(one), level) for one in world.contented for level in LEVELS} - night.offers)

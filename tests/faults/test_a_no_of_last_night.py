"""A no that was heard last night: gone from tonight's export, kept by `record` alone, or lost with its table."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.noes.kinds import LAYOUTS
from faults.noes.later_kinds import KEPT, LATER, decline_planned, plant_all, vanishing
from faults.noes.layouts import write
from faults.noes.night import NEXT, NIGHT, score
from faults.noes.nights_of_kinds import CONTENTED, invited, missing
from faults.noes.refusing_kinds import REFUSING
from faults.noes.world import World
from goals import sized
from oracles.spelling import key

Measured = Callable[[str], None]
pytestmark = pytest.mark.goal("G25")
LAYOUTS_NOW = ("csv",) if sized(1, 0) else LAYOUTS


@pytest.mark.parametrize("layout", LAYOUTS_NOW)
@pytest.mark.parametrize("lot", range(sized(2, 3)))
def test_what_said_no_last_night_and_is_gone_still_protects(
    layout: str, lot: int, tmp_path: Path, measured: Measured
) -> None:
    kinds = vanishing(layout, lot)
    if not kinds:
        pytest.skip("the layout can show fewer")
    world = _firm(layout, lot)
    planted = plant_all(world, kinds)
    assert score(write(world, tmp_path), matching=False).code == 0
    for kind, no in planted:
        kind.spoil(world, no)
    night = score(write(world, tmp_path), NEXT)
    assert night.code == 0, night.said
    told = invited(world, night)
    assert told == ""
    assert missing(world, night) == [], "who said nothing but yes stays listed"
    measured(f"{layout}: {len(kinds)} noes gone on the second night, 0 invited")


def test_a_decline_told_to_record_holds_at_once_and_later(tmp_path: Path, measured: Measured) -> None:
    world = _firm("csv", 7)
    assert score(write(world, tmp_path), matching=False).code == 0
    rows = decline_planned(tmp_path, tmp_path / "publications" / NIGHT, len(KEPT))
    again = score(tmp_path, NIGHT, "--replace")
    assert again.code == 0, again.said
    declined = {key(row["account_id"]) for row in rows}
    still = sorted({account for account, _ in again.offers} & declined)
    assert still == [], "asked this morning, and they said no"
    for keep, row in zip(KEPT, rows, strict=True):
        world.struck.append(keep(world, row))
    night = score(write(world, tmp_path), LATER)
    assert night.code == 0, night.said
    told = invited(world, night)
    assert told == ""
    measured(f"{len(rows)} declines kept by record: 0 invited the same day, 0 invited {LATER}")


@pytest.mark.parametrize("name", list(REFUSING)[: sized(3, len(REFUSING))])
def test_what_nobody_can_tell_is_refused_or_held_and_says_where(name: str, tmp_path: Path, measured: Measured) -> None:
    kind, world = REFUSING[name], _firm("csv", 3)
    planted = kind.world(name, world)
    if kind.second:
        assert score(write(world, tmp_path), matching=False).code == 0
    kind.write_damaged(world, planted, tmp_path)
    night = score(tmp_path, NEXT)
    assert night.code == 0 or night.stopped, night.said
    told = invited(world, night)
    assert told == ""
    assert night.code == 0 or kind.told in night.said, "whoever reads it knows which table"
    measured(f"{name}: {'exit ' + str(night.code) if night.stopped else 'published, nobody invited'}")


def _firm(layout: str, seed: int) -> World:
    world = World(layout, random.Random(f"{layout} later {seed}"))
    world.contented_accounts(CONTENTED)
    return world

"""A no is never lost: whatever becomes of its row, nobody who said it is listed, planned, pooled, matched or suggested.

Who said no is known twice: by the world that was made, and by the pessimist, who reads the raw files alone.
"""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.noes.kinds import KINDS, LAYOUTS, kinds_of
from faults.noes.later_kinds import KEPT, LATER, VANISHING, decline_planned, plant_all, vanishing
from faults.noes.layouts import write
from faults.noes.night import NEXT, NIGHT, Night, score
from faults.noes.nights_of_kinds import CONTENTED, guilty, peace_of, world_of
from faults.noes.refusing_kinds import REFUSING
from faults.noes.world import LEVELS, World
from faults.suppressions import rows_of
from goals import sized
from oracles.pessimist import Peace
from oracles.spelling import key

Measured = Callable[[str], None]
pytestmark = pytest.mark.goal("G25")
SEEDS, TIMES = sized(1, 4), sized(1, 3)
MOST_REFUSING = 8
QUICK = ("csv", "xlsx", "salesforce", "hubspot")
LAYOUTS_NOW = [one for one in LAYOUTS if one in QUICK or sized(0, 1)]


def test_the_whole_form_is_as_large_as_the_goal() -> None:
    damaged = sum(3 * 4 * len(kinds_of(layout)) for layout in LAYOUTS)
    assert damaged >= 5_000
    assert len(KINDS) + len(VANISHING) + len(KEPT) >= 40
    assert len(REFUSING) <= MOST_REFUSING
    assert all(kinds_of(layout) for layout in LAYOUTS)


@pytest.mark.parametrize("layout", LAYOUTS_NOW)
def test_no_damage_brings_anybody_back(layout: str, tmp_path: Path, measured: Measured) -> None:
    damaged = 0
    for seed in range(SEEDS):
        firm = tmp_path / str(seed)
        world = world_of(layout, seed, TIMES)
        night = score(write(world, firm))
        assert night.code == 0, _blamed(layout, seed, tmp_path, night)
        _left_in_peace(world, night, peace_of(layout, firm))
        damaged += len(world.struck)
    measured(f"{layout}: {damaged} damaged noes of {len(kinds_of(layout))} kinds, 0 invited, 0 nights refused or held")


@pytest.mark.extra
@pytest.mark.parametrize("layout", ["csv", "salesforce"])
@pytest.mark.usefixtures("running_spark")
def test_no_damage_brings_anybody_back_on_spark(layout: str, tmp_path: Path, measured: Measured) -> None:
    world = world_of(layout, 99)
    night = score(write(world, tmp_path), NIGHT, "--engine", "spark", matching=False)
    assert night.code == 0, night.said
    _left_in_peace(world, night, peace_of(layout, tmp_path))
    measured(f"Spark, {layout}: {len(world.struck)} damaged noes, 0 invited")


@pytest.mark.parametrize("layout", LAYOUTS_NOW)
def test_undamaged_nobody_rests_without_a_reason(layout: str, tmp_path: Path, measured: Measured) -> None:
    resting = 0
    for seed in range(sized(1, 2)):
        firm = tmp_path / str(seed)
        world = world_of(layout, seed, TIMES, damage=False)
        night = score(write(world, firm))
        assert night.code == 0, night.said
        peace = peace_of(layout, firm)
        _left_in_peace(world, night, peace)
        _rest_with_a_reason(night, peace)
        assert not [one for one in night.resting if one[2] == "unreadable_no"]
        assert rows_of(firm / "publications" / NIGHT / "reference_pool.csv"), "pools are drawn"
        resting += len({(account, level) for account, level, _ in night.resting})
    measured(f"{layout}, undamaged: {resting} account-levels rest, 0 without a reason in the raw rows")


@pytest.mark.parametrize("layout", [one for one in LAYOUTS_NOW if one == "csv" or sized(0, 1)])
@pytest.mark.parametrize("lot", [0, 1, 2])
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
    assert _invited(world, night) == {}
    _contented_listed(world, night)
    measured(f"{layout}: {len(kinds)} noes gone on the second night, 0 invited")


def test_a_decline_told_to_record_holds_at_once_and_later(tmp_path: Path, measured: Measured) -> None:
    world = _firm("csv", 7)
    assert score(write(world, tmp_path), matching=False).code == 0
    rows = decline_planned(tmp_path, tmp_path / "publications" / NIGHT, len(KEPT))
    again = score(tmp_path, NIGHT, "--replace")
    assert again.code == 0, again.said
    declined = {key(row["account_id"]) for row in rows}
    assert not {account for account, _ in again.offers} & declined, "asked this morning, and they said no"
    for keep, row in zip(KEPT, rows, strict=True):
        world.struck.append(keep(world, row))
    night = score(write(world, tmp_path), LATER)
    assert night.code == 0, night.said
    assert _invited(world, night) == {}
    measured(f"{len(rows)} declines kept by record: 0 invited the same day, 0 invited {LATER}")


@pytest.mark.parametrize("name", REFUSING if sized(0, 1) else list(REFUSING)[:3])
def test_what_nobody_can_tell_is_refused_or_held_and_says_where(name: str, tmp_path: Path, measured: Measured) -> None:
    kind, world = REFUSING[name], _firm("csv", 3)
    planted = kind.world(name, world)
    if kind.second:
        assert score(write(world, tmp_path), matching=False).code == 0
    kind.write_damaged(world, planted, tmp_path)
    night = score(tmp_path, NEXT)
    assert night.code == 0 or night.stopped, night.said
    assert _invited(world, night) == {}
    assert night.code == 0 or kind.told in night.said, "whoever reads it knows which table"
    measured(f"{name}: {'exit ' + str(night.code) if night.stopped else 'published, nobody invited'}")


def _firm(layout: str, seed: int) -> World:
    world = World(layout, random.Random(f"{layout} later {seed}"))
    world.contented_accounts(CONTENTED)
    return world


def _left_in_peace(world: World, night: Night, peace: Peace) -> None:
    """Neither those whom the world struck nor those whom the pessimist knows are invited; the contented are."""
    unknown = [one.kind for one in world.struck if not peace.knows(one.account, one.levels, one.contact)]
    assert not unknown, f"the pessimist does not know of {unknown}"
    assert _invited(world, night) == {}
    assert not night.offers & peace.said_pairs()
    assert not night.suggested & peace.contacts.keys()
    _contented_listed(world, night)


def _invited(world: World, night: Night) -> dict[str, int]:
    """Kind → how many that said no in this way were invited."""
    return dict(Counter(one.kind for one in night.not_left_in_peace(world.struck)))


def _contented_listed(world: World, night: Night) -> None:
    missing = {(key(one), level) for one in world.contented for level in LEVELS} - night.offers
    assert not missing, "who said nothing but yes stays listed"


def _rest_with_a_reason(night: Night, peace: Peace) -> None:
    without = {one for one in night.resting if one[:2] not in peace.pairs()}
    assert not without, "whoever rests gave a reason that the pessimist found too"


def _blamed(layout: str, seed: int, folder: Path, night: Night) -> str:
    """The kinds for which the night was refused or held, found by trying halves."""
    return f"{night.said}\nrefused or held for: {guilty(layout, seed, folder / 'blamed')}"

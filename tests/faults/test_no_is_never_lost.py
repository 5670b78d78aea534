"""A no is never lost: whatever becomes of its row, nobody who said it is listed, planned, pooled, matched or suggested.

Who said no is known twice: by the world that was made, and by the pessimist, who reads the raw files alone. What takes
two nights is in `test_a_no_of_last_night`.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from faults.noes.kinds import KINDS, LAYOUTS, kinds_of
from faults.noes.later_kinds import KEPT, VANISHING
from faults.noes.layouts import write
from faults.noes.night import NIGHT, Night, asked_by_explain, score
from faults.noes.nights_of_kinds import guilty, invited, missing, peace_of, world_of
from faults.noes.refusing_kinds import REFUSING
from faults.noes.world import Struck, World
from faults.suppressions import rows_of
from goals import sized
from oracles.pessimist import Peace
from oracles.spelling import key

Measured = Callable[[str], None]
pytestmark = pytest.mark.goal("G25")
WHOLE_SEEDS, WHOLE_TIMES = 4, 3
SEEDS, TIMES = sized(1, WHOLE_SEEDS), sized(1, WHOLE_TIMES)
MOST_REFUSING = 8
INVITING = ("candidates.csv", "ask_plan.csv", "nurture.csv", "reference_pool.csv", "advisory_board.csv")
SPARK = ("--engine", "spark", "--set", "engine.memory_limit=1GB")
DAMAGED_NOW = ("csv", "xlsx", "salesforce", "hubspot") if sized(1, 0) else LAYOUTS
UNDAMAGED_NOW = ("csv", "salesforce", "hubspot") if sized(1, 0) else LAYOUTS


def test_the_whole_form_is_as_large_as_the_goal() -> None:
    shown = [kind for layout in LAYOUTS for kind in kinds_of(layout).values() if kind.damages]
    assert len(shown) * WHOLE_TIMES * WHOLE_SEEDS >= 5_000
    assert len(KINDS) + len(VANISHING) + len(KEPT) >= 40
    assert len(REFUSING) <= MOST_REFUSING
    assert all(kinds_of(layout) for layout in LAYOUTS)


@pytest.mark.parametrize("layout", DAMAGED_NOW)
def test_no_damage_brings_anybody_back(layout: str, tmp_path: Path, measured: Measured) -> None:
    damaged, unheard = 0, 0
    for seed in range(SEEDS):
        firm = tmp_path / str(seed)
        world = world_of(layout, seed, TIMES)
        night = score(write(world, firm))
        assert night.code == 0, _blamed(layout, seed, tmp_path, night)
        _left_in_peace(world, night, peace_of(layout, firm))
        damaged += sum(KINDS[one.kind].damages for one in world.struck)
        unheard += sum(not KINDS[one.kind].damages for one in world.struck)
        some = world.chance.sample(world.struck, 2)
        assert asked_by_explain(firm, some) == []
    told = f"{layout}: {damaged} damaged noes and {unheard} in order, of {len(kinds_of(layout))} kinds"
    measured(f"{told}: 0 invited, 0 nights refused or held")


@pytest.mark.extra
@pytest.mark.parametrize("layout", ["csv", "salesforce"])
@pytest.mark.usefixtures("running_spark")
def test_no_damage_brings_anybody_back_on_spark(layout: str, tmp_path: Path, measured: Measured) -> None:
    world = world_of(layout, 99)
    night = score(write(world, tmp_path), NIGHT, *SPARK, matching=False)
    assert night.code == 0, night.said
    _left_in_peace(world, night, peace_of(layout, tmp_path))
    measured(f"Spark, {layout}: {len(world.struck)} damaged noes, 0 invited")


@pytest.mark.parametrize("layout", UNDAMAGED_NOW)
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
        _noticed(world, night)
        assert [one for one in night.resting if one[2] == "unreadable_no"] == [], "all of it can be read"
        assert [name for name in INVITING if not rows_of(firm / "publications" / NIGHT / name)] == [], "nothing to see"
        resting += len({(account, level) for account, level, _ in night.resting})
    measured(f"{layout}, undamaged: {resting} account-levels rest, 0 without a reason in the raw rows")


def _left_in_peace(world: World, night: Night, peace: Peace) -> None:
    """Neither those whom the world struck nor those whom the pessimist knows are invited; the contented are."""
    unknown = [one.kind for one in world.struck if not peace.knows(one.account, one.levels, one.contact)]
    assert not unknown, f"the pessimist does not know of {unknown}"
    told = invited(world, night)
    assert told == ""
    heard, suggested = sorted(night.offers & peace.said_pairs()), sorted(night.suggested & peace.contacts.keys())
    assert (heard, suggested) == ([], []), "the pessimist knows of more than the world does"
    assert missing(world, night) == [], "who said nothing but yes stays listed"


def _rest_with_a_reason(night: Night, peace: Peace) -> None:
    without = sorted(one for one in night.resting if one[:2] not in peace.pairs())
    assert without == [], "whoever rests gave a reason that the pessimist found too"


def _noticed(world: World, night: Night) -> None:
    """Had the contented said no, this test would have seen them invited, and one of them suggested."""
    as_if = [Struck("control", one, contact=world.contact_of[one]) for one in world.contented]
    assert night.not_left_in_peace(as_if) == as_if
    assert {key(one.contact) for one in as_if} & night.suggested


def _blamed(layout: str, seed: int, folder: Path, night: Night) -> str:
    """The kinds for which the night was refused or held, found by trying halves."""
    return f"{night.said}\nrefused or held for: {guilty(layout, seed, TIMES, folder / 'blamed')}"

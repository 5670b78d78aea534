"""Ten ordinary weeks of a growing export: no night is held, and nobody rests without having given a reason."""

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from faults.noes.layouts import write
from faults.noes.night import Night, call, score
from faults.noes.ordinary_weeks import begun, days, forget
from faults.noes.world import World
from goals import sized
from oracles.pessimist import Peace, peace
from oracles.raw_exports import raw_tables

Measured = Callable[[str], None]


@pytest.mark.goal("G25")
def test_no_night_of_ten_ordinary_weeks_is_held(tmp_path: Path, measured: Measured) -> None:
    going = begun(World("csv", random.Random(25)))
    assert score(write(going.world, tmp_path), matching=False).code == 0
    nights, step = sized(3, 70), sized(7, 1)
    stopped = []
    for day in days(going, nights, step):
        for account in going.erased:
            assert call("erase", account, "--config", str(tmp_path / "advocate.toml"))[0] == 0
            forget(going, account)
        going.erased.clear()
        night = score(write(going.world, tmp_path), day.date().isoformat(), matching=False)
        if night.code:
            stopped.append((day.date().isoformat(), night.code, night.said))
        else:
            _as_the_pessimist_says(night, peace(raw_tables(tmp_path), day))
    assert stopped == []
    accounts = len(going.world.tables["accounts"])
    measured(f"{nights} ordinary nights, {step} days apart, {accounts} accounts: 0 held or refused")


def _as_the_pessimist_says(night: Night, found: Peace) -> None:
    without = sorted(one for one in night.resting if one[:2] not in found.pairs())
    assert without == [], "nobody rests without a reason"
    suggested = sorted(night.suggested & found.contacts.keys())
    assert suggested == [], "whoever objected, denied or is deleted"


def test_weeks_are_counted_from_midnight_to_midnight() -> None:
    going = begun(World("csv", random.Random(1)))
    assert [day.isoformat() for day in days(going, 2, 7)] == ["2026-01-08T00:00:00", "2026-01-15T00:00:00"]
    assert going.day == datetime(2026, 1, 15)

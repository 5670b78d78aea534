"""The engine against an independent plain-Python reading of the contract, on generated worlds."""

import random
from collections.abc import Callable

import pandas as pd
import pytest

from advocate_score.engine.base import Engine
from advocate_score.signal_spec import Signal
from advocate_score.signals.compute import signal_frame
from goals import sized
from oracles.signal_oracle import describe
from oracles.signal_worlds import AS_OFS, World, random_signals, register, world

MATURITY = 45
WORLDS = 60
SEEDS = [("duckdb", seed) for seed in range(sized(8, 12))]
SEEDS += [pytest.param("spark", seed, marks=pytest.mark.extra) for seed in range(2)]


def expected(made: World, spine: pd.DataFrame, signals: tuple[Signal, ...]) -> pd.DataFrame:
    own = {row["account_id"]: row for row in made["accounts"]}
    rows = {(table, name): [] for table in made for name in own}
    for table, every in made.items():
        for row in every:
            rows[table, row["account_id"]].append(row)
    values = [
        [describe(rows[one.table, name], own[name], one, as_of.to_pydatetime(), MATURITY) for one in signals]
        for name, as_of in zip(spine["account_id"], spine["as_of"], strict=True)
    ]
    return pd.DataFrame(values, columns=[one.name for one in signals], index=spine.index)


def assert_same(computed: pd.DataFrame, wanted: pd.DataFrame, signals: tuple[Signal, ...]) -> None:
    assert list(computed.columns) == [one.name for one in signals]
    for one in signals:
        if one.is_category:
            pairs = zip(computed[one.name], wanted[one.name], strict=True)
            assert all((pd.isna(a) and pd.isna(b)) or a == b for a, b in pairs), one
        else:
            series = wanted[one.name].astype("float64")
            pd.testing.assert_series_equal(computed[one.name], series, rtol=1e-12, atol=1e-12, obj=repr(one))


@pytest.mark.goal("G17")
@pytest.mark.parametrize(("engine", "seed"), SEEDS, indirect=["engine"])
def test_equals_the_oracle_on_generated_worlds(engine: Engine, seed: int, measured: Callable[[str], None]) -> None:
    chance = random.Random(seed)
    accounts = [f"A{number:03}" for number in range(WORLDS)]
    made, signals = world(chance, accounts), random_signals(chance, 60)
    register(engine, made)
    nightly = pd.DataFrame({"account_id": accounts, "as_of": pd.Timestamp(chance.choice(AS_OFS))})
    asks = pd.DataFrame([(name, pd.Timestamp(as_of)) for name in accounts for as_of in chance.sample(AS_OFS, 2)])
    asks = asks.set_axis(["account_id", "as_of"], axis=1).sample(frac=1, random_state=seed)
    for spine in (nightly, asks):
        computed = signal_frame(engine, spine, signals, MATURITY)
        assert_same(computed, expected(made, spine, signals), signals)
    measured(f"{sized(8, 12) * WORLDS} accounts' histories, 60 random signals each: all equal")

import random
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.engine.base import Engine
from advocate_score.engine.duckdb_engine import DuckdbEngine
from advocate_score.schema import TABLES
from advocate_score.signal_spec import Signal
from advocate_score.signals.catalogue import shipped_catalogue
from advocate_score.signals.compute import schema_hash, signal_frame, write_signals
from oracles.signal_worlds import AS_OFS, random_signals, register, typed, world

ACCOUNTS = [f"A{number:03}" for number in range(30)]
COUNT = {"name": "contacts_90d", "family": "renewals", "table": "interactions", "aggregate": "count"}
COUNT |= {"concept": "x", "en": "{value}", "es": "{value}", "lookback_days": 90}


def declared(**changes: object) -> Signal:
    return Signal.model_validate(COUNT | changes)


@pytest.fixture
def small(engine: Engine) -> Engine:
    register(engine, world(random.Random(1), ACCOUNTS))
    return engine


def spine_of(*pairs: tuple[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(pairs, columns=["account_id", "as_of"])
    return frame.assign(as_of=pd.to_datetime(frame["as_of"]))


def test_rows_order_and_index_are_those_of_the_spine(small: Engine) -> None:
    spine = spine_of(("A007", "2024-08-01"), ("A001", "2024-05-01"), ("A007", "2024-08-01"), ("nobody", "2024-08-01"))
    frame = signal_frame(small, spine.set_axis([5, 3, 9, 1]), [declared()], 45)
    assert list(frame.index) == [5, 3, 9, 1]
    assert frame.iloc[0].equals(frame.iloc[2])
    alone = signal_frame(small, spine.head(1), [declared()], 45)
    assert alone["contacts_90d"].iloc[0] == frame["contacts_90d"].iloc[0]
    assert frame["contacts_90d"].iloc[3] == 0


def test_one_as_of_for_all_and_each_its_own_agree(small: Engine) -> None:
    signals = random_signals(random.Random(2), 60)
    frames = [
        signal_frame(small, pd.DataFrame({"account_id": ACCOUNTS, "as_of": pd.Timestamp(as_of)}), signals, 45)
        for as_of in AS_OFS[:2]
    ]
    both = pd.DataFrame([(name, as_of) for as_of in AS_OFS[:2] for name in ACCOUNTS], columns=["account_id", "as_of"])
    pd.testing.assert_frame_equal(
        signal_frame(small, both, signals, 45), pd.concat(frames, ignore_index=True), check_exact=True
    )


@pytest.mark.parametrize("signals", [[], [declared(), declared(name="other")]])
def test_an_empty_spine_has_the_columns_all_the_same(small: Engine, signals: list[Signal]) -> None:
    frame = signal_frame(small, spine_of(), signals, 45)
    assert (len(frame), list(frame.columns)) == (0, [one.name for one in signals])


def test_the_whole_catalogue_runs_on_empty_tables(engine: Engine) -> None:
    register(engine, {name: [] for name in TABLES})
    signals = shipped_catalogue().signals
    frame = signal_frame(engine, spine_of(("A", "2024-08-01"), ("B", "2025-08-01")), signals, 45)
    assert list(frame.columns) == [one.name for one in signals]
    nothing = {"count": 0.0, "sum": 0.0, "distinct": 0.0, "trend": 0.0}
    for one in signals:
        wanted = one.prior if one.aggregate == "rate" else nothing.get(one.aggregate)
        assert frame[one.name].isna().all() if wanted is None else (frame[one.name] == wanted).all()
        assert frame[one.name].dtype == ("str" if one.is_category else "float64")


def test_an_unknown_sum_is_not_nought(engine: Engine) -> None:
    rows = [{"renewal_id": "1", "account_id": "A", "occurred_at": AS_OFS[0], "kind": "renewal", "amount": None}]
    engine.register_frame("renewals", typed("renewals", rows))
    total = declared(name="total", table="renewals", aggregate="sum", column="amount", lookback_days=None)
    frame = signal_frame(engine, spine_of(("A", "2025-01-01"), ("B", "2025-01-01")), [total], 45)
    assert frame["total"].isna().to_list() == [True, False]
    assert frame["total"].iloc[1] == 0


def test_more_conditions_than_a_mask_has_bits(small: Engine) -> None:
    signals = [declared(name=f"minutes_{n}", where={"duration_minutes": {"min": n / 100}}) for n in range(150)]
    spine = pd.DataFrame({"account_id": ACCOUNTS, "as_of": pd.Timestamp(AS_OFS[2])})
    frame = signal_frame(small, spine, signals, 45)
    pd.testing.assert_series_equal(frame["minutes_149"], signal_frame(small, spine, signals[149:], 45)["minutes_149"])
    assert (frame["minutes_0"] >= frame["minutes_149"]).all()
    assert frame["minutes_0"].sum() > frame["minutes_149"].sum() > 0


def test_threads_change_no_bit(tmp_path: Path) -> None:
    chance = random.Random(3)
    made, signals = world(chance, ACCOUNTS, rows=60), random_signals(chance, 60)
    spine = pd.DataFrame([(name, chance.choice(AS_OFS)) for name in ACCOUNTS * 3], columns=["account_id", "as_of"])
    frames = []
    for threads in (1, 4):
        with DuckdbEngine(tmp_path, "500MB", threads) as engine:
            register(engine, made)
            frames.append(signal_frame(engine, spine, signals, 45))
    pd.testing.assert_frame_equal(*frames, check_exact=True)


def test_written_signals_are_those_of_the_frame(small: Engine, tmp_path: Path) -> None:
    spine = spine_of(("A007", "2024-08-01"), ("A001", "2024-05-01")).assign(ask_id=["second", "first"])
    signals = random_signals(random.Random(4), 20)
    write_signals(small, spine, signals, 45, tmp_path / "signals.parquet")
    written = pd.read_parquet(tmp_path / "signals.parquet")
    assert list(written.columns) == ["account_id", "as_of", "ask_id", *(one.name for one in signals)]
    pd.testing.assert_frame_equal(written[spine.columns], spine, check_dtype=False)
    pd.testing.assert_frame_equal(written.iloc[:, 3:], signal_frame(small, spine, signals, 45), check_exact=True)


@pytest.mark.parametrize(
    "changes",
    [{"name": "other"}, {"lookback_days": 91}, {"aggregate": "recency"}, {"where": {"kind": "x"}}, {"fill": 0.0}],
)
def test_the_schema_hash_notices_what_changes_a_value(changes: dict[str, object]) -> None:
    assert schema_hash([declared()]) != schema_hash([declared(**changes)])


def test_the_schema_hash_is_of_order_and_not_of_wording() -> None:
    first, second = declared(), declared(name="other")
    assert schema_hash([first, second]) != schema_hash([second, first])
    assert schema_hash([first]) == schema_hash([declared(en="said otherwise", direction=1, concept="y")])
    cases = {"zero": "none", "low": "few", "other": "{value}"}
    graded = {"bands": {"low": 1, "high": 5}, "reads": -1, "reason": False, "en": cases, "es": cases}
    assert schema_hash([first]) == schema_hash([declared(**graded)])

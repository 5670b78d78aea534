import json

import numpy as np
import pandas as pd
import pytest

from advocate_score.evaluation.comparison import level_order, methods_of, summary
from advocate_score.evaluation.metrics import paired_difference


@pytest.fixture(scope="module")
def predictions() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    chance = rng.uniform(0.1, 0.9, 120)
    return pd.DataFrame(
        {
            "ask_id": range(120),
            "account_id": rng.integers(30, size=120).astype(str),
            "level": rng.integers(1, 4, 120),
            "asked_at": pd.Timestamp(2024, 2, 1),
            "origin": pd.Timestamp(2024, 1, 1),
            "outcome": (rng.random(120) < chance).astype(int),
            "readiness": chance,
            "base_rate": 0.5,
            "never_asked_before": rng.random(120) < 0.2,
        }
    )


def test_every_method_level_and_subset_once(predictions: pd.DataFrame) -> None:
    found = summary(predictions, metrics=["log_loss", "auc"], draws=30)
    assert not found.duplicated(["method", "metric", "level", "subset"]).any()
    assert len(found) == 2 * 2 * 5 * 2
    first_asks = found[(found["subset"] == "never_asked_before") & (found["level"] == "pooled")]
    assert set(first_asks["n"]) == {predictions["never_asked_before"].sum()}


def test_differences_are_from_the_blend(predictions: pd.DataFrame) -> None:
    found = summary(predictions, metrics=["log_loss"], draws=100, seed=2)
    row = found[(found["method"] == "base_rate") & (found["level"] == "macro") & (found["subset"] == "all")].iloc[0]
    expected = paired_difference(predictions, "readiness", "base_rate", level="macro", draws=100, seed=2)
    assert row["delta"] == expected.delta
    assert (row["delta_low"], row["delta_high"]) == (expected.low, expected.high)
    assert row["p_delta_below_zero"] == expected.p_below_zero
    assert found.loc[found["method"] == "readiness", "delta"].isna().all()


def test_it_goes_to_json_and_holds_no_subset_without_asks(predictions: pd.DataFrame) -> None:
    found = summary(predictions.assign(never_asked_before=False), metrics=["auc"], draws=10)
    assert set(found["subset"]) == {"all"}
    assert len(json.loads(found.to_json(orient="records"))) == len(found)


def test_it_works_without_a_blend(predictions: pd.DataFrame) -> None:
    found = summary(predictions.drop(columns="readiness"), metrics=["auc"], draws=10)
    assert set(found["method"]) == {"base_rate"}
    assert found["delta"].isna().all()


def test_methods_are_the_columns_of_probabilities(predictions: pd.DataFrame) -> None:
    assert methods_of(predictions) == ["readiness", "base_rate"]


def asked(yes_of_level: dict[int, float], asks: int = 300) -> pd.DataFrame:
    """Two asks an account and level, of which exactly so many said yes."""
    parts = [
        pd.DataFrame(
            {
                "account_id": np.arange(asks) % (asks // 2),
                "level": level,
                "outcome": (np.random.default_rng(level).permutation(asks) < share * asks).astype(int),
            }
        )
        for level, share in yes_of_level.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_the_pair_that_contradicts_the_order_is_named() -> None:
    order = level_order(asked({1: 0.6, 2: 0.3, 4: 0.5, 5: 0.5}))
    assert order[["lower", "higher"]].to_numpy().tolist() == [[1, 2], [2, 4], [4, 5]]
    assert order["contradicts"].tolist() == [False, True, False]
    assert order["difference"].tolist() == pytest.approx([-0.3, 0.2, 0.0])
    assert (order["low"] < order["difference"]).all()
    assert (order["difference"] < order["high"]).all()


def test_a_rise_that_chance_explains_contradicts_nothing() -> None:
    assert not level_order(asked({1: 0.45, 2: 0.5}, asks=60))["contradicts"].any()


def test_a_ladder_asked_at_one_level_has_no_order() -> None:
    assert level_order(asked({3: 0.4})).empty


def test_the_order_of_the_rows_changes_no_interval() -> None:
    rows = asked({1: 0.6, 2: 0.3})
    shuffled = rows.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(level_order(rows), level_order(shuffled))

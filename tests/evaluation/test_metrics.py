import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from advocate_score.evaluation.metrics import METRICS, estimate, paired_difference
from advocate_score.model.arrays import interval


@pytest.fixture(scope="module")
def predictions() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    chance = rng.uniform(0.1, 0.9, 300)
    return pd.DataFrame(
        {
            "account_id": rng.integers(40, size=300).astype(str),
            "level": np.repeat([1, 2, 5], [200, 90, 10]),
            "origin": pd.Timestamp(2024, 1, 1),
            "outcome": np.append((rng.random(290) < chance[:290]).astype(int), [0] * 10),
            "good": chance,
            "blind": 0.5,
        }
    )


def test_macro_is_the_plain_mean_of_the_levels(predictions: pd.DataFrame) -> None:
    found = estimate(predictions, ["good"], ["log_loss"], draws=0)["good", "log_loss"].value
    by_level = [log_loss(rows["outcome"], rows["good"], labels=[0, 1]) for _, rows in predictions.groupby("level")]
    assert found["macro"] == pytest.approx(np.mean(by_level))
    assert found["pooled"] == pytest.approx(log_loss(predictions["outcome"], predictions["good"]))


def test_a_level_of_one_class_is_nan_where_that_says_nothing(predictions: pd.DataFrame) -> None:
    found = {metric: one.value for (_, metric), one in estimate(predictions, ["good"], [*METRICS], draws=20).items()}
    assert np.isnan([found[metric]["5"] for metric in ("auc", "calibration_slope", "ici")]).all()
    assert np.isfinite(found["log_loss"]["5"])
    assert found["auc"]["macro"] == pytest.approx(np.mean([found["auc"]["1"], found["auc"]["2"]]))


def test_clustered_intervals_are_wider_where_accounts_repeat_themselves(predictions: pd.DataFrame) -> None:
    one_each = predictions.assign(account_id=[str(n) for n in range(300)])
    ten_each = pd.concat([one_each.assign(ask=n) for n in range(10)], ignore_index=True)
    width = {}
    for name, rows in {"asks": ten_each.assign(account_id=ten_each.index.astype(str)), "accounts": ten_each}.items():
        low, high = interval(estimate(rows, ["good"], ["log_loss"], draws=300)["good", "log_loss"].draws["pooled"])
        width[name] = high - low
    assert width["accounts"] == pytest.approx(np.sqrt(10) * width["asks"], rel=0.25)


def test_a_difference_is_paired_and_signed(predictions: pd.DataFrame) -> None:
    there = paired_difference(predictions, "good", "blind", draws=200, seed=3)
    back = paired_difference(predictions, "blind", "good", draws=200, seed=3)
    assert there.delta == pytest.approx(-back.delta)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert there.high < 0
    assert there.p_below_zero == 1
    assert (there.n, there.n_accounts) == (300, predictions["account_id"].nunique())


def test_a_difference_is_that_of_accounts_drawn_by_hand(predictions: pd.DataFrame) -> None:
    loss = -np.log(np.where(predictions["outcome"] == 1, predictions["good"], 1 - predictions["good"])) - np.log(2)
    sums = (
        pd.DataFrame({"loss": loss, "account": predictions["account_id"]})
        .groupby("account")["loss"]
        .agg(["sum", "count"])
    )
    rng = np.random.default_rng(9)
    drawn = [sums.iloc[rng.integers(len(sums), size=len(sums))].sum() for _ in range(2000)]
    by_hand = np.quantile([one["sum"] / one["count"] for one in drawn], [0.05, 0.95])
    found = paired_difference(predictions, "good", "blind", draws=2000, seed=1)
    assert (found.low, found.high) == pytest.approx(tuple(by_hand), abs=0.006)


def test_a_method_does_not_differ_from_itself(predictions: pd.DataFrame) -> None:
    same = paired_difference(predictions, "good", "good", "auc", level="macro", draws=50)
    assert (same.delta, same.low, same.high, same.p_below_zero) == (0, 0, 0, 0.5)


def test_a_difference_at_a_level_nobody_was_asked_is_nan(predictions: pd.DataFrame) -> None:
    assert np.isnan(paired_difference(predictions, "good", "blind", level="4", draws=20).delta)

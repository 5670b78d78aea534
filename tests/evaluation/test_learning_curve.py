from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from advocate_score.evaluation.backtest import default_origins, rolling_origins, splits
from advocate_score.evaluation.comparison import LEARNING_CURVE_COLUMNS, Watched, learning_curve
from advocate_score.evaluation.methods import base_rate, smoothed_history

DAYS = 45


@pytest.fixture
def rows() -> pd.DataFrame:
    random = np.random.default_rng(11)
    n = 600
    asked_at = pd.Timestamp("2022-01-01") + pd.to_timedelta(np.sort(random.integers(0, 1000, n)), "D")
    frame = pd.DataFrame(
        {
            "ask_id": [f"K{number:04}" for number in range(n)],
            "account_id": [f"A{number}" for number in random.integers(0, 90, n)],
            "level": random.integers(1, 6, n),
            "asked_at": asked_at,
            "matures_at": asked_at + pd.Timedelta(days=DAYS),
            "history_yes": random.integers(0, 3, n).astype(float),
            "history_n": 3.0,
        }
    )
    chance = 0.15 * (6 - frame["level"]) * (0.5 + frame["history_yes"] / 4)
    return frame.assign(outcome=(random.random(n) < chance).astype("int64"))


def drawn(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(curve, predictions)"""
    origins = default_origins(rows, DAYS)
    last = splits(rows, origins, DAYS)[-1]
    watched = {"base_rate": Watched(base_rate, last.test(rows)), "history": Watched(smoothed_history, last.test(rows))}
    until = rows["matures_at"].max().to_pydatetime()
    predictions = rolling_origins(rows, origins, watched, maturity_days=DAYS, seen_until=until)
    return learning_curve(watched, last, rows, seed=1), predictions


def test_the_backtest_is_what_it_would_be_unwatched(rows: pd.DataFrame) -> None:
    origins, until = default_origins(rows, DAYS), rows["matures_at"].max().to_pydatetime()
    plain = {"base_rate": base_rate, "history": smoothed_history}
    expected = rolling_origins(rows, origins, plain, maturity_days=DAYS, seen_until=until)
    pd.testing.assert_frame_equal(drawn(rows)[1], expected)


def test_one_point_an_origin_and_one_of_the_oldest_fifth(rows: pd.DataFrame) -> None:
    curve, _ = drawn(rows)
    assert list(curve.columns) == LEARNING_CURVE_COLUMNS
    trained = [len(split.training(rows)) for split in splits(rows, default_origins(rows, DAYS), DAYS)]
    asks = curve.loc[(curve["method"] == "history") & (curve["metric"] == "auc"), "asks"].to_list()
    assert asks == [int(0.2 * trained[-1]), *trained]


def test_the_last_point_is_the_backtest_at_the_last_origin(rows: pd.DataFrame) -> None:
    curve, predictions = drawn(rows)
    newest = predictions[predictions["origin"] == predictions["origin"].max()]
    last = curve[curve["method"] == "history"].groupby("metric").last()
    assert last.loc["log_loss", "value"] == pytest.approx(log_loss(newest["outcome"], newest["history"]))
    assert last.loc["auc", "value"] == pytest.approx(roc_auc_score(newest["outcome"], newest["history"]))
    assert (last["low"] <= last["value"]).all()
    assert (last["value"] <= last["high"]).all()
    assert (last["tested"] == len(newest)).all()


def test_no_point_sees_the_newest_asks(rows: pd.DataFrame) -> None:
    """Other answers to the newest asks change what is measured, and nothing that was foretold."""
    last = splits(rows, default_origins(rows, DAYS), DAYS)[-1]
    seen: list[pd.Timestamp] = []

    def spying(training: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
        seen.append(training["asked_at"].max())
        return base_rate(training, test)

    watched = {"spy": Watched(spying, last.test(rows))}
    until = rows["matures_at"].max().to_pydatetime()
    rolling_origins(rows, default_origins(rows, DAYS), watched, maturity_days=DAYS, seen_until=until)
    learning_curve(watched, last, rows, seed=1)
    assert len(seen) == 5
    assert max(seen) <= last.origin - timedelta(days=DAYS)


def test_a_log_whose_oldest_fifth_teaches_nothing_has_the_origins_alone(rows: pd.DataFrame) -> None:
    quiet = rows.assign(outcome=rows["outcome"].where(rows.index >= 150, 0))
    curve, _ = drawn(quiet)
    trained = [len(split.training(quiet)) for split in splits(quiet, default_origins(quiet, DAYS), DAYS)]
    assert sorted(curve["asks"].unique()) == trained

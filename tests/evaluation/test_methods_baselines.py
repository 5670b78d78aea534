from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from advocate_score.evaluation.backtest import with_last_outcome
from advocate_score.evaluation.methods import base_rate, last_outcome, nps_rule, smoothed_history

OVERALL = (3 + 0.5) / (10 + 1)
TRAINING = pd.DataFrame(
    {
        "level": [1] * 6 + [2] * 4,
        "outcome": [1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
        "nps_last": [10, 9, 8, np.nan, 3, 9, np.nan, 0, 0, 0],
        "last_outcome": [1, 1, np.nan, 0, 0, 0, 0, 0, 0, np.nan],
    }
)


def test_base_rate_is_shrunk_to_all_levels() -> None:
    test = pd.DataFrame({"level": [1, 2, 5]})
    expected = [(3 + 10 * OVERALL) / 16, 10 * OVERALL / 14, OVERALL]
    assert base_rate(TRAINING, test).tolist() == pytest.approx(expected)


def test_nps_rule_rates_promoters_others_and_the_silent() -> None:
    test = pd.DataFrame({"nps_last": [9.0, 8.0, np.nan]})
    expected = [(2 + 10 * OVERALL) / 13, (1 + 10 * OVERALL) / 15, 10 * OVERALL / 12]
    assert nps_rule(TRAINING, test).tolist() == pytest.approx(expected)


def test_nps_rule_without_surveys_is_the_base_rate() -> None:
    found = nps_rule(TRAINING.drop(columns="nps_last"), pd.DataFrame({"level": [1, 2]}))
    assert found.tolist() == pytest.approx([(3 + 10 * OVERALL) / 20] * 2)


def test_smoothed_history_is_the_formula() -> None:
    test = pd.DataFrame({"history_yes": [0, 3, np.nan], "history_n": [0, 4, np.nan]})
    assert smoothed_history(TRAINING, test).tolist() == pytest.approx([0.3, (3 + 3) / 14, 0.3])


def test_last_outcome_rates_what_came_before() -> None:
    found = last_outcome(TRAINING, pd.DataFrame({"last_outcome": [1.0, 0.0, np.nan]}))
    assert found.tolist() == pytest.approx([(2 + 10 * OVERALL) / 12, 10 * OVERALL / 16, (1 + 10 * OVERALL) / 12])


def test_the_last_outcome_is_the_latest_one_known_strictly_before(ask_log: Callable[..., pd.DataFrame]) -> None:
    rows = ask_log(asks=150, accounts=12, seed=5)
    found = with_last_outcome(rows.sample(frac=1, random_state=1)).sort_values("ask_id")["last_outcome"]
    assert 0 < found.isna().sum() < len(found)
    for ask, one in zip(rows.itertuples(), found, strict=True):
        past = rows[(rows["account_id"] == ask.account_id) & (rows["known_at"] < ask.asked_at)]
        np.testing.assert_equal(one, past["outcome"].iloc[-1] if len(past) else np.nan)


def test_an_outcome_known_at_the_very_ask_is_not_used() -> None:
    asked_at = pd.to_datetime(["2024-01-01", "2024-02-15"]).astype("datetime64[us]")
    rows = pd.DataFrame({"account_id": "a", "asked_at": asked_at, "matures_at": asked_at, "outcome": [1, 0]})
    rows["matures_at"] += pd.Timedelta(days=45)
    assert with_last_outcome(rows)["last_outcome"].isna().all()


def test_rates_of_one_class_stay_inside() -> None:
    found = base_rate(TRAINING.assign(outcome=1), pd.DataFrame({"level": [1, 4]}))
    assert ((found > 0.9) & (found < 1)).all()

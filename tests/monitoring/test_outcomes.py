"""Predictions beside answers: judged where there is enough to judge, and not misled by related asks."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from advocate_score.monitoring.outcomes import (
    AS_PREDICTED,
    TOO_FEW,
    TOO_HIGH,
    TOO_LOW,
    Prediction,
    holm,
    p_of_difference,
    realised_outcomes,
    with_predictions,
)

START = datetime(2025, 1, 1)


def asks(n: int, shift: float = 0.0, seed: int = 0, accounts: int | None = None) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    readiness = draw.uniform(0.1, 0.7, n)
    return pd.DataFrame(
        {
            "account_id": [f"A{number % (accounts or n)}" for number in range(n)],
            "level": 1 + np.arange(n) % 5,
            "outcome": (draw.random(n) < np.clip(readiness + shift, 0, 1)).astype(int),
            "readiness": readiness,
            "history_yes": 0.0,
            "history_n": 0.0,
        }
    )


@pytest.mark.parametrize(("shift", "verdict"), [(0.0, AS_PREDICTED), (-0.25, TOO_HIGH), (0.25, TOO_LOW)])
def test_wrong_predictions_are_told_from_right_ones(shift: float, verdict: str) -> None:
    found = realised_outcomes(asks(400, shift), asks(200, seed=9)).set_index("level")
    assert found.loc["pooled", "verdict"] == verdict
    assert found.loc["pooled", "n"] == 400
    assert found.loc["pooled", "low"] < found.loc["pooled", "observed"] < found.loc["pooled", "high"]


def test_a_model_that_is_right_beats_the_base_rate() -> None:
    assert realised_outcomes(asks(600), asks(300, seed=9)).set_index("level").loc["pooled", "beats_base_rate"] > 0.9


def test_few_accounts_are_not_judged_and_none_are_no_error() -> None:
    few = realised_outcomes(asks(40, 0.4, accounts=5), asks(30, seed=9))
    assert set(few["verdict"]) == {TOO_FEW}
    assert realised_outcomes(asks(40).head(0), asks(30)).empty
    alone = realised_outcomes(asks(40), asks(30).head(0))
    assert alone["beats_base_rate"].isna().all()


def test_related_asks_do_not_raise_alarms() -> None:
    """Accounts differ from their readiness in both directions: each ask says the same ten times."""
    alarms = 0
    for seed in range(200):
        draw = np.random.default_rng(seed)
        yes = np.repeat(draw.random(20) < 0.4, 10).astype(int)
        rows = pd.DataFrame({"account_id": np.repeat(np.arange(20), 10).astype(str), "outcome": yes, "readiness": 0.4})
        alarms += p_of_difference(rows) < 0.05
    assert alarms / 200 < 0.1


def test_right_predictions_raise_an_alarm_no_oftener_than_said() -> None:
    verdicts = [
        set(realised_outcomes(asks(60, seed=seed), asks(40, seed=999), draws=2)["verdict"]) for seed in range(30)
    ]
    assert sum(bool({TOO_HIGH, TOO_LOW} & found) for found in verdicts) <= 3


def test_holm_is_the_step_down_rule() -> None:
    assert holm(np.array([0.04, 0.001, np.nan, 0.02]), 0.05).tolist() == [True, True, False, True]
    assert holm(np.array([0.04, 0.03, 0.02]), 0.05).tolist() == [False, False, False]


def table(as_of: datetime, readiness: float, trained: datetime | None = None) -> Prediction:
    return Prediction(as_of, trained, pd.DataFrame({"account_id": ["A"], "level": [1], "readiness": [readiness]}))


def test_the_last_publication_before_the_ask_predicted_it() -> None:
    days = [datetime(2025, 1, 1), datetime(2025, 2, 1), datetime(2025, 2, 15), datetime(2024, 12, 31)]
    rows = pd.DataFrame({"account_id": ["A", "A", "A", "A"], "level": 1, "asked_at": days})
    rows = pd.concat([rows, rows.head(1).assign(level=2)]).astype({"asked_at": "datetime64[us]"})
    found = with_predictions(rows, [table(datetime(2025, 2, 1), 0.2), table(START, 0.1)])
    assert found["readiness"].tolist()[1:] == pytest.approx([0.1, np.nan, 0.2, 0.2], nan_ok=True)
    assert np.isnan(found["readiness"].tolist()[0])


def test_a_model_is_not_judged_on_asks_that_it_learned_from() -> None:
    rows = pd.DataFrame({"account_id": ["A"], "level": [1], "asked_at": [datetime(2025, 3, 1)]})
    rows = rows.astype({"asked_at": "datetime64[us]"})
    found = with_predictions(rows, [table(START, 0.3, trained=datetime(2025, 6, 1))])
    assert (found["learned_from"].tolist(), found["readiness"].isna().tolist()) == ([True], [True])
    assert with_predictions(rows, []).loc[0, "learned_from"] == False  # noqa: E712

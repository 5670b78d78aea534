import numpy as np
import pandas as pd
import pytest

from advocate_score.evaluation.comparison import reliability


def test_bins_hold_equal_counts_and_say_what_happened() -> None:
    rows = pd.DataFrame(
        {"account_id": [str(n) for n in range(40)], "level": 1, "outcome": [0, 1] * 20, "p": np.linspace(0, 1, 40)}
    )
    found = reliability(rows, "p", bins=2)
    by_level = found[found["level"] == "1"]
    assert by_level["n"].tolist() == [20, 20]
    assert by_level["predicted"].tolist() == pytest.approx([rows["p"][:20].mean(), rows["p"][20:].mean()])
    assert by_level["observed"].tolist() == [0.5, 0.5]
    assert (found["low"] <= found["observed"]).all()
    assert (found["observed"] <= found["high"]).all()


def test_equal_predictions_stay_together() -> None:
    rows = pd.DataFrame({"account_id": "a", "level": 1, "outcome": [0, 1] * 20, "p": 0.5})
    assert reliability(rows, "p")["n"].tolist() == [40, 40]


def test_few_asks_make_one_bin() -> None:
    rows = pd.DataFrame({"account_id": ["a", "b"], "level": [1, 2], "outcome": [1, 0], "p": [0.5, 0.1]})
    assert reliability(rows, "p")["n"].tolist() == [2, 1, 1]

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from advocate_score.model.reliability import effective_size, reliability, wilson


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


@pytest.mark.parametrize(("yes", "n"), [(0, 5), (5, 5), (3, 17), (60, 100)])
def test_wilson_is_what_scipy_says(yes: int, n: int) -> None:
    known = binomtest(yes, n).proportion_ci(0.9, method="wilson")
    assert wilson(yes / n, n) == pytest.approx((known.low, known.high))


def test_effective_size_runs_from_accounts_to_asks() -> None:
    alike = effective_size(yes=np.array([10.0, 0, 10, 0]), n=np.full(4, 10.0))
    assert alike == pytest.approx(3.0)
    lone = effective_size(yes=np.tile([1.0, 0.0], 50), n=np.ones(100))
    assert lone == pytest.approx(99.0)
    assert effective_size(yes=np.zeros(7), n=np.full(7, 3.0)) == 7

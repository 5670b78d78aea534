import numpy as np
import pytest
from scipy.stats import binomtest

from advocate_score.stats import effective_size, wilson


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

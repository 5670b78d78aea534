import numpy as np
import pandas as pd
import pytest

from advocate_score.evaluation.comparison import lift_curve
from advocate_score.evaluation.metrics import (
    Cases,
    cases_of,
    churn,
    lift_at_capacity,
    plain_weights,
    precision_at_capacity,
)


def predictions(outcome: list[int], readiness: list[float], level: list[int], origin: list[int]) -> pd.DataFrame:
    return pd.DataFrame({"outcome": outcome, "readiness": readiness, "level": level, "origin": origin})


def both(cases: Cases) -> tuple[float, float]:
    weight = plain_weights(cases)
    return float(precision_at_capacity(cases, weight)[0]), float(lift_at_capacity(cases, weight)[0])


def test_the_best_of_each_origin_and_level_are_taken() -> None:
    frame = predictions(
        outcome=[1, 0, 0, 0, 0, 1, 1, 0],
        readiness=[0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1],
        level=[1] * 8,
        origin=[1, 1, 1, 1, 2, 2, 2, 2],
    )
    precision, lift = both(cases_of(frame, "readiness", {1: 2}))
    assert precision == pytest.approx(2 / 4)
    assert lift == pytest.approx(2 / (2 * 0.25 + 2 * 0.5))


def test_a_level_without_capacity_takes_nobody() -> None:
    frame = predictions([1, 0, 1, 0], [0.9, 0.1, 0.1, 0.9], [1, 1, 2, 2], [1] * 4)
    assert both(cases_of(frame, "readiness", {1: 1})) == pytest.approx((1.0, 2.0))


def test_ties_share_the_last_places() -> None:
    frame = predictions([1, 0, 0, 0], [0.5] * 4, [1] * 4, [1] * 4)
    assert both(cases_of(frame, "readiness", {1: 2})) == pytest.approx((0.25, 1.0))


def test_without_capacity_a_tenth_is_taken_and_never_less_than_one() -> None:
    frame = predictions([1] + [0] * 4 + [1, 1] + [0] * 28, [*np.linspace(0.9, 0.1, 35)], [1] * 5 + [2] * 30, [1] * 35)
    precision, _ = both(cases_of(frame, "readiness"))
    assert precision == pytest.approx((1 + 2) / (1 + 3))


def test_a_doubled_draw_changes_nothing_and_an_empty_one_is_nan() -> None:
    cases = cases_of(predictions([1, 0, 0], [0.9, 0.5, 0.1], [1] * 3, [1] * 3), "readiness", {1: 1})
    found = precision_at_capacity(cases, np.array([[1.0] * 3, [2.0] * 3, [0.0] * 3]))
    np.testing.assert_allclose(found, [1.0, 1.0, np.nan])


def test_churn_is_the_share_of_places_that_change_hands() -> None:
    frame = predictions([0] * 4, [0.9, 0.8, 0.2, 0.1], [1] * 4, [1] * 4).assign(other=[0.9, 0.1, 0.8, 0.2])
    one, other = (cases_of(frame, name, {1: 2}) for name in ("readiness", "other"))
    assert churn(one, one) == 0
    assert churn(other, one) == pytest.approx(0.5)
    assert np.isnan(churn(*(cases_of(frame, "readiness", {}) for _ in range(2))))


def test_the_lift_curve_ends_where_everybody_is_taken() -> None:
    frame = predictions([1, 1, 0, 0] * 10, [0.9, 0.8, 0.4, 0.1] * 10, [1] * 40, [1] * 40)
    found = lift_curve(
        frame.assign(account_id=[str(n // 4) for n in range(40)]), "readiness", (0.25, 0.5, 1.0), draws=20
    )
    assert found["precision"].tolist() == pytest.approx([1.0, 1.0, 0.5])
    assert found["lift"].tolist() == pytest.approx([2.0, 2.0, 1.0])
    assert found.loc[2, ["lift_low", "lift_high"]].tolist() == pytest.approx([1.0, 1.0])

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from advocate_score.model.selection_bias import benchmark, tilted_rates

Chance = st.floats(0.01, 0.99)


@given(yes=Chance, asked_if_yes=Chance, asked_if_no=Chance)
def test_the_tilt_is_exact(yes: float, asked_if_yes: float, asked_if_no: float) -> None:
    """By Bayes' rule from the joint distribution of being asked and saying yes."""
    among_asked = yes * asked_if_yes / (yes * asked_if_yes + (1 - yes) * asked_if_no)
    among_others = yes * (1 - asked_if_yes) / (yes * (1 - asked_if_yes) + (1 - yes) * (1 - asked_if_no))
    odds_ratio = asked_if_yes / (1 - asked_if_yes) / (asked_if_no / (1 - asked_if_no))
    low, modelled, high = tilted_rates(np.array([[among_asked]]), (1.0,), np.log(odds_ratio))
    assert low == pytest.approx(among_others)
    assert modelled == pytest.approx(among_asked)
    assert (high - modelled) * np.log(odds_ratio) >= 0


def test_levels_count_as_they_were_asked() -> None:
    readiness = np.array([[0.9, 0.1], [0.7, 0.3]])
    assert tilted_rates(readiness, (0.75, 0.25), 0.0) == pytest.approx((0.65,) * 3)


def test_the_benchmark_is_the_strongest_known_concept() -> None:
    concepts = pd.DataFrame({"tone": [-1.0, 1.0], "breadth": [-2.0, 2.0]})
    assert benchmark(concepts, {"renewals": 0.9}) == ("breadth", 2.0)


def test_where_the_asks_have_shown_little_the_scorecard_is_the_benchmark() -> None:
    concepts = pd.DataFrame({"tone": [-0.1, 0.1]})
    name, band = benchmark(concepts, {"renewals": 0.9, "sentiment": 0.2})
    assert name == "renewals"
    assert band == pytest.approx(0.9 * np.random.default_rng(0).uniform(-1, 1, 200_000).std(), rel=0.01)

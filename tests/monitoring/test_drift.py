"""Drift is named where it is beyond chance and large enough to matter, whatever the number of accounts."""

import numpy as np
import pandas as pd
import pytest

from advocate_score.monitoring.drift import chance_bound, drift, stability_index


def pair(n: int, shift: float, seed: int, columns: int = 1) -> tuple[dict[str, pd.Series], dict[str, pd.Series]]:
    draw = np.random.default_rng(seed)
    before = {f"s{k}": pd.Series(draw.normal(size=n)) for k in range(columns)}
    return before, {f"s{k}": pd.Series(draw.normal(shift, size=n)) for k in range(columns)}


def alarmed(before: dict[str, pd.Series], after: dict[str, pd.Series]) -> pd.Series:
    return drift(before, after, dict.fromkeys(before, "signal"))["drifted"]


@pytest.mark.parametrize("n", [30, 200])
def test_chance_alarms_no_oftener_than_said_whatever_the_size(n: int) -> None:
    alarms = sum(alarmed(*pair(n, 0.0, seed, columns=20)).any() for seed in range(12))
    assert alarms <= 2


@pytest.mark.parametrize("n", [200, 2000])
def test_a_shift_of_a_standard_deviation_is_named(n: int) -> None:
    assert alarmed(*pair(n, 1.0, 1)).all()


def test_a_trifle_is_not_named_even_among_many_accounts() -> None:
    found = drift(*pair(50_000, 0.1, 1), {"s0": "signal"})
    assert found["psi"].iloc[0] > chance_bound(50_000, 50_000, 10, 0.05)
    assert not found["drifted"].any()


def test_too_few_accounts_are_not_compared() -> None:
    found = drift(*pair(15, 5.0, 1), {"s0": "signal"})
    assert found["psi"].isna().all()
    assert not found["drifted"].any()


def test_values_that_become_unknown_are_a_drift() -> None:
    before, after = pair(400, 0.0, 3)
    after["s0"][:200] = np.nan
    assert alarmed(before, after).all()


def test_a_value_that_many_share_and_then_nobody_has_is_a_drift() -> None:
    draw = np.random.default_rng(1)
    before = {"s0": pd.Series(np.where(draw.random(400) < 0.7, 0.0, draw.random(400)))}
    after = {"s0": pd.Series(draw.random(400))}
    assert alarmed(before, after).all()
    assert not alarmed(before, {"s0": before["s0"].sample(frac=1, random_state=1)}).any()


def test_a_mix_of_categories_can_drift() -> None:
    before = {"s0": pd.Series(["energy"] * 150 + ["retail"] * 150)}
    same, other = ({"s0": pd.Series(["energy"] * n + ["retail"] * (300 - n))} for n in (160, 270))
    assert not alarmed(before, same).any()
    assert alarmed(before, other).all()


def test_a_signal_that_is_the_same_for_all_is_no_drift() -> None:
    constant = {"s0": pd.Series([1.0] * 200), "s1": pd.Series([np.nan] * 200)}
    assert not alarmed(constant, constant).any()


def test_the_index_is_that_of_its_definition() -> None:
    p, q = np.array([300.5, 100.5]) / 401, np.array([200.5, 200.5]) / 401
    by_hand = float(((p - q) * np.log(p / q)).sum())
    assert stability_index(np.array([300.0, 100.0]), np.array([200.0, 200.0])) == pytest.approx(by_hand)

"""A night is compared with the last one by how readiness and signals are spread, and by who stays among the best."""

import numpy as np
import pandas as pd
import pytest

from advocate_score.monitoring.drift import moved_signals, profiles
from advocate_score.monitoring.stability import Limits, Movement, movements, overlap
from advocate_score.signal_spec import Signal

LIMITS = Limits(most_drift=0.25, least_overlap=0.5, list_size=200)


def night(scores: np.ndarray) -> pd.DataFrame:
    ids = [f"A{n:04}" for n in range(len(scores))]
    return pd.DataFrame({"account_id": ids, "level": 1, "readiness": scores})


def only(before: np.ndarray, after: np.ndarray) -> Movement:
    return movements(night(before), night(after), LIMITS)[0]


def draws(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).beta(2, 3, n)


@pytest.mark.parametrize("n", [12, 45, 120, 2000])
def test_small_changes_hold_no_night_whatever_the_size(n: int) -> None:
    before = draws(n)
    after = np.clip(before + np.random.default_rng(1).normal(0, 0.02, n), 0, 1)
    assert not only(before, after).held


@pytest.mark.parametrize("n", [120, 2000])
def test_scores_that_all_fall_are_a_drift_though_the_same_are_the_best(n: int) -> None:
    found = only(draws(n), draws(n) / 2)
    assert (found.drifted, found.reshuffled, found.overlap) == (True, False, 1.0)
    assert found.psi_bound is not None
    assert (found.psi_bound > LIMITS.most_drift) == (n == 120)


@pytest.mark.parametrize("n", [45, 400])
def test_the_same_scores_on_other_accounts_are_no_drift_and_yet_reshuffled(n: int) -> None:
    found = only(draws(n), np.random.default_rng(3).permutation(draws(n)))
    assert (found.drifted, found.reshuffled) == (False, True)


def test_too_few_accounts_are_not_judged() -> None:
    found = only(draws(12), 1 - draws(12))
    assert (found.psi, found.overlap, found.held) == (None, None, False)


def test_the_list_says_how_many_are_the_best() -> None:
    assert only(draws(2000), draws(2000)).best == 100
    assert movements(night(draws(2000)), night(draws(2000)), Limits(0.25, 0.5, 20))[0].best == 20


def test_equals_stay_together_newcomers_put_nobody_out_and_who_is_gone_has_not_stayed() -> None:
    before = pd.Series([0.9, 0.9, 0.9, 0.1], ["a", "b", "c", "d"])
    assert overlap(before, before[::-1], 2) == 1.0
    assert overlap(before, pd.Series([0.99, 0.9, 0.9, 0.1], ["new", "a", "b", "d"]), 2) == 1.0
    assert overlap(before, pd.Series([0.9, 0.8], ["b", "d"]), 2) == 0.5
    assert overlap(before, pd.Series([0.9], ["new"]), 2) == 0.0


def signal(name: str, aggregate: str = "count") -> Signal:
    facts = {"family": "responsiveness", "table": "interactions", "concept": "contact", "en": "", "es": ""}
    return Signal(name=name, aggregate=aggregate, **facts)


SIGNALS = [signal("calls"), signal("days_since", "recency")]


def accounts(n: int, seed: int) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return pd.DataFrame({"calls": draw.poisson(4, n).astype(float), "days_since": draw.exponential(9, n)})


def test_a_unit_error_moves_a_signal_and_an_ordinary_night_does_not() -> None:
    kept = profiles(accounts(300, 1), SIGNALS)
    ordinary, faulty = accounts(300, 2), accounts(300, 2).assign(calls=lambda table: 100 * table["calls"])
    found, wrong = (moved_signals(kept, table).set_index("signal").loc["calls"] for table in (ordinary, faulty))
    assert found["psi"] < found["chance"] < 0.25
    assert wrong["psi"] > 1


def test_what_becomes_unknown_has_moved() -> None:
    gone = accounts(300, 2).assign(calls=np.nan)
    assert moved_signals(profiles(accounts(300, 1), SIGNALS), gone)["psi"].iloc[0] > 1


def test_what_follows_the_calendar_is_not_kept_and_few_accounts_have_no_profile() -> None:
    assert list(profiles(accounts(300, 1), SIGNALS)) == ["calls"]
    assert profiles(accounts(15, 1), SIGNALS) == {}
    assert moved_signals({}, accounts(300, 1)).empty

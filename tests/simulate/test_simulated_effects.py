"""Each effect can be switched, and switching one leaves the draws of the others alone."""

import numpy as np
import pandas as pd
import pytest

from advocate_score.simulate.crm import SimulatedCrm, simulate_crm
from advocate_score.simulate.ground_truth import carried_fatigue, remaining_fatigue
from advocate_score.simulate.world import World

BASE = World(accounts=800, asks=3_000, seed=9, mess=False)
TOUCHED_BY_ANSWERS = {"asks", "assets", "opportunities"}


def made(**changes: object) -> SimulatedCrm:
    return simulate_crm(World.model_validate({**BASE.model_dump(), **changes}))


@pytest.fixture(scope="module")
def base() -> SimulatedCrm:
    return simulate_crm(BASE)


def log_odds(truth: pd.DataFrame) -> pd.DataFrame:
    p = truth.pivot_table(index="account_id", columns="level", values="p_yes")
    return np.log(p / (1 - p))


@pytest.mark.parametrize("effect", [{"fatigue": 0}, {"drift": 2}, {"non_linear": 0}, {"heterogeneity": 2}])
def test_an_effect_on_the_answers_changes_answers_alone(base: SimulatedCrm, effect: dict[str, object]) -> None:
    other = made(**effect)
    for name in base.tables.keys() - TOUCHED_BY_ANSWERS:
        pd.testing.assert_frame_equal(base.tables[name], other.tables[name])
    asked = ["account_id", "level", "asked_at", "propensity"]
    pd.testing.assert_frame_equal(base.tables["asks"][asked], other.tables["asks"][asked])
    assert not base.ask_truth["p_yes"].equals(other.ask_truth["p_yes"])


def test_selection_changes_the_asks_and_no_event_before_them(base: SimulatedCrm) -> None:
    other = made(selection="none")
    for name in ("accounts", "contacts", "interactions", "renewals", "surveys", "outcomes", "permissions"):
        pd.testing.assert_frame_equal(base.tables[name], other.tables[name])
    assert len(base.ask_truth) != len(other.ask_truth)


def test_fatigue_lowers_readiness_and_wears_off() -> None:
    rested, tired = (log_odds(made(fatigue=strength).truth)[1] for strength in (0, 1))
    short = log_odds(made(fatigue=1, fatigue_half_life_days=5).truth)[1]
    assert (tired <= rested).all()
    assert (tired < rested - 0.2).mean() > 0.2
    assert (rested - short).mean() < (rested - tired).mean() / 2


def test_fatigue_equals_the_sum_over_earlier_asks() -> None:
    rng = np.random.default_rng(1)
    account = np.sort(rng.integers(0, 30, 300))
    day = rng.random(300) * 500
    day = day[np.lexsort((day, account))]
    plain = [
        sum(0.5 ** ((day[i] - day[j]) / 60) for j in range(i) if account[j] == account[i]) for i in range(len(day))
    ]
    np.testing.assert_allclose(carried_fatigue(account, day, 60.0), plain)
    later = [sum(0.5 ** ((600 - d) / 60) for a, d in zip(account, day, strict=True) if a == who) for who in range(32)]
    np.testing.assert_allclose(remaining_fatigue(account, day, 32, 600.0, 60.0), later)


def test_without_heterogeneity_every_ladder_is_the_same() -> None:
    gaps = log_odds(made(heterogeneity=0, blocks=0).truth).diff(axis=1).iloc[:, 1:]
    assert (gaps.std() < 1e-9).all()
    assert (log_odds(made(heterogeneity=1, blocks=0).truth).diff(axis=1).iloc[:, 1:].std() > 0.2).all()


def test_drift_makes_the_past_readier_than_the_present() -> None:
    steady, drifting = made(drift=0), made(drift=1)
    pd.testing.assert_series_equal(steady.truth["p_yes"], drifting.truth["p_yes"])
    assert drifting.ask_truth["p_yes"].mean() > steady.ask_truth["p_yes"].mean() + 0.1


def test_no_reply_is_as_frequent_as_asked() -> None:
    shares = {}
    for share in (0.0, 0.3, 0.8):
        asks = made(no_reply=share, late_yes=0).tables["asks"].query("level > 0")
        refused = asks[asks["response"].isin(["declined", "not_now", "no_reply"])]
        shares[share] = (refused["response"] == "no_reply").mean()
    assert shares[0.0] == 0
    assert shares[0.3] == pytest.approx(0.3, abs=0.05)
    assert shares[0.8] == pytest.approx(0.8, abs=0.05)

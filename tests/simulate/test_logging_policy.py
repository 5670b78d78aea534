"""Propensities are those of the policy, and what the policy looks at decides the bias."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from advocate_score.simulate.accounts import Setting, draw_clients
from advocate_score.simulate.crm import SimulatedCrm, simulate_crm
from advocate_score.simulate.events import draw_events, rates
from advocate_score.simulate.logging_policy import draw_choices, logging_policy
from advocate_score.simulate.world import WEEKS, Clock, Streams, World

Judge = Callable[[SimulatedCrm, World], pd.DataFrame]


def of_asks(selection: str, **options: object) -> tuple[World, SimulatedCrm]:
    settings = {"accounts": 2_000, "asks": 8_000, "seed": 21, "mess": False, "fatigue": 0, "drift": 0}
    world = World.model_validate({**settings, "selection": selection, **options})
    return world, simulate_crm(world)


def test_propensities_add_up_to_the_asks_and_to_every_week() -> None:
    world = World(accounts=2_000, asks=10_000, seed=4, exploration=0.2)
    setting = Setting(world, Clock(world.data_cut, world.years), Streams(world.seed))
    clients = draw_clients(setting)
    seen = draw_events(rates(clients, 0.2, {"results": 0.5}), setting.clock, setting.streams.of("seen"))
    policy = logging_policy(setting, clients, [seen])
    expected = policy.weekly.sum() * WEEKS
    assert expected == pytest.approx(world.asks)
    assert policy.weekly.max() < 0.5
    assert (policy.weekly[~clients.active] == 0).all()

    account, period = np.nonzero(clients.active)
    levels = [policy.propensity(account, period, np.full(len(account), level)) for level in range(1, 6)]
    np.testing.assert_allclose(np.sum(levels, axis=0), policy.weekly[account, period])

    choices = draw_choices(setting, policy)
    assert abs(len(choices.day) - expected) < 4 * np.sqrt(expected)
    assert choices.exploration.mean() == pytest.approx(world.exploration, abs=0.02)
    cells = len(account) * WEEKS * 5
    spread = np.sqrt(sum((1 / level - 1).sum() for level in levels) * WEEKS)
    assert abs((1 / choices.propensity).sum() - cells) < 4 * spread


@pytest.mark.parametrize("selection", ["none", "mar", "mnar"])
def test_inverse_propensities_undo_the_selection(selection: str, judged: Judge) -> None:
    world, crm = of_asks(selection, exploration=0.3, outside_programme=0)
    asks = judged(crm, world)
    weight = 1 / asks["truly"]
    everyone = crm.truth["p_yes"].mean()
    assert np.average(asks["outcome"], weights=weight) == pytest.approx(everyone, abs=0.035)
    by_level = crm.truth.groupby("level")["p_yes"].mean()
    excess = asks["outcome"].mean() - asks["level"].map(by_level).mean()
    assert (excess > 0.06) == (selection != "none")
    assert abs(excess) < 0.035 or selection != "none"


def test_only_mnar_leans_on_the_goodwill_and_exploration_never_does() -> None:
    means = {}
    for selection in ("none", "mar", "mnar"):
        _, crm = of_asks(selection, exploration=0.1)
        goodwill = crm.truth.drop_duplicates("account_id").set_index("account_id")["goodwill"]
        asks = crm.tables["asks"].query("level > 0")
        means[selection] = asks["account_id"].map(goodwill).groupby(asks["exploration"]).mean()
    for selection in ("none", "mar"):
        assert abs(means[selection][False]) < 0.15
    assert means["mnar"][False] > 0.6
    assert max(abs(mean[True]) for mean in means.values()) < 0.2


def test_without_weight_the_goodwill_moves_no_answer() -> None:
    _, crm = of_asks("mnar", goodwill=0)
    level_one = crm.truth.query("level == 1")
    assert abs(level_one["p_yes"].corr(level_one["goodwill"])) < 0.07
    _, crm = of_asks("mnar", goodwill=1)
    level_one = crm.truth.query("level == 1")
    assert level_one["p_yes"].corr(level_one["goodwill"]) > 0.3


def test_favourites_are_asked_too_often() -> None:
    _, even = of_asks("none", outside_programme=0)
    _, leaning = of_asks("mnar", outside_programme=0)
    assert top_tenth(leaning) > 0.35
    assert top_tenth(even) < 0.25


def top_tenth(crm: SimulatedCrm) -> float:
    """Share of the asks that go to the most asked tenth of the accounts."""
    asks = crm.tables["asks"].query("level > 0")
    counts = asks["account_id"].value_counts()
    return float(counts.head(len(crm.tables["accounts"]) // 10).sum() / counts.sum())


def test_unlogged_propensities_stay_in_the_truth_alone() -> None:
    _, crm = of_asks("mnar", log_propensities=False)
    assert crm.tables["asks"][["propensity", "exploration", "policy_id"]].isna().all(axis=None)
    assert (crm.ask_truth["propensity"] > 0).all()

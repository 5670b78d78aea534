"""The truth must be the truth: of the answers, of the ladder, of the propensities, of the bias."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from advocate_score.simulate.crm import SimulatedCrm
from advocate_score.simulate.world import World

Judge = Callable[[SimulatedCrm, World], pd.DataFrame]
Z = 4.0
"""Standard errors; a right simulator exceeds them once in 16,000 checks."""


def standard_error(p: pd.Series) -> float:
    return float(np.sqrt((p * (1 - p)).sum()) / len(p))


def test_outcomes_follow_the_true_probabilities(crm: SimulatedCrm, world: World, judged: Judge) -> None:
    asks = judged(crm, world)
    assert len(asks) > 5_000
    groups = [
        asks,
        *(rows for _, rows in asks.groupby("level")),
        *(rows for _, rows in asks.groupby(asks["p_yes"] // 0.2)),
    ]
    for rows in groups:
        assert abs((rows["outcome"] - rows["p_yes"]).mean()) < Z * standard_error(rows["p_yes"]) + 0.001


def test_readiness_falls_with_level_but_for_the_blocks(crm: SimulatedCrm, world: World) -> None:
    truth = crm.truth
    assert len(truth) == world.accounts * 5
    assert truth["p_yes"].between(0, 1).all()
    curve = truth.pivot_table(index="account_id", columns="level", values="p_yes")
    blocked = truth.groupby("account_id")["blocked"].any()
    assert (curve[~blocked].diff(axis=1).iloc[:, 1:] <= 0).all(axis=None)
    no_case_study = truth.query("level == 2 and blocked")["account_id"]
    assert len(no_case_study) > 20
    assert (curve.loc[no_case_study, 2] < curve.loc[no_case_study, 3]).mean() > 0.95


def test_truth_covers_every_account_asked_or_not(clean: SimulatedCrm) -> None:
    accounts = clean.tables["accounts"]["account_id"]
    assert set(clean.truth["account_id"]) == set(accounts)
    asks = clean.tables["asks"]
    asked = set(asks.loc[asks["level"] > 0, "account_id"])
    never = set(clean.truth.loc[clean.truth["never_asked"], "account_id"])
    assert never == set(accounts) - asked
    assert 0.05 < len(never) / len(accounts) < 0.6
    assert len(clean.ask_truth) == (asks["level"] > 0).sum()


def test_a_late_yes_is_no_yes_in_time(crm: SimulatedCrm, world: World, judged: Judge) -> None:
    asks = judged(crm, world)
    late = (asks["response"] == "accepted") & (asks["outcome"] == 0)
    assert late.sum() > 10


def test_nps_is_a_weak_predictor_beside_the_truth(clean: SimulatedCrm, world: World, judged: Judge) -> None:
    surveys = clean.tables["surveys"].dropna(subset="nps")[["account_id", "answered_at", "nps"]]
    asks = judged(clean, world).sort_values("asked_at")
    known = pd.merge_asof(
        asks, surveys, left_on="asked_at", right_on="answered_at", by="account_id", allow_exact_matches=False
    ).dropna(subset="nps")
    assert len(known) > 2_000
    assert 0.5 < auc(known["outcome"], (known["nps"] >= 9).astype(float)) < 0.6
    assert auc(known["outcome"], known["p_yes"]) > 0.78


def auc(outcome: pd.Series, score: pd.Series) -> float:
    rank, yes = score.rank(), outcome == 1
    return float((rank[yes].mean() - (yes.sum() + 1) / 2) / (~yes).sum())

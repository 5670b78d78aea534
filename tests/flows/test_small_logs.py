"""On a small log the gate lets a model serve where it beats the scorecard, and what serves is never much worse."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import xlogy

from advocate_score.errors import InputError
from advocate_score.evaluation.promotion_gate import CHALLENGER
from advocate_score.flows.datasets import TRAINING_TABLES, training_set
from advocate_score.flows.evaluation import predict
from advocate_score.flows.project import Silent, open_data, open_project
from advocate_score.flows.promote import ChallengerComparison, evaluate_gate
from advocate_score.flows.serving import untrained_model
from advocate_score.model.arrays import Floats
from advocate_score.simulate.crm import simulate_crm, write_crm
from advocate_score.simulate.world import World
from flows.test_gate_says_no import CONFIG, NOW, SMALL
from goals import sized

TOLERATED = 0.01


def small_firm(folder: Path, number: int) -> pd.DataFrame:
    """Between 86 and 200 asks; returns the true readiness by account and level."""
    folder.mkdir()
    (folder / "advocate.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "small.toml").write_text(SMALL, encoding="utf-8")
    crm = simulate_crm(World(accounts=150, asks=80 + 6 * number, seed=100 + number, mess=False))
    write_crm(crm, folder)
    return crm.truth


def excess(curve: Floats, truth: Floats) -> float:
    """Mean expected log loss beyond that of the truth."""
    own = xlogy(truth, truth) + xlogy(1 - truth, 1 - truth)
    return float(np.mean(own - xlogy(truth, curve) - xlogy(1 - truth, 1 - curve)))


@pytest.mark.goal("G42")
@pytest.mark.parametrize("number", range(1, 1 + sized(2, 20)))
def test_what_serves_is_not_worse_than_the_scorecard(
    number: int, tmp_path: Path, measured: Callable[[str], None]
) -> None:
    true = small_firm(tmp_path / "firm", number)
    project = open_project(tmp_path / "firm" / "advocate.toml", [], Silent())
    with open_data(project, TRAINING_TABLES) as data:
        model = untrained_model(project.settings, data.signals)
        dataset = training_set(project, data, NOW, data.signals)
    rows = dataset.rows
    comparison = ChallengerComparison(model.fit(rows))
    methods = {CHALLENGER: comparison.challenger_refitted(), **comparison.references()}
    try:
        predictions = predict(rows, methods, project.settings, NOW, Silent())
    except InputError:
        predictions = pd.DataFrame()
    curve = model.scores(dataset.accounts).readiness
    verdict = evaluate_gate(project, comparison, predictions, rows, curve, None)
    card = (
        untrained_model(project.settings, model.signals).fit_cold(dataset.accounts).scores(dataset.accounts).readiness
    )
    truth = true.pivot_table(index="account_id", columns="level", values="p_yes").loc[dataset.accounts["account_id"]]
    lead = excess(curve, truth.to_numpy()) - excess(card, truth.to_numpy())
    chances = {check.reference: check.value for check in verdict.checks if check.check == "P(log loss lower)"}
    measured(
        f"log {number}, {int(rows['outcome'].sum())} yes of {len(rows)}: the model at {lead:+.3f} to the card, "
        f"{'serves' if verdict.promoted else 'held'}; P of beating "
        f"{', '.join(f'{name} {chance:.2f}' for name, chance in chances.items())}"
    )
    assert lead <= TOLERATED or not verdict.promoted
    assert not verdict.promoted or set(model.evidence().values()) <= {"limited", "solid"}

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from advocate_score.evaluation.comparison import summary
from advocate_score.model.recipe import Recipe
from advocate_score.tracking.training_result import Evaluation
from advocate_score.tracking.training_run import children, flatten_recipe

ORIGINS = (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-07-01"))


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    random = np.random.default_rng(5)
    n = 120
    readiness = random.uniform(0.1, 0.9, n)
    predictions = pd.DataFrame(
        {
            "ask_id": [f"K{number}" for number in range(n)],
            "account_id": [f"A{number}" for number in random.integers(0, 40, n)],
            "level": random.integers(1, 4, n),
            "asked_at": ORIGINS[0],
            "origin": np.where(np.arange(n) < 50, *ORIGINS),
            "outcome": (random.random(n) < readiness).astype("int64"),
            "readiness": readiness,
            "logit": 0.25 + 0.5 * readiness,
            "never_asked_before": random.random(n) < 0.3,
        }
    )
    learned = {"method": "logit", "asks": [80, 400], "metric": "auc", "value": [0.6, 0.7]}
    learning = pd.DataFrame(learned).assign(low=0.5, high=0.9, tested=70)
    recipes = {"readiness": Recipe(bootstrap=7), "logit": Recipe(components=("logit",))}
    return Evaluation(predictions, summary(predictions, draws=20), recipes, learning)


def test_a_method_has_its_metrics_under_the_names_of_the_training_and_its_recipe(evaluation: Evaluation) -> None:
    blend, logit = children(evaluation)[:2]
    assert (blend.kind, blend.name, logit.name) == ("method", "readiness", "logit")
    assert blend.metrics.keys() <= logit.metrics.keys()
    asks = evaluation.predictions
    assert logit.metrics["log_loss_pooled"] == pytest.approx(log_loss(asks["outcome"], asks["logit"]))
    assert blend.parameters["bootstrap"] == 7
    assert logit.parameters["components"] == ["logit"]
    found = evaluation.summary.set_index(["method", "metric", "level", "subset"]).loc[
        ("logit", "log_loss", "macro", "all")
    ]
    assert logit.metrics["blend_minus_this/log_loss_macro"] == found["delta"]
    assert logit.metrics["blend_minus_this/log_loss_macro_p_below_zero"] == found["p_delta_below_zero"]
    assert not any(name.startswith("blend_minus") for name in blend.metrics)


def test_the_course_of_a_method_goes_over_origins_and_over_asks_learned_from(evaluation: Evaluation) -> None:
    logit = children(evaluation)[1]
    steps = {(one.name, one.step): one.value for one in logit.course}
    newest = evaluation.predictions[evaluation.predictions["origin"] == ORIGINS[1]]
    assert steps["by_origin/log_loss_pooled", 1] == pytest.approx(log_loss(newest["outcome"], newest["logit"]))
    assert steps["by_asks_learned_from/auc_pooled", 400] == 0.7
    assert len(steps) == 4


def test_an_origin_is_every_method_on_the_asks_that_followed_it(evaluation: Evaluation) -> None:
    found = [child for child in children(evaluation) if child.kind == "origin"]
    assert [child.name for child in found] == ["origin 2024-01-01", "origin 2024-07-01"]
    for origin, child in zip(ORIGINS, found, strict=True):
        asks = evaluation.predictions[evaluation.predictions["origin"] == origin]
        assert (child.metrics["asks"], child.metrics["yes"]) == (len(asks), asks["outcome"].sum())
        assert child.metrics["log_loss_pooled"] == pytest.approx(log_loss(asks["outcome"], asks["readiness"]))
        assert child.metrics["logit/log_loss_pooled"] == pytest.approx(log_loss(asks["outcome"], asks["logit"]))


def test_a_recipe_is_told_choice_by_choice() -> None:
    told = flatten_recipe(Recipe())
    assert told["boosting.leaves"] == Recipe().boosting.leaves
    assert told["scorecard.weights.sentiment"] == Recipe().scorecard.weights["sentiment"]
    assert not any(isinstance(value, dict) for value in told.values())
    assert len(told) < 100  # as many as MLflow takes at once

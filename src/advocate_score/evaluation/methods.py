"""The methods of a backtest: a model refitted, each component of the ladder model alone, and the baselines, which are
the simple rules that a model has to beat.

Each is given training asks and test asks, and returns P(yes) for every test ask without using its outcome.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from advocate_score.evaluation.backtest import LAST_OUTCOME, Method
from advocate_score.model.arrays import Floats
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.protocol import Model
from advocate_score.model.recipe import Component, Recipe
from advocate_score.model.training_data import level_positions


def methods(model: Model) -> dict[str, Method]:
    """Return every published method by the name of its column, followed by `last_outcome`.

    `readiness` is the model. `logit`, `lightgbm` (no declared directions) and `scorecard` (slope and level intercepts
    learned) are the recipe of `reference_ladder(model)`, reduced to one component.
    """
    return {
        "readiness": refit_method(model),
        **{name: BASELINES[name] for name in ("base_rate", "nps_rule", "smoothed_history")},
        **{name: refit_method(part) for name, part in _components_alone(reference_ladder(model)).items()},
        "last_outcome": last_outcome,
    }


def recipes_compared(model: Model) -> dict[str, Recipe]:
    """Return the recipe of each of `methods(model)` that is a ladder model."""
    own = {"readiness": model} if isinstance(model, LadderModel) else {}
    return {
        name: ladder.recipe or Recipe()
        for name, ladder in {**own, **_components_alone(reference_ladder(model))}.items()
    }


def reference_ladder(model: Model) -> LadderModel:
    """Return the ladder model whose components and scorecard any model is compared with.

    It is the model itself, or that of the shipped recipe over the same signals and levels.
    """
    return model if isinstance(model, LadderModel) else LadderModel(model.signals, levels=model.levels)


def refit_method(model: Model) -> Method:
    """Return a method that refits the model on the training asks; it is judged by the readiness that it would serve."""

    def probability(training: pd.DataFrame, test: pd.DataFrame) -> Floats:
        return own_readiness(model.refit(training), test)

    return probability


def cold_scorecard(model: Model) -> Method:
    """Return the scorecard over the model's signals as a method, as it serves before any promotion.

    It ignores the training asks.
    """
    card = reference_ladder(model)

    def probability(training: pd.DataFrame, test: pd.DataFrame) -> Floats:  # noqa: ARG001
        cold = LadderModel(card.signals, card.recipe, card.seed, card.scorecard, card.levels)
        return own_readiness(cold.fit_cold(test), test)

    return probability


def own_readiness(model: Model, rows: pd.DataFrame) -> Floats:
    """Return the readiness (n,) that scoring would publish for each row's own level."""
    return model.scores(rows).readiness[np.arange(len(rows)), level_positions(rows["level"], model.levels)]


def _components_alone(ladder: LadderModel) -> dict[str, LadderModel]:
    recipe = ladder.recipe or Recipe()
    recipes = {
        "logit": _reduce_to(recipe, "logit"),
        "lightgbm": _without_signs(_reduce_to(recipe, "boosted")),
        "scorecard": _reduce_to(recipe, "scorecard"),
    }
    return {
        name: LadderModel(ladder.signals, reduced, ladder.seed, ladder.scorecard, ladder.levels)
        for name, reduced in recipes.items()
    }


def _reduce_to(recipe: Recipe, component: Component) -> Recipe:
    blend = recipe.blend.model_copy(update={"start": {component: 1.0}})
    return recipe.model_copy(update={"components": (component,), "bootstrap": 0, "blend": blend})


def _without_signs(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"boosting": recipe.boosting.model_copy(update={"signs": False, "from_asks": 0})})


STRENGTH = 10.0
"""The number of asks at the base rate by which every smoothed rate is shrunk."""
PROMOTER_FROM = 9.0
NPS_SIGNAL = "nps_last"


def base_rate(training: pd.DataFrame, test: pd.DataFrame) -> Floats:
    """Return the share of yes at the level, shrunk to that of all levels."""
    return _rate_by(training["level"], training["outcome"], test["level"])


def nps_rule(training: pd.DataFrame, test: pd.DataFrame) -> Floats:
    """Return the share of yes among promoters (NPS ≥ 9), other respondents, and accounts without an answer.

    If no signal `nps_last` is active, it is the overall share for all.
    """
    return _rate_by(_nps_group(training), training["outcome"], _nps_group(test))


def smoothed_history(training: pd.DataFrame, test: pd.DataFrame) -> Floats:
    """Return (yes + 10·p₀)/(n + 10) of the account's answers known at the ask; p₀ is the training share of yes."""
    share = float(training["outcome"].mean())
    yes, answered = (test[name].to_numpy(np.float64, na_value=0.0) for name in ("history_yes", "history_n"))
    return np.asarray((yes + STRENGTH * share) / (answered + STRENGTH))


def last_outcome(training: pd.DataFrame, test: pd.DataFrame) -> Floats:
    """Return the share of yes after a yes, after another outcome, and at accounts without a known outcome."""
    return _rate_by(training[LAST_OUTCOME].fillna(-1), training["outcome"], test[LAST_OUTCOME].fillna(-1))


BASELINES: Mapping[str, Method] = {
    "base_rate": base_rate,
    "nps_rule": nps_rule,
    "smoothed_history": smoothed_history,
    "last_outcome": last_outcome,
}


def _nps_group(rows: pd.DataFrame) -> "pd.Series[float]":
    """Return 1 for a promoter, 0 for another answer, −1 for unknown."""
    if NPS_SIGNAL not in rows:
        return pd.Series(-1.0, index=rows.index)
    return (rows[NPS_SIGNAL] >= PROMOTER_FROM).astype("float64").where(rows[NPS_SIGNAL].notna(), -1.0)


def _rate_by(group: "pd.Series[float]", outcome: "pd.Series[int]", test_group: "pd.Series[float]") -> Floats:
    """Return the group's rate, shrunk to the overall rate, which one ask shrinks to ½ so that it is never 0 or 1."""
    overall = (outcome.sum() + 0.5) / (len(outcome) + 1)
    totals = outcome.groupby(group.to_numpy()).agg(["sum", "count"])
    rate = (totals["sum"] + STRENGTH * overall) / (totals["count"] + STRENGTH)
    return test_group.map(rate).fillna(overall).to_numpy(np.float64)

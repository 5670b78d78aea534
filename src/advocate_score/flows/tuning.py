"""The search for a recipe before a training: on what was known before anything that the backtest judges."""

from typing import Any

import pandas as pd

from advocate_score.errors import InputError
from advocate_score.flows.project import Project
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.origins import default_origins, splits
from advocate_score.model.rows import ask_rows
from advocate_score.model.tuner import Tuned, tuned


def tune_recipe(project: Project, model: LadderModel, rows: pd.DataFrame, trials: int) -> Tuned | None:
    """Gives `model` the recipe found; None, with a warning, where the log is too short to search on.

    Only asks and answers known at the backtest's first origin are searched on, so that backtest and gate judge the
    recipe on asks which had no part in choosing it.
    """

    def report(done: int, total: int) -> None:
        project.progress.step("Searching for a recipe", done, total)

    days = project.settings.model.maturity_days
    try:
        known = splits(rows, default_origins(rows, days), days)[0].training(rows)
        plan = model.plan()
        found = tuned(ask_rows(known, plan.schema, model.levels), plan, trials, report)
    except InputError as error:
        project.progress.warn(f"the recipe was left as it is: {error}")
        return None
    model.set_params(**{f"recipe__{name.replace('.', '__')}": value for name, value in found.choices.items()})
    return found


def described(found: Tuned | None) -> dict[str, Any] | None:
    """For the result of `train`."""
    if found is None:
        return None
    return {
        "trials": found.trials,
        "log_loss_before": found.log_loss_before,
        "log_loss": found.log_loss,
        "choices": dict(found.choices),
    }

"""A challenger and what it has to beat: the champion's recipe, or the plain rules where there is no champion."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from advocate_score.declaration import Signal
from advocate_score.errors import ModelRefusedError
from advocate_score.flows import clock
from advocate_score.flows.evaluation import capacities, foretell
from advocate_score.flows.lesson import Lesson
from advocate_score.flows.project import Data, Project
from advocate_score.flows.recipes import recipes_of
from advocate_score.model.arrays import Floats
from advocate_score.model.baselines import Method, smoothed_history
from advocate_score.model.differences import Difference, paired_difference
from advocate_score.model.gate import FIRST_REFERENCES, Candidacy, Verdict, judge, monotonicity_violations
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.methods import cold_scorecard, ladder
from advocate_score.model.metrics import MACRO
from advocate_score.model.recipe import Recipe
from advocate_score.model.summary import BLEND
from advocate_score.signals.catalogue import why_inactive
from advocate_score.tracking.champion import load_champion
from advocate_score.tracking.training import Comparison

CHALLENGER, CHAMPION = "challenger", "champion"


@dataclass(frozen=True)
class Contest:
    """`champion` is the model in service, None where none is; `version` is its number."""

    challenger: LadderModel
    champion: LadderModel | None = None
    version: str = ""

    @property
    def recipe_changed(self) -> bool:
        return self.champion is None or _recipe_of(self.challenger) != _recipe_of(self.champion)

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What either of them reads; where both declare a name, the challenger's declaration stands."""
        models = (self.champion, self.challenger)
        return tuple({signal.name: signal for model in models if model for signal in model.signals}.values())

    def challenger_refitted(self) -> Method:
        return _refitted(self.challenger)

    def references(self) -> dict[str, Method]:
        """What the challenger is put beside, by name; refitted wherever it learns at all."""
        if self.champion is not None:
            return {CHAMPION: _refitted(self.champion)}
        in_service = {"scorecard": cold_scorecard(self.challenger), "smoothed_history": smoothed_history}
        return {name: in_service[name] for name in FIRST_REFERENCES}

    @property
    def beside(self) -> str:
        """What the references are, in words."""
        if self.champion is None:
            return "the scorecard that serves until the first promotion, and the smoothed history"
        return f"version {self.version}, " + ("another recipe" if self.recipe_changed else "the same recipe")


def contest_with_champion(project: Project, data: Data, challenger: LadderModel) -> Contest:
    """Without the champion where it is refused, or reads what today's tables cannot give: it cannot serve either, and
    must not bar the way to its successor."""
    try:
        champion = load_champion(project.settings, clock.now())
    except ModelRefusedError as error:
        project.progress.warn(f"judged as if there were no champion: {error}")
        return Contest(challenger)
    if champion is None:
        return Contest(challenger)
    missing = not_there(champion.model, data)
    if missing:
        project.progress.warn(f"judged as if there were no champion, for it reads what is not there now: {missing}")
        return Contest(challenger)
    return Contest(challenger, champion.model, champion.promotion.version)


def not_there(model: LadderModel, data: Data) -> str:
    """The signals, in words, that the model reads and today's tables cannot give."""
    present = data.tables.present
    return ", ".join(signal.name for signal in model.signals if why_inactive(signal, present))


def compared_with_service(
    project: Project, contest: Contest, lesson: Lesson, predictions: pd.DataFrame | None
) -> Comparison:
    """The gate on a training's own backtest, None where there was none; only what that lacks is foretold anew."""
    foretold = pd.DataFrame() if predictions is None else _beside(project, contest, lesson, predictions)
    curve = contest.challenger.readiness(lesson.accounts)
    found = verdict(project, contest, foretold, len(lesson.rows), curve)
    return Comparison(contest.beside, found, _differences(project, contest, foretold))


def verdict(project: Project, contest: Contest, predictions: pd.DataFrame, outcomes: int, curve: Floats) -> Verdict:
    """The gate's, on predictions of the challenger and of every reference; with none at all it says no.

    outcomes : mature asks in the challenger's log · curve : its readiness of today's accounts (n, K).
    """
    candidacy = Candidacy(
        recipe_changed=contest.recipe_changed,
        mature_outcomes=outcomes,
        monotonicity_violations=monotonicity_violations(curve),
    )
    settings = project.settings
    return judge(
        predictions,
        recipes_of(settings).gate,
        candidacy,
        references=list(contest.references()),
        capacity=capacities(settings),
        seed=settings.model.seed,
    )


def _beside(project: Project, contest: Contest, lesson: Lesson, predictions: pd.DataFrame) -> pd.DataFrame:
    """The challenger's predictions with each reference's, at the origins of `predictions`."""
    known = predictions.assign(**{CHALLENGER: predictions[BLEND]})
    if not contest.recipe_changed:
        return known.assign(**{CHAMPION: predictions[BLEND]})
    methods = {name: method for name, method in contest.references().items() if name != "smoothed_history"}
    origins = [origin.to_pydatetime() for origin in predictions["origin"].drop_duplicates()]
    found = foretell(lesson.rows, methods, project.settings, lesson.as_of, project.progress, origins)
    return known.assign(**{name: found[name] for name in methods})


def _differences(project: Project, contest: Contest, predictions: pd.DataFrame) -> Mapping[str, Difference]:
    if predictions.empty:
        return {}
    draws, seed = recipes_of(project.settings).gate.draws, project.settings.model.seed
    return {
        name: paired_difference(predictions, CHALLENGER, name, level=MACRO, draws=draws, seed=seed)
        for name in contest.references()
    }


def _refitted(model: LadderModel) -> Method:
    return ladder(model.signals, model.recipe or Recipe(), model.seed, model.scorecard)


def _recipe_of(model: LadderModel) -> tuple[object, ...]:
    return model.recipe, tuple(model.signals), model.scorecard

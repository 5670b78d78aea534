"""Promotion: the challenger against the champion, or against the plain rules where there is none, then the alias."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from advocate_score.declaration import Signal
from advocate_score.errors import Fault, HeldError, InputError, ModelRefusedError
from advocate_score.flows.evaluation import capacities, foretell
from advocate_score.flows.frames import account_frame
from advocate_score.flows.project import Project, open_data
from advocate_score.flows.recipes import recipes_of
from advocate_score.flows.train import TAUGHT_BY, labelled_asks
from advocate_score.model.baselines import Method, smoothed_history
from advocate_score.model.gate import FIRST_REFERENCES, Candidacy, Verdict, judge, monotonicity_violations
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.methods import cold_scorecard, ladder
from advocate_score.model.recipe import Recipe
from advocate_score.tracking.champion import load_champion
from advocate_score.tracking.promote import candidate, load_candidate, promote
from advocate_score.windows import parse_as_of

CHALLENGER = "challenger"


def promote_version(project: Project, version: str | None, force: bool, reason: str | None) -> dict[str, Any]:
    """HeldError with the gate's table where a check fails and nobody forces it."""
    if force and not reason:
        raise InputError([Fault("--force", "a gate is overruled only with a reason.", "add --reason TEXT")])
    settings, now = project.settings, datetime.now(UTC).replace(tzinfo=None)
    chosen = candidate(settings, version)
    challenger = load_candidate(settings, chosen)
    champion = _champion(project, now)
    verdict = _judged(project, challenger, champion, parse_as_of(chosen.tags["as_of"]))
    if not verdict.promoted and not force:
        raise HeldError(_why_held(chosen.number, verdict))
    forced = reason if force and not verdict.promoted else None
    promotion = promote(settings, chosen, now=now, verdict=verdict.table(), forced=forced)
    return {
        "model_name": promotion.model_name,
        "version": promotion.version,
        "previous": promotion.previous,
        "forced": promotion.forced,
        "checks": verdict.table().to_dict("records"),
    }


def _champion(project: Project, now: datetime) -> LadderModel | None:
    """A champion that is refused must not bar the way to its successor."""
    try:
        champion = load_champion(project.settings, now)
    except ModelRefusedError as error:
        project.progress.warn(f"judged as if there were no champion: {error}")
        return None
    return champion.model if champion else None


def _why_held(number: str, verdict: Verdict) -> str:
    failed = [f"{one.check} is {one.value:.4g}, needs {one.bound}: {one.why}" for one in verdict.failures]
    return "\n".join([f"version {number} is held by the gate.", *failed])


def _judged(project: Project, challenger: LadderModel, champion: LadderModel | None, as_of: datetime) -> Verdict:
    """Both recipes refitted at the same origins, on what was known at the challenger's own as-of."""
    settings = project.settings
    contest = _contest(challenger, champion)
    with open_data(project, TAUGHT_BY) as opened:
        data = replace(opened, signals=_signals(challenger, champion))
        rows = labelled_asks(project, data, as_of)
        accounts = account_frame(data, settings, as_of)
        predictions = _foretold(project, rows, contest, as_of)
    candidacy = Candidacy(
        recipe_changed=_differs(challenger, champion),
        mature_outcomes=len(rows),
        monotonicity_violations=monotonicity_violations(challenger.readiness(accounts)),
    )
    references = [name for name in contest if name != CHALLENGER]
    gate, seed = recipes_of(settings).gate, settings.model.seed
    return judge(predictions, gate, candidacy, references=references, capacity=capacities(settings), seed=seed)


def _contest(challenger: LadderModel, champion: LadderModel | None) -> dict[str, Method]:
    """The challenger first, then what it has to beat."""
    if champion is not None:
        return {CHALLENGER: _refitted(challenger), "champion": _refitted(champion)}
    in_service = {"scorecard": cold_scorecard(challenger), "smoothed_history": smoothed_history}
    return {CHALLENGER: _refitted(challenger), **{name: in_service[name] for name in FIRST_REFERENCES}}


def _refitted(model: LadderModel) -> Method:
    return ladder(model.signals, model.recipe or Recipe(), model.seed, model.scorecard)


def _signals(challenger: LadderModel, champion: LadderModel | None) -> tuple[Signal, ...]:
    """What either of them reads; where both declare a name, the challenger's declaration stands."""
    declared = {signal.name: signal for model in (champion, challenger) if model for signal in model.signals}
    return tuple(declared.values())


def _differs(challenger: LadderModel, champion: LadderModel | None) -> bool:
    return champion is None or _recipe_of(challenger) != _recipe_of(champion)


def _recipe_of(model: LadderModel) -> tuple[object, ...]:
    return model.recipe, tuple(model.signals), model.scorecard


def _foretold(project: Project, rows: pd.DataFrame, contest: Mapping[str, Method], as_of: datetime) -> pd.DataFrame:
    """Empty where the log is too short to test on later asks: the gate then says no."""
    try:
        return foretell(rows, contest, project.settings, as_of, project.progress)
    except InputError as error:
        project.progress.warn(str(error))
        return pd.DataFrame()

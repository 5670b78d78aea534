"""Promotion: the challenger against the champion, or against the plain rules where there is none, then the alias."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from advocate_score.errors import Fault, HeldError, InputError
from advocate_score.flows import clock
from advocate_score.flows.contest import CHALLENGER, contest_with_champion, not_there, verdict
from advocate_score.flows.evaluation import foretell
from advocate_score.flows.hold import reason_given
from advocate_score.flows.lesson import TAUGHT_BY, lesson
from advocate_score.flows.project import Data, Project, open_data
from advocate_score.flows.proof import proof
from advocate_score.model.baselines import Method
from advocate_score.model.gate import Verdict
from advocate_score.model.ladder_model import LadderModel
from advocate_score.tracking.promote import candidate, load_candidate, promote, take_back
from advocate_score.tracking.promotions import Promotion, last_promotion
from advocate_score.windows import parse_as_of


def promote_version(project: Project, version: str | None, force: bool, reason: str | None) -> dict[str, Any]:
    """HeldError with the gate's table where a check fails and nobody forces it.

    A version that was champion before, named with a reason and without force, returns without the gate.
    """
    forced = reason_given(force, reason)
    settings, now = project.settings, clock.now()
    earlier = last_promotion(settings.folder, settings.tracking.model_name, version) if version else None
    if earlier and reason and not force:
        project.progress.step(f"Taking version {earlier.version} back")
        return _result(take_back(settings, earlier, now=now, reason=reason))
    chosen = candidate(settings, version)
    challenger = load_candidate(settings, chosen, forced)
    found, shown = _judged(project, challenger, parse_as_of(chosen.tags["as_of"]))
    if not found.promoted and not force:
        raise HeldError(_why_held(chosen.number, found, was_champion=earlier is not None))
    return _result(promote(settings, chosen, now=now, verdict=found.table(), forced=forced, proof=shown))


def _result(promotion: Promotion) -> dict[str, Any]:
    return {
        "model_name": promotion.model_name,
        "version": promotion.version,
        "previous": promotion.previous,
        "forced": promotion.forced,
        "returned": promotion.returned,
        "checks": list(promotion.verdict),
    }


def _why_held(number: str, found: Verdict, was_champion: bool) -> str:
    """The gate's table, one line a check, those that failed first."""
    checks = [*found.failures, *(one for one in found.checks if one not in found.failures)]
    words = {False: "failed", True: "passed", None: "told"}
    lines = [f"{words[one.passed]:8} {one.check}: {one.value:.4g}, needed {one.bound}; {one.why}" for one in checks]
    back = f"Fix: it was champion before, and returns with 'promote --version {number} --reason TEXT'"
    return "\n".join([f"version {number} is held by the gate.", *lines, *([back] if was_champion else [])])


def _judged(project: Project, challenger: LadderModel, as_of: datetime) -> tuple[Verdict, dict[str, Any]]:
    """Both recipes refitted at the same origins, on what was known at the challenger's own as-of; and how the
    challenger's did there."""
    with open_data(project, TAUGHT_BY) as data:
        _refuse_without_signals(challenger, data)
        contest = contest_with_champion(project, data, challenger)
        given = lesson(project, data, as_of, contest.signals)
        methods = {CHALLENGER: contest.challenger_refitted(), **contest.references()}
        predictions = _foretold(project, given.rows, methods, as_of)
    found = verdict(project, contest, predictions, len(given.rows), challenger.readiness(given.accounts))
    return found, proof(predictions, CHALLENGER, project.settings.model.seed)


def _refuse_without_signals(challenger: LadderModel, data: Data) -> None:
    missing = not_there(challenger, data)
    if missing:
        problem = f"the version reads signals that today's tables cannot give: {missing}."
        raise InputError([Fault("promote", problem, "bring the tables back, or train again")])


def _foretold(project: Project, rows: pd.DataFrame, methods: Mapping[str, Method], as_of: datetime) -> pd.DataFrame:
    """Empty where the log is too short to test on later asks: the gate then says no."""
    try:
        return foretell(rows, methods, project.settings, as_of, project.progress)
    except InputError as error:
        project.progress.warn(str(error))
        return pd.DataFrame()

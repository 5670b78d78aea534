"""Promotion: test the challenger against the scorecard, the plain methods and the champion, then set the alias."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from advocate_score import dates
from advocate_score.dates import parse_as_of
from advocate_score.errors import Fault, HeldError, InputError, ModelRefusedError
from advocate_score.evaluation import promotion_gate
from advocate_score.evaluation.backtest import Method
from advocate_score.evaluation.comparison import BLEND
from advocate_score.evaluation.methods import BASELINES, cold_scorecard, own_readiness, refit_method
from advocate_score.evaluation.metrics import MACRO, Difference, paired_difference
from advocate_score.flows import datasets, evaluation, serving, stability_gate
from advocate_score.flows.project import Data, Project, open_data, resolve_as_of
from advocate_score.ladder import Levels
from advocate_score.model.arrays import Floats
from advocate_score.model.protocol import Model
from advocate_score.signal_spec import Signal
from advocate_score.signals.catalogue import why_inactive
from advocate_score.tracking.champion import load_champion
from advocate_score.tracking.ledger import Promotion, last_promotion
from advocate_score.tracking.promotion import candidate, load_candidate, promote, take_back
from advocate_score.tracking.training_result import Comparison

CHALLENGER, CHAMPION, COLD_SCORECARD = (
    promotion_gate.CHALLENGER,
    promotion_gate.CHAMPION,
    promotion_gate.COLD_SCORECARD,
)


@dataclass(frozen=True)
class ChallengerComparison:
    """`champion` is the model in service, None if there is none; `version` is its number, and `learned_until` where its
    data ended."""

    challenger: Model
    champion: Model | None = None
    version: str = ""
    learned_until: datetime | None = None

    @property
    def recipe_changed(self) -> bool:
        return self.champion is None or self.challenger.choices() != self.champion.choices()

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The signals that either model reads; where both declare a name, the challenger's declaration is used."""
        models = (self.champion, self.challenger)
        return tuple({signal.name: signal for model in models if model for signal in model.signals}.values())

    def challenger_refitted(self) -> Method:
        return refit_method(self.challenger)

    @property
    def in_service(self) -> str:
        """The reference that the challenger would replace."""
        return COLD_SCORECARD if self.champion is None else CHAMPION

    def references(self) -> dict[str, Method]:
        """Name → method that the challenger is compared with at the same origins, refitted if it learns.

        A champion of the same recipe is not among them: refitted on the same asks, it is the challenger itself.
        """
        plain = {name: BASELINES[name] for name in promotion_gate.PLAIN_REFERENCES if name in BASELINES}
        references = {COLD_SCORECARD: cold_scorecard(self.challenger), **plain}
        if self.champion is not None and self.recipe_changed:
            references[CHAMPION] = refit_method(self.champion)
        return references

    def files(self, rows: pd.DataFrame, as_of: datetime) -> promotion_gate.FileComparison | None:
        """The fitted models on the asks that matured after the champion's data ended; None without a champion.

        Parameters
        ----------
        rows : the ask frame. as_of : until when the challenger learned.
        """
        if self.champion is None or self.learned_until is None:
            return None
        asks = rows[rows["matures_at"] > self.learned_until]
        predictions = asks[["account_id", "level", "outcome"]].assign(origin=pd.Timestamp(self.learned_until))
        readiness = {
            name: own_readiness(model, asks)
            for name, model in ((CHALLENGER, self.challenger), (CHAMPION, self.champion))
        }
        return promotion_gate.FileComparison(predictions.assign(learned=asks["matures_at"] <= as_of, **readiness))

    @property
    def compared_with(self) -> str:
        """A phrase for the references."""
        if self.champion is None:
            return "the scorecard that serves until the first promotion, the base rate and the smoothed history"
        return f"version {self.version}, " + ("another recipe" if self.recipe_changed else "the same recipe")


def challenger_comparison(project: Project, data: Data, challenger: Model) -> ChallengerComparison:
    """The challenger with the champion, or alone if the champion is refused or needs signals that today's tables lack.

    A champion that cannot serve must not block its successor.
    """
    try:
        champion = load_champion(project.settings, dates.now())
    except ModelRefusedError as error:
        project.progress.warn(f"judged as if there were no champion: {error}")
        return ChallengerComparison(challenger)
    if champion is None:
        return ChallengerComparison(challenger)
    missing = unavailable_signals(champion.model, data)
    if missing:
        project.progress.warn(
            f"judged as if there were no champion, because the champion reads what is missing now: {missing}"
        )
        return ChallengerComparison(challenger)
    promotion = champion.promotion
    return ChallengerComparison(challenger, champion.model, promotion.version, promotion.trained_as_of)


def unavailable_signals(model: Model, data: Data) -> str:
    """Names of the model's signals that today's tables cannot provide, as a text."""
    present = data.tables.present
    return ", ".join(signal.name for signal in model.signals if why_inactive(signal, present))


def compare_with_service(
    project: Project, comparison: ChallengerComparison, dataset: datasets.TrainingSet, predictions: pd.DataFrame | None
) -> Comparison:
    """The promotion gate, applied to a training's own backtest; only predictions missing there are computed.

    Parameters
    ----------
    project : the project. comparison : challenger and references. dataset : the training set.
    predictions : of the backtest, None without one.
    """
    all_predictions = (
        pd.DataFrame() if predictions is None else _with_references(project, comparison, dataset, predictions)
    )
    curve = comparison.challenger.scores(dataset.accounts).readiness
    files = comparison.files(dataset.rows, dataset.as_of)
    verdict = evaluate_gate(project, comparison, all_predictions, dataset.rows, curve, files)
    return Comparison(comparison.compared_with, verdict, _differences(project, comparison, all_predictions))


def evaluate_gate(
    project: Project,
    comparison: ChallengerComparison,
    predictions: pd.DataFrame,
    rows: pd.DataFrame,
    curve: Floats,
    files: promotion_gate.FileComparison | None,
) -> promotion_gate.Verdict:
    """The gate's verdict on predictions of the challenger and of every reference; without predictions it fails.

    Parameters
    ----------
    project : the project. comparison : challenger and references.
    predictions : one row per later ask, one column per method.
    rows : the challenger's log. curve : (n, K) the challenger's readiness of today's accounts.
    files : the two files on newer asks, None without a champion.
    """
    settings, gate = project.settings, serving.recipes_of(project.settings).gate
    references = [comparison.in_service]
    if not comparison.recipe_changed:
        references = [] if files and files.has_enough_asks(gate) else [CHAMPION]
        predictions = predictions if predictions.empty else predictions.assign(**{CHAMPION: predictions[CHALLENGER]})
    candidacy = promotion_gate.Candidacy(
        recipe_changed=comparison.recipe_changed,
        mature_outcomes=len(rows),
        yes=int(rows["outcome"].sum()),
        monotonicity_violations=promotion_gate.monotonicity_violations(curve),
        has_to_beat=[name for name in promotion_gate.PLAIN_REFERENCES if name not in references],
        files=files,
    )
    return promotion_gate.judge(
        predictions,
        gate,
        candidacy,
        references=references,
        capacity=evaluation.capacities(settings),
        seed=settings.model.seed,
    )


def _with_references(
    project: Project, comparison: ChallengerComparison, dataset: datasets.TrainingSet, predictions: pd.DataFrame
) -> pd.DataFrame:
    """The challenger's predictions with each reference's, at the origins of `predictions`."""
    known = predictions.assign(**{CHALLENGER: predictions[BLEND]})
    missing = {name: method for name, method in comparison.references().items() if name not in known}
    origins = [origin.to_pydatetime() for origin in predictions["origin"].drop_duplicates()]
    predicted = evaluation.predict(dataset.rows, missing, project.settings, dataset.as_of, project.progress, origins)
    return known.assign(**{name: predicted[name] for name in missing})


def _differences(
    project: Project, comparison: ChallengerComparison, predictions: pd.DataFrame
) -> Mapping[str, Difference]:
    if predictions.empty:
        return {}
    draws, seed = serving.recipes_of(project.settings).gate.draws, project.settings.model.seed
    return {
        name: paired_difference(predictions, CHALLENGER, name, level=MACRO, draws=draws, seed=seed)
        for name in comparison.references()
    }


def promote_version(project: Project, version: str | None, force: bool, reason: str | None) -> dict[str, Any]:
    """Promote a version if it passes the gate; HeldError with the gate's table if a check fails and `force` is not set.

    A version that was champion before, given with a reason and without force, is restored without the gate.

    Parameters
    ----------
    project : the project. version : None for the challenger. force : overrule the gate.
    reason : why a gate is overruled or a version restored.
    """
    forced = stability_gate.overruling_reason(force, reason)
    settings, now = project.settings, dates.now()
    earlier = last_promotion(settings.folder, settings.tracking.model_name, version) if version else None
    if earlier and reason and not force:
        project.progress.step(f"Taking version {earlier.version} back")
        return _result(take_back(settings, earlier, now=now, reason=reason))
    chosen = candidate(settings, version)
    challenger = load_candidate(settings, chosen, forced)
    verdict, curves = _refit_and_evaluate(project, challenger, parse_as_of(chosen.tags["as_of"]))
    if not verdict.promoted and not force:
        raise HeldError(_why_held(chosen.number, verdict, was_champion=earlier is not None))
    return _result(promote(settings, chosen, now=now, verdict=verdict.table(), forced=forced, proof=curves))


def _result(promotion: Promotion) -> dict[str, Any]:
    return {
        "model_name": promotion.model_name,
        "version": promotion.version,
        "previous": promotion.previous,
        "forced": promotion.forced,
        "returned": promotion.returned,
        "checks": list(promotion.verdict),
    }


def _why_held(number: str, verdict: promotion_gate.Verdict, was_champion: bool) -> str:
    """The gate's table, one line per check, failed checks first."""
    checks = [*verdict.failures, *(check for check in verdict.checks if check not in verdict.failures)]
    words = {False: "failed", True: "passed", None: "told"}
    lines = [
        f"{words[check.passed]:8} {check.title}: {check.value:.4g}, needed {check.bound}; {check.why}"
        for check in checks
    ]
    back = f"Fix: it was champion before, and returns with 'promote --version {number} --reason TEXT'"
    return "\n".join([f"version {number} is held by the gate.", *lines, *([back] if was_champion else [])])


def _refit_and_evaluate(
    project: Project, challenger: Model, as_of: datetime
) -> tuple[promotion_gate.Verdict, dict[str, Any]]:
    """The gate's verdict and the challenger's validation curves. All recipes are refitted at the same origins, on what
    was known at the challenger's own as-of; the files are compared on what is known today."""
    with open_data(project, datasets.TRAINING_TABLES) as data:
        _require_readable(challenger, data, project.settings.ladder.in_use)
        comparison = challenger_comparison(project, data, challenger)
        dataset = datasets.training_set(project, data, as_of, comparison.signals)
        methods = {CHALLENGER: comparison.challenger_refitted(), **comparison.references()}
        predictions = _predict_or_empty(project, dataset.rows, methods, as_of)
        files = comparison.files(_rows_known_today(project, data, dataset, comparison), as_of)
    curve = challenger.scores(dataset.accounts).readiness
    verdict = evaluate_gate(project, comparison, predictions, dataset.rows, curve, files)
    return verdict, evaluation.validation_curves(predictions, CHALLENGER, project.settings.model.seed)


def _rows_known_today(
    project: Project, data: Data, dataset: datasets.TrainingSet, comparison: ChallengerComparison
) -> pd.DataFrame:
    """The ask frame with the asks that matured since the training, if there is a champion to compare on them."""
    today = resolve_as_of(project.settings, None, data.tables.data_cut)
    if comparison.champion is None or today <= dataset.as_of:
        return dataset.rows
    return datasets.training_set(project, data, today, comparison.signals).rows


def _require_readable(challenger: Model, data: Data, levels: Levels) -> None:
    missing = unavailable_signals(challenger, data)
    if tuple(challenger.levels) != levels.numbers:
        problem = f"the version has {len(challenger.levels)} levels, and the ladder of the configuration {len(levels)}."
        raise InputError([Fault("promote", problem, "train again, or restore [[ladder.levels]]")])
    if missing:
        problem = f"the version reads signals that today's tables cannot give: {missing}."
        raise InputError([Fault("promote", problem, "bring the tables back, or train again")])


def _predict_or_empty(
    project: Project, rows: pd.DataFrame, methods: Mapping[str, Method], as_of: datetime
) -> pd.DataFrame:
    """The predictions; empty if the log is too short to test on later asks, and the gate then fails."""
    try:
        return evaluation.predict(rows, methods, project.settings, as_of, project.progress)
    except InputError as error:
        project.progress.warn(str(error))
        return pd.DataFrame()

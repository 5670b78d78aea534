"""A model with nothing but the protocol goes through a firm's flows: scores, reasons, what-if, evaluation, gate."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.dates import parse_as_of
from advocate_score.evaluation.backtest import PUBLISHED_METHODS
from advocate_score.flows.account_scores import reasons_by_language
from advocate_score.flows.datasets import TRAINING_TABLES, TrainingSet, training_set
from advocate_score.flows.evaluation import evaluate
from advocate_score.flows.explain import what_if_rows
from advocate_score.flows.project import Data, Project, Silent, open_data, open_project
from advocate_score.flows.promote import ChallengerComparison, compare_with_service
from advocate_score.flows.protection import safeguard
from advocate_score.ladder import LANGUAGES, LEVEL_NUMBERS
from advocate_score.model.what_if import may_be_changed
from advocate_score.policy.rules import latest_losses
from advocate_score.publication.sentences import LOSS_DAYS
from advocate_score.scoring import READINESS, Scorer, score_accounts
from model.test_model_protocol import OneSignalModel

AS_OF = parse_as_of("2026-01-01")


@pytest.fixture(scope="module")
def project(crm: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = shutil.copytree(crm, tmp_path_factory.mktemp("another_model") / "firm")
    return open_project(folder / "advocate.toml", [], Silent())


@pytest.fixture(scope="module")
def data(project: Project) -> Iterator[Data]:
    with open_data(project, TRAINING_TABLES) as tables:
        yield tables


@pytest.fixture(scope="module")
def dataset(project: Project, data: Data) -> TrainingSet:
    return training_set(project, data, AS_OF, data.signals)


@pytest.fixture(scope="module")
def model(data: Data, dataset: TrainingSet) -> OneSignalModel:
    """Of the first signal that may be changed and is known of nearly every ask."""
    known = dataset.rows.notna().mean()
    signal = next(one for one in data.signals if may_be_changed(one) and one.direction > 0 and known[one.name] > 0.9)
    return OneSignalModel.learn(signal, LEVEL_NUMBERS, dataset.rows)


def test_reasons_and_what_if_of_scored_accounts(
    project: Project, data: Data, dataset: TrainingSet, model: OneSignalModel
) -> None:
    accounts = dataset.accounts
    readiness = score_accounts(model, accounts, lambda whole: data.engine.through(whole, Scorer(model), READINESS))
    pd.testing.assert_frame_equal(readiness, score_accounts(model, accounts))
    listed = readiness.sort_values("readiness", ascending=False).head(20)
    facts = safeguard(project, data, AS_OF).facts
    reasons = reasons_by_language(project, model, accounts, listed, facts, AS_OF)
    said_otherwise = replace(model, signal=model.signal.model_copy(update={"en": "old words", "es": "otras"}))
    for language, frame in reasons_by_language(project, said_otherwise, accounts, listed, facts, AS_OF).items():
        pd.testing.assert_frame_equal(frame, reasons[language])
    values = accounts.set_index("account_id")[model.signal.name][reasons["en"]["account_id"]]
    lost = latest_losses(facts, AS_OF, LOSS_DAYS)
    for language in LANGUAGES:
        for row, value in zip(reasons[language].itertuples(), values, strict=True):
            if row.account_id not in lost.index:
                sides = {model.signal.reason_sentence(value, against, language) for against in (False, True)}
                assert row.reason_1.removeprefix("Against: ").removeprefix("En contra: ").casefold() in {
                    sentence.casefold() for sentence in (*sides, "")
                }
    assert reasons["en"]["reason_1"].ne("").any()
    least = accounts.sort_values(model.signal.name).head(1)
    changes = what_if_rows(project, data, model, least, LEVEL_NUMBERS)
    assert {change["signal"] for change in changes} == {model.signal.name}


def test_evaluation_and_gate(project: Project, dataset: TrainingSet, model: OneSignalModel) -> None:
    evaluation = evaluate(project, model, dataset.rows, AS_OF)
    assert evaluation is not None
    assert set(PUBLISHED_METHODS) <= set(evaluation.predictions.columns)
    compared = compare_with_service(project, ChallengerComparison(model), dataset, evaluation.predictions)
    assert compared.differences.keys() == {"cold_scorecard", "base_rate", "smoothed_history"}
    refresh = ChallengerComparison(model, model.refit(dataset.rows.head(300)), "1")
    assert not refresh.recipe_changed
    verdict = compare_with_service(project, refresh, dataset, evaluation.predictions).verdict
    failed = {check.reference for check in verdict.checks if check.passed is False}
    assert failed == {"cold_scorecard", "base_rate", "smoothed_history"}, "one signal alone is worse than each of them"
    assert all(check.passed is not False for check in verdict.checks if check.reference == "champion")

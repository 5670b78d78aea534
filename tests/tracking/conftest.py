"""A small real model, its evaluation, and projects whose store is a copy of one prepared database."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from advocate_score.config import Settings, Tracking
from advocate_score.evaluation.comparison import level_order, summary
from advocate_score.evaluation.metrics import paired_difference
from advocate_score.evaluation.promotion_gate import Candidacy, GateSettings, judge
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.persistence import save
from advocate_score.model.recipe import Recipe
from advocate_score.monitoring.segments import by_segment
from advocate_score.tracking.champion import NOTE, cache_folder, load_verified
from advocate_score.tracking.client import connect
from advocate_score.tracking.ledger import Registered
from advocate_score.tracking.promotion import candidate, promote
from advocate_score.tracking.training_result import Comparison, Evaluation, InputTable, Log, Training
from advocate_score.tracking.training_run import log_training
from tracking.mlflow_server import Server, started
from tracking.small_project import NOW, SIGNALS, asks


@pytest.fixture(scope="session")
def accounts() -> pd.DataFrame:
    """Accounts to score: unknown values and an industry that training never saw among them."""
    frame = asks(40, seed=9)[["account_id", "history_yes", "history_n", *(signal.name for signal in SIGNALS)]]
    return frame.assign(industry=[None, "space", *frame["industry"][2:]])


@pytest.fixture(scope="session")
def model() -> LadderModel:
    return LadderModel(signals=SIGNALS, recipe=Recipe(bootstrap=3), seed=1).fit(asks(400, seed=1))


@pytest.fixture(scope="session")
def training(model: LadderModel, tmp_path_factory: pytest.TempPathFactory) -> Training:
    folder = tmp_path_factory.mktemp("saved") / "model"
    folder.mkdir()
    tested = asks(200, seed=2)
    predictions = tested[["ask_id", "account_id", "level", "asked_at"]].assign(
        origin=pd.Timestamp("2024-01-01"),
        outcome=tested["outcome"],
        readiness=model.probability(tested),
        base_rate=0.5,
        never_asked_before=~tested["account_id"].duplicated(),
    )
    learned = [(asks, metric, 0.5) for asks in (80, 400) for metric in ("log_loss", "auc")]
    learning = pd.DataFrame(learned, columns=["asks", "metric", "value"])
    return Training(
        model_folder=folder,
        digests=save(model, folder),
        recipe="blend",
        as_of=datetime(2026, 1, 1),
        signals=SIGNALS,
        schema_hash="5c" * 32,
        choices=model.recipe,
        recipes_digest="cc" * 32,
        inputs=(
            InputTable("accounts", "aa" * 32, 100, {"account_id": "string", "created_at": "datetime"}),
            InputTable("asks", "bb" * 32, 400, {"ask_id": "string", "level": "long"}),
        ),
        log=log_of(asks(400, seed=1), model),
        weights=model.fitted_.blend.weights,
        importance=pd.DataFrame({"concept": ["satisfaction", "meeting"], "importance": [0.9, 0.4]}),
        selection=model.selection_,
        comparison=comparison(predictions),
        evaluation=Evaluation(
            predictions=predictions,
            summary=summary(predictions, draws=20),
            recipes={"readiness": model.recipe},
            learning=learning.assign(method="readiness", low=0.4, high=0.6, tested=200),
            segments=segments_of(predictions),
        ),
    )


def segments_of(predictions: pd.DataFrame) -> pd.DataFrame:
    accounts = pd.DataFrame({"account_id": predictions["account_id"].drop_duplicates().sort_values().to_list()})
    accounts["region"] = ["north" if number % 2 else "south" for number in range(len(accounts))]
    return by_segment(predictions, accounts, set(accounts["account_id"]), draws=5)


def log_of(rows: pd.DataFrame, model: LadderModel) -> Log:
    counted = rows.groupby("level")["outcome"].agg(asks="size", yes="sum").reset_index()
    grades = counted["level"].map(model.evidence())
    return Log(
        asks=len(rows),
        yes=int(rows["outcome"].sum()),
        accounts=rows["account_id"].nunique(),
        first_ask=rows["asked_at"].min().to_pydatetime(),
        last_ask=rows["asked_at"].max().to_pydatetime(),
        levels=counted.assign(accounts=50, evidence=grades, borrowed=counted["level"] == 5),
        order=level_order(rows, draws=100),
    )


def comparison(predictions: pd.DataFrame) -> Comparison:
    """With the rules that serve before a first promotion, in one column."""
    known = predictions.rename(columns={"readiness": "challenger", "base_rate": "cold_scorecard"})
    candidacy = Candidacy(recipe_changed=True, mature_outcomes=400, monotonicity_violations=0)
    found = judge(known, GateSettings(draws=100), candidacy, references=["cold_scorecard"])
    apart = paired_difference(known, "challenger", "cold_scorecard", level="macro", draws=100)
    return Comparison("the scorecard", found, {"cold_scorecard": apart})


@pytest.fixture(scope="session")
def prepared_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's tables, made once: that takes seconds."""
    folder = tmp_path_factory.mktemp("store")
    connect(Settings(folder=folder)).search_experiments()
    return folder / "mlflow.db"


@pytest.fixture(scope="module")
def server(prepared_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(prepared_database, folder / "mlflow.db")
    with started(folder) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, prepared_database: Path) -> Settings:
    shutil.copy(prepared_database, tmp_path / "mlflow.db")
    return Settings(folder=tmp_path)


@pytest.fixture(scope="session")
def unevaluated(training: Training) -> Training:
    """The same without its evaluation, as of a log too short for one: little is drawn, which saves time."""
    return replace(training, evaluation=None)


@pytest.fixture(scope="session")
def first_loads(training: Training, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The note of a machine that has loaded the model before: a first load takes seconds."""
    machine = tmp_path_factory.mktemp("machine")
    load_verified(machine, training.model_folder, training.digests)
    return cache_folder(machine) / NOTE


@pytest.fixture
def registered(settings: Settings, unevaluated: Training, first_loads: Path) -> Registered:
    shutil.copy(first_loads, cache_folder(settings.folder))
    return log_training(settings, unevaluated)


@pytest.fixture
def promoted(settings: Settings, registered: Registered) -> Registered:
    promote(settings, candidate(settings), now=NOW)
    return registered


@pytest.fixture
def model_files(settings: Settings) -> Callable[[], list[Path]]:
    """The files of every registered model, in the artefact store."""
    return lambda: sorted((settings.folder / "mlartifacts").glob("models/*/artifacts/artifacts/ladder/*"))


@pytest.fixture
def unreachable(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The same project, whose registry is a server that is not there; it is asked once, to save the tests' time."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    return settings.model_copy(update={"tracking": Tracking(uri="http://user:hunter2@127.0.0.1:9")})


@pytest.fixture
def mlflow_address(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """The project's store as that of MLflow's own functions, until the test ends."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", settings.tracking_uri)
    monkeypatch.setattr("mlflow.tracking._tracking_service.utils._tracking_uri", settings.tracking_uri)
    monkeypatch.setattr("mlflow.tracking._model_registry.utils._registry_uri", settings.tracking_uri)
    assert (mlflow.get_tracking_uri(), mlflow.get_registry_uri()) == (settings.tracking_uri, settings.tracking_uri)
    return settings.tracking_uri

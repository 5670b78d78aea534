"""A notebook with a store, an active run, an active model and autologging of its own: all of it stays as it was."""

import os
import threading
from collections import Counter
from pathlib import Path

import mlflow
import numpy as np
import pytest

from advocate_score.config import Settings
from advocate_score.model.ladder_classifier import LadderClassifier
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.recipe import Recipe
from advocate_score.tracking.champion import load_champion
from advocate_score.tracking.client import connect, own_environment
from advocate_score.tracking.promotion import candidate, promote
from advocate_score.tracking.training_run import log_training
from tracking.small_project import NOW, SIGNALS, asks


@pytest.fixture
def notebook(tmp_path, prepared_database, monkeypatch):
    """An active run and an active model in the notebook's own store."""
    store = tmp_path / "notebook"
    store.mkdir()
    (store / "mlflow.db").write_bytes(Path(prepared_database).read_bytes())
    uri = f"sqlite:///{store}/mlflow.db"
    monkeypatch.chdir(store)
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID"):  # MLflow sets both for child processes
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    mlflow.set_experiment("notebook")
    try:
        with mlflow.start_run() as run:
            model = mlflow.create_external_model("own")
            mlflow.set_active_model(model_id=model.model_id)
            yield run
            mlflow.clear_active_model()
    finally:
        mlflow.autolog(disable=True)
        mlflow.set_tracking_uri(None)
        mlflow.set_registry_uri(None)


@pytest.fixture
def firm(settings: Settings) -> Settings:
    return settings


def state() -> dict[str, object]:
    active = mlflow.active_run()
    return {
        "tracking": mlflow.get_tracking_uri(),
        "registry": mlflow.get_registry_uri(),
        "run": active and active.info.run_id,
        "model": mlflow.get_active_model_id(),
        "environment": dict(os.environ),
        "folder": os.getcwd(),  # noqa: PTH109
    }


def kept(run: mlflow.ActiveRun) -> tuple[int, int, dict[str, object]]:
    """Runs and models of the notebook's store, and what its run holds."""
    client = mlflow.MlflowClient()
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    data = client.get_run(run.info.run_id).data
    return len(client.search_runs(ids)), len(client.search_logged_models(ids)), data.params | data.metrics


@pytest.mark.parametrize("autolog", [False, True])
def test_training_promotion_and_load_leave_the_notebook_as_it_was(notebook, firm, unevaluated, autolog):
    if autolog:
        mlflow.autolog(silent=True)
    before, contents = state(), kept(notebook)
    found = log_training(firm, unevaluated)
    promote(firm, candidate(firm), now=NOW)
    assert load_champion(firm, NOW) is not None
    assert state() == before
    assert kept(notebook) == contents == (1, 1, {})
    client = connect(firm)
    assert Counter(run.info.status for run in client.search_runs([found.experiment_id])) == {"FINISHED": 1}
    assert len(client.search_logged_models([found.experiment_id])) == 1


def test_a_fit_under_autolog_logs_nothing_and_gives_the_same_model(notebook):
    rows, recipe = asks(400, seed=1), Recipe(bootstrap=3)
    plain = LadderModel(SIGNALS, recipe, seed=1).fit(rows)
    inputs = ["level", "nps_mean", "meetings"]
    contents = kept(notebook)
    mlflow.autolog(silent=True)
    watched = LadderModel(SIGNALS, recipe, seed=1).fit(rows)
    LadderClassifier(recipe=recipe).fit(rows[inputs], rows["outcome"], times=rows["asked_at"]).predict(rows[inputs])
    assert kept(notebook) == contents == (1, 1, {})
    assert np.array_equal(plain.readiness(rows), watched.readiness(rows))


def test_the_environment_comes_back_when_the_last_thread_leaves(monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_TIMEOUT", raising=False)
    before, inside, leave = dict(os.environ), threading.Event(), threading.Event()

    def stay() -> None:
        with own_environment():
            inside.set()
            leave.wait()

    with own_environment():
        other = threading.Thread(target=stay)
        other.start()
        inside.wait()
    assert os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"
    leave.set()
    other.join()
    assert dict(os.environ) == before

"""A real MLflow server with an SQL back end: used, killed, frozen."""

import time
from pathlib import Path

import numpy as np
import pytest

from advocate_score.config import Settings, Tracking
from advocate_score.tracking.champion import load_champion
from advocate_score.tracking.client import connect
from advocate_score.tracking.promotion import candidate, promote
from advocate_score.tracking.training_run import children, log_training
from tracking.small_project import NOW

pytestmark = pytest.mark.extra


def test_training_promotion_and_load_over_http_and_nights_without_the_server(
    server, tmp_path, training, model, accounts
):
    settings = Settings(folder=tmp_path, tracking=Tracking(uri=server.address))
    found = log_training(settings, training)
    promote(settings, candidate(settings), now=NOW)
    loaded = load_champion(settings, NOW)
    assert np.array_equal(loaded.model.readiness(accounts), model.readiness(accounts))
    assert loaded.warnings == ()
    run = connect(settings).get_run(found.run_id)
    assert run.info.artifact_uri.startswith("mlflow-artifacts:")
    assert not (tmp_path / "mlartifacts").exists()
    assert_everything_is_there(connect(settings), found, training)

    server.freeze()
    assert "no answer within 25 s" in decided(settings)
    server.kill()
    assert "cannot be used" in decided(settings)


def assert_everything_is_there(client, found, training):
    below = client.search_runs([found.experiment_id], f"tags.mlflow.parentRunId = '{found.run_id}'")
    assert {run.info.run_name for run in below} == {child.name for child in children(training.evaluation)}
    assert {run.info.status for run in below} == {"FINISHED"}
    figures = {one.path for one in client.list_artifacts(found.run_id, "figures")}
    drawn = ("reliability", "gain", "roc", "concept_importance", "learning_curve", "segments")
    assert figures == {f"figures/{name}.png" for name in drawn}
    place = client.download_artifacts(found.run_id, "model_card.md")
    card = Path(place).read_text(encoding="utf-8")
    assert card.startswith(f"# Model card: {found.model_name}")


def decided(settings):
    """The warning of a night whose registry is down, decided within 30 s."""
    begun = time.monotonic()
    warning = load_champion(settings, NOW).warnings[0]
    assert time.monotonic() - begun < 30
    return warning

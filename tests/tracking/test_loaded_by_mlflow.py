"""What MLflow leaves in a store when somebody loads a model there is no sign of tampering."""

from datetime import datetime

import mlflow

from advocate_score.tracking.champion import load_champion


def test_a_champion_that_somebody_loaded_with_mlflow_still_serves(settings, promoted, mlflow_address):
    mlflow.pyfunc.load_model(f"models:/{promoted.model_name}@champion")
    assert list((settings.folder / "mlartifacts").rglob("registered_model_meta"))
    assert load_champion(settings, datetime(2025, 7, 1)).promotion.version == promoted.version

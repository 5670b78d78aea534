import json
import subprocess
import sys

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.models import Model

from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.tracking.client import connect
from tracking.small_project import SIGNALS

COLUMNS = [f"readiness_{level}" for level in LEVEL_NUMBERS]


@pytest.fixture
def uri(settings, registered):
    connect(settings)
    return f"models:/{registered.model_name}@challenger"


def test_served_to_others_the_model_predicts_the_same_bits(uri, model, accounts):
    served = mlflow.pyfunc.load_model(uri).predict(accounts)
    assert list(served.columns) == COLUMNS
    assert np.array_equal(served.to_numpy(), model.readiness(accounts))


def test_the_order_of_columns_does_not_matter_and_a_missing_one_is_refused(uri, model, accounts):
    served = mlflow.pyfunc.load_model(uri)
    assert np.array_equal(served.predict(accounts[accounts.columns[::-1]]).to_numpy(), model.readiness(accounts))
    with pytest.raises(MlflowException, match=r"missing inputs.*meetings"):
        served.predict(accounts.drop(columns="meetings"))


def test_the_signature_names_the_inputs_and_the_levels(uri):
    signature = mlflow.models.get_model_info(uri).signature
    types = {one.name: one.type.name for one in signature.inputs}
    assert list(types) == ["history_yes", "history_n", *(signal.name for signal in SIGNALS)]
    assert (types["nps_mean"], types["industry"]) == ("double", "string")
    assert signature.outputs.input_names() == COLUMNS


def test_the_signature_is_whole_in_what_is_downloaded(uri, tmp_path):
    """Anybody who takes the files of a version away has its inputs and outputs with them."""
    local = mlflow.artifacts.download_artifacts(uri, dst_path=str(tmp_path))
    taken = Model.load(local).signature
    assert taken.to_dict() == mlflow.models.get_model_info(uri).signature.to_dict()
    assert len(taken.inputs) == 2 + len(SIGNALS)
    assert taken.outputs.input_names() == COLUMNS


def test_there_is_no_pickle_no_example_and_no_code_directory(settings, registered):
    logged = settings.folder / "mlartifacts" / "models"
    names = {path.relative_to(logged).parts[2:] for path in logged.rglob("*") if path.is_file()}
    allowed = {"MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "ladder_pyfunc.py"}
    assert {name[0] for name in names if len(name) == 1} == allowed
    assert {name[0] for name in names if len(name) > 1} == {"artifacts"}


def test_damaged_files_are_refused_by_the_served_model_too(uri, model_files):
    for file in model_files():
        file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(Exception, match=r"digest|differ|sha256|SHA-256"):
        mlflow.pyfunc.load_model(uri)


@pytest.mark.extra
def test_mlflow_models_predict_on_the_command_line(settings, uri, model, accounts, tmp_path):
    rows = {"dataframe_split": json.loads(accounts.drop(columns="account_id").to_json(orient="split"))}
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    command = ["models", "predict", "-m", uri, "-i", "rows.json", "-o", "out.json", "--env-manager", "local"]
    environment = {"MLFLOW_TRACKING_URI": settings.tracking_uri, "MLFLOW_DISABLE_TELEMETRY": "true"}
    subprocess.run([sys.executable, "-m", "mlflow", *command], cwd=tmp_path, env=environment, check=True)
    answer = pd.DataFrame(json.loads((tmp_path / "out.json").read_text())["predictions"])
    assert np.array_equal(answer[COLUMNS].to_numpy(), model.readiness(accounts))


@pytest.mark.extra
def test_spark_scores_a_frame_with_the_registered_model(uri, model, accounts, monkeypatch):
    pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'advocate-score[spark]'")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import struct

    options = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.sql.shuffle.partitions": "1"}
    spark = SparkSession.builder.master("local[1]").config(map=options).getOrCreate()
    try:
        inputs = mlflow.models.get_model_info(uri).signature.inputs.input_names()
        served = mlflow.pyfunc.spark_udf(spark, uri, result_type="array<double>", env_manager="local")
        rows = accounts[inputs].astype(object).where(accounts[inputs].notna(), None)
        types = ", ".join(f"{name} {'string' if name == 'industry' else 'double'}" for name in inputs)
        scored = spark.createDataFrame(rows.to_dict("records"), types).withColumn("curve", served(struct(*inputs)))
        found = np.array([row["curve"] for row in scored.select("curve").collect()])
    finally:
        spark.stop()
    assert np.array_equal(found, model.readiness(accounts))

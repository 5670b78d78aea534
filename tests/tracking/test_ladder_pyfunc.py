import json
import os
import subprocess
import sys
import time
import urllib.request
import zipfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from urllib.error import URLError

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.models import Model

from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.tracking.logged_model import write_wheel
from tracking.small_project import SIGNALS, asks

RECORD = f"advocate_score-{version('advocate-score')}.dist-info/RECORD"
COLUMNS = [f"readiness_{level}" for level in LEVEL_NUMBERS]


@pytest.fixture
def uri(mlflow_address, registered):
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
    required = [one.name for one in signature.inputs if one.required]
    assert required == ["history_yes", "history_n", *(signal.name for signal in SIGNALS)]
    assert [one.name for one in signature.inputs if not one.required] == ["level"]
    assert signature.inputs.input_dict()["industry"].type.name == "string"
    assert signature.outputs.input_names() == COLUMNS
    assert [one.name for one in signature.params] == ["level", "intervals", "completion", "reasons"]


def test_numbers_may_be_whole_nullable_or_objects(uri, model, accounts):
    served = mlflow.pyfunc.load_model(uri)
    whole = accounts.assign(
        meetings=accounts["meetings"].astype("int64"),
        history_n=accounts["history_n"].astype("int32"),
        history_yes=accounts["history_yes"].astype("Int64"),
        nps_mean=accounts["nps_mean"].astype("Int64"),
        industry=accounts["industry"].astype("string"),
    )
    assert whole["nps_mean"].isna().any()
    objects = accounts.astype({"meetings": object, "nps_mean": object})
    objects["nps_mean"] = [None if np.isnan(value) else int(value) for value in accounts["nps_mean"]]
    for frame in (whole, objects):
        assert np.array_equal(served.predict(frame).to_numpy(), model.readiness(accounts))


def test_text_in_place_of_a_number_is_refused_by_name(uri, accounts):
    with pytest.raises(MlflowException, match="'meetings' is a number to the model"):
        mlflow.pyfunc.load_model(uri).predict(accounts.assign(meetings="many"))


def test_parameters_ask_for_a_level_intervals_completion_and_reasons(uri, model, accounts):
    served = mlflow.pyfunc.load_model(uri)
    given = {"level": 3, "intervals": True, "completion": True, "reasons": 2}
    told, scores = served.predict(accounts, params=given), model.scores(accounts)
    assert list(told) == [
        *("readiness_3", "readiness_low_3", "readiness_high_3", "completion_3"),
        *("reason_1_3", "reason_2_3"),
    ]
    assert np.array_equal(told["readiness_3"], scores.readiness[:, 2])
    assert np.array_equal(told["readiness_low_3"], scores.low[:, 2])
    assert np.array_equal(told["readiness_high_3"], scores.high[:, 2])
    assert np.array_equal(told["completion_3"], scores.completion[:, 2], equal_nan=True)
    found = model.explain(accounts.assign(level=3)).reasons(top=2)
    stable = found[found["stable"]]
    assert len(stable)
    for row, place, concept in zip(stable["row"], stable["place"], stable["concept"], strict=True):
        assert told[f"reason_{place}_3"].iloc[row] == concept
    assert (told.filter(like="reason_") != "").to_numpy().sum() == len(stable)
    with pytest.raises(MlflowException, match="level is one of 1, 2, 3, 4, 5"):
        served.predict(accounts, params={"level": 7})


def test_rows_with_a_level_have_their_readiness_at_it(uri, model):
    served, rows = mlflow.pyfunc.load_model(uri), asks(60, seed=4)
    told = served.predict(rows.set_index("ask_id"), params={"intervals": True})
    assert list(told.index) == list(rows["ask_id"])
    assert told["readiness"].to_numpy() == pytest.approx(model.probability(rows), abs=1e-9)
    assert (told["readiness_low"] <= told["readiness"]).all()
    with pytest.raises(MlflowException, match="column level holds something else than 1, 2, 3, 4, 5"):
        served.predict(rows.assign(level=9))


def test_mlflow_evaluates_it_on_asks(uri, model, settings):
    rows = asks(200, seed=5)
    data = rows.drop(columns=["ask_id", "account_id", "asked_at", "matures_at", "completed", "policy_id"])
    try:
        found = mlflow.models.evaluate(
            model=uri, data=data, targets="outcome", predictions="readiness", model_type="regressor"
        )
    finally:
        mlflow.end_run()
    brier = float(((model.probability(rows) - rows["outcome"]) ** 2).mean())
    assert found.metrics["mean_squared_error"] == pytest.approx(brier)


def test_the_signature_is_whole_in_what_is_downloaded(uri, tmp_path):
    """Anybody who takes the files of a version away has its inputs and outputs with them."""
    local = mlflow.artifacts.download_artifacts(uri, dst_path=str(tmp_path))
    taken = Model.load(local).signature
    assert taken.to_dict() == mlflow.models.get_model_info(uri).signature.to_dict()
    assert len(taken.inputs) == 2 + len(SIGNALS) + 1
    assert taken.outputs.input_names() == COLUMNS


def test_there_is_no_pickle_no_example_and_no_code_directory(settings, registered):
    logged = settings.folder / "mlartifacts" / "models"
    names = {path.relative_to(logged).parts[2:] for path in logged.rglob("*") if path.is_file()}
    allowed = {"MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "ladder_pyfunc.py"}
    assert {name[0] for name in names if len(name) == 1} == allowed
    assert {name[0] for name in names if len(name) > 1} == {"artifacts", "wheels"}


def test_its_requirements_can_be_installed_where_no_index_has_this_package(uri, tmp_path):
    """The package is beside the model, whole: with it alone in the path the files of the model are read."""
    local = Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(tmp_path)))
    lines = (local / "requirements.txt").read_text().split()
    packed = [line for line in lines if line.endswith(".whl")]
    assert len(packed) == 1
    assert not any(line.startswith("advocate-score==") for line in lines)
    wheel = local / packed[0]
    with zipfile.ZipFile(wheel) as files:
        assert "advocate_score/shipped/models/ladder.toml" in files.namelist()
        listed = [line.split(",")[0] for line in files.read(RECORD).decode().splitlines()]
        assert sorted(listed) == sorted(files.namelist())
        files.extractall(tmp_path / "site")
    code = "import advocate_score.files as f; print(f.__file__, f.shipped_file('models/ladder.toml').is_file())"
    told = subprocess.check_output([sys.executable, "-c", code], env={"PYTHONPATH": str(tmp_path / "site")}, text=True)
    assert told.split() == [str(tmp_path / "site" / "advocate_score" / "files.py"), "True"]


def test_the_same_package_is_the_same_wheel(tmp_path):
    first, second = write_wheel(tmp_path / "a"), write_wheel(tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size < 1_000_000


def test_damaged_files_are_refused_by_the_served_model_too(uri, model_files):
    for file in model_files():
        file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(Exception, match=r"digest|differ|sha256|SHA-256"):
        mlflow.pyfunc.load_model(uri)


@pytest.mark.extra
@pytest.mark.parametrize("manager", ["local", "uv"])
def test_mlflow_models_predict_on_the_command_line(settings, uri, model, accounts, manager, tmp_path):
    rows = {"dataframe_split": json.loads(accounts.drop(columns="account_id").to_json(orient="split"))}
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    command = ["models", "predict", "-m", uri, "-i", "rows.json", "-o", "out.json", "--env-manager", manager]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENV_ROOT": str(tmp_path / "envs")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    if manager == "uv":
        environment.pop("PYTHONPATH", None)
    subprocess.run([sys.executable, "-m", "mlflow", *command], cwd=tmp_path, env=environment, check=True)
    answer = pd.DataFrame(json.loads((tmp_path / "out.json").read_text())["predictions"])
    assert np.array_equal(answer[COLUMNS].to_numpy(), model.readiness(accounts))


@pytest.mark.extra
def test_mlflow_models_serve_answers_over_http(uri, model, accounts, tmp_path):
    """Whole numbers, nulls and parameters as JSON has them."""
    command = ["models", "serve", "-m", uri, "--port", "51863", "--env-manager", "local"]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    serving = subprocess.Popen([sys.executable, "-m", "mlflow", *command], cwd=tmp_path, env=environment)
    try:
        rows = accounts.drop(columns="account_id").assign(meetings=accounts["meetings"].astype("int64"))
        body = {"dataframe_split": json.loads(rows.to_json(orient="split")), "params": {"level": 2, "intervals": True}}
        answer = pd.DataFrame(posted("http://127.0.0.1:51863/invocations", body)["predictions"])
    finally:
        serving.terminate()
        serving.wait()
    scores = model.scores(accounts)
    assert list(answer) == ["readiness_2", "readiness_low_2", "readiness_high_2"]
    assert np.array_equal(answer["readiness_2"], scores.readiness[:, 1])
    assert np.array_equal(answer["readiness_high_2"], scores.high[:, 1])


def posted(address, body, patience=120):
    """The answer to a question, asked again until the server is there."""
    content = {"Content-Type": "application/json"}
    request = urllib.request.Request(address, json.dumps(body).encode(), content)  # noqa: S310  (our own server)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with suppress(URLError, ConnectionError), urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.loads(answer.read())
        time.sleep(1)
    raise TimeoutError(address)


@pytest.mark.extra
def test_spark_scores_a_frame_with_the_registered_model(uri, model, accounts, monkeypatch):
    pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'advocate-score[spark]'")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import struct

    options = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.sql.shuffle.partitions": "1"}
    spark = SparkSession.builder.master("local[1]").config(map=options).getOrCreate()
    try:
        declared = mlflow.models.get_model_info(uri).signature.inputs.input_names()
        inputs = [name for name in declared if name in accounts]
        served = mlflow.pyfunc.spark_udf(spark, uri, result_type="array<double>", env_manager="local")
        rows = accounts[inputs].astype(object).where(accounts[inputs].notna(), None)
        types = ", ".join(f"{name} {'string' if name == 'industry' else 'double'}" for name in inputs)
        scored = spark.createDataFrame(rows.to_dict("records"), types).withColumn("curve", served(struct(*inputs)))
        found = np.array([row["curve"] for row in scored.select("curve").collect()])
    finally:
        spark.stop()
    assert np.array_equal(found, model.readiness(accounts))

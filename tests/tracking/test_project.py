"""MLproject: every entry point is a command, and what it passes are options of that command."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow.projects import load_project

from advocate_score.config import load_settings
from advocate_score.tracking.client import connect

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def run(*command, **options):
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "MLFLOW_DISABLE_TELEMETRY": "true"}
    return subprocess.run([str(part) for part in command], env=environment, check=True, text=True, **options)


@pytest.mark.parametrize("name", ["train", "features", "score", "backtest", "promote"])
def test_an_entry_point_passes_options_that_the_command_has(name, tmp_path):
    entry = load_project(ROOT).get_entry_point(name)
    given = {"config": str(ROOT / "pyproject.toml"), "out": "features.parquet"}
    wanted = {key: value for key, value in given.items() if key in entry.parameters}
    program, command, *arguments = shlex.split(entry.compute_command(wanted, tmp_path))
    assert (program, command) == ("advocate-score", name)
    text = run(BIN / "advocate-score", name, "--help", stdout=subprocess.PIPE).stdout
    options = arguments[::2]
    assert options[0] == "--config"
    assert all(option in text.split() for option in options)


@pytest.mark.extra
def test_mlflow_runs_the_training_as_a_project(tmp_path, monkeypatch):
    """The training is the run that MLflow began."""
    run("advocate-score", "init", "firm", cwd=tmp_path, stdout=subprocess.DEVNULL)
    sizes = ["--accounts", "150", "--asks", "250", "--seed", "1"]
    run("advocate-score", "simulate", "--out", "crm", *sizes, cwd=tmp_path, stdout=subprocess.DEVNULL)
    (tmp_path / "firm" / "tables").rmdir()
    (tmp_path / "crm" / "tables").rename(tmp_path / "firm" / "tables")
    settings = load_settings(tmp_path / "firm" / "advocate.toml")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", settings.tracking_uri)
    options = ["-e", "train", "--env-manager", "local", "-P", f"config={tmp_path}/firm/advocate.toml"]
    run(sys.executable, "-m", "mlflow", "run", ROOT, *options, cwd=tmp_path)
    client = connect(settings)
    training = client.get_run(client.get_model_version_by_alias(settings.tracking.model_name, "challenger").run_id)
    assert (training.info.status, "mlflow.parentRunId" in training.data.tags) == ("FINISHED", False)
    assert training.data.params["config"] == str(tmp_path / "firm" / "advocate.toml")


@pytest.mark.extra
@pytest.mark.parametrize("manager", ["local", "uv"])
def test_mlflow_runs_an_entry_point_with_the_managers_that_are_said_to_work(manager, tmp_path, monkeypatch):
    run("advocate-score", "init", "firm", cwd=tmp_path, stdout=subprocess.DEVNULL)
    for table in (ROOT / "data" / "sample").glob("*.csv"):
        shutil.copy(table, tmp_path / "firm" / "tables")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    given = {"config": tmp_path / "firm" / "advocate.toml", "as_of": "2025-06-01", "out": tmp_path / "signals.parquet"}
    options = [word for name, value in given.items() for word in ("-P", f"{name}={value}")]
    run(sys.executable, "-m", "mlflow", "run", ROOT, "-e", "features", "--env-manager", manager, *options, cwd=tmp_path)
    assert given["out"].is_file()

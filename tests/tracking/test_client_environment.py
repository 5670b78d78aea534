import subprocess
import sys

MODULES = ("champion", "client", "promotion", "registry", "training_run")

PROBE = """
import os, sys
from pathlib import Path
from advocate_score.config import Settings
from advocate_score.tracking.client import connect, translate_store_errors

os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "true"
before = dict(os.environ)
settings = Settings(folder=Path(sys.argv[1]))
connect(settings)
assert dict(os.environ) == before
from mlflow.environment_variables import MLFLOW_ALLOW_PICKLE_DESERIALIZATION
from mlflow.telemetry import get_telemetry_client
from mlflow.telemetry.utils import is_telemetry_disabled

with translate_store_errors(settings):
    assert is_telemetry_disabled() and get_telemetry_client() is None
    assert MLFLOW_ALLOW_PICKLE_DESERIALIZATION.get() is False
assert dict(os.environ) == before
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


def test_no_telemetry_and_no_pickle_whatever_the_environment_said(tmp_path):
    result = run(PROBE, str(tmp_path))
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


def test_importing_the_stage_imports_neither_mlflow_nor_a_drawing_library():
    imports = "; ".join(f"import advocate_score.tracking.{name}" for name in MODULES)
    found = run(f"{imports}; import sys; print([m for m in ('mlflow', 'matplotlib', 'lightgbm') if m in sys.modules])")
    assert found.stdout.strip() == "[]", found.stderr

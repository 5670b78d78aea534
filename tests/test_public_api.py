import importlib
import subprocess
import sys

import advocate_score

HEAVY = ("duckdb", "lightgbm", "matplotlib", "mlflow", "numpy", "pandas", "pandera", "pydantic", "rich", "sklearn")


def test_every_exported_name_is_there_and_documented() -> None:
    assert advocate_score.__all__ == sorted(advocate_score.__all__)
    for name in advocate_score.__all__:
        assert getattr(advocate_score, name).__doc__, name


def test_nothing_else_is_public() -> None:
    importlib.reload(advocate_score)
    assert set(dir(advocate_score)) >= set(advocate_score.__all__)
    assert len(advocate_score.__all__) <= 10


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(advocate_score, "no_such_name")


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['advocate-score', '--help']\n"
        "from advocate_score.cli.main import app, exit_code_of\n"
        "assert exit_code_of(app) == 0\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "assert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "score" in done.stdout

"""Methods of a firm's own in a backtest: by name on the command line, as callables in Python."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from advocate_score import Workspace
from advocate_score.errors import InputError
from advocate_score.tracking.client import connect
from flows.conftest import Run

OWN = """
import numpy as np
from neighbour import STRENGTH

def rate(training, test):
    assert not {"outcome", "completed", "known_at"} & set(test)
    return np.full(len(test), (training["outcome"].sum() + STRENGTH) / (len(training) + 2 * STRENGTH))

def crash(training, test):
    return test["no such column"]

def too_short(training, test):
    return np.zeros(3)

def too_high(training, test):
    return np.full(len(test), 1.5)

def scorecard(training, test):
    return np.full(len(test), 0.5)
"""


@pytest.fixture
def own(firm: Path) -> Path:
    (firm / "own.py").write_text(OWN, encoding="utf-8")
    (firm / "neighbour.py").write_text("STRENGTH = 1.0\n", encoding="utf-8")
    return firm


def test_it_stands_beside_the_baselines_and_is_logged(own: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "predictions.parquet"
    result = json.loads(run(own, "backtest", "--method", "own:rate", "--predictions", str(file), "--json").out)
    predictions = pd.read_parquet(file)
    assert predictions["rate"].between(0.05, 0.95).all()
    compared = {row["baseline"]: row for row in result["differences"]}
    loss = {row["method"]: row["log_loss"] for row in result["evaluation"]}
    assert compared["rate"]["difference"] == pytest.approx(loss["readiness"] - loss["rate"])
    assert all("rate" in row for row in result["by_origin"])
    client = connect(Workspace(own / "advocate.toml").settings)
    parent = client.get_run(result["run_id"])
    assert (parent.info.status, parent.data.tags["kind"]) == ("FINISHED", "backtest")
    nested = client.search_runs([parent.info.experiment_id], f"tags.mlflow.parentRunId = '{result['run_id']}'")
    [child] = [one for one in nested if one.info.run_name == "rate"]
    assert child.data.metrics["blend_minus_this/log_loss_pooled"] == pytest.approx(compared["rate"]["difference"])


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("own", "is not MODULE:FUNCTION"),
        ("nobody:rate", "there is no module nobody"),
        ("own:nothing", "own has no function nothing"),
        ("own:crash", r"KeyError: 'no such column' \(own.py, line 10\)"),
        ("own:too_short", r"shape \(3,\), not one probability"),
        ("own:too_high", "outside 0 to 1"),
        ("own:scorecard", "another method of the backtest is called scorecard"),
    ],
)
def test_what_cannot_be_judged_is_refused(own: Path, named: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Workspace(own / "advocate.toml").backtest(methods=[named])


def test_callables_are_methods_by_their_names(own: Path) -> None:
    class Half:
        def __call__(self, _training: pd.DataFrame, test: pd.DataFrame) -> object:
            return np.full(len(test), 0.5)

    result = Workspace(own / "advocate.toml").backtest(methods=[Half()])
    [half] = [row for row in result["evaluation"] if row["method"] == "Half"]
    assert half["log_loss"] == pytest.approx(np.log(2))

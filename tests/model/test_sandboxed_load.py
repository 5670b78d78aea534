"""The first load in a process apart: what kills it or holds it up is a refusal."""

import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.errors import ModelRefusedError
from advocate_score.model import persistence
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.persistence import golden_rows
from advocate_score.model.recipe import Boosting, Folds, Recipe
from advocate_score.model.sandboxed_load import main, sandboxed_load, try_load
from advocate_score.signal_spec import Signal

Saved = tuple[Path, dict[str, str]]
QUICK = Recipe(bootstrap=2, folds=Folds(count=2), boosting=Boosting(rounds=(20,)))


@pytest.fixture(scope="module")
def model(ask_log: Callable[..., pd.DataFrame], log_signals: tuple[Signal, ...]) -> LadderModel:
    return LadderModel(log_signals, QUICK, seed=3).fit(ask_log(asks=300, accounts=60, seed=1))


@pytest.fixture(scope="module")
def saved(model: LadderModel, tmp_path_factory: pytest.TempPathFactory) -> Saved:
    folder = tmp_path_factory.mktemp("saved") / "model"
    return folder, persistence.save(model, folder)


def started_with(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process apart runs `code` as it comes to the module that reads models."""
    trap = tmp_path / "trap"
    trap.mkdir()
    hook = "import sys\nclass Trap:\n    def find_spec(self, name, path=None, target=None):\n"
    hook += "        if name == 'advocate_score.model.persistence':\n"
    hook += "".join(f"            {line}\n" for line in code.splitlines())
    (trap / "sitecustomize.py").write_text(hook + "sys.meta_path.insert(0, Trap())\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(trap), prepend=os.pathsep)


def test_a_whole_model_passes_with_its_golden_rows(saved: Saved, model: LadderModel) -> None:
    assert sandboxed_load(*saved) == golden_rows(model)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "status -11"),
        ("bytearray(5 * 1024**3)", "status 1"),
        ("import tempfile; f = tempfile.TemporaryFile(); f.write(b'x'); f.flush()", "status 1"),
        ("print('no JSON'); import os; sys.stdout.flush(); os._exit(0)", "no answer"),
        ("import time; time.sleep(60)", "did not end within 2 s"),
    ],
    ids=["dies", "takes all memory", "writes", "babbles", "hangs"],
)
def test_what_happens_there_happens_to_that_process_alone(
    saved: Saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, words: str
) -> None:
    started_with(code, tmp_path, monkeypatch)
    with pytest.raises(ModelRefusedError, match=words):
        sandboxed_load(*saved, seconds=2 if "sleep" in code else 60)


def test_nothing_secret_is_within_its_reach(saved: Saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hunter2")
    started_with("import os; os._exit(3 if 'MLFLOW_TRACKING_PASSWORD' in os.environ else 4)", tmp_path, monkeypatch)
    with pytest.raises(ModelRefusedError, match="status 4"):
        sandboxed_load(*saved)


def test_its_own_words_are_passed_on(saved: Saved, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process does, done here: refusals come back as words, not as a dead process."""
    folder, digests = saved
    wrong = dict.fromkeys(digests, "0" * 64)
    told = try_load({"folder": str(folder), "digests": wrong, "golden": []})
    assert "sha256" in told["refused"]
    good = try_load({"folder": str(folder), "digests": digests, "golden": []})
    assert good["refused"] is None
    done = subprocess.CompletedProcess([], 0, json.dumps(told).encode())
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with pytest.raises(ModelRefusedError, match="sha256"):
        sandboxed_load(folder, wrong)


def test_it_limits_itself_before_it_reads_what_it_was_sent(
    saved: Saved, model: LadderModel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`main`, done here: its process can write no file, and so cannot be watched at its work."""
    limits: dict[int, tuple[int, int]] = {}
    folder, digests = saved
    request = io.StringIO(json.dumps({"folder": str(folder), "digests": digests, "golden": []}))
    monkeypatch.setattr(resource, "setrlimit", lambda which, most: limits.update({which: most}))
    monkeypatch.setattr(sys, "stdin", request)
    main()
    assert limits[resource.RLIMIT_FSIZE] == limits[resource.RLIMIT_CORE] == (0, 0)
    assert limits[resource.RLIMIT_AS] == (4 * 1024**3,) * 2
    assert limits[resource.RLIMIT_CPU] == (120, 120)
    assert json.loads(capsys.readouterr().out) == {"refused": None, "golden": list(golden_rows(model))}

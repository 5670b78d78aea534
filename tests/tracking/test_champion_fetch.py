"""The champion fetched by a process apart: the same model, the same refusals, the same patience as in this process."""

import os
import sys
import time
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from advocate_score.config import Settings
from advocate_score.errors import ConfigurationError, Fault, ModelRefusedError
from advocate_score.tracking import champion_fetch, champion_fetch_process
from advocate_score.tracking.champion import champion_ahead, load_champion
from advocate_score.tracking.champion_fetch import Fetching, fetching_ahead
from advocate_score.tracking.client import connect
from advocate_score.tracking.ledger import promotions
from tracking.small_project import NOW

LATER = NOW + timedelta(days=3)


@pytest.fixture
def mlflow_unloaded(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """As the nightly job finds it; `undo` before this process fetches anything itself."""
    monkeypatch.delitem(sys.modules, "mlflow")
    return monkeypatch


def child_that(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(champion_fetch, "_CHILD", (sys.executable, "-c", program))


def request(settings: Settings, into: Path) -> dict[str, object]:
    record = promotions(settings.folder, settings.tracking.model_name)
    return {
        "seconds": 25,
        "folder": str(settings.folder),
        "tracking": settings.tracking.model_dump(mode="json"),
        "record": [one.model_dump(mode="json") for one in record],
        "into": str(into),
    }


def test_a_process_apart_fetches_the_same_model(settings, promoted, mlflow_unloaded, model, accounts):
    ahead: AbstractContextManager[Fetching] = champion_ahead(settings)
    with ahead as fetching:
        found = load_champion(settings, LATER, fetching)
        assert "mlflow" not in sys.modules
    assert np.array_equal(found.model.readiness(accounts), model.readiness(accounts))
    assert found.promotion == promotions(settings.folder, settings.tracking.model_name)[-1]
    assert found.warnings == ()
    note = (settings.folder / ".champion" / "verified.json").read_text(encoding="utf-8")
    assert LATER.isoformat() in note, "the copy for nights without a registry is renewed"


def test_what_it_answers(settings, promoted, tmp_path, unreachable):
    assert champion_fetch_process.respond(request(settings, tmp_path / "one")) == {"chosen": "1"}
    assert (tmp_path / "one" / "model.json").is_file()
    assert "cannot be used" in champion_fetch_process.respond(request(unreachable, tmp_path / "two"))["unreachable"]
    odd = request(settings, tmp_path / "three") | {"tracking": {"uri": "ftp://me:hunter2@host/store"}}
    (fault,) = champion_fetch_process.respond(odd)["faults"]
    assert fault["place"] == "[tracking] uri"
    assert "hunter2" not in fault["problem"]
    connect(settings).delete_registered_model_alias(settings.tracking.model_name, "champion")
    assert (
        "the registry has no champion"
        in champion_fetch_process.respond(request(settings, tmp_path / "four"))["refused"]
    )
    nobody = request(settings, tmp_path / "five") | {"record": []}
    assert champion_fetch_process.respond(nobody) == {"chosen": None}


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ({"refused": "it was changed"}, ModelRefusedError, "it was changed"),
        ({"faults": [vars(Fault("[tracking] uri", "is odd.", "mend it"))]}, ConfigurationError, "is odd. Fix: mend it"),
        ({"chosen": "7"}, ModelRefusedError, "version 7, which was not promoted here"),
    ],
)
def test_what_it_refuses_is_refused(settings, promoted, mlflow_unloaded, answer, error, words):
    child_that(mlflow_unloaded, f"import json; print(json.dumps({answer!r}))")
    with champion_ahead(settings) as ahead, pytest.raises(error, match=words):
        load_champion(settings, NOW, ahead)


def test_a_registry_that_it_cannot_reach_leaves_the_copy(settings, promoted, mlflow_unloaded):
    child_that(mlflow_unloaded, 'print(\'{"unreachable": "no road to it"}\')')
    with champion_ahead(settings) as ahead:
        found = load_champion(settings, LATER, ahead)
    assert found.warnings[0].startswith("no road to it. Used the copy of the champion: version 1")


@pytest.mark.parametrize("program", ["raise SystemExit(1)", "print('nothing of ours')", "print('[1]')"])
def test_where_it_ends_without_an_answer_this_process_fetches(settings, promoted, mlflow_unloaded, program):
    child_that(mlflow_unloaded, program)
    with champion_ahead(settings) as ahead:
        mlflow_unloaded.undo()
        found = load_champion(settings, NOW, ahead)
    assert found.promotion.version == "1"
    assert found.warnings == ()


def test_where_it_cannot_start_this_process_fetches(settings, promoted, mlflow_unloaded):
    mlflow_unloaded.setattr(champion_fetch, "_CHILD", ("/nowhere/python",))
    with champion_ahead(settings) as ahead:
        mlflow_unloaded.undo()
        assert load_champion(settings, NOW, ahead).promotion.version == "1"


def test_patience_with_it_ends_and_so_does_it(settings, promoted, mlflow_unloaded, tmp_path):
    sign = tmp_path / "pid"
    child_that(mlflow_unloaded, f"import os, time; open({str(sign)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    begun = time.monotonic()
    with fetching_ahead(settings, 1.0) as ahead:
        found = load_champion(settings, LATER, ahead)
    assert time.monotonic() - begun < 10
    assert "no answer within 1 s. Fix" in found.warnings[0]
    assert "Used the copy" in found.warnings[0]
    with pytest.raises(ProcessLookupError):
        os.kill(int(sign.read_text(encoding="ascii")), 0)


def test_nothing_is_started_where_nothing_was_trained(tmp_path, settings, mlflow_unloaded):
    child_that(mlflow_unloaded, f"open({str(tmp_path / 'started')!r}, 'w')")
    (tmp_path / "fresh").mkdir()
    fresh = Settings(folder=tmp_path / "fresh")
    with champion_ahead(fresh) as ahead:
        assert load_champion(fresh, NOW, ahead) is None
    assert "mlflow" not in sys.modules, "a night of the scorecard does without it"
    assert not (tmp_path / "started").exists()


def test_nothing_is_started_where_mlflow_is_loaded(tmp_path, settings, promoted, monkeypatch):
    child_that(monkeypatch, f"open({str(tmp_path / 'started')!r}, 'w')")
    with champion_ahead(settings) as ahead:
        assert load_champion(settings, NOW, ahead).promotion.version == "1"
    assert not (tmp_path / "started").exists()

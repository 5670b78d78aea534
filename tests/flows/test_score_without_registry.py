"""Nights whose registry does not answer, and nights whose model is not the one that was promoted."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from flows.conftest import Ran, Run
from flows.test_score import files_of

NEXT, AFTER = "2026-01-02", "2026-01-03"
DOWN = ["--set", "tracking.uri=http://registry.invalid:5000"]


@pytest.fixture(autouse=True)
def _asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """To save the tests' time."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


def verified_before(firm: Path, age: timedelta) -> None:
    note = firm / ".champion" / "verified.json"
    told = json.loads(note.read_text(encoding="utf-8"))
    at = datetime.fromisoformat(told["verified_at"]) - age
    note.write_text(json.dumps(told | {"verified_at": at.isoformat()}), encoding="utf-8")


def refused_and_untouched(firm: Path, run: Run, code: int, *words: str) -> Ran:
    before = files_of(firm / "publications" / "current")
    night = run(firm, "score", "--as-of", AFTER, *words)
    assert night.code == code, night.err
    assert files_of(firm / "publications" / "current") == before
    assert not (firm / "publications" / AFTER).exists()
    return night


def test_row_82_a_registry_that_is_down_leaves_the_verified_copy_for_a_week(champion: Path, run: Run) -> None:
    verified_before(champion, timedelta(days=6))
    night = run(champion, "score", "--as-of", NEXT, *DOWN)
    assert night.code == 0, night.err
    manifest = json.loads((champion / "publications" / NEXT / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["model"]["version"] == "1"
    assert any("registry.invalid" in one and "Used the copy" in one for one in manifest["warnings"])

    verified_before(champion, timedelta(days=2))
    assert "too old" in refused_and_untouched(champion, run, 5, *DOWN).err
    (champion / ".champion" / "verified.json").unlink()
    assert "no verified copy" in refused_and_untouched(champion, run, 5, *DOWN).err


def test_row_83_a_model_that_is_not_of_its_digest_is_refused(champion: Path, promoted: Path, run: Run) -> None:
    copy = champion / ".champion" / "1" / "model.json"
    models = (promoted / "mlartifacts").glob("models/*/artifacts/artifacts/ladder/model.json")
    whole = copy.read_bytes()
    stored = [file for file in models if file.read_bytes() == whole]
    changed = whole.replace(b"1", b"2", 1)
    copy.write_bytes(changed)
    assert "sha256" in refused_and_untouched(champion, run, 4, *DOWN).err
    try:
        for file in stored:
            file.write_bytes(changed)
        assert "sha256" in refused_and_untouched(champion, run, 4).err
    finally:
        for file in stored:
            file.write_bytes(whole)


def test_a_mistyped_name_of_the_model_does_not_publish_the_scorecard(champion: Path, run: Run) -> None:
    typed = ["--set", "tracking.model_name=advocate-score-lader"]
    told = refused_and_untouched(champion, run, 2, *typed).result["faults"][0]
    assert told["place"] == "[tracking] model_name"
    assert told["fix"].startswith('[tracking] model_name = "advocate-score-ladder"')


def test_a_name_that_no_registry_takes_is_a_fault_of_the_configuration(champion: Path, run: Run) -> None:
    for name in ("a/b", "a:b", '""', "../b"):
        told = refused_and_untouched(champion, run, 2, "--set", f"tracking.model_name={name}").err
        assert "--set tracking.model_name" in told
        assert "registry at" not in told

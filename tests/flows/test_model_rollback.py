"""Going back after a bad promotion: one command, no gate, and the next night is the earlier version's again."""

import json
import shutil
from pathlib import Path

import pytest

from advocate_score.flows.project import Silent, open_project
from advocate_score.flows.promote import promote_version
from advocate_score.flows.train import train_model
from flows.conftest import AS_OF, Run
from flows.test_score import files_of


@pytest.fixture(scope="module")
def twice_promoted(published: Path, promoted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 2, of a recipe that nobody should use, serves since somebody forced it; not to be changed."""
    firm = Path(shutil.copytree(published, tmp_path_factory.mktemp("twice") / "firm", symlinks=True))
    move_store(firm, promoted)
    light = (firm / "light.toml").read_text(encoding="utf-8")
    (firm / "light.toml").write_text(light + '[recipes.poor]\ncomponents = ["scorecard"]\nbootstrap = 2\n')
    project = open_project(firm / "advocate.toml", ["model.recipe=poor"], Silent())
    train_model(project, None)
    assert promote_version(project, None, force=True, reason="it looked good")["version"] == "2"
    return firm


@pytest.fixture
def badly_promoted(twice_promoted: Path, tmp_path: Path) -> Path:
    firm = Path(shutil.copytree(twice_promoted, tmp_path / "firm", symlinks=True))
    move_store(firm, twice_promoted)
    return firm


def move_store(firm: Path, old: Path) -> None:
    """The firm's tracking store is its own, so that no other test sees what is registered in it."""
    shutil.copy(old / "mlflow.db", firm / "mlflow.db")
    config = firm / "advocate.toml"
    text = config.read_text(encoding="utf-8").replace(f"sqlite:///{old}/", f"sqlite:///{firm}/")
    config.write_text(text, encoding="utf-8")


def test_a_model_that_was_forced_past_its_gate_is_held_where_it_says_something_else(
    badly_promoted: Path, run: Run
) -> None:
    held = run(badly_promoted, "score", "--as-of", "2026-01-02")
    assert (held.code, "level 1: readiness has moved" in held.err) == (3, True), held.err
    said = run(badly_promoted, "score", "--as-of", "2026-01-02", "--force", "--reason", "looked at")
    assert (said.code, said.result["forced"]) == (0, "looked at"), said.err


def test_a_version_that_was_champion_returns_and_publishes_what_it_did_before(badly_promoted: Path, run: Run) -> None:
    firm = badly_promoted
    before = files_of(firm / "publications" / AS_OF)
    assert run(firm, "score", "--as-of", AS_OF, "--replace").code == 0
    assert files_of(firm / "publications" / AS_OF) != before

    back = run(firm, "promote", "--version", "1", "--reason", "version 2 asks the wrong clients")
    assert back.code == 0, back.err
    told = {name: back.result[name] for name in ("version", "previous", "forced", "returned", "checks")}
    reason = "version 2 asks the wrong clients"
    assert told == {"version": "1", "previous": "2", "forced": None, "returned": reason, "checks": []}
    assert run(firm, "score", "--as-of", AS_OF, "--replace").code == 0
    assert files_of(firm / "publications" / AS_OF) == before

    history = json.loads((firm / "champion.json").read_text(encoding="utf-8"))["promotions"]
    assert [(one["version"], one["previous"], one["returned"]) for one in history] == [
        ("1", None, None),
        ("2", "1", None),
        ("1", "2", reason),
    ]


def test_what_was_never_champion_does_not_pass_the_gate_by_a_reason(badly_promoted: Path, run: Run) -> None:
    firm = badly_promoted
    (firm / "champion.json").write_text('{"promotions": []}', encoding="utf-8")
    strict = (firm / "light.toml").read_text(encoding="utf-8").replace("min_outcomes = 50", "min_outcomes = 100000")
    (firm / "light.toml").write_text(strict, encoding="utf-8")
    held = run(firm, "promote", "--version", "1", "--reason", "I want it")
    assert held.code == 3, held.err
    assert "returns with" not in held.err

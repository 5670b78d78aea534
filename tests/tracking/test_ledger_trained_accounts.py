from datetime import datetime
from pathlib import Path

from advocate_score.tracking.ledger import (
    FOLDER,
    Promotion,
    Registered,
    add_promotion,
    models_trained_on,
    record_membership,
    versions_without_membership,
)
from tracking.small_project import NOW

ADA, BOB, KEY = "ada", "bob", "k1"


def note(folder: Path, version: str, accounts: list[str], key: str = KEY) -> None:
    record_membership(
        folder, Registered("ladder", version, f"run{version}", "1"), datetime(2025, 1, int(version)), key, accounts
    )


def promote(folder: Path, version: str) -> None:
    facts = {"model_name": "ladder", "version": version, "run_id": f"run{version}", "recipe": "blend"}
    add_promotion(folder, Promotion(**facts, schema_hash="s", digests={}, trained_as_of=NOW, promoted_at=NOW))


def test_models_are_found_by_whom_they_learned_from(tmp_path: Path) -> None:
    note(tmp_path, "2", [ADA, BOB])
    note(tmp_path, "1", [ADA])
    assert [one.version for one in models_trained_on(tmp_path, KEY, {ADA})] == ["1", "2"]
    assert [one.version for one in models_trained_on(tmp_path, KEY, {BOB})] == ["2"]
    assert models_trained_on(tmp_path, KEY, {"eve"}) == []
    assert models_trained_on(tmp_path / "nowhere", KEY, {ADA}) == []
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / FOLDER).iterdir()} == {0o600}


def test_promoted_versions_without_a_note_that_can_be_read_are_told(tmp_path: Path) -> None:
    for version in ("1", "2", "3", "4", "4"):
        promote(tmp_path, version)
    note(tmp_path, "1", [ADA])
    note(tmp_path, "2", [ADA], key="another")
    note(tmp_path, "3", [ADA])
    (tmp_path / FOLDER / "run3.json").write_text("{}")
    assert versions_without_membership(tmp_path, "ladder", KEY) == ["2", "3", "4"]

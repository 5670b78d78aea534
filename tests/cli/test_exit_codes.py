"""How a run that failed is told: to the log, and to the operator's own command."""

import json
import sys
from pathlib import Path

import pytest

from advocate_score.cli import exit_codes
from advocate_score.cli.exit_codes import exit_code, message
from advocate_score.cli.main import app, exit_code_of
from advocate_score.errors import HeldError, LockedError

HOOK = """
import json, os, pathlib, sys
told = {name: value for name, value in os.environ.items() if name.startswith("ADVOCATE_SCORE_")}
pathlib.Path("told.json").write_text(json.dumps(told))
sys.exit(int(sys.argv[1]))
"""


def run_score(folder: Path, hook: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """A night without tables, whose configuration names `hook`."""
    (folder / "advocate.toml").write_text(f"[operations]\non_failure = {json.dumps(hook)}\n")
    monkeypatch.setattr("sys.argv", ["advocate-score", "score", "--config", str(folder / "advocate.toml")])
    return exit_code_of(app)


def python_hook(folder: Path, ends_with: int = 0) -> list[str]:
    (folder / "hook.py").write_text(HOOK)
    return [sys.executable, "hook.py", str(ends_with)]


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]


def test_the_hook_is_told_what_failed_and_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_score(tmp_path, python_hook(tmp_path), monkeypatch) == 2
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["ADVOCATE_SCORE_COMMAND"] == "score"
    assert told["ADVOCATE_SCORE_EXIT_CODE"] == "2"
    assert "there is no folder" in told["ADVOCATE_SCORE_ERROR"]


@pytest.mark.parametrize("hook", [["no-such-command-anywhere"], None])
def test_a_hook_that_fails_is_told_and_changes_nothing(
    hook: list[str] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_score(tmp_path, hook or python_hook(tmp_path, ends_with=7), monkeypatch) == 2
    warned = [str(line["event"]) for line in lines_of(capsys) if line["severity"] == "warning"]
    assert len(warned) == 1
    assert warned[0].startswith("[operations] on_failure")
    assert ("could not be started" if hook else "ended with 7") in warned[0]


def test_a_hook_that_hangs_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(exit_codes, "HOOK_TIMEOUT_SECONDS", 0.2)
    assert run_score(tmp_path, ["sleep", "30"], monkeypatch) == 2
    assert any("stopped after" in str(line["event"]) for line in lines_of(capsys))


def test_the_last_line_of_the_log_says_how_the_run_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_score(tmp_path, [], monkeypatch)
    lines = lines_of(capsys)
    assert (lines[0]["event"], lines[0]["command"]) == ("begun", "score")
    assert (lines[-1]["event"], lines[-1]["exit_code"]) == ("ended", 2)
    assert "there is no folder" in str(lines[-1]["error"])
    assert len({line["run"] for line in lines}) == 1


def test_exit_codes_and_messages_of_errors() -> None:
    assert [exit_code(error) for error in (HeldError("x"), LockedError("x"), ValueError("x"), KeyboardInterrupt())] == [
        3,
        75,
        1,
        130,
    ]
    assert exit_code(PermissionError(13, "Permission denied", "somewhere")) == 2
    assert message(ValueError("Ana Canaria")) == "unexpected ValueError"
    assert "make room" in message(OSError(28, "No space left on device", "somewhere"))

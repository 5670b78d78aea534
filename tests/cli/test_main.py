import json
import stat
from pathlib import Path

import pytest

from advocate_score.cli.main import FAULT_LOG, exit_code_of
from advocate_score.cli.progress import shown_progress
from advocate_score.errors import (
    ConfigurationError,
    Fault,
    HeldError,
    LockedError,
    ModelRefusedError,
    RegistryUnreachableError,
)


def raising(error: BaseException):
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigurationError([Fault("here", "wrong.")]), 2),
        (HeldError("held"), 3),
        (ModelRefusedError("refused"), 4),
        (RegistryUnreachableError("away"), 5),
        (LockedError("locked"), 75),
        (SystemExit(2), 2),
        (SystemExit(0), 0),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_fault_has_its_exit_code(error: BaseException, code: int) -> None:
    assert exit_code_of(raising(error)) == code


def test_an_unexpected_fault_is_short_on_the_screen_and_whole_in_a_private_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert exit_code_of(raising(ValueError("Ana Canaria said no"))) == 1
    told = capsys.readouterr().err
    assert "ValueError" in told
    assert "Ana" not in told
    assert "Ana Canaria said no" in FAULT_LOG.read_text(encoding="utf-8")
    assert stat.S_IMODE(FAULT_LOG.stat().st_mode) == 0o600


def test_all_faults_are_told_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    exit_code_of(raising(ConfigurationError([Fault("a", "is wrong.", "mend it"), Fault("b", "too.")])))
    assert capsys.readouterr().err.splitlines() == ["error: a: is wrong. Fix: mend it", "error: b: too."]


def test_progress_off_a_terminal_is_json_lines_of_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress(quiet=False) as progress:
        progress.step("reading", 1, 2)
        progress.warn("odd")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["severity"], line["event"]) for line in lines] == [("info", "reading"), ("warning", "odd")]
    assert len({line["run"] for line in lines}) == 1


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress(quiet=True) as progress:
        progress.step("reading")
        progress.warn("odd")
    assert capsys.readouterr() == ("", "")

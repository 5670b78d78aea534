import io
import json
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from advocate_score.cli import render
from advocate_score.cli.exit_codes import FAULT_LOG
from advocate_score.cli.main import app, exit_code_of
from advocate_score.cli.progress import group_warnings, shown_progress
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


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("Ana"), "unexpected ValueError; the details are in "),
        (KeyboardInterrupt(), "interrupted"),
        (NotADirectoryError(20, "Not a directory", "here"), "here: Not a directory. Fix: "),
    ],
)
def test_an_error_of_a_logged_run_is_told_once_with_all_that_helps(
    error: BaseException,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def command() -> None:
        with shown_progress(quiet=False, command="check"):
            raise error

    monkeypatch.chdir(tmp_path)
    exit_code_of(command)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["begun", "ended"]
    assert lines[-1]["error"].startswith(said)
    assert FAULT_LOG.exists() == isinstance(error, ValueError)


def test_all_faults_are_told_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    exit_code_of(raising(ConfigurationError([Fault("a", "is wrong.", "mend it"), Fault("b", "too.")])))
    assert capsys.readouterr().err.splitlines() == ["error: a: is wrong. Fix: mend it", "error: b: too."]


def test_progress_off_a_terminal_is_json_lines_of_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress(quiet=False, command="check") as progress:
        progress.step("reading", 1, 2)
        progress.warn("odd")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    told = [(line["severity"], line["event"]) for line in lines]
    assert told == [("info", "begun"), ("info", "reading"), ("warning", "odd"), ("info", "ended")]
    assert {line["command"] for line in (lines[0], lines[-1])} == {"check"}
    assert len({line["run"] for line in lines}) == 1


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress(quiet=True, command="check") as progress:
        progress.step("reading")
        progress.warn("odd")
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    def called(*words: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["advocate-score", *words])
        code = exit_code_of(app)
        return code, *capsys.readouterr()

    return called


@pytest.mark.parametrize(
    "words",
    [
        ("nosuch",),
        ("features",),
        ("explain",),
        ("check", "--bogus"),
        ("check",),
        ("features", "--out", "x.parquet", "--as-of", "yesterday"),
        ("features", "--out", "x.parquet", "--as-of", ""),
    ],
)
def test_every_refusal_is_one_object_to_machines(call, words: tuple[str, ...]) -> None:
    code, out, err = call(*words, "--json")
    told = json.loads(out)
    assert (code, told["exit_code"]) == (2, 2)
    logged = [json.loads(line).get("error") for line in err.splitlines() if line.startswith("{")]
    shown = [line.removeprefix("error: ") for line in err.splitlines() if not line.startswith("{")]
    assert [*filter(None, logged), *shown] == [told["error"]], "once, in the log or as text"


def test_bad_usage_tells_people_how_to_go_on(call) -> None:
    code, out, err = call("features")
    assert (code, out) == (2, "")
    assert "Usage: " in err
    assert "--out" in err


@pytest.mark.parametrize(("error", "code"), [(ValueError("Ana"), 1), (KeyboardInterrupt(), 130), (HeldError("no"), 3)])
def test_whatever_ends_a_run_machines_get_one_object(
    error: BaseException,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["advocate-score", "check", "--json"])
    assert exit_code_of(raising(error)) == code
    out, err = capsys.readouterr()
    assert json.loads(out)["exit_code"] == code
    assert "Ana" not in out + err


def test_a_place_that_cannot_be_used_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.touch()
    assert exit_code_of((file / "folder").mkdir) == 2
    assert capsys.readouterr().err.startswith(f"error: {file / 'folder'}: Not a directory. Fix: ")


def test_a_name_that_no_disk_takes_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "circle").symlink_to("circle")
    for place, why in ((tmp_path / ("x" * 300), "File name too long"), (tmp_path / "circle" / "x", "Too many levels")):
        assert exit_code_of(place.mkdir) == 2
        assert why in capsys.readouterr().err


def test_a_fault_is_logged_elsewhere_where_the_folder_lets_nobody_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FAULT_LOG).mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert exit_code_of(raising(ValueError("why"))) == 1
    (log,) = tmp_path.glob("advocate-score-fault-*.log")
    assert str(log) in capsys.readouterr().err
    assert "ValueError: why" in log.read_text(encoding="utf-8")


def _of_somebody_else(file: Path) -> None:
    file.touch()
    if os.geteuid():
        pytest.skip("only root gives a file away")
    os.chown(file, 12_345, -1)


def _open_to_all(file: Path) -> None:
    file.touch()
    file.chmod(0o666)


def _link(file: Path) -> None:
    (file.parent / "theirs").touch()
    file.symlink_to("theirs")


def _dangling_link(file: Path) -> None:
    file.symlink_to("theirs")


def _hard_link(file: Path) -> None:
    (file.parent / "theirs").touch(mode=0o600)
    file.hardlink_to(file.parent / "theirs")


@pytest.mark.goal("G39")
@pytest.mark.parametrize("put", [_of_somebody_else, _open_to_all, _link, _dangling_link, _hard_link, os.mkfifo])
def test_a_fault_is_written_to_no_file_of_somebody_elses(
    put: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, elsewhere = tmp_path / "work", tmp_path / "tmp"
    folder.mkdir()
    elsewhere.mkdir()
    guessed = elsewhere / f"advocate-score-fault-{os.getuid()}.log"
    guessed.touch(mode=0o666)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    put(folder / FAULT_LOG)
    for _ in range(2):
        assert exit_code_of(raising(ValueError("why"))) == 1
    first, second = (log for log in elsewhere.iterdir() if log != guessed)
    assert str(first) in (told := capsys.readouterr().err)
    assert str(second) in told
    for log in (first, second):
        assert "ValueError: why" in log.read_text(encoding="utf-8")
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
    theirs = [file for file in (guessed, *folder.iterdir()) if file.is_file()]
    assert all(file.read_bytes() == b"" for file in theirs)
    assert not (folder / "theirs").exists() or put is not _dangling_link


def test_an_empty_as_of_is_not_given_and_a_wrong_one_is_refused_before_any_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for as_of, words in (("", "no such configuration"), ("soon", "--as-of")):
        monkeypatch.setattr("sys.argv", ["advocate-score", "train", "--as-of", as_of])
        assert exit_code_of(app) == 2
        assert words in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_brackets_are_text_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with shown_progress(quiet=False, command="check") as progress:
        progress.step("reading [bold]all[/x]")
        progress.warn("map them in [sources.accounts] [/x]")
    assert "map them in [sources.accounts] [/x]" in sys.stderr.getvalue()
    counts = dict.fromkeys(("rows_in", "accepted", "deduplicated", "quarantined"), 1)
    result = {
        "tables": [{"table": "[red]t[/x]", **counts}],
        "quality": {},
        "data_cut": None,
        "data_cut_local": None,
        "signals": 0,
    }
    nothing = {"protection": {"facts": {}, "before": None}, "held": [], "explained": None}
    render.check(result | nothing)
    assert "[red]t[/x]" in capsys.readouterr().out


def test_warnings_are_counted_and_those_of_a_table_stand_together() -> None:
    assert group_warnings([]) == []
    told = ["cases: a.", "asks level: b.", "cases severity: c.", "cases: a."]
    assert group_warnings(told) == ["4 warnings:", "  cases: a. (2 times)", "  cases severity: c.", "  asks level: b."]
    assert group_warnings(["cases: a."]) == ["1 warning:", "  cases: a."]


def test_a_check_that_passed_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    exit_code_of(raising(HeldError("version 2 is held by the gate.\nfailed   a: 1\npassed   b: 2\ntold     c: 3")))
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("error:")] == ["error: version 2 is held by the gate."]
    assert "passed   b: 2" in lines

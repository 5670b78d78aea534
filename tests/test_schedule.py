"""The examples of a schedule: accepted by cron's and systemd's own verifiers, and naming commands that exist."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from advocate_score.cli.main import app, exit_code_of
from advocate_score.config import load_settings

PIPELINES = Path(__file__).parents[1] / "pipelines"
UNITS = sorted((PIPELINES / "schedule").glob("*.service")) + sorted((PIPELINES / "schedule").glob("*.timer"))
CRON = PIPELINES / "schedule" / "advocate-score.cron"
COMMAND = re.compile(r"advocate-score (\w+) --config (\w+\.toml)((?: --\w+)*)")


def commands() -> list[tuple[str, str, str]]:
    return [found for file in (*UNITS, CRON) for found in COMMAND.findall(file.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("command", "config", "options"), sorted(set(commands())))
def test_the_scheduled_commands_exist(
    command: str, config: str, options: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    load_settings(PIPELINES / config)
    monkeypatch.setattr("sys.argv", ["advocate-score", command, *options.split(), "--help"])
    assert exit_code_of(app) == 0
    assert "--config" in capsys.readouterr().out


def test_both_schedules_run_the_night_and_the_training() -> None:
    assert {command for command, *_ in COMMAND.findall(CRON.read_text(encoding="utf-8"))} == {
        "score",
        "train",
        "promote",
    }
    assert {command for command, *_ in commands()} == {"score", "train", "promote"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """With the command where it is here, since a unit whose program is missing is refused."""
    here = Path(sys.executable).with_name("advocate-score")
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/usr/local/bin/advocate-score", str(here))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    files = [tmp_path / unit.name for unit in UNITS]
    run = subprocess.run(["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True, check=False)
    ours = [line for line in run.stderr.splitlines() if "advocate-score" in line]
    assert (run.returncode, ours) == (0, [])


@pytest.mark.skipif(shutil.which("crontab") is None, reason="crontab is not installed")
def test_cron_accepts_the_line(tmp_path: Path) -> None:
    """Without the column of the user, which only /etc/cron.d has."""
    table = tmp_path / "crontab"
    table.write_text(CRON.read_text(encoding="utf-8").replace("  advocate  ", "  "), encoding="utf-8")
    run = subprocess.run(["crontab", "-n", table], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr

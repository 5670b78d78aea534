"""What the shell offers after Tab, asked as bash asks it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from advocate_score.cli import options
from advocate_score.flows.project import setting_names

CONFIG = '[sources]\ntime_zone = "UTC"\n'


def offered(folder: Path, typed: str) -> list[str]:
    """`typed` ends where Tab was pressed."""
    words = typed.split(" ")
    asked = {
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(words) - 1),
        "_ADVOCATE_SCORE_COMPLETE": "complete_bash",
    }
    program = "import sys; sys.argv = ['advocate-score']; from advocate_score.cli.main import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=os.environ | asked, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    (tmp_path / "advocate.toml").write_text(CONFIG, encoding="utf-8")
    for day in ("2026-01-01", "2026-01-02"):
        night = tmp_path / "publications" / day
        night.mkdir(parents=True)
        (night / "manifest.json").write_text("{}", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("advocate-score exp", ["explain"]),
        ("advocate-score promote --ver", ["--version"]),
        ("advocate-score match --level ", ["1", "2", "3", "4", "5"]),
        ("advocate-score metrics --period q", ["quarter"]),
        ("advocate-score rollback --to 2026", ["2026-01-02", "2026-01-01"]),
        ("advocate-score check --set model.matur", ["model.maturity_days="]),
        ("advocate-score promote --version ", []),
    ],
)
def test_names_and_values_are_offered(firm: Path, typed: str, expected: list[str]) -> None:
    assert offered(firm, typed) == expected


class Typed:
    """As much of the command line as completion reads."""

    def __init__(self, config: Path) -> None:
        self.params = {"config": config}


def test_nothing_is_offered_and_nothing_fails_where_the_configuration_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[bad", encoding="utf-8")
    for name in ("bad.toml", "none.toml"):
        assert options.dates(Typed(tmp_path / name)) == []
        assert options.versions(Typed(tmp_path / name)) == []


def test_settings_are_offered_by_section() -> None:
    assert {"model.maturity_days", "outputs.language", "policy.capacity"} <= {*setting_names()}


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_takes_the_script_as_it_is() -> None:
    """What `--show-completion` prints, which looks for the shell it was called from: in a test there may be none."""
    program = Path(sys.executable).with_name("advocate-score")
    asked = {**os.environ, "_ADVOCATE_SCORE_COMPLETE": "source_bash"}
    shown = subprocess.run([program], env=asked, capture_output=True, text=True, check=True)
    assert "complete " in shown.stdout
    assert subprocess.run(["bash", "-n"], input=shown.stdout, text=True, check=False).returncode == 0

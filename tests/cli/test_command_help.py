"""`--help`: groups, examples that can be copied, and near names where one was mistyped."""

import sys

import pytest
import typer

from advocate_score.cli.main import app, exit_code_of

COMMANDS = sorted(typer.main.get_command(app).commands)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def ask(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["advocate-score", *words])
        exit_code_of(app)
        return "".join(capsys.readouterr())

    return ask


def test_commands_stand_in_groups_with_whole_sentences(told) -> None:
    shown = told("--help")
    assert "The night:" in shown
    assert "..." not in shown.split("First steps:")[1]
    assert all(f"\n  {name}" in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_that_is_not_broken_up(told, name: str) -> None:
    lines = told(name, "--help").splitlines()
    examples = [line for line in lines if line.startswith(f"  Example: advocate-score {name}")]
    assert examples
    after = lines[lines.index(examples[-1]) + 1]
    assert after == ""


def test_common_options_stand_apart(told) -> None:
    own, common = told("train", "--help").split("Common options:")
    assert "--tune" in own
    assert "--config" in common
    assert "--config" not in own


@pytest.mark.parametrize(
    ("words", "near"),
    [(("chek",), "check"), (("check", "--confg", "x"), "--config"), (("metrics", "--period", "quater"), "quarter")],
)
def test_near_names_are_told(told, words: tuple[str, ...], near: str) -> None:
    assert near in told(*words)

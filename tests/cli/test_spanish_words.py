"""Whatever is shown on a configuration has its Spanish, with the same figures in it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from advocate_score.cli import words
from advocate_score.cli.words import SPANISH, said

CLI = Path(words.__file__).parent
ENGLISH_ONLY = {"init", "simulated", "demo"}
"""Commands that run before there is a configuration to say which language."""
SHOWN = ("line", "table", "worded", "next_step")
NAMES = re.compile(r"^[\W\d_]*(\{\w+(:[^}]*)?\}[\W\d_]*)*$")
"""A template of nothing but figures and names needs no translation."""


def texts(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SHOWN:
            place = 1 if node.func.id == "next_step" else 0
            for branch in node.args[place : place + 1]:
                found = [branch.body, branch.orelse] if isinstance(branch, ast.IfExp) else [branch]
                yield from (one.value for one in found if isinstance(one, ast.Constant))


def shown() -> list[str]:
    found = []
    for path in CLI.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name not in ENGLISH_ONLY:
                found += texts(node)
    return sorted({one for one in found if not NAMES.match(one)})


def test_something_is_shown() -> None:
    assert len(shown()) > 60


@pytest.mark.parametrize("text", shown())
def test_every_text_has_its_spanish(text: str) -> None:
    assert text in SPANISH


@pytest.mark.parametrize("text", SPANISH)
def test_the_spanish_has_the_same_figures(text: str) -> None:
    figures = re.compile(r"\{(\w+)(:[^}]*)?\}")
    assert sorted(figures.findall(text)) == sorted(figures.findall(SPANISH[text]))


def test_other_languages_and_other_texts_stay_as_they_are() -> None:
    assert said("Tables", "en") == "Tables"
    assert said("Hospitales Torrelinda", "es") == "Hospitales Torrelinda"

"""Whatever is shown has its Spanish, with the same figures in it."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from advocate_score.cli import console, render, spanish
from advocate_score.cli.spanish import SPANISH, in_language, terminal_language
from advocate_score.flows.promote import ChallengerComparison
from advocate_score.model.ladder_model import LadderModel

CLI = Path(spanish.__file__).parent
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
            if isinstance(node, ast.FunctionDef):
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
    assert in_language("Tables", "en") == "Tables"
    assert in_language("Hospitales Torrelinda", "es") == "Hospitales Torrelinda"


def test_words_that_are_looked_up_by_their_names_have_their_spanish() -> None:
    assert {*(why for _, why in render._FIRST), render._WHY_TRAIN, render._WHY_TRAIN_LATER} <= SPANISH.keys()
    assert {*render.OUTCOME_TONES, *filter(None, render.CHECK_RESULTS.values())} <= SPANISH.keys()


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "es_ES.UTF-8"}, "es"),
        ({"LANG": "ES"}, "es"),
        ({"LANG": "es.UTF-8"}, "es"),
        ({"LANG": "est_EE"}, "en"),
        ({"LANG": "es_MX", "LC_MESSAGES": "en_GB"}, "en"),
        ({"LANG": "en_US", "LC_ALL": "", "LC_MESSAGES": "es_AR"}, "es"),
        ({"LC_ALL": "C", "LC_MESSAGES": "es_ES", "LANG": "es_ES"}, "en"),
    ],
)
def test_without_a_configuration_the_locale_says_which_language(environment: dict[str, str], language: str) -> None:
    assert terminal_language(environment) == language


@pytest.fixture
def champion_of() -> Callable[..., str]:
    """What a contest of two models of the default recipe, or with no champion yet, says that it is beside."""

    def beside(version: str = "") -> str:
        model = LadderModel()
        return (
            ChallengerComparison(model, LadderModel(), version) if version else ChallengerComparison(model)
        ).compared_with

    return beside


def test_first_steps_in_spanish(capsys: pytest.CaptureFixture[str]) -> None:
    with console.output_settings("es"):
        render.init({"config": "f/advocate.toml", "tables": "f/tables", "templates": "f/templates"})
        render.simulation({"tables": [{"table": "asks", "rows": 3}], "folder": "f/tables", "truth": "f/truth"})
    told = capsys.readouterr().out
    assert "Ponga sus exportaciones en f/tables, con los encabezados de f/templates." in told
    assert re.search(r"advocate-score check --config f/advocate.toml +dice qué está mal en las tablas", told)
    assert "Tablas: f/tables · la verdad, solo para evaluar: f/truth" in told
    assert not re.search(r"\b(the|your|and|for|with)\b", told)


def test_what_a_challenger_was_put_beside_is_said_in_spanish(champion_of: Callable[..., str]) -> None:
    with console.output_settings("es"):
        told = [render._compared_with(champion_of(**facts)) for facts in ({}, {"version": "12"})]
    assert told == [
        "el criterio experto, que sirve hasta la primera promoción, la tasa base y el historial suavizado",
        "la versión 12, de la misma receta",
    ]
    assert render._compared_with(champion_of(version="12")) == "version 12, the same recipe"

"""The import walls: which layer may know which, and which third-party library may be named where."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "advocate_score"
BASE = (
    *("errors", "text", "ladder", "dates", "schema", "signal_words", "signal_spec", "frames", "locks", "files"),
    "stats",
    "resources",
    "spreadsheet_text",
    "json_values",
    "asks",
)
"""Each may import those before it in this list."""
ALLOWED = {
    **{name: set(BASE[:place]) for place, name in enumerate(BASE)},
    "config": {*BASE},
    "engine": {*BASE, "config"},
    "sources": {*BASE, "config"},
    "recorded": {*BASE, "config"},
    "tables": {*BASE, "config", "engine", "recorded", "sources"},
    "signals": {*BASE, "config", "engine"},
    "model": {*BASE},
    "evaluation": {*BASE, "model"},
    "monitoring": {*BASE, "evaluation", "model"},
    "scoring": {*BASE, "config", "model"},
    "tracking": {*BASE, "config", "evaluation", "model"},
    "policy": {*BASE, "config"},
    "programme": {*BASE, "config"},
    "protection": {*BASE, "config", "engine", "policy", "tables"},
    "publication": {*BASE, "config", "policy"},
    "delivery": {*BASE, "config", "engine", "publication", "sources"},
    "simulate": {*BASE},
    "cli": {"config", "dates", "errors", "flows", "signal_words"},
    "__main__": {"cli"},
}
THIRD_PARTY = {
    "fcntl": ("locks.py",),
    "babel": ("dates.py", "signal_words.py"),
    "duckdb": ("engine/duckdb_engine.py", "sources/"),
    "pyspark": ("engine/spark_engine.py",),
    "mlflow": ("tracking/",),
    "lightgbm": ("model/boosting.py", "model/persistence.py"),
    "pandera": ("tables/validation.py",),
    "typer": ("cli/",),
    "rich": ("cli/",),
    "psycopg": ("sources/", "recorded/database.py"),
    "fsspec": ("sources/object_store.py",),
    "openpyxl": ("sources/", "publication/workbook.py"),
    "matplotlib": ("tracking/",),
    "optuna": ("model/hyperparameter_search.py",),
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "core"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(path)}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def module_of(path: Path) -> str:
    return ".".join(["advocate_score", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_layers_import_only_what_stands_below_them(path: Path) -> None:
    here = layer(path)
    if here in ("flows", "__init__"):
        return
    others = {name.split(".")[1] for name in imported(path) if name.startswith("advocate_score.")} - {here}
    assert others <= ALLOWED[here], f"{place(path)} must not import {sorted(others - ALLOWED[here])}"


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_libraries_stay_behind_their_walls(path: Path) -> None:
    for library in {name.split(".")[0] for name in imported(path)} & THIRD_PARTY.keys():
        assert place(path).startswith(THIRD_PARTY[library]), f"{place(path)} must not import {library}"


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_files_are_short_and_say_what_they_hold(path: Path) -> None:
    """From 150 to 500 lines are ordinary; more where it is one concept."""
    assert path.read_text(encoding="utf-8").count("\n") <= 800
    assert not FORBIDDEN_NAMES & {*path.relative_to(PACKAGE).parent.parts, path.stem}


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_functions_are_short(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            doc = ast.get_docstring(node, clean=False) or ""
            lines = (node.end_lineno or node.lineno) - node.lineno + 1 - (doc.count("\n") + 1 if doc else 0)
            assert lines <= 40, f"{place(path)}: {node.name} has {lines} lines"


def test_publication_knows_the_words_of_the_rules_and_nothing_else_of_the_policy() -> None:
    for path in MODULES:
        if layer(path) == "publication":
            of_policy = {name for name in imported(path) if name.startswith("advocate_score.policy")}
            assert of_policy <= {"advocate_score.policy", "advocate_score.policy.rules"}, place(path)


def test_folders_are_not_crowded() -> None:
    assert max(Counter(path.parent for path in MODULES).values()) <= 25


def test_only_flows_knows_every_stage() -> None:
    users = {layer(path) for path in MODULES for name in imported(path) if name.startswith("advocate_score.flows")}
    assert users <= {"flows", "cli", "__init__"}


def test_no_import_cycles() -> None:
    modules = {module_of(path): path for path in MODULES}
    graph = {name: direct_imports(name, path, modules) for name, path in modules.items()}
    assert [name for name in graph if name in reachable(graph, name)] == []


def direct_imports(name: str, path: Path, modules: dict[str, Path]) -> set[str]:
    """A module taken from a package runs the package first, which may import it in turn; the top offers all lazily."""
    targets = set(imported(path))
    return (targets | {target.rpartition(".")[0] for target in targets}) & modules.keys() - {name, PACKAGE.name}


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        for target in graph[todo.pop()] - seen:
            seen.add(target)
            todo.append(target)
    return seen

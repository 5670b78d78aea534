"""Benchmarks are run by hand: that they still know the package is seen here."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "benchmarks").rglob("*.py")
    if path.name != "__init__.py"
)
RIVALS = {"catboost", "featuretools", "polars", "xgboost"}
"""Installed by who wants to compare with them."""


@pytest.mark.parametrize("module", MODULES)
def test_a_benchmark_finds_what_it_imports(module: str) -> None:
    missing = ""
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or "?"
    assert missing in {"", *RIVALS}

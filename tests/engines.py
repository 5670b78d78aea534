"""Every engine, for tests whose body is the same on all of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from advocate_score import config
from advocate_score.engine.base import Engine
from advocate_score.engine.open import open_engine

ENGINES = ["duckdb", pytest.param("spark", marks=pytest.mark.extra)]
LIMITS = {"duckdb": "500MB", "spark": "1GB"}


@contextmanager
def opened(name: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Engine]:
    """An engine with views of its own. Spark takes long to start: one is started a process, and shared."""
    if name == "spark":
        request.getfixturevalue("running_spark")
    with open_engine(settings_of(name), folder) as engine:
        yield engine


def settings_of(name: str) -> config.Engine:
    return config.Engine.model_validate({"name": name, "memory_limit": LIMITS[name], "threads": 1})

from collections.abc import Iterator

import pytest

from advocate_score.engine.duckdb.session import DuckdbEngine
from advocate_score.engine.protocol import Engine


@pytest.fixture
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with DuckdbEngine(tmp_path_factory.mktemp("spill"), "500MB", 1) as opened:
        yield opened

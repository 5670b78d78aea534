from collections.abc import Iterator

import pytest

from advocate_score.engine.base import Engine
from engines import ENGINES, opened


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with opened(request.param, request, tmp_path_factory.mktemp("spill")) as engine:
        yield engine

from pathlib import Path

import numpy as np
import pytest

from advocate_score.sources import parquet
from advocate_score.tables import validation
from tables.crm import Crm


@pytest.fixture
def crm(tmp_path: Path) -> Crm:
    return Crm(tmp_path)


@pytest.fixture(params=["row by row", "value by value"])
def each_path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell looked at and pandera shown every row, as nothing is in a large table; or each different value."""
    is_by_row = request.param == "row by row"
    monkeypatch.setattr(parquet, "MOST_DIFFERENT", -1 if is_by_row else 1)
    if is_by_row:
        monkeypatch.setattr(validation, "suspects", lambda cells, _: np.ones(cells.num_rows, np.bool_))

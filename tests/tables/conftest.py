from pathlib import Path

import pytest

from tables.crm import Crm


@pytest.fixture
def crm(tmp_path: Path) -> Crm:
    return Crm(tmp_path)

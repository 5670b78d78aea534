from pathlib import Path

import pytest

from protection.firm import Firm


@pytest.fixture
def firm(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Firm:
    return Firm(tmp_path, capfd)

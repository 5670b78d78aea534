"""Publishing, reading the tables and loading a model: every branch is run by a test with Python alone."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from goals import WHOLE

ROOT = Path(__file__).parents[2]
TOTAL = re.compile(r"^TOTAL +(\d+) +(\d+) +(\d+) +(\d+) +([\d.]+)%$", re.MULTILINE)


@pytest.mark.extra
@pytest.mark.goal("G6")
@pytest.mark.skipif(not WHOLE or not shutil.which("make"), reason="runs a third of the tests again: make faults")
def test_every_branch_of_publish_ingest_and_model_load_is_run(measured: Callable[[str], None]) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("FAULTS", "PYTEST"))}
    ran = subprocess.run(["make", "coverage"], cwd=ROOT, env=plain, capture_output=True, text=True, check=False)
    lines, unseen, branches, half, share = TOTAL.findall(ran.stdout)[-1]
    measured(f"{lines} lines, {unseen} not run; {branches} branches, {half} run one way only: {share} %")
    measured("changes to the code that a test notices: sampled, docs/discipline.md")
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]

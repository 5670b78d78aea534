"""G2: the same inputs give the same bytes, whenever, wherever and in whatever order the nights are scored."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest

from advocate_score.dates import parse_as_of
from advocate_score.flows.project import Silent, open_project
from advocate_score.flows.score import score_and_publish
from advocate_score.publication.publisher import publish
from flows.conftest import AS_OF
from goals import sized

pytestmark = pytest.mark.goal("G2")
RUNS = {"crm": sized(2, 12), "published": sized(0, 8)}
FIRMS = [name for name, runs in RUNS.items() if runs]
SPEAKERS = {"crm": "scorecard", "published": "champion"}
FIRST = date(2025, 11, 20)
SHORT_LISTS = ("outputs.list_size=10", "policy.nurture_size=1")


@pytest.fixture
def one(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a firm without publications: scored by the scorecard, or by its champion."""
    kept = request.getfixturevalue(request.param)
    return Path(shutil.copytree(kept, tmp_path / "firm", ignore=shutil.ignore_patterns("publications")))


def digests(publication: Path) -> dict[str, str]:
    files = (path for path in publication.rglob("*") if path.is_file())
    return {str(path.relative_to(publication)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def scored_apart(firm: Path, number: int) -> dict[str, str]:
    """In a process of its own, with its own order of hashes, number of threads and place."""
    folder = firm / f"publications {number}"
    threads = str(1 + number % 3)
    settings = [f'outputs.folder="{folder}"', f"engine.threads={threads}"]
    words = ["score", "--as-of", AS_OF, "--config", str(firm / "advocate.toml"), "--quiet"]
    words += [word for setting in settings for word in ("--set", setting)]
    own = {**os.environ, "PYTHONHASHSEED": str(number), "OMP_NUM_THREADS": threads}
    subprocess.run([sys.executable, "-m", "advocate_score", *words], env=own, capture_output=True, check=True)
    return digests(folder / AS_OF)


@pytest.mark.parametrize("one", FIRMS, indirect=True)
def test_the_same_inputs_give_the_same_bytes(
    one: Path, request: pytest.FixtureRequest, measured: Callable[[str], None]
) -> None:
    name = request.node.callspec.params["one"]
    with ThreadPoolExecutor(max_workers=2) as two_at_once:
        runs = list(two_at_once.map(lambda number: scored_apart(one, number), range(RUNS[name])))
    same = sum(run == runs[0] for run in runs)
    measured(f"{SPEAKERS[name]}: {same} of {len(runs)} the same {len(runs[0])} files")
    assert len(runs[0]) > 15
    assert same == len(runs)


@pytest.mark.extra
@pytest.mark.parametrize("one", ["crm"], indirect=True)
def test_a_backfill_equals_single_nights(one: Path, measured: Callable[[str], None]) -> None:
    """Filled in from the oldest on, since a night's manifest tells how it moved from the one before."""
    days = [str(FIRST + timedelta(days=number)) for number in range(sized(2, 30))]
    publish(one / "filled", parse_as_of(AS_OF), {}, {"run_id": "a later night"})
    for folder in ("single", "filled"):
        project = open_project(one / "advocate.toml", [f'outputs.folder="{folder}"', *SHORT_LISTS], Silent())
        for day in days:
            score_and_publish(project, day, backfill=True, replace=False)
    same = [day for day in days if digests(one / "single" / day) == digests(one / "filled" / day)]
    measured(f"{len(same)} of {len(days)} filled-in nights are the single nights")
    assert same == days
    assert (one / "filled" / "current").resolve().name == AS_OF

"""One small CRM, trained, promoted and scored once; tests that change it work on a copy."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from advocate_score.cli.main import app, exit_code_of
from advocate_score.config import load_settings
from advocate_score.publication.publisher import publish
from advocate_score.publication.spreadsheet_csv import csv_bytes
from advocate_score.recorded.store import read_recorded
from advocate_score.schema import planned_ask_id
from advocate_score.simulate.crm import simulate_crm, write_crm
from advocate_score.simulate.world import World
from advocate_score.tracking.ledger import Promotion

AS_OF = "2026-01-01"
CONFIG = """
[sources]
time_zone = "UTC"
[model]
recipes = "light.toml"
"""
LIGHT = """
[recipes.blend]
bootstrap = 2
[recipes.blend.boosting]
rounds = [10]
[recipes.blend.logit]
ridges = [30.0]
[recipes.blend.history]
strengths = [10.0]
[recipes.blend.folds]
count = 1
[recipes.blend.calibration]
folds = 2
[gate]
min_outcomes = 50
"""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def result(self) -> dict:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """The command line in this process: run(folder, "score", "--as-of", …) → exit code, stdout, stderr."""

    def call(folder: Path, command: str, *words: str) -> Ran:
        arguments = ["advocate-score", command, *words, "--config", str(folder / "advocate.toml"), "--json"]
        return called(arguments, capsys, monkeypatch)

    monkeypatch.chdir(tmp_path)
    return call


def called(arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ran:
    monkeypatch.setattr("sys.argv", arguments)
    capsys.readouterr()
    code = exit_code_of(app)
    told = capsys.readouterr()
    return Ran(code, told.out, told.err)


def made(folder: Path) -> Path:
    """A configuration and the tables of a small world."""
    folder.mkdir(parents=True)
    (folder / "advocate.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "light.toml").write_text(LIGHT, encoding="utf-8")
    write_crm(simulate_crm(World(accounts=120, asks=500, seed=3, favouritism=0.5)), folder)
    shutil.rmtree(folder / "truth")
    return folder


def made_plain(folder: Path, **world: Any) -> Path:
    """A firm without a recipe of its own; `world`: settings of `World`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "advocate.toml").write_text(CONFIG.split("[model]", maxsplit=1)[0], encoding="utf-8")
    write_crm(simulate_crm(World(**world)), folder)
    return folder


def promotion(model_name: str, trained_as_of: datetime) -> Promotion:
    """That of version 1."""
    facts = {"run_id": "r", "recipe": "blend", "schema_hash": "h", "digests": {}}
    days = {"trained_as_of": trained_as_of, "promoted_at": trained_as_of + timedelta(days=1)}
    return Promotion(model_name=model_name, version="1", **facts, **days)


@pytest.fixture(scope="session")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Tables only; not to be changed."""
    folder = made(tmp_path_factory.mktemp("crm") / "firm")
    before = sorted(folder.iterdir())
    yield folder
    assert sorted(folder.iterdir()) == before, "a test worked in the shared folder: use `firm`"


@pytest.fixture(scope="session")
def promoted(crm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same CRM after train and promote; not to be changed."""
    from advocate_score.flows.project import Silent, open_project
    from advocate_score.flows.promote import promote_version
    from advocate_score.flows.train import train_model

    folder = tmp_path_factory.mktemp("promoted") / "firm"
    shutil.copytree(crm, folder)
    project = open_project(folder / "advocate.toml", [], Silent())
    train_model(project, None)
    promote_version(project, None, force=True, reason="a small log for tests")
    return folder


@pytest.fixture(scope="session")
def published(promoted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The promoted firm with its night of `AS_OF`; not to be changed. The tracking store keeps its old place."""
    from advocate_score.flows.project import Silent, open_project
    from advocate_score.flows.score import score_and_publish

    folder = tmp_path_factory.mktemp("published") / "firm"
    shutil.copytree(promoted, folder)
    with (folder / "advocate.toml").open("a", encoding="utf-8") as config:
        config.write(f'[tracking]\nuri = "sqlite:///{promoted}/mlflow.db"\n')
    project = open_project(folder / "advocate.toml", [], Silent())
    score_and_publish(project, AS_OF, backfill=False, replace=False)
    return folder


@pytest.fixture
def champion(published: Path, tmp_path: Path) -> Path:
    """A copy of the firm with its promoted model and its night, to work on."""
    return Path(shutil.copytree(published, tmp_path / "firm", symlinks=True))


@pytest.fixture
def firm(crm: Path, tmp_path: Path) -> Path:
    """A copy of the CRM to work on."""
    return Path(shutil.copytree(crm, tmp_path / "firm"))


PLAN_DAY = datetime(2025, 6, 1)


@pytest.fixture
def planned(firm: Path) -> Path:
    """A firm with a publication whose plan has four asks; its ids are those of its own accounts."""
    accounts = pd.read_csv(firm / "tables" / "accounts.csv")
    ids = accounts.loc[accounts["status"] != "deleted", "account_id"].drop_duplicates().head(4).tolist()
    plan = pd.DataFrame(
        {
            "priority": [1, 2, 3, 4],
            "account_id": ids,
            "level": [1, 2, 3, 1],
            "readiness": [0.8, 0.6, 0.5, 0.2],
            "expected_value": [3.0, 2.0, 1.0, 0.2],
            "why_now": ["=confirmed a result", "renewed", "", ""],
            "exploration": [False, False, False, True],
            "propensity": [0.9, 0.7, 0.5, 0.05],
            "policy_id": ["plan-a"] * 4,
        }
    )
    publish(firm / "publications", PLAN_DAY, {"ask_plan.csv": csv_bytes(plan)}, {"run_id": "r", "as_of": "2025-06-01"})
    (firm / "ids").write_text("\n".join(ids), encoding="utf-8")
    return firm


def ask_ids(firm: Path) -> list[str]:
    accounts = (firm / "ids").read_text(encoding="utf-8").splitlines()
    return [planned_ask_id(PLAN_DAY, *pair) for pair in zip(accounts, (1, 2, 3, 1), strict=True)]


def kept(firm: Path) -> dict[str, dict]:
    return {row["ask_id"]: row for row in read_recorded(load_settings(firm / "advocate.toml")) or []}

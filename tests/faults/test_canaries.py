"""Personal values stand in lists, report and quarantined cells, for those who may read them, and nowhere else."""

import csv
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from faults.canaries import break_some, canary, holding, plant, sung
from flows.conftest import AS_OF, made
from goals import sized

Measured = Callable[[str], None]
COMMANDS = (
    ("check",),
    ("train", "--as-of", AS_OF),
    ("promote", "--force", "--reason", "a small log for tests"),
    ("score", "--as-of", AS_OF),
    ("monitor", "--as-of", AS_OF),
    ("metrics", "--as-of", AS_OF, "--out", "metrics.csv"),
    ("features", "--as-of", AS_OF, "--out", "features.parquet"),
    ("erase", "A0000003"),
)
APART = (("simulate", "--out", "made", "--accounts", "20", "--asks", "20"), ("init", "new"))
"""Commands without a configuration."""

pytestmark = pytest.mark.extra


def test_a_canary_is_heard_in_each_of_its_forms() -> None:
    assert all(sung(f"x{canary(number)}".encode()) for number in range(3))
    assert not sung(b"Canaria")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    folder = made(tmp_path_factory.mktemp("canaries") / "firm")
    planted = plant(folder / "tables", sized(100, 1000))
    break_some(folder / "tables")
    return folder, len(planted)


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the commands are called."""
    return tmp_path_factory.mktemp("beside")


@pytest.fixture(scope="module")
def told(firm: tuple[Path, int], beside: Path) -> list[subprocess.CompletedProcess[bytes]]:
    """What every command says, in the form for machines, from a shell that lets everybody read and write."""
    config = ["--config", str(firm[0] / "advocate.toml")]
    calls = [*([*words, *config] for words in COMMANDS), *(list(words) for words in APART)]
    return [
        subprocess.run(
            [sys.executable, "-m", "advocate_score", *words, "--json"],
            cwd=beside,
            umask=0,
            capture_output=True,
            check=False,
        )
        for words in calls
    ]


@pytest.mark.goal("G12")
def test_no_personal_value_leaves_the_lists(
    firm: tuple[Path, int], beside: Path, told: list[subprocess.CompletedProcess[bytes]], measured: Measured
) -> None:
    folder, planted = firm
    for ran in told:
        assert ran.returncode == 0, ran.stderr.decode()
        assert not sung(ran.stderr), ran.args
        assert not sung(ran.stdout), ran.args
    held = [path.relative_to(folder) for path in holding(folder)]
    night = Path("publications") / AS_OF
    lists = {path for path in held if path.is_relative_to(night)}
    assert night / "candidates.csv" in lists
    assert night / "report.html" in lists
    listed = pd.read_csv(folder / night / "candidates.csv", dtype=str, keep_default_na=False)
    for name in ("suggested_contact", "contact_title"):
        assert listed[name].map(lambda cell: sung(cell.encode())).any()
    kept_apart = {night / name for name in ("manifest.json", "readiness.parquet", "crm_load.csv", "coverage_gaps.csv")}
    assert not lists & kept_apart
    assert {path.parts[0] for path in held} == {"tables", "publications", "quarantine"}
    assert not sung(pq.read_table(folder / night / "readiness.parquet").to_pandas().to_csv().encode())
    reasons = reasons_of(folder)
    assert len(reasons) > 20
    assert not any(sung(str(cells).encode()) for cells in reasons)
    assert list(holding(beside)) == []
    stores = sum(path.is_file() for name in ("mlartifacts", ".champion") for path in (folder / name).rglob("*"))
    measured(
        f"{planted} canaries planted; 0 in the logs and results of {len(told)} commands, in manifest, mlflow.db and "
        f"{stores} artefacts and model files, in {len(reasons)} reasons of quarantined rows"
    )


def test_what_is_written_is_its_users_alone(
    firm: tuple[Path, int], beside: Path, told: list[subprocess.CompletedProcess[bytes]]
) -> None:
    """From a shell whose umask is 0."""
    given = {firm[0] / name for name in ("advocate.toml", "light.toml", "tables")}
    paths = [*firm[0].iterdir(), *beside.iterdir()]
    written = [path for root in paths if root not in given for path in (root, *root.rglob("*"))]
    assert {path.name for path in paths} >= {
        "publications",
        "quarantine",
        "mlflow.db",
        "mlartifacts",
        ".taught",
        "made",
    }
    open_to_others = {path.name for path in written if not path.is_symlink() and path.stat().st_mode & 0o077}
    assert open_to_others <= {"ladder_pyfunc.py"}, "MLflow copies a source file of the program with its mode"
    assert len(written) > 100


def reasons_of(folder: Path) -> list[dict[str, str]]:
    """What the quarantine says of each row beside its cells."""
    rows = [row for path in (folder / "quarantine").glob("*.csv") for row in read(path)]
    return [{name: cell for name, cell in row.items() if not name.startswith("source.")} for row in rows]


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))

"""Goals over generated bad exports, through the command itself: every row counted, nobody named."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from advocate_score.cli.main import app, exit_code_of
from goals import sized
from tables.hostile_exports import TRACES, write_hostile

CONFIGURATION = '[sources]\ntime_zone = "UTC"\nrefuse_quarantined = {limit}\nwarn_quarantined = 0.01\n'
Check = Callable[[int], tuple[int, str, int]]


@pytest.fixture
def checked(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Check:
    """Runs `check --json` on the export of a seed: its exit code, all that it said, and its number of mutations."""
    monkeypatch.chdir(tmp_path)

    def check(seed: int) -> tuple[int, str, int]:
        random = Random(seed)
        for old in ("tables", "quarantine"):
            shutil.rmtree(tmp_path / old, ignore_errors=True)
        (tmp_path / "tables").mkdir()
        mutations = write_hostile(tmp_path / "tables", random)
        limit = random.choice((1.0, 1.0, 0.05))
        (tmp_path / "advocate.toml").write_text(CONFIGURATION.format(limit=limit), encoding="utf-8")
        code = exit_code_of(lambda: app(["check", "--json", "--config", "advocate.toml"]))
        out, err = capfd.readouterr()
        return code, out + err, mutations

    return check


def summary(said: str) -> dict[str, Any]:
    return next(json.loads(line) for line in said.splitlines() if '"tables"' in line)


def quarantined(folder: Path, table: str) -> int:
    path = folder / "quarantine" / f"{table}.csv"
    if not path.exists():
        return 0
    with path.open(newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.DictReader(file))


@pytest.mark.goal("G3")
def test_every_row_of_a_hostile_export_is_counted(
    tmp_path: Path, checked: Check, measured: Callable[[str], None]
) -> None:
    exports = sized(12, 130)
    read = tables = rows = 0
    for seed in range(exports):
        code, said, _ = checked(seed)
        assert code in (0, 2), f"seed {seed}: {said}"
        if code == 0:
            read += 1
            for one in summary(said)["tables"]:
                assert one["rows_in"] == one["accepted"] + one["deduplicated"] + one["quarantined"], f"seed {seed}"
                assert one["quarantined"] == quarantined(tmp_path, one["table"]), f"seed {seed}"
                tables, rows = tables + 1, rows + one["rows_in"]
    assert read
    measured(
        f"{4 * exports:,} files in 5 forms; {read} exports read, {tables} tables, {rows:,} rows, all accounted for"
    )


@pytest.mark.goal("G19")
def test_nobody_is_named_in_what_is_said(
    tmp_path: Path, checked: Check, measured: Callable[[str], None], recwarn: pytest.WarningsRecorder
) -> None:
    """Sheets, files and names of columns may be named; cells may not, nor a header that is no name of a column."""
    exports = sized(20, 500)
    refused = mutations = 0
    for seed in range(10_000, 10_000 + exports):
        code, said, broken = checked(seed)
        assert code in (0, 2), f"seed {seed}: {said}"
        refused, mutations = refused + (code == 2), mutations + broken
        heard = f"{said} {[str(warning.message) for warning in recwarn]} {reasons(tmp_path)}".casefold()
        assert not any(trace in heard for trace in TRACES), f"seed {seed}: {said}"
    assert 0 < refused < exports
    measured(
        f"{mutations:,} mutations in {exports} exports, {refused} refused and {exports - refused} read: "
        "no canary in any message"
    )


def reasons(folder: Path) -> list[str]:
    """Of the rows set aside, what the product says itself."""
    said = []
    for path in (folder / "quarantine").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            names = ("reason_code", "rule", "column", "message")
            said += [row[name] for row in csv.DictReader(file) for name in names]
    return said

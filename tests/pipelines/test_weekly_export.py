"""From Salesforce's weekly Data Export to the first list in three edits."""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest

from advocate_score.cli.main import app, exit_code_of
from advocate_score.files import shipped_file
from pipelines.weekly_export import MUTE, WORDS, write_weekly_export

EDITS = ("EDIT 1", "EDIT 2", "EDIT 3")


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    """The mapping with the words of the firm in the three lines that are marked, beside the export."""
    write_weekly_export(tmp_path / "exports")
    file = Path(shutil.copy(shipped_file("pipelines/salesforce_weekly.toml"), tmp_path / "advocate.toml"))
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [mark for mark in EDITS for line in lines if mark in line] == [*EDITS]
    file.write_text("\n".join(_edited(line) if "# EDIT" in line else line for line in lines), encoding="utf-8")
    return file


def _edited(line: str) -> str:
    quoted = re.sub(r'(?<!")\bCustomer\b = ', '"Customer" = ', line)
    for word, own in WORDS.items():
        quoted = quoted.replace(f'"{word}"', f'"{own}"')
    return quoted


def test_the_weekly_export_is_accepted_whole(firm: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = exit_code_of(lambda: app(["check", "--json", "--quiet", "--config", str(firm)]))
    said = json.loads(capfd.readouterr().out)
    assert code == 0, said
    assert [row["table"] for row in said["tables"] if row["quarantined"]] == ["interactions"], "the meeting to come"
    rows = {row["table"]: (row["accepted"], row.get("left_out", 0)) for row in said["tables"]}
    assert rows["accounts"] == (8, 1)
    assert rows["contacts"] == (9, 1)
    assert rows["interactions"][0] == 16, "an old task is among them, rows of leads and mailings are not"
    assert rows["renewals"][0] == 5
    assert rows["permissions"][0] == 1


def test_and_leads_to_lists(firm: Path) -> None:
    assert exit_code_of(lambda: app(["score", "--quiet", "--config", str(firm)])) == 0
    current = firm.parent / "publications/current"
    with (current / "candidates.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["owner"] for row in rows} <= {"Ana Soler", "Tom Price"}
    assert "Clínica Alameda" in {row["account_name"] for row in rows}
    with (current / "resting.csv").open(encoding="utf-8", newline="") as file:
        resting = {(row["account_name"], row["rule"]) for row in csv.DictReader(file)}
    assert ("Kestrel Retail", "churned") in resting
    assert ("Meridian Mutual", "open_case") in resting
    assert MUTE not in {row["suggested_contact_id"] for row in rows}

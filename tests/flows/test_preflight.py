"""Row 87: a run that the disks have no room for is refused before it reads a table."""

import gzip
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.config import load_settings
from advocate_score.dates import parse_as_of
from advocate_score.errors import InputError
from advocate_score.flows.preflight import require_disk_space
from advocate_score.publication.folder import lock_folder
from advocate_score.publication.publisher import publish
from flows.conftest import AS_OF, CONFIG, Run

NEXT = "2026-01-02"
MUCH = "operations.keep_free=1e12"
ROWS = b"account_id\n" + b"A-0001\n" * 200_000


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def firm_of(folder: Path, name: str = "accounts.csv", rows: bytes = ROWS) -> Path:
    """A configuration beside one table, which is never read."""
    (folder / "tables").mkdir(parents=True)
    (folder / "tables" / name).write_bytes(rows)
    (folder / "advocate.toml").write_text(CONFIG, encoding="utf-8")
    return folder


def refusal(firm: Path, *overrides: str) -> str:
    settings = load_settings(firm / "advocate.toml", overrides)
    with lock_folder(settings.path(settings.outputs.folder)) as lock:
        try:
            require_disk_space(settings, lock)
        except InputError as error:
            return str(error)
    return ""


def megabytes(told: str) -> list[float]:
    return [float(number) for number in re.findall(r"needs about ([\d.]+) MB", told)]


def test_row_87_without_room_the_run_is_refused_at_its_start(firm: Path, run: Run) -> None:
    publish(firm / "publications", parse_as_of(AS_OF), {"candidates.csv": b"\n"}, {"run_id": "before"})
    before = files_of(firm / "publications")
    (firm / "tables" / "accounts.csv").write_bytes(b"")
    refused = run(firm, "score", "--as-of", NEXT, "--set", MUCH)
    assert refused.code == 2
    assert "keep_free" in refused.err
    assert "accounts.csv" not in refused.err
    assert files_of(firm / "publications") == before
    assert (firm / "publications" / "current").resolve().name == AS_OF


def test_row_87_a_first_night_is_taken_to_be_as_large_as_its_tables(tmp_path: Path) -> None:
    firm = firm_of(tmp_path / "firm")
    assert refusal(firm) == ""
    assert megabytes(refusal(firm, MUCH)) == pytest.approx([len(ROWS) / 1e6], abs=0.1)


def test_row_87_the_last_night_says_what_a_night_takes(tmp_path: Path) -> None:
    firm = firm_of(tmp_path / "firm")
    last = firm / "publications" / AS_OF
    last.mkdir(parents=True)
    (last / "manifest.json").write_bytes(b"{}")
    (last / "candidates.csv").write_bytes(bytes(5_000_000))
    assert megabytes(refusal(firm, MUCH)) == pytest.approx([5 + len(ROWS) / 2e6], abs=0.1)


def test_row_87_packed_tables_take_more_room_than_their_files(tmp_path: Path) -> None:
    packed = gzip.compress(ROWS)
    firms = [
        firm_of(tmp_path / "packed", "accounts.csv.gz", packed * 200),
        firm_of(tmp_path / "text", "accounts.csv", packed * 200),
        firm_of(tmp_path / "parts", "asks.jsonl", b"{}"),
    ]
    parts = firms[2] / "tables" / "accounts"
    parts.mkdir()
    for number in range(2):
        pd.DataFrame({"account_id": [f"A-{row:06}" for row in range(200_000)]}).to_parquet(parts / f"{number}.parquet")
    as_parts = ['sources.accounts.path="tables/accounts"', 'sources.accounts.format="parquet"']
    (unpacked,), (text,) = megabytes(refusal(firms[0], MUCH)), megabytes(refusal(firms[1], MUCH))
    assert unpacked == pytest.approx(6 * text, rel=0.1)
    size = sum(part.stat().st_size for part in parts.iterdir())
    assert megabytes(refusal(firms[2], MUCH, *as_parts)) == pytest.approx([6 * size / 1e6], abs=0.2)


def test_row_87_what_killed_runs_left_is_removed_first(tmp_path: Path) -> None:
    firm = firm_of(tmp_path / "firm")
    left = [firm / ".advocate-score-work-x" / "tables", firm / "publications" / ".advocate-score-tmp-x"]
    for folder in left:
        folder.mkdir(parents=True)
    assert refusal(firm) == ""
    assert not any(folder.exists() for folder in (firm / ".advocate-score-work-x", left[1]))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk needs root: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.extra
def test_row_87_each_disk_needs_its_own_room(tmp_path: Path, small_disk: Path) -> None:
    """Each of the two parts of a run, its own folder and the publication, may lie on a disk that is too small."""
    firm = firm_of(tmp_path / "firm", rows=ROWS * 4)
    elsewhere = f'outputs.folder="{small_disk / "publications"}"'
    refused = refusal(firm, elsewhere)
    assert refused.startswith(f"{small_disk / 'publications'}: 4.")
    assert "\n" not in refused
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    assert refusal(firm, elsewhere) == ""
    working = firm_of(small_disk / "firm", rows=ROWS * 9)
    refused = refusal(working, f'outputs.folder="{tmp_path / "publications"}"')
    assert refused.startswith(f"{working}: ")
    assert "\n" not in refused

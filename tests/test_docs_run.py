"""The blocks of `sh` and `python` in the documentation run: those of a page in order, in a folder of its own, where
`demo/` is a firm with a model in service and one night, `exports/` holds the tables of a CRM, and `answers/` the plan
as colleagues hand it back. That firm is the one which the page for notebooks makes, trains on and promotes, so that
this is done once."""

import csv
import os
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from docs_pages import PAGES, ROOT, blocks, place

pytestmark = pytest.mark.extra
NOTEBOOK = ROOT / "docs" / "notebook.md"
SCRIPTS = {"\n".join(blocks(page, "sh")): page for page in reversed(PAGES) if blocks(page, "sh")}
"""What two languages have in common is run once."""


def failure(command: list[str], script: str, folder: Path) -> str:
    """What the script said where it failed; nothing where it did not."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path}
    done = subprocess.run(command, input=script, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return f"exit code {done.returncode}: {done.stderr[-2000:]}" if done.returncode else ""


def hand_back(plan: Path, folder: Path) -> None:
    """Write the plan with its first two rows answered: as an English workbook, and as a Spanish Excel saves CSV."""
    folder.mkdir()
    with plan.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    day = date.fromisoformat(rows[0]["as_of"]) + timedelta(days=9)
    columns = [*rows[0], "response", "asked_at", "responded_at"]

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Plan"
    sheet.append(columns)
    for row, answer in zip(rows, ["yes", "no"] + [""] * len(rows), strict=False):
        sheet.append([*row.values(), answer, *([day - timedelta(days=3), day] if answer else [None, None])])
    book.save(folder / "plan.xlsx")

    with (folder / "plan.csv").open("w", encoding="cp1252", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(columns)
        for row, answer in zip(rows, ["Sí", "MAS ADELANTE"] + [""] * len(rows), strict=False):
            writer.writerow([*row.values(), answer, "", f"{day:%d/%m/%Y}" if answer else ""])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "here"
    folder.mkdir()
    assert not failure([sys.executable, "-"], "\n".join(blocks(NOTEBOOK, "python")), folder)
    (folder / "demo").symlink_to("firm")
    assert not failure(["bash", "-e"], "cd demo && advocate-score score --quiet", folder)
    shutil.copytree(folder / "firm" / "tables", folder / "exports")
    hand_back(folder / "firm" / "publications" / "current" / "ask_plan.csv", folder / "answers")
    shutil.copytree(folder, folder.with_name("kept"), symlinks=True)
    return folder


@pytest.fixture
def here(made: Path) -> Path:
    """As it was made, and where: a registry of models knows its place."""
    shutil.rmtree(made)
    shutil.copytree(made.with_name("kept"), made, symlinks=True)
    return made


def test_the_notebook_ends_with_a_model_in_service(made: Path) -> None:
    assert (made / "firm" / "champion.json").exists()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: place(SCRIPTS[script]))
def test_code_blocks_run(script: str, here: Path) -> None:
    assert not failure(["bash", "-e"], script, here)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python") and page != NOTEBOOK], ids=place)
def test_python_blocks_run(page: Path, here: Path) -> None:
    """In one process and one namespace, as a notebook runs them."""
    assert not failure([sys.executable, "-"], "\n".join(blocks(page, "python")), here)

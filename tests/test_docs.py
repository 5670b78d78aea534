"""The documentation is true: generated pages are fresh, links lead somewhere, code blocks of `sh` and `python` run."""

import ast
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import advocate_score
from advocate_score.simulate.crm import simulate_crm
from advocate_score.simulate.files import write_crm
from advocate_score.simulate.world import World

ROOT = Path(__file__).parents[1]
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/*.md"), *ROOT.glob("models/*.md")})
GENERATED = runpy.run_path(str(ROOT / "docs" / "reference.py"))["PAGES"]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def place(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", GENERATED)
def test_generated_pages_are_fresh(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == GENERATED[name](), "run: python docs/reference.py"


def test_every_command_is_documented_with_an_example() -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    assert len(sections) >= 11
    for section in sections:
        assert re.search(r"Example: advocate-score \w+", section), section.splitlines()[0]


@pytest.mark.parametrize("page", PAGES, ids=place)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def runnable(page: Path, language: str = "sh") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.extra
@pytest.mark.parametrize("page", [page for page in PAGES if runnable(page)], ids=place)
def test_code_blocks_run(page: Path, tmp_path: Path) -> None:
    """All blocks of a page in one folder, in order, where `exports/` holds a CRM."""
    write_crm(simulate_crm(World(accounts=600, asks=2500, seed=1)), tmp_path / "made")
    shutil.move(tmp_path / "made" / "tables", tmp_path / "exports")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = "set -e\n" + "\n".join(runnable(page))
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def python_pages() -> list[Path]:
    return [page for page in PAGES if runnable(page, "python")]


@pytest.mark.parametrize("page", python_pages(), ids=place)
def test_python_blocks_use_what_is_public(page: Path) -> None:
    """Each block is Python, and takes nothing from the package but its public names."""
    for block in runnable(page, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("advocate_score"):
                assert node.module == "advocate_score"
                assert {name.name for name in node.names} <= set(advocate_score.__all__)


@pytest.mark.extra
@pytest.mark.parametrize("page", python_pages(), ids=place)
def test_python_blocks_run(page: Path, tmp_path: Path) -> None:
    """All blocks of a page in one process, one namespace and one empty folder, in order, as a notebook runs them."""
    script = "\n".join(runnable(page, "python"))
    command = [sys.executable, "-"]
    done = subprocess.run(command, input=script, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]

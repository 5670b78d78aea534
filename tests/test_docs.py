"""The documentation is true: generated pages are fresh, links lead somewhere, what blocks name exists, and the site is
built without a warning. `test_docs_run.py` runs the blocks."""

import ast
import re
import shlex
import tomllib
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path

import pytest
import typer
from click import Command
from docs.configuration import undescribed
from docs.languages import TWINS
from docs.reference import PAGES as GENERATED

import advocate_score
from advocate_score.cli.main import app
from advocate_score.config import load_settings
from advocate_score.tables.answers import response_words
from advocate_score.text import plain_words
from docs_pages import PAGES, ROOT, blocks, built_site, place

LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
COMMANDS: dict[str, Command] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
CALLED = ("advocate-score ", "make ", "python -m benchmarks.")
FETCHED = re.compile(r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=["']?(?:https?:)?//""")


@pytest.mark.parametrize("name", GENERATED)
def test_generated_pages_are_fresh(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == GENERATED[name](), "run: python -m docs.reference"


def test_every_command_is_documented_with_an_example() -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    assert len(sections) >= 11
    for section in sections:
        assert re.search(r"Example: advocate-score \w+", section), section.splitlines()[0]


def test_every_setting_is_described() -> None:
    assert not undescribed(), "say it in the docstring, or in docs/reference/meanings.toml"


@pytest.mark.parametrize("page", PAGES, ids=place)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def called(line: str) -> list[str]:
    """The words of a call of a program in a block; none where the line is something else."""
    return shlex.split(re.sub(r"\$\(.*\)", "", line), comments=True) if line.startswith(CALLED) else []


@pytest.mark.parametrize("page", PAGES, ids=place)
def test_blocks_call_what_there_is(page: Path) -> None:
    lines = [line.strip() for block in blocks(page, "sh", "text", "") for line in block.splitlines()]
    for program, *words in filter(None, map(called, lines)):
        if program == "advocate-score":
            options = {name for one in COMMANDS[words[0]].params for name in (*one.opts, *one.secondary_opts)}
            assert {word for word in words[1:] if word.startswith("--")} <= options, words
        elif program == "make":
            assert words[0] in TARGETS
        else:
            assert find_spec(words[1]), words


@pytest.mark.parametrize("page", PAGES, ids=place)
def test_every_block_is_of_a_known_kind(page: Path) -> None:
    """`sh`, `python` and `toml` are run, of `text` the names of commands are checked; nothing else is there."""
    opened = re.findall(r"^ *```(.*)\n(?:.*\n)*? *```$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(opened) <= {"sh", "python", "toml", "text", ""}


@pytest.mark.parametrize("page", PAGES, ids=place)
def test_commands_in_sentences_exist(page: Path) -> None:
    named = re.findall(r"`advocate-score ([a-z]\w*)", page.read_text(encoding="utf-8"))
    assert set(named) <= COMMANDS.keys()


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "toml")], ids=place)
def test_settings_in_blocks_are_accepted(page: Path, tmp_path: Path) -> None:
    for block in blocks(page, "toml"):
        assert tomllib.loads(block)
        (tmp_path / "advocate.toml").write_text(block, encoding="utf-8")
        load_settings(tmp_path / "advocate.toml")


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=place)
def test_python_blocks_use_what_is_public(page: Path) -> None:
    """Each block is Python, and takes nothing from the package but its public names."""
    for block in blocks(page, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("advocate_score"):
                assert node.module == "advocate_score"
                assert {name.name for name in node.names} <= set(advocate_score.__all__)


def test_every_public_name_is_on_the_page_of_names() -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    assert [name for name in advocate_score.__all__ if f"`{name}`" not in page] == []


@pytest.mark.parametrize(("spanish", "english"), sorted(TWINS.items()))
def test_a_page_tells_the_same_in_both_languages(spanish: str, english: str) -> None:
    """As many parts and rows of tables, and the same columns, rules and files in the same order."""
    pages = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in (english, spanish)]
    first_cells = [re.findall(r"^\| (`[^|]+) \|", page, flags=re.MULTILINE) for page in pages]
    assert first_cells[0] == first_cells[1]
    assert len({page.count("\n## ") for page in pages}) == 1
    assert len({page.count("\n|") for page in pages}) == 1


@pytest.mark.parametrize(("page", "head"), [("marketing.md", "answer"), ("es/marketing.md", "respuesta")])
def test_the_words_for_answers_are_understood(page: str, head: str) -> None:
    """The table of words: in each row every word stands for the same answer, and all five answers are told."""
    lines = (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"| {head} |"))
    rows = [line.strip("| ").split(" | ") for line in takewhile(lambda line: line.startswith("|"), lines[start + 2 :])]
    known = response_words({})
    meant = [{known.get(plain_words(word)) for word in (answer, *also.split(", "))} for answer, also in rows]
    assert meant == [{"accepted"}, {"declined"}, {"not_now"}, {"no_reply"}, {"open"}]


def test_the_site_is_built_without_a_warning_and_fetches_nothing(tmp_path: Path) -> None:
    assert built_site(tmp_path) == (0, "")
    pages = {str(page.relative_to(tmp_path)): page.read_text(encoding="utf-8") for page in tmp_path.rglob("*.html")}
    assert len(pages) >= len(PAGES)
    assert [name for name, html in pages.items() if FETCHED.search(html)] == []
    assert [name for name, html in pages.items() if "```" in html] == [], "a fence in a list is not read as one"

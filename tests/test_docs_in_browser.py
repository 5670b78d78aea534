"""The built site in a real browser, opened from a folder: nothing is fetched from elsewhere, search answers in both
languages, and each page leads to the same page in the other language."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs_pages import built_site
from publication.browser import Tab, browsing, chromium

pytestmark = pytest.mark.extra
NEAR = ("file:", "data:", "blob:")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    assert built_site(folder) == (0, "")
    return folder


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    if chromium() is None:
        pytest.skip("no chromium: .ci/extras installs it")
    profile = tmp_path_factory.mktemp("browser")
    with browsing(profile) as opened:
        yield opened
    shutil.rmtree(profile, ignore_errors=True)


def found(tab: Tab, words: str) -> list[str]:
    """The addresses that the site's search finds, typed as a reader types."""
    tab.run("document.querySelector('label[for=__search]').click()")
    tab.run("document.querySelector('[data-md-component=search-query]').focus()")
    for letter in words:
        tab.call("Input.dispatchKeyEvent", type="keyDown", key=letter, text=letter)
        tab.call("Input.dispatchKeyEvent", type="keyUp", key=letter)
    until = time.monotonic() + 10
    hits: list[str] = []
    while not hits and time.monotonic() < until:
        time.sleep(0.1)
        hits = tab.run("[...document.querySelectorAll('.md-search-result__link')].map(link => link.href)")
    return hits


def test_no_page_asks_for_anything_outside(site: Path, tab: Tab) -> None:
    pages = sorted(site.rglob("*.html"))
    tab.requests.clear()
    for page in pages:
        tab.open(page)
    assert len(tab.requests) > len(pages)
    assert [address for address in tab.requests if not address.startswith(NEAR)] == []
    assert [said for said in tab.told if "exceptionDetails" in said] == []


@pytest.mark.parametrize(
    ("page", "words", "hit"), [("index.html", "rollback", "runbook"), ("es/marketing.html", "sorteo", "es/")]
)
def test_search_answers_from_a_folder(site: Path, tab: Tab, page: str, words: str, hit: str) -> None:
    tab.open(site / page)
    assert any(hit in address for address in found(tab, words))


@pytest.mark.parametrize(
    ("page", "other", "language"), [("marketing", "es/marketing", "es"), ("es/marketing", "marketing", "en")]
)
def test_a_page_leads_to_the_same_page_in_the_other_language(
    site: Path, tab: Tab, page: str, other: str, language: str
) -> None:
    tab.open(site / f"{page}.html")
    there = tab.run(f"document.querySelector('.md-select__link[hreflang={language}]').href")
    assert there == (site / f"{other}.html").as_uri()
    tab.open(site / f"{other}.html")
    assert tab.run("document.documentElement.lang") == language

"""The page in a real headless Chromium: what people click, what it never asks for, and names that would run."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from advocate_score.publication import ranking
from publication.browser import Tab, browsing, chromium
from publication.test_lists import EDITION, described
from publication.test_report import BECAME, HOLD, MOVE, PROOF, in_each, page_of

pytestmark = pytest.mark.extra
NAMES = (
    "<img src=x onerror=window.ran=1>",
    "</script><script>window.ran=1</script>",
    "<svg/onload=window.ran=1>",
    "javascript:window.ran=1",
    "{{constructor.constructor('window.ran=1')()}}",
    '" onmouseover="window.ran=1',
    "Ñandú & Söhne",
    "شركة",
)
ACCOUNTS = 120


def night(language: str, became: Mapping[str, Any] = BECAME) -> bytes:
    """A hundred and twenty accounts at each level, with hostile names in every text."""
    ids = [f"A{number:04d}" for number in range(ACCOUNTS)]
    names = [f"{NAMES[number % len(NAMES)]} {number}" for number in range(ACCOUNTS)]
    keys = pd.DataFrame([(one, level) for one in ids for level in range(1, 6)], columns=["account_id", "level"])
    score = 0.95 - 0.1 * keys["level"] - 0.001 * keys["account_id"].str[1:].astype(int)
    table = keys.assign(
        readiness=score, readiness_low=score - 0.05, readiness_high=score + 0.05, completion=0.5, evidence="solid"
    )
    table = table.assign(eligible=True, rule="")
    accounts = pd.DataFrame({"account_id": ids, "account_name": names, "segment": "small", "region": "North"})
    accounts = accounts.assign(industry=[NAMES[number % 2] for number in range(ACCOUNTS)], owner=names[0])
    told = replace(
        described(),
        accounts=accounts,
        contacts=keys.assign(contact_id="C1", permission="unknown"),
        reasons=keys.assign(reason_1=NAMES[0], reason_2=NAMES[1], reason_3=""),
        moments=pd.DataFrame({"account_id": ids, "moment": NAMES[2]}),
    )
    edition = replace(EDITION, language=language)
    figures = {"ready": 10, "eligible": ACCOUNTS, "listed": ACCOUNTS, "resting": 7}
    counts = {"accounts": 130, "levels": {str(level): figures for level in range(1, 6)}, "rules": {"cooldown": 7}}
    rows = {"asks": {"rows_in": 9, "accepted": 7, "deduplicated": 1, "quarantined": 1}}
    whole = {"counts": counts, "rows": rows, "warnings": [NAMES[1]], "hold": HOLD, "run_id": NAMES[0], "model": {}}
    moves = pd.DataFrame([MOVE | {"account_name": one} for one in NAMES]).assign(rule="")
    return page_of(
        in_each(ranking.ranked(table, 200), told, edition),
        whole,
        edition,
        moves.reindex(columns=["account_id", "account_name", "level", "kind", "before", "now", "why", "rule"]),
        validation_curves=PROOF,
        list_outcomes=became,
        quarantine={"asks": {"not_a_time asked_at": 1}},
        banner={"en": NAMES[0], "es": NAMES[0]},
    )


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    if chromium() is None:
        pytest.skip("no chromium: .ci/extras installs it")
    with browsing(tmp_path_factory.mktemp("browser")) as tab:
        yield tab


@pytest.fixture
def shown(browser: Tab, tmp_path: Path) -> Iterator[Tab]:
    """The page, opened; afterwards it has said nothing, run nothing of the data, and asked for itself alone."""
    page = tmp_path / "report.html"
    page.write_bytes(night("en"))
    browser.told.clear()
    browser.requests.clear()
    browser.open(page)
    yield browser
    assert browser.run("window.ran") is None
    assert browser.told == []
    assert browser.requests == [page.as_uri()]


def cells(tab: Tab, column: int) -> list[str]:
    found: list[str] = tab.run(
        f"[...document.querySelectorAll('#list tbody tr')].map(r => r.cells[{column}].innerText)"
    )
    return found


def click(tab: Tab, selector: str) -> None:
    tab.run(f"document.querySelector({selector!r}).click()")


def choose(tab: Tab, control: str, value: str) -> None:
    script = "(c => {{ c.value = {value!r}; c.dispatchEvent(new Event('input', {{bubbles: true}})); }})"
    tab.run(script.format(value=value) + f"(document.getElementById({control!r}))")


def test_hostile_text_is_shown_as_it_is(shown: Tab) -> None:
    assert cells(shown, 1)[0].startswith(f"{NAMES[0]} 0")
    assert NAMES[0] in shown.run("document.querySelector('.banner').textContent")
    assert shown.run("document.querySelectorAll('main img, main script').length") == 0
    shown.run("document.querySelectorAll('td').forEach(c => c.dispatchEvent(new Event('mouseover', {bubbles: true})))")


def test_headings_sort_and_say_so_and_the_keyboard_does_it_too(shown: Tab) -> None:
    assert cells(shown, 0)[:3] == ["1", "2", "3"]
    click(shown, "#list thead th:first-child button")
    assert cells(shown, 0)[:3] == ["120", "119", "118"]
    sort = "document.querySelector('#list thead th:first-child').getAttribute('aria-sort')"
    assert shown.run(sort) == "descending"
    shown.run("document.querySelector('#list thead th:nth-child(5) button').focus()")
    shown.press("Enter")
    assert cells(shown, 0)[0] == "120"
    assert shown.run(sort) is None
    assert shown.run("document.querySelector('#list thead th:nth-child(5)').getAttribute('aria-sort')") == "ascending"


def test_rows_come_a_page_at_a_time(shown: Tab) -> None:
    assert len(cells(shown, 0)) == 50
    click(shown, "#list .pages button:last-child")
    click(shown, "#list .pages button:last-child")
    assert cells(shown, 0) == [str(number) for number in range(101, 121)]
    assert shown.run("document.querySelector('#list .pages button:last-child').disabled")


def test_search_and_filters_together_and_cleared(shown: Tab) -> None:
    choose(shown, "search", "ñandú")
    assert shown.run("document.getElementById('shown').textContent") == "15 of 120 shown"
    choose(shown, "industry", NAMES[0])
    assert len(cells(shown, 0)) == 15
    choose(shown, "industry", NAMES[1])
    assert shown.run("document.querySelector('#list .empty').hidden") is False
    click(shown, "#clear")
    assert shown.run("document.getElementById('shown').textContent") == "120 of 120 shown"
    click(shown, "#planned")
    assert shown.run("document.getElementById('shown').textContent") == "0 of 120 shown"


def test_levels_are_tabs_that_arrows_move_between(shown: Tab) -> None:
    choose(shown, "search", "A0003")
    click(shown, "#tab-2")
    assert shown.run("document.querySelector('[aria-selected=true]').id") == "tab-2"
    assert cells(shown, 0) == ["4"]
    shown.run("document.getElementById('tab-2').focus()")
    shown.press("ArrowRight")
    assert shown.run("document.activeElement.id") == "tab-3"
    assert "75 %" not in cells(shown, 4)[0]


def test_the_page_turns_to_spanish_and_back_and_keeps_its_place(shown: Tab) -> None:
    click(shown, "#tab-2")
    choose(shown, "search", "A0003")
    click(shown, "[data-language=es]")
    assert shown.run("document.documentElement.lang") == "es"
    assert shown.run("document.title") == "Candidatos a prescriptor · 2025-06-01"
    assert shown.run("document.querySelector('[aria-selected=true]').textContent") == "2 · Caso de éxito"
    assert cells(shown, 0) == ["4"]
    assert "permiso desconocido: preguntar" in cells(shown, 8)[0]
    assert shown.run("document.querySelector('#moves tbody td').innerText") == "entra"
    left = shown.run("document.body.innerText")
    click(shown, "[data-language=en]")
    right = shown.run("document.body.innerText")
    assert "Who to ask" in right
    assert "Who to ask" not in left
    assert "undefined" not in left + right


def test_what_became_of_earlier_lists_is_told_in_both_languages(shown: Tab) -> None:
    rows = "[...document.querySelectorAll('#became .table tbody')[0].rows].map(r => [...r.cells].map(c => c.innerText))"
    right, few = "said it right, as far as can be told", "too few to tell"
    assert shown.run(rows) == [
        ["All levels", "200", "24", "30", "12", "40 % (25 % – 55 %)", "45 %", right],
        ["1 · Testimonial", "200", "4", "5", "—", "—", "—", few],
    ]
    text = "document.getElementById('became').innerText"
    assert "1,300. 31 % ended in a yes (25 % – 38 %)" in shown.run(text)
    assert shown.run("document.querySelectorAll('#became circle').length") == 2
    click(shown, "[data-language=es]")
    assert shown.run(rows)[1] == ["1 · Testimonio", "200", "4", "5", "—", "—", "—", "muy pocas para saberlo"]
    assert "1.300. Acabaron en sí el 31 % (25 % – 38 %)" in shown.run(text)


@pytest.mark.parametrize("became", [{"days": 45}, BECAME | {"levels": [BECAME["levels"][1] | {"level": "pooled"}]}])
def test_where_there_is_too_little_the_page_says_so(browser: Tab, tmp_path: Path, became: dict[str, Any]) -> None:
    page = tmp_path / "little.html"
    page.write_bytes(night("en", became | {"calibration": [], "beside": {"n": 0}}))
    browser.open(page)
    told = browser.run("document.getElementById('became').innerText")
    assert "Too early to say" in told or "They are too few to say how the lists did." in told
    assert not {"undefined", "null", "NaN"} & set(told.replace("\t", " ").split())


@pytest.mark.parametrize(("choice", "scheme"), [("light", "light"), ("dark", "dark")])
def test_ink_stands_out_in_both_schemes(shown: Tab, choice: str, scheme: str) -> None:
    click(shown, f"[data-theme-choice={choice}]")
    assert shown.run("getComputedStyle(document.documentElement).colorScheme") == scheme
    judge = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")
    assert shown.run(judge) == []
    shown.run("document.documentElement.style.setProperty('--soft', 'gray')")
    assert shown.run(judge) != []


def test_tables_have_captions_headings_with_scope_and_controls_have_names(shown: Tab) -> None:
    assert shown.run("[...document.querySelectorAll('table')].every(t => t.caption?.textContent.trim())")
    assert shown.run("[...document.querySelectorAll('th')].every(h => h.scope === 'col' && h.textContent.trim())")
    named = "c => c.labels?.length || c.getAttribute('aria-label') || c.textContent.trim()"
    assert shown.run(f"[...document.querySelectorAll('button, input, select')].every({named})")
    assert shown.run("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size") == shown.run(
        "document.querySelectorAll('[id]').length"
    )


def test_paper_gets_every_row_of_the_list(shown: Tab) -> None:
    shown.run("window.dispatchEvent(new Event('beforeprint'))")
    assert len(cells(shown, 0)) == ACCOUNTS
    shown.run("window.dispatchEvent(new Event('afterprint'))")
    assert len(cells(shown, 0)) == 50
    assert len(shown.call("Page.printToPDF")["data"]) > 10_000


def test_it_opens_in_the_language_of_the_publication(browser: Tab, tmp_path: Path) -> None:
    page = tmp_path / "spanish.html"
    page.write_bytes(night("es"))
    browser.open(page)
    assert browser.run("document.querySelector('h1').textContent") == "Candidatos a prescriptor"

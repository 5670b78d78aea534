"""The page in a real headless Chromium: what people click, what it never asks for, and names that would run."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from advocate_score.publication import ranking
from advocate_score.publication.columns import column_names
from publication import test_report
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
PLANNED, RESTING = 40, 301
HEADINGS = {
    "en": [
        "This month's plan", "Who is ready", "Who is resting and until when", "Changes since last time",
        "Reference pool and advisory board", "How far to trust it", "How earlier lists did", "What was read",
    ],
    "es": [
        "El plan de este mes", "Quién está preparado", "Quién descansa y hasta cuándo", "Cambios desde la última vez",
        "Grupo de referencias y consejo asesor", "Hasta qué punto es fiable", "Cómo resultaron las listas anteriores",
        "Qué se ha leído",
    ],
}  # fmt: skip
AXE = Path(__file__).parents[2] / ".axe" / "axe_playwright_python" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def planned(number: int) -> dict[str, Any]:
    told = {"account_name": f"{NAMES[number % len(NAMES)]} {number}", "suggested_contact": NAMES[number % len(NAMES)]}
    told |= {"reason_1": NAMES[0], "reason_2": NAMES[1]}
    return test_report.PLANNED | told | {"account_id": f"A{number:04d}", "priority": number + 1, "level": 1}


def resting_rows(number: int) -> pd.DataFrame:
    day = pd.Timestamp("2025-07-01")
    rows = [
        {"account_id": f"R{place:05d}", "account_name": f"{NAMES[place % len(NAMES)]} {place}", "rule": "cooldown",
         "until": day + pd.Timedelta(days=place % 90), "owner": NAMES[0]}
        for place in range(number)
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=column_names("resting")).astype({"level": "Int64"})
    return frame.assign(since=day - pd.Timedelta(days=60))


def night(language: str, became: Mapping[str, Any] = BECAME, resting: int = RESTING) -> bytes:
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
        contacts=keys.assign(contact_id="C1", contact_name=NAMES[0], title=NAMES[1], permission="unknown"),
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
        in_each(ranking.rank_accounts(table, 200), told, edition),
        whole,
        edition,
        moves.reindex(columns=["account_id", "account_name", "level", "kind", "before", "now", "why", "rule"]),
        resting=resting_rows(resting),
        plan=[planned(number) for number in range(PLANNED)],
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


def resize(tab: Tab, width: int, height: int) -> None:
    mobile = width < 1000
    tab.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)


@pytest.fixture
def resized(shown: Tab) -> Iterator[Tab]:
    yield shown
    shown.call("Emulation.clearDeviceMetricsOverride")


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
    shown.run("document.querySelector('#list thead th:nth-child(4) button').focus()")
    shown.press("Enter")
    assert cells(shown, 0)[0] == "120"
    assert shown.run(sort) is None
    assert shown.run("document.querySelector('#list thead th:nth-child(4)').getAttribute('aria-sort')") == "ascending"


def test_rows_come_a_page_at_a_time(shown: Tab) -> None:
    assert len(cells(shown, 0)) == 25
    for _ in range(4):
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
    assert shown.run("document.getElementById('shown').textContent") == "40 of 120 shown"


def test_levels_are_tabs_that_arrows_move_between(shown: Tab) -> None:
    choose(shown, "search", "A0003")
    click(shown, "#tab-2")
    assert shown.run("document.querySelector('[aria-selected=true]').id") == "tab-2"
    assert cells(shown, 0) == ["4"]
    shown.run("document.getElementById('tab-2').focus()")
    shown.press("ArrowRight")
    assert shown.run("document.activeElement.id") == "tab-3"
    assert "75%" not in cells(shown, 3)[0]


def test_the_page_turns_to_spanish_and_back_and_keeps_its_place(shown: Tab) -> None:
    click(shown, "#tab-2")
    choose(shown, "search", "A0003")
    click(shown, "[data-language=es]")
    assert shown.run("document.documentElement.lang") == "es"
    assert shown.run("document.title") == "Candidatos a cliente referente · 2025-06-01"
    assert shown.run("document.querySelector('[aria-selected=true]').textContent") == "2 · Caso de éxito"
    assert cells(shown, 0) == ["4"]
    assert "permiso desconocido: consúltelo" in cells(shown, 7)[0]
    assert shown.run("document.querySelector('#moves tbody td').innerText") == "entra"
    left = shown.run("document.body.innerText")
    click(shown, "[data-language=en]")
    right = shown.run("document.body.innerText")
    assert "Who is ready" in right
    assert "Who is ready" not in left
    assert "undefined" not in left + right


def test_what_became_of_earlier_lists_is_told_in_both_languages(shown: Tab) -> None:
    rows = "[...document.querySelectorAll('#became .table tbody')[0].rows].map(r => [...r.cells].map(c => c.innerText))"
    right, few = "as predicted", "too few to say"
    assert shown.run(rows) == [
        ["All levels", "200", "24", "30", "12", "40% (25% – 55%)", "45%", right],
        ["1 · Testimonial", "200", "4", "5", "—", "—", "—", few],
    ]
    text = "document.getElementById('became').innerText"
    assert "1,300. 31% said yes (25% – 38%)" in shown.run(text)
    assert shown.run("document.querySelectorAll('#became circle').length") == 2
    click(shown, "[data-language=es]")
    assert shown.run(rows)[1] == ["1 · Testimonio", "200", "4", "5", "—", "—", "—", "muy pocos para decirlo"]
    assert "1.300. Dijo que sí el 31 % (25 % – 38 %)" in shown.run(text).replace("\u00a0", " ")


@pytest.mark.parametrize("became", [{"days": 45}, BECAME | {"levels": [BECAME["levels"][1] | {"level": "pooled"}]}])
def test_where_there_is_too_little_the_page_says_so(browser: Tab, tmp_path: Path, became: dict[str, Any]) -> None:
    page = tmp_path / "little.html"
    page.write_bytes(night("en", became | {"calibration": [], "beside": {"n": 0}}))
    browser.open(page)
    told = browser.run("document.getElementById('became').innerText")
    assert "It is too early to say" in told or "They are too few to say how the lists did." in told
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
    assert shown.run("document.querySelectorAll('#plan tbody tr').length") == PLANNED
    assert shown.run("document.querySelectorAll('#rest tbody tr').length") == 200
    assert shown.run("document.querySelector('#rest .paper').textContent") == "The first 200 of 301 rows are printed."
    shown.run("window.dispatchEvent(new Event('afterprint'))")
    assert len(cells(shown, 0)) == 25
    assert shown.run("document.querySelector('#rest .paper').hidden")
    assert len(shown.call("Page.printToPDF")["data"]) > 10_000


def test_it_opens_in_the_language_of_the_publication(browser: Tab, tmp_path: Path) -> None:
    page = tmp_path / "spanish.html"
    page.write_bytes(night("es"))
    browser.open(page)
    assert browser.run("document.querySelector('h1').textContent") == "Candidatos a cliente referente"


def test_the_answer_comes_first_and_the_parts_are_called_what_they_are(shown: Tab) -> None:
    headings = "[...document.querySelectorAll('main h2')].map(h => h.textContent)"
    contents = "[...document.querySelectorAll('#contents a')].map(a => a.textContent)"
    for language in ("en", "es"):
        click(shown, f"[data-language={language}]")
        assert shown.run(headings) == shown.run(contents) == HEADINGS[language]
    places = "[...document.querySelectorAll('#contents a')].every(a => document.querySelector(a.getAttribute('href')))"
    assert shown.run(places)


def test_the_plan_is_a_table_of_whom_to_ask_through_whom_and_why(shown: Tab) -> None:
    heads = (
        "[...document.querySelectorAll('#plan thead th')].map(h => h.innerText.split(' ↕')[0].split(' ↑')[0].trim())"
    )
    assert shown.run(heads) == ["No.", "Account", "Ask", "Contact", "Owner", "Why now", "Best reasons", "Readiness"]
    row = shown.run("[...document.querySelectorAll('#plan tbody tr')[0].cells].map(c => c.innerText)")
    assert row[1].startswith(f"{NAMES[0]} 0")
    assert "drawn by lot" in row[1]
    assert row[2] == "Testimonial"
    assert row[3].split("\n")[:3] == [NAMES[0], "CFO", "C7"]
    assert row[5].startswith("The client praised us in public.")
    assert NAMES[1] in row[6]
    assert row[7].startswith("65%")
    assert shown.run("document.querySelectorAll('#plan tbody tr').length") == 25


def test_who_rests_is_found_by_name_with_rule_and_day(shown: Tab) -> None:
    script = "(f => {{ f.value = {0!r}; f.dispatchEvent(new Event('input', {{bubbles: true}})); }})"
    shown.run(script.format("r00007") + "(document.querySelector('#rest input'))")
    rows = "[...document.querySelectorAll('#rest tbody tr')].map(r => [...r.cells].map(c => c.innerText))"
    (row,) = shown.run(rows)
    assert row[0] == f"{NAMES[7]} 7\nR00007"
    assert row[2:] == ["asked not long ago", "every ask", "2 May 2025", "8 Jul 2025"]
    click(shown, "[data-language=es]")
    shown.run(script.format("r00007") + "(document.querySelector('#rest input'))")
    assert shown.run(rows)[0][2:] == ["se le pidió hace poco", "todas las peticiones", "2 may 2025", "8 jul 2025"]


def test_the_contents_stay_in_sight_and_the_part_in_sight_is_marked(resized: Tab) -> None:
    resize(resized, 1280, 800)
    resized.run("document.documentElement.style.scrollBehavior = 'auto'")
    resized.run("document.querySelector('#moves').scrollIntoView()")
    top = "(n => n.getBoundingClientRect().top)(document.querySelector('nav.contents'))"
    assert 0 <= resized.run(top) <= 40
    marked = "document.querySelector('#contents [aria-current]').textContent"
    wait = "new Promise(r => setTimeout(() => r({0}), 300))"
    assert resized.run(wait.format(marked)) == "Changes since last time"


def test_on_a_phone_the_contents_open_by_keyboard_and_close_again(resized: Tab) -> None:
    resize(resized, 390, 844)
    is_seen = "document.querySelector('#contents').checkVisibility()"
    assert not resized.run(is_seen)
    resized.run("document.getElementById('contents-button').focus()")
    resized.press("Enter")
    assert resized.run(is_seen)
    assert resized.run("document.getElementById('contents-button').getAttribute('aria-expanded')") == "true"
    resized.press("Escape")
    assert not resized.run(is_seen)
    assert resized.run("document.activeElement.id") == "contents-button"
    click(resized, "#contents-button")
    click(resized, "#contents a[href='#rest']")
    assert not resized.run(is_seen)
    resized.run("scrollTo(0, 3000)")
    assert resized.run("document.querySelector('nav.contents').getBoundingClientRect().top") == 0


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [1280, 1024, 820, 390])
def test_nothing_is_clipped_and_nothing_scrolls_sideways(resized: Tab, width: int, language: str) -> None:
    resize(resized, width, 844)
    click(resized, f"[data-language={language}]")
    assert resized.run("document.documentElement.scrollWidth") <= width
    beyond = (
        "[...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.closest('.skip, .unseen')"
        " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    )
    assert resized.run(beyond) == []
    inside = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth)"
    assert resized.run(f"{inside}.map(e => e.ariaLabel)") == []
    assert resized.run("getComputedStyle(document.querySelector('#plan td')).display") == (
        "table-cell" if width > 900 else "grid"
    )


def axe(tab: Tab) -> tuple[list[list[str]], int]:
    """What axe-core finds against WCAG 2.1 AA, each with its first elements, and how many of its rules hold."""
    tab.run(AXE.read_text(encoding="utf-8") + ";0")
    found: dict[str, Any] = tab.run(
        f"axe.run(document, {{runOnly: {WCAG}}}).then(r => ({{passes: r.passes.length, violations: "
        "r.violations.map(v => [v.id, ...v.nodes.map(n => n.html)].slice(0, 4))}))"
    )
    return found["violations"], found["passes"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_against_wcag_2_1_aa(resized: Tab, width: int, language: str, scheme: str) -> None:
    resize(resized, width, 844)
    click(resized, f"[data-language={language}]")
    click(resized, f"[data-theme-choice={scheme}]")
    resized.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    violations, passes = axe(resized)
    assert violations == []
    assert passes > 15


def test_axe_would_find_a_field_without_a_name_and_ink_that_is_too_pale(shown: Tab) -> None:
    shown.run("(i => i.parentElement.replaceWith(i))(document.querySelector('#plan input'))")
    shown.run("document.documentElement.style.setProperty('--soft', 'silver')")
    assert {one[0] for one in axe(shown)[0]} == {"label", "color-contrast"}


def test_the_page_of_a_large_firm_answers_in_a_second_and_a_half(browser: Tab, tmp_path: Path) -> None:
    page = tmp_path / "large.html"
    page.write_bytes(night("en", resting=20_000))
    assert page.stat().st_size < 5_000_000
    ready = []
    for _ in range(3):
        browser.open(page)
        ready.append(browser.run("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"))
    assert browser.run("document.querySelectorAll('#rest tbody tr').length") == 25
    assert 0 < min(ready) < 1500, ready
    script = "(f => { const t = performance.now(); f.value = 'r19'; f.dispatchEvent(new Event('input')); "
    script += "return performance.now() - t; })(document.querySelector('#rest input'))"
    assert browser.run(script) < 500

"""Shows each page in its own language, with a way to the other one: an mkdocs hook. Pages below `es/` are Spanish; the
navigation holds one section for them, named as here."""

from types import SimpleNamespace
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Link, Navigation
from mkdocs.structure.pages import Page

SPANISH = "Español"
FOLDER = "es/"
TWINS = {
    "es/limites.md": "limits.md",
    "es/marketing.md": "marketing.md",
    "es/un-mes.md": "a-month.md",
}
"""Spanish page → the English page that it tells in Spanish."""
OTHERS = {"es/index.md": "index.md", "es/preguntas.md": "faq.md"}
"""Spanish pages with a shorter or longer English one."""


def on_page_context(context: dict[str, Any], *, page: Page, config: MkDocsConfig, nav: Navigation) -> dict[str, Any]:
    is_spanish = page.file.src_uri.startswith(FOLDER)
    (section,) = (item for item in nav.items if item.title == SPANISH)
    spanish = list(section.children or [])
    others = [item for item in nav.items if item is not section]
    own = [*spanish, Link("English", "index.html")] if is_spanish else [*others, section]
    context["nav"] = SimpleNamespace(items=own, homepage=spanish[0] if is_spanish else nav.homepage)
    pages = {one.file.src_uri: one.url for one in nav.pages}
    english_link, spanish_link = _both(page.file.src_uri, pages, spanish[0].url)
    config.theme["language"] = "es" if is_spanish else "en"
    config.extra["alternate"] = [
        {"name": "English", "lang": "en", "link": english_link},
        {"name": SPANISH, "lang": "es", "link": spanish_link},
    ]
    page.previous_page = _of_same_language(page, page.previous_page)
    page.next_page = _of_same_language(page, page.next_page)
    return context


def _both(uri: str, pages: dict[str, str], start: str) -> tuple[str, str]:
    """The addresses of the English and the Spanish page of which this is one; the start where there is no such page."""
    english_of = {**TWINS, **OTHERS}
    spanish_of = {english: spanish for spanish, english in english_of.items()}
    if uri.startswith(FOLDER):
        return pages.get(english_of.get(uri, ""), "index.html"), pages[uri]
    return pages.get(uri, "index.html"), pages.get(spanish_of.get(uri, ""), start)


def _of_same_language(page: Page, other: Page | None) -> Page | None:
    uris = (page.file.src_uri, other.file.src_uri if other else "")
    return other if other and len({uri.startswith(FOLDER) for uri in uris}) == 1 else None

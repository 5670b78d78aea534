"""`report.html`: one page that opens anywhere, with everything in it, in both languages."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from advocate_score.ladder import LANGUAGES, LEVELS
from advocate_score.publication.lists import Edition
from advocate_score.publication.report_pack import Rows, packed, script_json
from advocate_score.publication.report_without import DATA
from advocate_score.publication.report_words import WORDS, words
from advocate_score.windows import iso

SCRIPTS = (
    "report_start.js",
    "report_figures.js",
    "report_table.js",
    "report_lists.js",
    "report_sections.js",
    "report_became.js",
    "report.js",
)
_MANIFEST = ("run_id", "engine", "software", "model", "signal_schema", "configuration", "inputs", "rows", "warnings")


@dataclass(frozen=True)
class Night:
    """What the report tells beside its tables.

    manifest: as `publication.manifest`, with its counts and what it says under `hold` · evidence: level → grade ·
    trained_as_of: up to when the model learned, '' where it learned from nothing · proof: how the model did on later
    asks, as `flows.proof` makes it, empty where nobody knows · became: what became of earlier lists, as `flows.became`
    makes it · quarantine: table → 'code column' → rows · wanted: pool → fewest and most members · banner: what stands
    above every reading, by language, '' for nothing.
    """

    manifest: Mapping[str, Any]
    evidence: Mapping[int, str]
    trained_as_of: str = ""
    proof: Mapping[str, Any] = field(default_factory=dict)
    became: Mapping[str, Any] = field(default_factory=dict)
    quarantine: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    wanted: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    banner: Mapping[str, str] = field(default_factory=dict)


def report_html(tables: Rows, night: Night, edition: Edition) -> bytes:
    """The page, UTF-8, first seen in the language of the edition; the same bytes for the same content.

    Values stand in it as data and never as markup; the page's policy lets no script run but its own, and nothing be
    fetched. `tables`: as `publication.report_tables.page_tables` gives them.
    """
    script = "".join(map(_packaged, SCRIPTS))
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    page = environment.from_string(_packaged("report.html.j2")).render(
        language=edition.language,
        words=words(edition.language),
        as_of=iso(edition.as_of),
        data=Markup(DATA.format(script_json(_told(tables, night, edition)))),  # noqa: S704
        all_words=Markup(script_json(WORDS)),  # noqa: S704
        script=Markup(script),  # noqa: S704
        style=Markup(_packaged("report.css")),  # noqa: S704
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    return page.encode()


def _packaged(name: str) -> str:
    return (files("advocate_score.publication") / name).read_text(encoding="utf-8")


def _told(tables: Rows, night: Night, edition: Edition) -> dict[str, Any]:
    """What the page's own script reads."""
    manifest = night.manifest
    return {
        "language": edition.language,
        "as_of": iso(edition.as_of),
        "levels": [_level(level.number, night, edition) for level in LEVELS],
        "counts": manifest["counts"],
        "manifest": {name: manifest[name] for name in _MANIFEST if name in manifest},
        "hold": manifest.get("hold", {}),
        "trained_as_of": night.trained_as_of,
        "proof": night.proof,
        "became": night.became,
        "quarantine": night.quarantine,
        "wanted": night.wanted,
        "banner": night.banner,
        "tables": packed(tables),
    }


def _level(level: int, night: Night, edition: Edition) -> dict[str, Any]:
    return {
        "level": level,
        "name": {language: edition.ladder.name(level, language) for language in LANGUAGES},
        "threshold": edition.ladder.thresholds.of(level),
        "evidence": night.evidence[level],
    }

"""`report.html`: one page that opens anywhere, with everything in it."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from advocate_score.ladder import LEVELS
from advocate_score.publication.lists import Edition
from advocate_score.publication.report_words import words
from advocate_score.publication.sentences import REASONS
from advocate_score.publication.spreadsheet_text import printable
from advocate_score.windows import iso

_STEP_WIDTH, _STEP_HEIGHT = 192, 26


@dataclass(frozen=True)
class Night:
    """What the report tells beside the lists.

    levels: as `publication.counts.level_counts` · rules: as `rule_counts` · manifest: as `publication.manifest` ·
    model_card: label → fact, as it is to be read · banner: what stands above every reading, '' for nothing.
    """

    levels: Mapping[str, Mapping[str, int]]
    rules: Mapping[str, int]
    manifest: Mapping[str, Any]
    model_card: Mapping[str, str]
    banner: str = ""


def report_html(candidates: pd.DataFrame, night: Night, edition: Edition) -> bytes:
    """The page, UTF-8, in the language of the edition; the same bytes for the same content.

    Every value is escaped; the page's policy lets no script run but its own, and nothing be fetched.
    """
    script, style = _packaged("report.js"), _packaged("report.css")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    page = environment.from_string(_packaged("report.html.j2")).render(
        language=edition.language,
        words=words(edition.language),
        as_of=iso(edition.as_of),
        steps=_steps(night, edition),
        lists=[_list(candidates, level.number, edition) for level in LEVELS],
        owners=_choices(candidates["owner"]),
        industries=_choices(candidates["industry"]),
        night=night,
        script=Markup(script),  # noqa: S704
        style=Markup(style),  # noqa: S704
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    return page.encode()


def _packaged(name: str) -> str:
    return (files("advocate_score.publication") / name).read_text(encoding="utf-8")


def _steps(night: Night, edition: Edition) -> list[dict[str, Any]]:
    """The ladder as a picture: a step a level, each higher than the one before."""
    return [
        {
            **night.levels[str(level.number)],
            "level": level.number,
            "name": edition.ladder.name(level.number, edition.language),
            "x": place * _STEP_WIDTH,
            "y": (len(LEVELS) - 1 - place) * _STEP_HEIGHT,
        }
        for place, level in enumerate(LEVELS)
    ]


def _list(candidates: pd.DataFrame, level: int, edition: Edition) -> dict[str, Any]:
    rows = candidates[candidates["level"] == level].to_dict("records")
    name = edition.ladder.name(level, edition.language)
    return {"level": level, "name": name, "rows": [_row({str(key): row[key] for key in row}) for row in rows]}


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """One account as it is shown: text without tricks, '' for what is missing, probabilities in per cent."""
    shown = {key: printable(value) if isinstance(value, str) else value for key, value in row.items()}
    shown = {key: "" if pd.isna(value) else value for key, value in shown.items()}
    percent = {f"{key}_percent": _percent(row[key]) for key in ("readiness", "readiness_low", "readiness_high")}
    last = row["last_asked_at"]
    return {
        **shown,
        **percent,
        "reasons": [shown[reason] for reason in REASONS if shown[reason]],
        "last_asked": "" if pd.isna(last) else f"{last:%Y-%m-%d}",
    }


def _percent(share: float) -> int:
    return round(100 * share)


def _choices(column: pd.Series) -> list[str]:
    return sorted({printable(str(value)) for value in column.dropna()} - {""})

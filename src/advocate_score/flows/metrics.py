"""`metrics`: what the programme does, what comes of it, and whether it wears its clients out."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from advocate_score.config import Settings
from advocate_score.errors import Fault, InputError
from advocate_score.flows.project import Project, open_data, resolve_as_of
from advocate_score.flows.records import plain, programme_records
from advocate_score.ladder import LANGUAGES
from advocate_score.programme import review, roi
from advocate_score.programme.definitions import METRICS
from advocate_score.programme.measure import measure, unmeasurable
from advocate_score.programme.periods import Kind, calendar_periods, trailing_year
from advocate_score.programme.records import Records
from advocate_score.publication.durable import write_file
from advocate_score.publication.spreadsheet_csv import csv_bytes
from advocate_score.windows import iso

_BEST = 10
_ROI = "roi_estimate"


def measure_programme(
    project: Project, as_of: str | None, kind: Kind, periods: int, out: Path | None
) -> dict[str, Any]:
    """Every figure as of one instant; those that cannot be measured are named with what they lack."""
    if out is not None and out.is_dir():
        raise InputError([Fault("--out", f"{out} is a folder.", "name a file, such as metrics.csv")])
    settings = project.settings
    with open_data(project) as data:
        instant = resolve_as_of(settings, as_of, data.tables.data_cut)
        calendar = calendar_periods(instant, kind, periods)
        records = programme_records(project, data, instant, [trailing_year(instant), *calendar])
        missing = unmeasurable(data.tables.present, settings.programme, not records.readings.empty)
        project.progress.step("Measuring the programme")
        table = measure(records, calendar, missing)
        returned = _returned(records, missing)
        if out is not None:
            _write(data.folder / "metrics.csv", out, _whole(table, missing, returned, settings), settings)
    return _result(records, table, missing, returned, settings, out)


def _returned(records: Records, missing: Mapping[str, Sequence[str]]) -> roi.Roi | None:
    """The estimate of what came back; None where deals or one of its settings are not known."""
    possible = "win_rate_with_reference" not in missing and not roi.missing_settings(records.settings)
    return roi.roi(records, trailing_year(records.as_of)) if possible else None


def _whole(
    table: pd.DataFrame, missing: Mapping[str, Sequence[str]], returned: roi.Roi | None, settings: Settings
) -> pd.DataFrame:
    """All figures with their meaning, and a row for each that could not be measured."""
    meaning = {metric.slug: (metric.group, metric.unit, metric.en, metric.es) for metric in METRICS}
    lacking = [
        {"metric": slug, "group": meaning[slug][0], "unit": meaning[slug][1], "note": f"needs {', '.join(what)}"}
        for slug, what in missing.items()
    ]
    rows = pd.concat([table, pd.DataFrame(lacking, columns=list(table.columns))], ignore_index=True)
    rows = rows.assign(
        definition_en=[meaning[slug][2] for slug in rows["metric"]],
        definition_es=[meaning[slug][3] for slug in rows["metric"]],
    )
    if returned is not None:
        words = {f"definition_{one}": " ".join(roi.assumptions(settings.programme, one)) for one in LANGUAGES}
        figures = {name: getattr(returned, name) for name in ("value", "low", "high", "period")}
        row = {"metric": _ROI, "group": "outcome", "unit": "ratio", "by": "all", **figures, **words}
        rows = pd.concat([rows, pd.DataFrame([row])], ignore_index=True)
    return rows.astype({"accounts": "Int64", "start": "datetime64[us]", "end": "datetime64[us]"})


def _write(working: Path, out: Path, rows: pd.DataFrame, settings: Settings) -> None:
    """Whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    write_file(working, csv_bytes(rows, settings.outputs.csv), 0o640 if settings.outputs.mode == "group" else 0o600)
    shutil.move(working, out)


def _result(
    records: Records,
    table: pd.DataFrame,
    missing: Mapping[str, Sequence[str]],
    returned: roi.Roi | None,
    settings: Settings,
    out: Path | None,
) -> dict[str, Any]:
    year = trailing_year(records.as_of)
    no_asks = "participation_rate" in missing
    return {
        "as_of": iso(records.as_of),
        "language": settings.outputs.language,
        "metrics": plain(table),
        "definitions": {one.slug: {"unit": one.unit, "en": one.en, "es": one.es} for one in METRICS},
        "not_measurable": [{"metric": slug, "needs": list(what)} for slug, what in missing.items()],
        "industries": [] if no_asks else plain(review.industries(records)),
        "advocates": [] if no_asks else plain(review.advocates(records, year, _BEST)),
        "roi": None if returned is None else plain(pd.DataFrame([roi.as_record(returned)]))[0],
        "roi_assumptions": {one: roi.assumptions(settings.programme, one) for one in LANGUAGES} if returned else {},
        "roi_needs": list(roi.missing_settings(settings.programme)),
        "file": str(out) if out else None,
    }

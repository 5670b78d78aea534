"""`metrics` and `record`: the figures of the programme, and the answers to planned asks, which every later run reads
together with the export's."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from advocate_score.config import Settings
from advocate_score.config.settings import Dialect
from advocate_score.dates import iso
from advocate_score.errors import AdvocateScoreError, Fault, InputError
from advocate_score.files import FILE_MODES, replace_file, write_file
from advocate_score.flows import clock
from advocate_score.flows.datasets import programme_records
from advocate_score.flows.project import Project, open_data, resolve_as_of
from advocate_score.json_values import json_rows
from advocate_score.ladder import LANGUAGES
from advocate_score.programme import roi
from advocate_score.programme.answers import Answer, MergedAnswers, Row, merge_answers
from advocate_score.programme.definitions import METRICS
from advocate_score.programme.inputs import Kind, Records, calendar_periods, trailing_year
from advocate_score.programme.measure import measure, unmeasurable
from advocate_score.publication.folder import locked_folder
from advocate_score.publication.history import Publication, past_publications
from advocate_score.publication.spreadsheet_csv import csv_bytes
from advocate_score.schema import planned_ask_id
from advocate_score.tables.answers import OPEN, ParsedAnswer, answer_of_command, answers_of_file
from advocate_score.tables.recorded_asks import read_recorded, recorded_bytes, recorded_file

_TOP_ADVOCATES = 10
_ROI = "roi_estimate"


def measure_programme(
    project: Project, as_of: str | None, kind: Kind, periods: int, out: Path | None
) -> dict[str, Any]:
    """Every figure as of one instant; figures that cannot be measured are listed with what they lack.

    Parameters
    ----------
    project : the project. as_of : the instant, None for the configured rule.
    kind : of calendar period. periods : how many periods, up to `as_of`. out : a CSV file for every figure, if any.
    """
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
        returned = _roi_estimate(records, missing)
        if out is not None:
            _write_metrics(
                data.folder / "metrics.csv", out, _with_definitions(table, missing, returned, settings), settings
            )
    return _metrics_result(records, table, missing, returned, settings, out)


def _roi_estimate(records: Records, missing: Mapping[str, Sequence[str]]) -> roi.Roi | None:
    """The return on investment; None if deals or one of its settings are missing."""
    possible = "win_rate_with_reference" not in missing and not roi.missing_settings(records.settings)
    return roi.roi(records, trailing_year(records.as_of)) if possible else None


def _with_definitions(
    table: pd.DataFrame, missing: Mapping[str, Sequence[str]], returned: roi.Roi | None, settings: Settings
) -> pd.DataFrame:
    """All figures with their definitions, and a row for each that could not be measured."""
    meaning = {metric.slug: (metric.group, metric.unit, metric.meaning.en, metric.meaning.es) for metric in METRICS}
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
        words = {
            f"definition_{language}": " ".join(roi.assumptions(settings.programme, language)) for language in LANGUAGES
        }
        figures = {name: getattr(returned, name) for name in ("value", "low", "high", "period")}
        row = {"metric": _ROI, "group": "outcome", "unit": "ratio", "by": "all", **figures, **words}
        rows = pd.concat([rows, pd.DataFrame([row])], ignore_index=True)
    return rows.astype({"accounts": "Int64", "start": "datetime64[us]", "end": "datetime64[us]"})


def _write_metrics(working: Path, out: Path, rows: pd.DataFrame, settings: Settings) -> None:
    """Write the file completely or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    write_file(working, csv_bytes(rows, settings.outputs.csv), FILE_MODES[settings.outputs.mode])
    shutil.move(working, out)


def _metrics_result(
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
        "metrics": json_rows(table),
        "definitions": {metric.slug: {"unit": metric.unit, **metric.meaning._asdict()} for metric in METRICS},
        "not_measurable": [{"metric": slug, "needs": list(what)} for slug, what in missing.items()],
        "industries": [] if no_asks else json_rows(roi.industries(records)),
        "advocates": [] if no_asks else json_rows(roi.advocates(records, year, _TOP_ADVOCATES)),
        "roi": None if returned is None else json_rows(pd.DataFrame([roi.as_record(returned)]))[0],
        "roi_assumptions": {language: roi.assumptions(settings.programme, language) for language in LANGUAGES}
        if returned
        else {},
        "roi_needs": list(roi.missing_settings(settings.programme)),
        "file": str(out) if out else None,
    }


def record_answers(
    project: Project, file: Path | None, options: Mapping[str, str | None], replace: bool
) -> dict[str, Any]:
    """Record the answers of `file`, or the one answer in `options`: all of them or none.

    LockedError if another run is recording.

    Parameters
    ----------
    project : the project. file : answers, one row per ask, or None.
    options : ask_id, response and other columns of asks. replace : overwrite answers recorded before.
    """
    if (file is None) == (options["ask_id"] is None):
        raise InputError([Fault("record", "needs a file of answers or --ask, and not both.", "--ask ASK_ID")])
    settings = project.settings
    target = recorded_file(settings)
    with locked_folder(target.parent):
        recorded = {str(row["ask_id"]): row for row in read_recorded(target)}
        planned = _planned_asks(project)
        provided = _read_answers(project, file, options, recorded, planned)
        answers = [Answer(answer.location, answer.ask_id, _answer_values(answer)) for answer in provided]
        result = merge_answers(recorded, planned, answers, clock.now(), replace)
        if result.new or result.changed:
            _write_record(target, recorded_bytes(result.rows.values()), settings)
    return _record_result(result, target)


def _planned_asks(project: Project) -> dict[str, Row]:
    """ask_id → the planned ask, from every publication in the folder."""
    settings = project.settings
    publications = past_publications(settings.path(settings.outputs.folder))
    return {row["ask_id"]: row for publication in publications for row in _planned_rows(publication)}


def _planned_rows(publication: Publication) -> list[Row]:
    plan = publication.plan()
    return [
        {
            "ask_id": planned_ask_id(publication.as_of, row["account_id"], row["level"]),
            "account_id": row["account_id"],
            "level": int(row["level"]),
            "asked_at": publication.as_of,
            "propensity": float(row["propensity"]),
            "exploration": bool(row["exploration"]),
            "policy_id": row["policy_id"],
        }
        for row in ([] if plan is None else plan.to_dict("records"))
    ]


def _read_answers(
    project: Project,
    file: Path | None,
    options: Mapping[str, str | None],
    recorded: Mapping[str, Row],
    planned: Mapping[str, Row],
) -> list[ParsedAnswer]:
    sources = project.settings.sources
    asked_at = {ask_id: row["asked_at"] for ask_id, row in (*planned.items(), *recorded.items())}
    if file is None:
        return [answer_of_command(options, Dialect(time_zone=sources.time_zone), asked_at)]
    dialect = Dialect(**sources.model_dump(include=set(Dialect.model_fields)))
    answers, ignored = answers_of_file(file, dialect, asked_at)
    if ignored:
        project.progress.warn(f"{file.name}: columns that are no answer are passed over: {', '.join(ignored)}")
    return answers


def _answer_values(answer: ParsedAnswer) -> dict[str, Any]:
    values = {name: value for name, value in answer.cells.items() if name != "ask_id"}
    return values | {"response": None if values["response"] == OPEN else values["response"]}


def _write_record(target: Path, content: bytes, settings: Settings) -> None:
    try:
        replace_file(target, content, FILE_MODES[settings.outputs.mode])
    except OSError as error:
        message = f"the answers could not be kept: {os.strerror(error.errno or 0)}."
        raise AdvocateScoreError(f"{message} What was kept before is whole; run again") from error


def _record_result(result: MergedAnswers, target: Path) -> dict[str, Any]:
    return {
        "new": list(result.new),
        "changed": list(result.changed),
        "unchanged": list(result.unchanged),
        "kept": len(result.rows),
        "counts_at_once": bool(result.new or result.changed),
        "file": str(target),
    }

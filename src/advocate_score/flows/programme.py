"""`metrics` and `record`: the figures of the programme, and the answers to planned asks, which every later run reads
together with the export's."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from advocate_score import dates
from advocate_score.config import Part, Settings
from advocate_score.config.settings import Dialect
from advocate_score.dates import iso, midnight_of, zone
from advocate_score.errors import Fault, InputError
from advocate_score.files import FILE_MODES, write_file
from advocate_score.flows.datasets import known_accounts, programme_records
from advocate_score.flows.project import Project, open_accounts, open_data, resolve_as_of
from advocate_score.frames import json_rows
from advocate_score.ladder import LANGUAGES
from advocate_score.programme import definitions, inputs, measure, roi
from advocate_score.programme.answers import Answer, MergedAnswers, Row, merge_answers
from advocate_score.publication import columns, folder, history, spreadsheet_csv, workbook_sheets
from advocate_score.recorded.backup import restore_backup, write_backup
from advocate_score.recorded.database import location_of
from advocate_score.recorded.store import as_record, changing, read_history, read_recorded
from advocate_score.schema import planned_ask_id
from advocate_score.sources.column_mapping import plain_name
from advocate_score.tables.answers import (
    OPEN,
    AnswerFormat,
    AnswersRead,
    ParsedAnswer,
    Vocabulary,
    answer_of_command,
    answers_of_file,
    level_words,
    response_words,
)
from advocate_score.tables.erasure import read_tombstones

_TOP_ADVOCATES = 10
_ROI = "roi_estimate"
OFF_PLAN = "off-plan"
"""`policy_id` of an ask that no plan chose."""
PATIENCE = 30.0
"""Seconds to wait for whoever records at the same time."""


def measure_programme(
    project: Project, as_of: str | None, kind: inputs.Kind, periods: int, out: Path | None
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
        calendar = inputs.calendar_periods(instant, kind, periods)
        records = programme_records(project, data, instant, [inputs.trailing_year(instant), *calendar])
        missing = measure.unmeasurable(data.tables.present, settings.programme, not records.readings.empty)
        project.progress.step("Measuring the programme")
        table = measure.measure(records, calendar, missing)
        returned = _roi_estimate(records, missing)
        if out is not None:
            _write_metrics(
                data.folder / "metrics.csv", out, _with_definitions(table, missing, returned, settings), settings
            )
    return _metrics_result(records, table, missing, returned, settings, out)


def _roi_estimate(records: inputs.Records, missing: Mapping[str, Sequence[str]]) -> roi.Roi | None:
    """The return on investment; None if deals or one of its settings are missing."""
    possible = "win_rate_with_reference" not in missing and not roi.missing_settings(records.settings)
    return roi.roi(records, inputs.trailing_year(records.as_of)) if possible else None


def _with_definitions(
    table: pd.DataFrame, missing: Mapping[str, Sequence[str]], returned: roi.Roi | None, settings: Settings
) -> pd.DataFrame:
    """All figures with their definitions, and a row for each that could not be measured."""
    meaning = {
        metric.slug: (metric.group, metric.unit, metric.meaning.en, metric.meaning.es) for metric in definitions.METRICS
    }
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
    write_file(
        working,
        spreadsheet_csv.csv_bytes(rows, settings.outputs.csv, settings.outputs.language),
        FILE_MODES[settings.outputs.mode],
    )
    shutil.move(working, out)


def _metrics_result(
    records: inputs.Records,
    table: pd.DataFrame,
    missing: Mapping[str, Sequence[str]],
    returned: roi.Roi | None,
    settings: Settings,
    out: Path | None,
) -> dict[str, Any]:
    year = inputs.trailing_year(records.as_of)
    no_asks = "participation_rate" in missing
    return {
        "as_of": iso(records.as_of),
        "language": settings.outputs.language,
        "currency": settings.programme.currency,
        "metrics": json_rows(table),
        "definitions": {
            metric.slug: {"unit": metric.unit, **metric.meaning._asdict()} for metric in definitions.METRICS
        },
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
    project: Project,
    file: Path | None,
    options: Mapping[str, str | None],
    replace: bool,
    form: Mapping[str, str | None] | None = None,
) -> dict[str, Any]:
    """Record the answers of `file`, or the one answer in `options`: all of them or none.

    LockedError if another run is recording.

    Parameters
    ----------
    project : the project. file : answers, one row per ask, or None.
    options : ask_id, or account and level; response and other columns of asks.
    replace : overwrite answers recorded before.
    form : settings of `[sources]` by which the answers are written, in place of the configured ones.
    """
    names_ask = [name for name in ("ask_id", "account_name") if options.get(name) is not None]
    if len(names_ask) + (file is not None) != 1:
        problem = "needs a file of answers, --ask or --account, and only one of them."
        raise InputError([Fault("record", problem, "--ask ASK_ID")])
    recorded = {row["ask_id"]: row for row in read_recorded(project.settings) or []}
    planned = _planned_asks(project)
    read = _read_answers(project, file, options, form or {}, recorded, planned)
    off_plan = _asks_off_plan(project, [answer for answer in read.answers if answer.cells["ask_id"] is None])
    _refuse_mixed_rows(read.answers, planned | recorded)
    answers = [_answer(answer, off_plan) for answer in read.answers]
    known = planned | {row["ask_id"]: row for row in off_plan.values()}
    result = _keep(project.settings, known, answers, replace)
    return _record_result(project.settings, result) | {
        "off_plan": sorted({row["ask_id"] for row in off_plan.values()}),
        "passed_over": read.passed_over,
    }


def undo_ask(project: Project, ask_id: str) -> dict[str, Any]:
    """Take a recorded ask back; the history keeps it. InputError if it is not recorded."""
    settings = project.settings
    with _exclusive_record(settings), changing(settings, dates.now()) as store:
        if ask_id not in store.rows():
            raise InputError([Fault("--undo", "no such ask is recorded.", "take its ask_id from record --history")])
        store.take_back([ask_id], "undone")
        merged = MergedAnswers(store.rows(), (), (), ())
    return _record_result(settings, merged) | {"undone": [ask_id], "counts_at_once": True}


def recorded_history(project: Project) -> dict[str, Any]:
    """Every change of the recorded asks, oldest first: who changed what, and when."""
    changes = [as_record(change) for change in read_history(project.settings)]
    return {"history": changes, "file": location_of(project.settings).label}


def back_up(project: Project, file: Path) -> dict[str, Any]:
    """Copy the recorded asks and their history to `file`."""
    asks = write_backup(project.settings, file, dates.now())
    return {"asks": asks, "file": str(file)}


def restore(project: Project, file: Path, replace: bool) -> dict[str, Any]:
    """Make the recorded asks those of the backup `file`; asks of erased accounts stay out."""
    settings = project.settings
    with _exclusive_record(settings):
        erased = read_tombstones(settings.folder)
        done = restore_backup(settings, file, erased.__contains__, dates.now(), replace=replace)
    return asdict(done) | {"file": location_of(settings).label}


@contextmanager
def _exclusive_record(settings: Settings) -> Iterator[None]:
    """Keep `erase` and other recordings out, which are waited for."""
    with folder.locked_folder(settings.path(settings.programme.recorded), PATIENCE):
        yield


def _keep(settings: Settings, known: Mapping[str, Row], answers: Sequence[Answer], replace: bool) -> MergedAnswers:
    """Merge the answers into what is recorded by now, in one transaction; nothing comes back of erased accounts."""
    if not answers:
        return MergedAnswers({row["ask_id"]: row for row in read_recorded(settings) or []}, (), (), ())
    with _exclusive_record(settings):
        erased = read_tombstones(settings.folder)
        known = {ask_id: row for ask_id, row in known.items() if row["account_id"] not in erased}
        with changing(settings, dates.now()) as store:
            result = merge_answers(store.rows(), known, answers, dates.now(), replace)
            store.keep([result.rows[ask_id] for ask_id in result.new], "recorded")
            store.keep([result.rows[ask_id] for ask_id in result.changed], "changed")
    return result


def _planned_asks(project: Project) -> dict[str, Row]:
    """ask_id → the planned ask, from every publication in the folder."""
    settings = project.settings
    publications = history.past_publications(settings.path(settings.outputs.folder))
    local = settings.sources.zone
    return {row["ask_id"]: row for publication in publications for row in _planned_rows(publication, local)}


def _planned_rows(publication: history.Publication, local: tzinfo) -> list[Row]:
    """The plan's asks. By default they were made on the plan's day, which west of UTC begins later than the plan."""
    plan, begin = publication.plan(), midnight_of(publication.as_of.date()).replace(tzinfo=local)
    day = min(begin.astimezone(UTC).replace(tzinfo=None), dates.now())
    return [
        {
            "ask_id": planned_ask_id(publication.as_of, row["account_id"], row["level"]),
            "account_id": row["account_id"],
            "level": int(row["level"]),
            "asked_at": max(publication.as_of, day),
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
    form: Mapping[str, str | None],
    recorded: Mapping[str, Row],
    planned: Mapping[str, Row],
) -> AnswersRead:
    settings = project.settings
    asked_at = {ask_id: row["asked_at"] for ask_id, row in (*planned.items(), *recorded.items())}
    vocabulary = Vocabulary(response_words(settings.programme.answers), level_words(settings.ladder))
    settings_given = {name: value for name, value in form.items() if value is not None}
    dialect = _dialect_of_people(settings, settings_given)
    if file is None:
        return AnswersRead([answer_of_command(options, dialect, vocabulary, asked_at)])
    title = workbook_sheets.TITLES["ask_plan"].in_language(settings.outputs.language)
    fixed = {*settings_given, *(("delimiter", "encoding") if "written_as" in settings_given else ())}
    read = answers_of_file(file, AnswerFormat(dialect, fixed, title), vocabulary, asked_at)
    of_lists = {*columns.column_names("ask_plan"), *map(plain_name, _headings_of_plan())}
    if ignored := [name for name in read.ignored if name not in of_lists]:
        project.progress.warn(f"{file.name}: columns that are no answer are passed over: {', '.join(ignored)}")
    return read


def _dialect_of_people(settings: Settings, settings_given: Mapping[str, str]) -> Dialect:
    """Raises InputError for options that cannot be."""
    try:
        return settings.sources.dialect_of_people(settings.outputs.csv, Part.model_validate(settings_given))
    except ValidationError as error:
        options = [
            (str(fault["loc"][0]).replace("_", "-") if fault["loc"] else "delimiter") for fault in error.errors()
        ]
        faults = [
            Fault(f"--{name}", "is not a way in which a file can be written.", "see record --help") for name in options
        ]
        raise InputError(faults) from error


def _headings_of_plan() -> list[str]:
    return [column.heading_in(language) for column in columns.sheet_columns("ask_plan") for language in LANGUAGES]


def _answer(answer: ParsedAnswer, off_plan: Mapping[str, Row]) -> Answer:
    """The answer under the id of its ask: its own, or that of the row off the plan that was made for it."""
    ask_id = answer.cells["ask_id"] or off_plan[answer.location]["ask_id"]
    values = {name: value for name, value in answer.cells.items() if name != "ask_id"}
    response = None if values["response"] == OPEN else values["response"]
    return Answer(answer.location, ask_id, values | {"response": response})


def _refuse_mixed_rows(answers: Sequence[ParsedAnswer], asks: Mapping[str, Row]) -> None:
    """Raises InputError for rows whose account is that of another ask than their own: columns were sorted apart. An id
    that no ask has says nothing, since spreadsheets take zeros off ids."""
    accounts = {row["account_id"] for row in asks.values()}
    mixed = [
        answer.location
        for answer in answers
        if (account := answer.cells["account_id"]) in accounts
        and account != asks.get(answer.cells["ask_id"], {"account_id": account})["account_id"]
    ]
    if mixed:
        problem, fix = "its account is not the one of its ask.", "sort whole rows, or leave account_id out"
        raise InputError([Fault(f"{location} account_id", problem, fix) for location in mixed])


def _asks_off_plan(project: Project, answers: Sequence[ParsedAnswer]) -> dict[str, Row]:
    """Location of an answer → the ask that it is of, which no plan has. Raises InputError that names every answer whose
    account is unknown, or whose name several accounts share."""
    if not answers:
        return {}
    with open_accounts(project) as engine:
        known = known_accounts(engine)
    rows, faults = {}, []
    for answer in answers:
        cells = answer.cells
        meant = (known.matches(cells[name] or "") for name in ("account_id", "account_name"))
        matches = next(filter(None, meant), [])
        if len(matches) == 1:
            rows[answer.location] = _ask_off_plan(project.settings, matches[0], cells)
        else:
            problem = "several accounts have this name." if matches else "no account has this id or name."
            faults.append(Fault(f"{answer.location} account", problem, "give its account_id as it stands in accounts"))
    if faults:
        raise InputError(faults)
    return rows


def _ask_off_plan(settings: Settings, account_id: str, cells: Mapping[str, Any]) -> Row:
    zone_name = settings.sources.time_zone or "UTC"
    day = cells["asked_at"].replace(tzinfo=UTC).astimezone(zone(zone_name)).date()
    ask_id = f"{OFF_PLAN}:{day.isoformat()}:{account_id}:{cells['level']}"
    own = {"account_id": account_id, "level": cells["level"], "asked_at": cells["asked_at"]}
    return {"ask_id": ask_id, **own, "policy_id": OFF_PLAN}


def _record_result(settings: Settings, result: MergedAnswers) -> dict[str, Any]:
    return {
        "new": list(result.new),
        "changed": list(result.changed),
        "unchanged": list(result.unchanged),
        "kept": len(result.rows),
        "counts_at_once": bool(result.new or result.changed),
        "undone": [],
        "off_plan": [],
        "passed_over": 0,
        "file": location_of(settings).label,
    }

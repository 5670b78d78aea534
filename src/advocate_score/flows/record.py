"""`record`: answers to planned asks go into the kept asks, which every later run reads beside the export's."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from advocate_score.config import Settings
from advocate_score.config.sections import Dialect
from advocate_score.errors import AdvocateScoreError, Fault, InputError
from advocate_score.flows import clock
from advocate_score.flows.project import Project
from advocate_score.planned import planned_ask_id
from advocate_score.programme.answers import Answer, Kept, Row, keep
from advocate_score.publication.durable import replace_file
from advocate_score.publication.lock import locked_folder
from advocate_score.publication.past import Past, past_publications
from advocate_score.tables.answers import OPEN, Given, answer_of_command, answers_of_file
from advocate_score.tables.recorded import read_recorded, recorded_bytes, recorded_file

_MODES = {"private": 0o600, "group": 0o640}


def record_answers(
    project: Project, file: Path | None, options: Mapping[str, str | None], replace: bool
) -> dict[str, Any]:
    """Answers of `file`, or one of a command's `options` (ask_id, response and other columns of asks).

    All are taken or none. LockedError where another run is recording.
    """
    if (file is None) == (options["ask_id"] is None):
        raise InputError([Fault("record", "needs a file of answers or --ask, and not both.", "--ask ASK_ID")])
    settings = project.settings
    target = recorded_file(settings)
    with locked_folder(target.parent):
        kept = {str(row["ask_id"]): row for row in read_recorded(target)}
        planned = _planned(project)
        given = _given(project, file, options, kept, planned)
        answers = [Answer(one.place, one.ask_id, _said(one)) for one in given]
        found = keep(kept, planned, answers, clock.now(), replace)
        if found.new or found.changed:
            _write(target, recorded_bytes(found.rows.values()), settings)
    return _result(found, target)


def _planned(project: Project) -> dict[str, Row]:
    """ask_id → what the plan said of it, from every publication that still stands."""
    settings = project.settings
    past = past_publications(settings.path(settings.outputs.folder))
    return {row["ask_id"]: row for one in past for row in _rows(one)}


def _rows(past: Past) -> list[Row]:
    plan = past.plan()
    return [
        {
            "ask_id": planned_ask_id(past.as_of, row["account_id"], row["level"]),
            "account_id": row["account_id"],
            "level": int(row["level"]),
            "asked_at": past.as_of,
            "propensity": float(row["propensity"]),
            "exploration": bool(row["exploration"]),
            "policy_id": row["policy_id"],
        }
        for row in ([] if plan is None else plan.to_dict("records"))
    ]


def _given(
    project: Project,
    file: Path | None,
    options: Mapping[str, str | None],
    kept: Mapping[str, Row],
    planned: Mapping[str, Row],
) -> list[Given]:
    sources = project.settings.sources
    asked_at = {ask_id: row["asked_at"] for ask_id, row in (*planned.items(), *kept.items())}
    if file is None:
        return [answer_of_command(options, Dialect(time_zone=sources.time_zone), asked_at)]
    dialect = Dialect(**sources.model_dump(include=set(Dialect.model_fields)))
    given, ignored = answers_of_file(file, dialect, asked_at)
    if ignored:
        project.progress.warn(f"{file.name}: columns that are no answer are passed over: {', '.join(ignored)}")
    return given


def _said(given: Given) -> dict[str, Any]:
    said = {name: value for name, value in given.cells.items() if name != "ask_id"}
    return said | {"response": None if said["response"] == OPEN else said["response"]}


def _write(target: Path, content: bytes, settings: Settings) -> None:
    try:
        replace_file(target, content, _MODES[settings.outputs.mode])
    except OSError as error:
        message = f"the answers could not be kept: {os.strerror(error.errno or 0)}."
        raise AdvocateScoreError(f"{message} What was kept before is whole; run again") from error


def _result(found: Kept, target: Path) -> dict[str, Any]:
    return {
        "new": list(found.new),
        "changed": list(found.changed),
        "unchanged": list(found.unchanged),
        "kept": len(found.rows),
        "counts_at_once": bool(found.new or found.changed),
        "file": str(target),
    }

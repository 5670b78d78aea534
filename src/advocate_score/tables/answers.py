"""Reads answers to planned asks, from a file or from the command line. Values are never guessed, and one wrong answer
refuses them all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.config.formats import file_formats, format_of, in_a_sentence
from advocate_score.config.settings import Dialect
from advocate_score.errors import Fault, InputError
from advocate_score.schema import ASKS, Table
from advocate_score.sources.base import BrokenRow
from advocate_score.sources.column_mapping import map_columns
from advocate_score.sources.discover import Source
from advocate_score.sources.reader import read_source, unchanged
from advocate_score.tables.findings import REASONS, ChunkIssues
from advocate_score.tables.parsing import OTHER, parse
from advocate_score.tables.validation import apply_rules

OPEN = "open"
"""Response of an ask that was made and has no answer yet."""

_COLUMN_NAMES = (
    *("ask_id", "contact_id", "asked_at", "response", "responded_at"),
    *("completed_at", "quality", "recorded_at", "channel", "opportunity_id"),
)
_COLUMNS = tuple(replace(ASKS.column(name), required=name == "ask_id") for name in _COLUMN_NAMES)
ANSWERS = Table(
    ASKS.name,
    "answers to planned asks",
    tuple(
        replace(column, choices=(*column.choices, OPEN)) if column.name == "response" else column for column in _COLUMNS
    ),
)
_COMMAND_LINE = Path("command line")


@dataclass(frozen=True)
class ParsedAnswer:
    """One answer.

    location: where the answer was read, such as file and row · cells: value by column of `ANSWERS`, None where the
    answer gives no value.
    """

    location: str
    cells: Mapping[str, Any]

    @property
    def ask_id(self) -> str:
        return str(self.cells["ask_id"])


def answers_of_file(
    path: Path, dialect: Dialect, asked_at: Mapping[str, datetime]
) -> tuple[list[ParsedAnswer], list[str]]:
    """The answers in `path`, and the names of its columns that the asks table does not have.

    `asked_at`: ask_id → when the ask was planned, used for rows without their own `asked_at`. Raises InputError that
    names every faulty row.
    """
    source = _source(path, dialect)
    with unchanged(source):
        raw = read_source(source)
        columns = map_columns(raw.header, source, ANSWERS)
        answers, faults = list[ParsedAnswer](), list[Fault]()
        for chunk in raw.chunks():
            faults.extend(_faults_of_broken_rows(path.name, chunk.broken))
            rows, wrong = _parse_answers(columns.apply(chunk.cells), source, chunk.rows, asked_at)
            answers.extend(rows)
            faults.extend(wrong)
    if faults:
        raise InputError(faults)
    return answers, [name for name in columns.extra if name not in ASKS.column_names]


def answer_of_command(
    cells: Mapping[str, str | None], dialect: Dialect, asked_at: Mapping[str, datetime]
) -> ParsedAnswer:
    """One answer from the options of a command. Raises InputError that names every faulty option."""
    source = Source(ANSWERS.name, _COMMAND_LINE, "csv", dialect, {}, {})
    text = pa.table({name: pa.array([value], pa.string()) for name, value in cells.items()})
    rows, faults = _parse_answers(text, source, np.array([1]), asked_at)
    if faults:
        raise InputError(faults)
    return rows[0]


def _source(path: Path, dialect: Dialect) -> Source:
    kind = format_of(path.name)
    if kind is None or not path.is_file():
        titles = in_a_sentence(other.title for other in file_formats())
        problem = f"is no {titles} file." if path.exists() else "there is no such file."
        raise InputError([Fault(str(path), problem, "name a file of answers, such as answers.csv")])
    return Source(ANSWERS.name, path, kind.name, dialect, {}, {})


def _parse_answers(
    cells: pa.Table, source: Source, rows: npt.NDArray[np.int64], asked_at: Mapping[str, datetime]
) -> tuple[list[ParsedAnswer], list[Fault]]:
    """Casts the cells and applies the rules of the asks table, such as that no answer comes before its ask."""
    issues = ChunkIssues(rows)
    known = cells.select([name for name in cells.column_names if name in _COLUMN_NAMES])
    parsed = parse(known, ANSWERS, source, frozenset(), issues)
    parsed = apply_rules(_with_asked_at(parsed, asked_at), ASKS, source.dialect, issues)
    issues.add_issue("missing_required", "ask_id", pc.is_null(parsed.column("ask_id")).combine_chunks())
    if "response" in parsed.column_names:
        issues.add_issue("not_a_choice", "response", pc.equal(parsed.column("response"), OTHER).combine_chunks())
    empty = dict.fromkeys(_COLUMN_NAMES)
    locations = [_location(source, int(row)) for row in rows]
    answers = [ParsedAnswer(location, empty | row) for location, row in zip(locations, parsed.to_pylist(), strict=True)]
    return answers, list(_faults(issues, locations))


def _with_asked_at(parsed: pa.Table, asked_at: Mapping[str, datetime]) -> pa.Table:
    planned = [asked_at.get(ask_id) for ask_id in parsed.column("ask_id").to_pylist()]
    from_rows = parsed.column("asked_at").to_pylist() if "asked_at" in parsed.column_names else [None] * len(planned)
    when = pa.array(
        [from_row or from_plan for from_row, from_plan in zip(from_rows, planned, strict=True)], pa.timestamp("us")
    )
    rest = [name for name in parsed.column_names if name != "asked_at"]
    return parsed.select(rest).append_column("asked_at", when)


def _faults(issues: ChunkIssues, locations: Sequence[str]) -> Iterator[Fault]:
    for failure in issues.failures:
        reason = REASONS[failure.code]
        fix = f"one of {', '.join(ANSWERS.column('response').choices)}" if failure.column == "response" else reason.fix
        for row in np.flatnonzero(failure.rows).tolist():
            yield Fault(f"{locations[row]} {failure.column}", f"{reason.rule}.", fix)


def _faults_of_broken_rows(name: str, rows: Sequence[BrokenRow]) -> Iterator[Fault]:
    for row in rows:
        yield Fault(f"{name} row {row.row}", f"{REASONS[row.code].rule}.", REASONS[row.code].fix)


def _location(source: Source, row: int) -> str:
    return source.label if source.path == _COMMAND_LINE else f"{source.label} row {row}"

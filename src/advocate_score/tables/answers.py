"""Reads answers to asks, from a file or from the command line. Values are never guessed, and one wrong answer refuses
them all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.config.settings import Dialect
from advocate_score.errors import Fault, InputError
from advocate_score.schema import ACCOUNTS, ASKS, Column, Table
from advocate_score.sources.base import BrokenRow, RawChunk, plain
from advocate_score.sources.column_mapping import map_columns, plain_name, refuse_other_delimiter
from advocate_score.sources.discover import Source
from advocate_score.sources.reader import refuse_changes
from advocate_score.tables.answer_files import AnswerFormat, level_of, open_answers
from advocate_score.tables.findings import REASONS, ChunkIssues, fix_of
from advocate_score.tables.parsing import OTHER, by_distinct, clean, parse
from advocate_score.tables.validation import apply_rules
from advocate_score.text import plain_words

OPEN = "open"
"""Response of an ask that was made and has no answer yet."""

_COLUMN_NAMES = (
    *("ask_id", "contact_id", "asked_at", "response", "responded_at"),
    *("completed_at", "quality", "recorded_at", "channel", "opportunity_id"),
)
_WORDS_FOR_ANSWERS = ("response", "asked_at", "responded_at", "completed_at", "quality")
"""A row that is empty in all of these says nothing of an ask."""
_ACCOUNT_COLUMNS = ("account_id", "account_name", "level")
ANSWERS = Table(
    ASKS.name,
    "answers to asks",
    (
        *(
            replace(column, required=False, choices=(*column.choices, OPEN) if column.name == "response" else ())
            for column in map(ASKS.column, _COLUMN_NAMES)
        ),
        replace(ACCOUNTS.column("account_id"), required=False),
        ACCOUNTS.column("account_name"),
        Column("level", "text", ASKS.column("level").meaning),
    ),
)
_COMMAND_LINE = Path("command line")
_KEYS_NEEDED = "give ask_id, or account_id or account_name, level and asked_at"


@dataclass(frozen=True)
class ParsedAnswer:
    """One answer.

    location: where the answer was read, such as file and row · cells: value by column of `ANSWERS`, None where the
    answer gives no value; `level` is a number. Without `ask_id` it is of an ask off the plan, and has `level`,
    `asked_at` and `account_id` or `account_name`.
    """

    location: str
    cells: Mapping[str, Any]


@dataclass(frozen=True)
class Vocabulary:
    """`responses`: words → response; `levels`: words → number of the level; as `answer_files` makes them."""

    responses: Mapping[str, str]
    levels: Mapping[str, int]


@dataclass
class AnswersRead:
    """`passed_over`: rows that say nothing of an ask. `ignored`: columns that no list and no answer has."""

    answers: list[ParsedAnswer] = field(default_factory=list)
    passed_over: int = 0
    ignored: tuple[str, ...] = ()


def answers_of_file(
    path: Path, form: AnswerFormat, vocabulary: Vocabulary, asked_at: Mapping[str, datetime]
) -> AnswersRead:
    """The answers in `path`.

    Parameters
    ----------
    path : the file.
    form : how it is written.
    vocabulary : words for responses and levels.
    asked_at : ask_id → when the ask was planned, used for rows without their own `asked_at`.

    Raises
    ------
    InputError
        that names every faulty row.
    """
    source, raw = open_answers(path, form)
    with refuse_changes(source):
        refuse_other_delimiter(source, raw.header)
        if not {*source.columns} & {*_ACCOUNT_COLUMNS, "ask_id"} and not _names_asks(raw.header):
            raise InputError([Fault(path.name, "its first row has no column that names asks.", _KEYS_NEEDED)])
        columns = map_columns(raw.header, source, ANSWERS)
        read, faults = AnswersRead(ignored=columns.extra), list[Fault]()
        for chunk in (chunk.without_formulas_in(columns.read) for chunk in raw.chunks()):
            faults.extend(_faults_of_broken_rows(path.name, chunk.broken))
            filled = _with_answers(RawChunk(chunk.rows, columns.apply(chunk.cells)))
            read.passed_over += len(chunk.rows) - len(filled.rows)
            answers, wrong = _parse_answers(filled.cells, source, filled.rows, vocabulary, asked_at)
            read.answers.extend(answers)
            faults.extend(wrong)
    if faults:
        raise InputError(faults)
    return read


def answer_of_command(
    cells: Mapping[str, str | None], dialect: Dialect, vocabulary: Vocabulary, asked_at: Mapping[str, datetime]
) -> ParsedAnswer:
    """One answer from the options of a command. Raises InputError that names every faulty option."""
    source = Source(ANSWERS.name, _COMMAND_LINE, "csv", dialect, {}, {}, declared_in="[sources]", by_hand=True)
    text = pa.table({name: pa.array([value], pa.string()) for name, value in cells.items()})
    rows, faults = _parse_answers(text, source, np.array([1]), vocabulary, asked_at)
    if faults:
        raise InputError(faults)
    return rows[0]


def _names_asks(header: Sequence[str]) -> bool:
    return bool({*map(plain_name, header)} & {*_ACCOUNT_COLUMNS, "ask_id"})


def _with_answers(chunk: RawChunk) -> RawChunk:
    """The rows that say something of an ask."""
    empty = ChunkIssues(chunk.rows)
    says = np.zeros(len(chunk.rows), np.bool_)
    for name in set(_WORDS_FOR_ANSWERS) & set(chunk.cells.column_names):
        says |= np.array(pc.is_valid(clean(_text(chunk.cells, name), name, empty)))
    return RawChunk(chunk.rows[says], chunk.cells.filter(pa.array(says)))


def _text(cells: pa.Table, name: str) -> pa.Array:
    return plain(cells.column(name).combine_chunks()).cast(pa.string())


def _parse_answers(
    cells: pa.Table,
    source: Source,
    rows: npt.NDArray[np.int64],
    vocabulary: Vocabulary,
    asked_at: Mapping[str, datetime],
) -> tuple[list[ParsedAnswer], list[Fault]]:
    """Casts the cells and applies the rules of the asks table, such as that no answer comes before its ask."""
    issues, issues_of_accounts = ChunkIssues(rows), ChunkIssues(rows)
    known = _in_our_words(cells.select([name for name in cells.column_names if name in _COLUMN_NAMES]), vocabulary)
    parsed = parse(known, ANSWERS, source, frozenset(), issues)
    accounts = cells.select([name for name in cells.column_names if name in _ACCOUNT_COLUMNS])
    parsed_accounts = parse(accounts, ANSWERS, source, frozenset(), issues_of_accounts)
    parsed = apply_rules(_with_asked_at(parsed, asked_at), ASKS, source.dialect, issues)
    if "response" in parsed.column_names:
        issues.add_issue("not_a_choice", "response", pc.equal(parsed.column("response"), OTHER).combine_chunks())
    nothing = dict.fromkeys(ANSWERS.column_names)
    locations = [_location(source, int(row)) for row in rows]
    values = [
        nothing | row | _account(of_account, vocabulary)
        for row, of_account in zip(_rows(parsed, len(rows)), _rows(parsed_accounts, len(rows)), strict=True)
    ]
    off_plan = np.array([row["ask_id"] is None for row in values], np.bool_)
    issues.failures += [replace(failure, rows=failure.rows & off_plan) for failure in issues_of_accounts.failures]
    answers = [ParsedAnswer(location, row) for location, row in zip(locations, values, strict=True)]
    faults = [*_faults(issues, locations), *_faults_off_plan(answers, parsed_accounts, off_plan, vocabulary)]
    return answers, faults


def _rows(cells: pa.Table, rows: int) -> list[dict[str, Any]]:
    return cells.to_pylist() if cells.num_columns else [{} for _ in range(rows)]


def _account(cells: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    level = cells.get("level")
    return {**cells, "level": None if level is None else level_of(level, vocabulary.levels)}


def _in_our_words(cells: pa.Table, vocabulary: Vocabulary) -> pa.Table:
    """The cells with every response that the vocabulary knows as our own word for it."""
    if "response" not in cells.column_names:
        return cells
    words = by_distinct(
        _text(cells, "response"),
        lambda word: vocabulary.responses.get(plain_words(word), word),
        pa.string(),
    )
    return cells.set_column(cells.column_names.index("response"), "response", words)


def _with_asked_at(parsed: pa.Table, asked_at: Mapping[str, datetime]) -> pa.Table:
    ask_ids = parsed.column("ask_id").to_pylist() if "ask_id" in parsed.column_names else [None] * parsed.num_rows
    planned = [None if ask_id is None else asked_at.get(ask_id) for ask_id in ask_ids]
    from_rows = parsed.column("asked_at").to_pylist() if "asked_at" in parsed.column_names else [None] * len(planned)
    when = pa.array(
        [from_row or from_plan for from_row, from_plan in zip(from_rows, planned, strict=True)], pa.timestamp("us")
    )
    rest = [name for name in parsed.column_names if name != "asked_at"]
    return parsed.select(rest).append_column("asked_at", when)


def _faults_off_plan(
    answers: Sequence[ParsedAnswer],
    accounts: pa.Table,
    off_plan: npt.NDArray[np.bool_],
    vocabulary: Vocabulary,
) -> Iterator[Fault]:
    """What rows without `ask_id` lack to be asks of their own. No cell is repeated."""
    levels = accounts.column("level").to_pylist() if "level" in accounts.column_names else [None] * len(answers)
    for row in np.flatnonzero(off_plan).tolist():
        cells, location = answers[row].cells, answers[row].location
        if levels[row] is not None and cells["level"] is None:
            numbers = ", ".join(map(str, sorted(set(vocabulary.levels.values()))))
            yield Fault(f"{location} level", "names no level of the ladder.", f"one of {numbers}, or its name")
        elif None in (cells["account_id"] or cells["account_name"], cells["level"], cells["asked_at"]):
            yield Fault(f"{location} ask_id", "a required value is given.", _KEYS_NEEDED)


def _faults(issues: ChunkIssues, locations: Sequence[str]) -> Iterator[Fault]:
    choices = f"one of {', '.join(ANSWERS.column('response').choices)}, or a word of [programme.answers]"
    for failure in issues.failures:
        reason = REASONS[failure.code]
        fix = choices if failure.column == "response" else fix_of(failure.code, ASKS.name, failure.column)
        for row in np.flatnonzero(failure.rows).tolist():
            yield Fault(f"{locations[row]} {failure.column}", f"{reason.rule}.", fix)


def _faults_of_broken_rows(name: str, rows: Sequence[BrokenRow]) -> Iterator[Fault]:
    for row in rows:
        yield Fault(f"{name} row {row.row}", f"{REASONS[row.code].rule}.", fix_of(row.code, ASKS.name, ""))


def _location(source: Source, row: int) -> str:
    return source.label if source.path == _COMMAND_LINE else f"{source.label} row {row}"

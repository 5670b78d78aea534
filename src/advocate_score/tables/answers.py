"""Reads answers to asks, from a file or from the command line. Values are never guessed, and one wrong answer refuses
them all.

People hand in the plan or a list of their own, saved by whatever spreadsheet they have: delimiter and encoding are
those under which its header names our columns, the workbook's sheet is the plan's.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.config import Ladder, formats
from advocate_score.config.settings import Dialect, Response
from advocate_score.errors import Fault, InputError
from advocate_score.ladder import FAVOUR, LANGUAGES
from advocate_score.schema import ACCOUNTS, ASKS, Column, Table
from advocate_score.sources.base import BrokenRow, RawChunk, RawTable, plain
from advocate_score.sources.column_mapping import map_columns, plain_name, refuse_other_delimiter
from advocate_score.sources.csv_reader import detect_encoding
from advocate_score.sources.discover import Source
from advocate_score.sources.reader import read_source, refuse_changes
from advocate_score.tables.findings import REASONS, ChunkIssues, fix_of
from advocate_score.tables.parsing import OTHER, by_distinct, clean, parse
from advocate_score.tables.validation import apply_rules
from advocate_score.text import plain_words

_ALIASES: Mapping[str, tuple[str, ...]] = {
    "ask_id": ("id_of_the_ask", "id_de_la_peticion"),
    "account_id": ("id_de_cuenta",),
    "account_name": ("account", "client", "cuenta", "cliente"),
    "level": ("nivel", "ask", "peticion"),
    "response": ("answer", "respuesta", "contestacion"),
    "asked_at": ("asked", "asked_on", "pedido_el", "pedida_el", "preguntado_el", "fecha_de_la_peticion"),
    "responded_at": ("responded_on", "answered_at", "answered_on", "respondido_el", "fecha_de_la_respuesta"),
    "completed_at": ("completed_on", "delivered_at", "delivered_on", "entregado_el", "fecha_de_la_entrega"),
    "quality": ("calidad",),
    "channel": ("canal",),
}
"""Column → its names in the plan's sheet and in people's own lists, without accents; the first in a file counts."""
_KEYS = ("ask_id", "account_id", "account_name")
_DELIMITERS = (";", "\t", ",", "|")
_TEXT_ENDINGS = (".txt", ".tsv")
"""What spreadsheets call CSV when they save it as text."""


@dataclass(frozen=True)
class AnswerFormat:
    """How files of answers are written.

    dialect: what is declared · given: names of the dialect's settings that the command gives, which nothing overrules ·
    sheet: name of the plan's sheet.
    """

    dialect: Dialect
    given: Collection[str] = ()
    sheet: str = ""


def open_answers(path: Path, form: AnswerFormat) -> tuple[Source, RawTable]:
    """The file as a source whose `columns` map our names to the file's, and its rows as they are.

    Raises InputError if there is no such file, or it cannot be read.
    """
    source = _source(path, form)
    if source.kind.from_spreadsheet:
        source = replace(source, sheet=_sheet(source, form.sheet))
    if source.kind.delimited and "encoding" not in form.given:
        encoding = detect_encoding(path, source.dialect.encoding)
        source = _with_dialect(source, encoding=encoding)
    if source.kind.delimited and "delimiter" not in form.given:
        source = _with_dialect(source, delimiter=_delimiter(source))
    raw = read_source(source)
    return replace(source, columns=_columns(raw.header)), raw


def _source(path: Path, form: AnswerFormat) -> Source:
    kind = formats.format_of(path.name)
    if kind is None and path.suffix.casefold() in _TEXT_ENDINGS:
        kind = formats.FORMATS["csv"]
    if kind is None or not path.is_file():
        titles = formats.in_a_sentence(other.title for other in formats.file_formats())
        problem = f"is not a {titles} file." if path.exists() else "there is no such file."
        raise InputError([Fault(str(path), problem, "name a file of answers, such as answers.csv")])
    return Source(ASKS.name, path, kind.name, form.dialect, {}, {}, declared_in="[sources]", by_hand=True)


def _with_dialect(source: Source, **settings: str) -> Source:
    return replace(source, dialect=source.dialect.model_copy(update=settings))


def _sheet(source: Source, wanted: str) -> str:
    from advocate_score.sources.xlsx import sheet_names

    names = sheet_names(source)
    if len(names) == 1:
        return names[0]
    sheet = next((name for name in names if name.strip().casefold() == wanted.casefold()), None)
    if sheet is None:
        problem = f"has {len(names)} sheets, and none is called '{wanted}'."
        raise InputError([Fault(source.label, problem, f"call the sheet of answers '{wanted}', or keep it alone")])
    return sheet


def _delimiter(source: Source) -> str:
    """The declared delimiter, unless our columns are found in the header under another one alone."""
    declared = source.dialect.delimiter
    for delimiter in (declared, *_DELIMITERS):
        try:
            header = read_source(_with_dialect(source, delimiter=delimiter)).header
        except InputError:
            continue
        if _columns(header).keys() & set(_KEYS) or set(_KEYS) & set(map(plain_name, header)):
            return delimiter
    return declared


def _columns(header: Sequence[str]) -> dict[str, str]:
    """Our name → the file's name, for columns that the file has under another name than ours."""
    names = [plain_name(name) for name in header]
    by_plain_letters = {_without_accents(name): name for name in reversed(names)}
    return {
        column: next(by_plain_letters[alias] for alias in aliases if alias in by_plain_letters)
        for column, aliases in _ALIASES.items()
        if column not in names and any(alias in by_plain_letters for alias in aliases)
    }


def _without_accents(name: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))


_WORDS: Mapping[Response, str] = {
    "accepted": "accepted, accept, accepts, agreed, yes, y, sí, s, acepta, acepto, aceptó, aceptado, aceptada",
    "declined": "declined, decline, declines, refused, rejected, no, n, rechaza, rechazó, rechazado, rechazada, "
    "declina, declinó, declinado, declinada",
    "not_now": "not_now, not yet, later, maybe later, another time, ahora no, más adelante, más tarde, todavía no, "
    "aún no, quizá más adelante, en otro momento",
    "no_reply": "no_reply, no answer, no response, sin respuesta, no contesta, no contestó, no responde, no respondió",
    "open": "open, asked, pending, waiting, abierta, abierto, pendiente, preguntado, preguntada, pedido, pedida",
}
_WHOLE_NUMBER = re.compile(r"(\d+)(?:[.,]0+)?")


def response_words(own: Mapping[str, Response]) -> dict[str, Response]:
    """Plain words → the response that they stand for; the firm's own words come before ours."""
    ours = {plain_words(word): response for response, words in _WORDS.items() for word in words.split(",")}
    return ours | {plain_words(word): response for word, response in own.items()}


def level_words(ladder: Ladder) -> dict[str, int]:
    """Plain words → number of the level: numbers, our names and the firm's, in every language."""
    words: dict[str, int] = {}
    for level in (FAVOUR, *ladder.in_use.values()):
        own = {ladder.name(level.number, language) for language in LANGUAGES}
        for name in (str(level.number), level.slug, *level.title, *own):
            words[plain_words(name)] = level.number
    return words


def level_of(text: str, words: Mapping[str, int]) -> int | None:
    """The level that `text` names, with `words` of `level_words`; None if it names none. `3.0` is level 3."""
    number = _WHOLE_NUMBER.fullmatch(text.strip())
    return words.get(plain_words(number[1] if number else text))


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
    """`responses`: words → response, of `response_words`; `levels`: words → number of the level, of `level_words`."""

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
            yield Fault(f"{location} level", "names no level of the ladder.", f"write one of {numbers}, or its name")
        elif None in (cells["account_id"] or cells["account_name"], cells["level"], cells["asked_at"]):
            yield Fault(f"{location} ask_id", "a required value is missing.", _KEYS_NEEDED)


def _faults(issues: ChunkIssues, locations: Sequence[str]) -> Iterator[Fault]:
    choices = f"write one of {', '.join(ANSWERS.column('response').choices)}, or a word of [programme.answers]"
    for failure in issues.failures:
        reason = REASONS[failure.code]
        fix = choices if failure.column == "response" else fix_of(failure.code, ASKS.name, failure.column)
        for row in np.flatnonzero(failure.rows).tolist():
            yield Fault(f"{locations[row]} {failure.column}", f"{reason.problem}.", fix)


def _faults_of_broken_rows(name: str, rows: Sequence[BrokenRow]) -> Iterator[Fault]:
    for row in rows:
        yield Fault(f"{name} row {row.row}", f"{REASONS[row.code].problem}.", fix_of(row.code, ASKS.name, ""))


def _location(source: Source, row: int) -> str:
    return source.label if source.path == _COMMAND_LINE else f"{source.label} row {row}"

"""How a file of answers is written. People hand in the plan or a list of their own, saved by whatever spreadsheet they
have: delimiter and encoding are those under which its header names our columns, the workbook's sheet is the plan's."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from advocate_score.config import Ladder, formats
from advocate_score.config.settings import Dialect, Response
from advocate_score.errors import Fault, InputError
from advocate_score.ladder import FAVOUR, LANGUAGES
from advocate_score.schema import ASKS
from advocate_score.sources.base import RawTable
from advocate_score.sources.column_mapping import plain_name
from advocate_score.sources.csv_reader import detect_encoding
from advocate_score.sources.discover import Source
from advocate_score.sources.reader import read_source
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
        problem = f"is no {titles} file." if path.exists() else "there is no such file."
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

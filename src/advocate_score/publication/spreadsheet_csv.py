"""CSV for people who open it in a spreadsheet and for programs that read it back; equal frames give equal bytes."""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_float_dtype, is_integer_dtype

from advocate_score.dates import iso
from advocate_score.spreadsheet_text import escape_formula
from advocate_score.text import Text

DIGITS = 6
_SMALL = 1e-3
_ROWS_AT_ONCE = 50_000
DialectName = Literal["standard", "spanish-excel"]


@dataclass(frozen=True)
class Dialect:
    """A format of CSV files. `other_delimiter` is that of the other dialect's spreadsheets. `flags`: words for true and
    false, in the language of the lists."""

    delimiter: str
    other_delimiter: str
    decimal: str
    encoding: str
    flags: Mapping[bool, Text]


FLAGS = {True: Text("Yes", "Sí"), False: Text("No", "No")}
_TRUE = Text("true", "true")
DIALECTS = {
    "standard": Dialect(",", ";", ".", "utf-8", {True: _TRUE, False: Text("false", "false")}),
    "spanish-excel": Dialect(";", ",", ",", "utf-8-sig", FLAGS),
}


def is_yes(cell: str) -> bool:
    """Whether a flag's cell says yes, in either dialect and language."""
    return cell in (*_TRUE, *FLAGS[True])


def csv_bytes(frame: pd.DataFrame, dialect: DialectName = "standard", language: str = "en") -> bytes:
    """`frame` without its index: numbers with `DIGITS` decimals, ISO dates, empty where missing; flags are true/false,
    or words of `language` where the dialect is a spreadsheet's.

    Formulas in text are escaped; line ends are LF.
    """
    chosen = DIALECTS[dialect]
    return encode_csv(chain([frame.columns], _rows(frame, chosen, language)), chosen)


def csv_parts(
    frame: pd.DataFrame, names: pd.Series, dialect: DialectName = "standard", language: str = "en"
) -> dict[str, bytes]:
    """File name → content: `frame` split by `names`, which has a file name for each row; each file as `csv_bytes`
    writes it."""
    chosen = DIALECTS[dialect]
    rows = list(_rows(frame, chosen, language))
    positions = names.reset_index(drop=True).groupby(names.to_numpy()).indices
    return {
        str(name): encode_csv([frame.columns, *(rows[at] for at in own)], chosen) for name, own in positions.items()
    }


def _rows(frame: pd.DataFrame, dialect: Dialect, language: str) -> Iterator[tuple[str, ...]]:
    """The rows as text, converted in batches so that the cells of a long list are never all in memory."""
    for start in range(0, len(frame), _ROWS_AT_ONCE):
        part = frame.iloc[start : start + _ROWS_AT_ONCE]
        yield from zip(*(_cells(part[name], dialect, language) for name in part.columns), strict=True)


def encode_csv(rows: Iterable[Iterable[str]], dialect: Dialect) -> bytes:
    """The file's bytes, from cells that are text and already escaped."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=dialect.delimiter, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode(dialect.encoding)


def dialect_of(beginning: bytes) -> Dialect:
    """The dialect of a file written by this package, from its first bytes."""
    return DIALECTS["spanish-excel" if beginning.startswith(codecs.BOM_UTF8) else "standard"]


def decode_csv(content: bytes) -> tuple[Dialect, list[str], list[list[str]]]:
    """The dialect, the header and the rows of a file that `encode_csv` wrote."""
    dialect = dialect_of(content)
    header, *rows = csv.reader(io.StringIO(content.decode(dialect.encoding), newline=""), delimiter=dialect.delimiter)
    return dialect, header, rows


def _cells(column: pd.Series, dialect: Dialect, language: str) -> list[str]:
    """The column as text; each distinct value is converted once."""
    to_text = _formatter(column, dialect, language)
    positions, values = pd.factorize(column)
    texts = np.array([*map(to_text, values), ""], dtype=object)
    cells: list[str] = texts[positions].tolist()  # the code of a missing value is −1
    return cells


def _formatter(column: pd.Series, dialect: Dialect, language: str) -> Callable[[Any], str]:
    if is_bool_dtype(column.dtype):
        return partial(_flag, words=dialect.flags, language=language)
    if is_float_dtype(column.dtype):
        return partial(_number, decimal=dialect.decimal)
    if is_integer_dtype(column.dtype):
        return str
    if is_datetime64_any_dtype(column.dtype):
        return _date
    return partial(_text, dialect=dialect)


def _flag(value: bool, words: Mapping[bool, Text], language: str) -> str:
    return words[bool(value)].in_language(language)


def _number(value: float, decimal: str) -> str:
    """The number as text; a small one has more decimals if needed, because a propensity is used as a divisor."""
    cut_off = 0 < abs(value) < _SMALL and round(value, DIGITS) != value
    return f"{value + 0.0:.{2 * DIGITS if cut_off else DIGITS}f}".replace(".", decimal)


def _date(value: pd.Timestamp) -> str:
    return iso(value.to_pydatetime())


def _text(value: object, dialect: Dialect) -> str:
    return escape_formula(str(value), dialect.other_delimiter)

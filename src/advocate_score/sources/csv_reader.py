"""Reads CSV strictly by RFC 4180: every cell as text, every row with its number, in blocks of bounded memory, in any
encoding and compression.

A cell either contains no quote or is quoted as a whole, with inner quotes doubled. A line that breaks this rule is set
aside on its own, so that a stray quote does not swallow the valid rows after it.
"""

import codecs
import csv
import gzip
import re
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import compress
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from advocate_score.errors import Fault, InputError
from advocate_score.sources.base import BrokenRow, RawChunk, RawTable
from advocate_score.sources.discover import TAB, Source
from advocate_score.sources.safe_zip import BoundedReader, Readable

_LONGEST_OPEN_RECORD = 2**20
_PART_BYTES = 2**16
_QUOTE, _NEWLINE = b'"\n'


@dataclass
class Records:
    """The records of one block, each of one or more lines, with their row numbers, and the rows set aside."""

    texts: list[bytes] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    broken: list[BrokenRow] = field(default_factory=list)


def _parts(block: bytes) -> Iterator[bytes]:
    """Splits a block into smaller parts of whole lines, so that a stray quote slows down only its part."""
    start = 0
    while not start or start < len(block):
        end = block.find(b"\n", start + _PART_BYTES) + 1 or max(1, len(block))
        yield block[start:end]
        start = end


def _is_regular(lines: bytes, delimiter: bytes) -> bool:
    """Whether every line is surely one record, because each quote opens or closes a cell within one line, as in nearly
    all exports. If this is False, the lines may still be valid."""
    if b"\r" in lines or len(delimiter) > 1:
        return False
    text = np.frombuffer(b"\n" + lines, np.uint8)
    quotes, ends = np.flatnonzero(text == _QUOTE), np.flatnonzero(text == _NEWLINE)
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    borders = np.concatenate([text[opening - 1], text[closing + 1]])
    in_one_line = np.searchsorted(ends, opening) == np.searchsorted(ends, closing)
    return bool(((borders == delimiter[0]) | (borders == _NEWLINE)).all() and in_one_line.all())


class RecordCutter:
    """Splits blocks of whole lines into records; a quoted cell may continue over lines and blocks."""

    def __init__(self, label: str, delimiter: str) -> None:
        mark = re.escape(delimiter).encode()
        cell = rb'(?:"(?:[^"]++|"")*+"|[^"\r' + mark + rb"]*+)"
        cells = rb"(?:" + cell + mark + rb")*+"
        self._complete_record = re.compile(cells + cell)
        in_line = rb'(?:"(?:[^"]++|"")*+"|[^"\r\n' + mark + rb"]*+)"
        self._records = re.compile(rb"((?:" + in_line + mark + rb")*+" + in_line + rb")\n")
        self._open = re.compile(cells + rb'"(?:[^"]++|"")*+')
        self._label, self._delimiter = label, delimiter.encode()
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._row = 0

    @property
    def is_inside_record(self) -> bool:
        return bool(self._pending)

    def count_plain(self, lines: int) -> int:
        """Counts a block of one-line records that need no splitting, and returns the row number of the first."""
        self._row += lines
        return self._row - lines + 1

    def cut(self, block: bytes) -> Records:
        result = Records()
        if block and not self._pending and not block.strip(b"\n"):
            self._row += block.count(b"\n")
            return result
        for part in _parts(block):
            if self._pending or not self._take_complete(part, result):
                lines = deque(part.removesuffix(b"\n").split(b"\n"))
                while lines:
                    lines.extendleft(reversed(self._take(lines.popleft(), result)))
        return result

    def _take_complete(self, part: bytes, result: Records) -> bool:
        """Adds all records at once if each is complete and none is so long that its quote may be a stray one."""
        lines = part if part.endswith(b"\n") else part + b"\n"
        texts = lines[:-1].split(b"\n") if _is_regular(lines, self._delimiter) else self._records.findall(lines)
        if sum(map(len, texts)) + len(texts) != len(lines) or max(map(len, texts)) > _LONGEST_OPEN_RECORD:
            return False
        rows = range(self._row + 1, self._row + 1 + len(texts))
        self._row += len(texts)
        result.texts += filter(None, texts)
        result.rows += compress(rows, texts)
        return True

    def finish(self) -> None:
        """Refuses a file that ends inside a quoted cell."""
        if self._pending:
            location = f"{self._label} row {self._row + 1}"
            raise InputError(
                [Fault(location, "opens a quote that is never closed.", "close it, or double it in a cell")]
            )

    def _take(self, line: bytes, result: Records) -> list[bytes]:
        """Adds one line. Returns lines to process again if the quote before them turns out to be a stray one."""
        if not self._pending and b'"' not in line and b"\r" not in line:
            self._add(line, result)
            return []
        self._pending.append(line)
        self._pending_bytes += len(line)
        if self._pending_bytes > _LONGEST_OPEN_RECORD:
            self.finish()
        return [] if len(self._pending) > 1 and b'"' not in line else self._check_pending(result)

    def _check_pending(self, result: Records) -> list[bytes]:
        text = b"\n".join(self._pending)
        if self._complete_record.fullmatch(text):
            self._forget_pending()
            self._add(text, result)
        elif not self._open.fullmatch(text):
            first, *rest = self._forget_pending()
            self._row += 1
            code = "stray_quote" if b'"' in first else "stray_carriage_return"
            result.broken.append(BrokenRow(self._row, code, first.decode("utf-8", "backslashreplace")))
            return rest
        return []

    def _forget_pending(self) -> list[bytes]:
        lines, self._pending, self._pending_bytes = self._pending, [], 0
        return lines

    def _add(self, text: bytes, result: Records) -> None:
        """Adds one record. A blank line is not a row, but counts in the numbering, as in a spreadsheet."""
        self._row += 1
        if text:
            result.texts.append(text)
            result.rows.append(self._row)


BLOCK_BYTES = 16 * 2**20
LONGEST_LINE = 16 * 2**20
_MARKS_OF_OTHERS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def line_blocks(source: Source, block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Blocks of whole lines in UTF-8, with `\\n` for `\\r\\n`. The last one lacks its newline if the file does.

    Bytes that are invalid in the declared encoding are passed on unchanged, so that the rows' reader can report them.
    """
    rest: list[bytes] = []
    waiting = 0
    for block in _utf8_blocks(source, block_bytes):
        end = block.rfind(b"\n") + 1
        if end:
            yield b"".join([*rest, block[:end]]).replace(b"\r\n", b"\n")
            rest, waiting = [], 0
        rest.append(block[end:])
        waiting += len(rest[-1])
        if waiting > LONGEST_LINE:
            problem = f"has a line of more than {LONGEST_LINE:,} bytes."
            fix = "ask the source to export it again, each row on a line of its own"
            raise InputError([Fault(source.label, problem, fix)])
    if last := b"".join(rest):
        yield last


def first_invalid_byte(path: Path) -> int | None:
    """Offset of the first byte, after decompression, that is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    with _open_bytes(path) as file:
        while True:
            block = file.read(BLOCK_BYTES)
            undecided = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return offset - undecided + error.start
            if not block:
                return None
            offset += len(block)


def detect_encoding(path: Path, declared: str) -> str:
    """The encoding of a file that people saved: that of its mark, UTF-8 if it is valid UTF-8, and otherwise the
    declared one, or that of Windows if UTF-8 was declared."""
    with _open_bytes(path) as file:
        if file.read(len(codecs.BOM_UTF16_LE)) in _MARKS_OF_OTHERS:
            return "utf-16"
    if first_invalid_byte(path) is None:
        return "utf-8"
    return "cp1252" if declared.startswith("utf-8") else declared


def _utf8_blocks(source: Source, block_bytes: int) -> Iterator[bytes]:
    path, encoding = source.path, source.dialect.encoding
    if encoding in ("utf-8", "utf-8-sig") or _is_marked(path):
        yield from _without_mark(source, block_bytes)
        return
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")
    try:
        with _open_bytes(path) as file:
            while block := file.read(block_bytes):
                yield decoder.decode(block).encode("utf-8", "surrogateescape")
            yield decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")
    except UnicodeError as error:
        raise _other_encoding(source) from error


def _is_marked(path: Path) -> bool:
    """Whether the file starts with a UTF-8 mark. The mark overrides the declared encoding, since spreadsheets may save
    either."""
    with _open_bytes(path) as file:
        return file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8


def _without_mark(source: Source, block_bytes: int) -> Iterator[bytes]:
    """The file's blocks without a UTF-8 mark. Raises InputError for the mark of another encoding."""
    with _open_bytes(source.path) as file:
        first = file.read(block_bytes)
        if first.startswith(_MARKS_OF_OTHERS):
            problem = "is UTF-16 by its first two bytes (byte offset 0), where UTF-8 is declared."
            raise InputError([Fault(source.label, problem, source.line("encoding", "utf-16"))])
        yield first.removeprefix(codecs.BOM_UTF8)
        while block := file.read(block_bytes):
            yield block


@contextmanager
def _open_bytes(path: Path) -> Iterator[Readable]:
    try:
        with path.open("rb") as plain:
            if path.name.casefold().endswith(".gz"):
                with gzip.GzipFile(fileobj=plain) as unpacked:
                    yield BoundedReader(unpacked, path.name, path.stat().st_size)
            else:
                yield plain
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        fault = Fault(path.name, "is a damaged or truncated gzip file.", "ask the source to export it again")
        raise InputError([fault]) from error


_HEADER_BYTES = 2**16
_BLANK = '" \t\r\n'
_MARKS_OF_FORMATS = {
    b"PK\x03\x04": ("an XLSX workbook", ".xlsx"),
    b"PAR1": ("a Parquet file", ".parquet"),
    b"\x1f\x8b": ("a gzip file", ".csv.gz"),
    b"\xd0\xcf\x11\xe0": ("an .xls workbook", ".xlsx once saved as such"),
}


_MARK_OF_DELIMITER = re.compile(rb'"?sep=(.|\\t)"?\n', re.IGNORECASE)
"""The first line of files for Excel, which names their delimiter."""


def read_delimited(source: Source, block_bytes: int = BLOCK_BYTES) -> RawTable:
    """A CSV file as a raw table. Raises InputError if empty, in another encoding, or ending inside a quoted cell."""
    _refuse_other_formats(source)
    source, has_mark = _with_marked_delimiter(source)
    header = _header(source, has_mark)
    return RawTable(header, lambda: _chunks(source, header, block_bytes, has_mark))


def _with_marked_delimiter(source: Source) -> tuple[Source, bool]:
    """The source with the delimiter of its line `sep=`, and whether it has one."""
    first = next(line_blocks(source, _HEADER_BYTES), b"")
    mark = _MARK_OF_DELIMITER.match(first)
    if mark is None:
        return source, False
    delimiter = "\t" if mark[1] == b"\\t" else mark[1].decode()
    dialect = source.dialect.model_copy(update={"delimiter": delimiter})
    return replace(source, dialect=dialect), True


def _header(source: Source, has_mark: bool) -> tuple[str, ...]:
    block = next(line_blocks(source, _HEADER_BYTES), b"")
    if b"\n" not in block and b"\r" in block:
        raise InputError([Fault(source.label, "its lines end with CR alone.", "export it with LF or CR LF")])
    block = block.partition(b"\n")[2] if has_mark else block
    records = RecordCutter(source.label, source.dialect.delimiter).cut(block)
    if not block.strip():
        raise InputError([Fault(source.label, "is empty: it has not even a header.", "export it again, or remove it")])
    first = records.texts[0] if records.texts else b'"'
    if (records.broken and records.broken[0].row < (records.rows or [2])[0]) or not first.strip(b'"'):
        raise InputError([_stray_quote(source, block)])
    if b"\0" in first:
        problem = f"the header has a NUL byte at byte offset {block.index(0)}."
        raise InputError([Fault(source.label, problem, source.line("encoding", "utf-16"))])
    try:
        return tuple(next(csv.reader([first.decode()], delimiter=source.dialect.delimiter)))
    except UnicodeDecodeError as error:
        raise _other_encoding(source) from error
    except csv.Error as error:
        raise InputError(
            [Fault(f"{source.label} row 1", "the header cannot be cut into names.", "correct it")]
        ) from error


def _stray_quote(source: Source, block: bytes) -> Fault:
    """The fault for a stray quote in the header, which may also mean that the delimiter is another one."""
    line = block.splitlines()[0].decode(errors="replace")
    other = next((mark for mark in (";", "\t", "|", ",") if f'"{mark}"' in line), None)
    line = source.line("delimiter", TAB if other == "\t" else other) if other else ""
    fix = f"correct the header, or {line}" if other else "correct the header: put whole names in quotes, or none"
    return Fault(f"{source.label} row 1", "the header has a stray quote.", fix)


def _refuse_other_formats(source: Source) -> None:
    with source.path.open("rb") as file:
        first = file.read(4)
    is_unpacked = not source.path.name.casefold().endswith(".gz")
    for mark, (what, ending) in _MARKS_OF_FORMATS.items():
        if first.startswith(mark) and is_unpacked:
            fix = f"name it {source.table}{ending}, or export it as CSV"
            raise InputError([Fault(source.label, f"is not a CSV file: its first bytes are those of {what}.", fix)])


_WHY = {"cp1252": ", as programs on Windows write in Western Europe", "utf-8": "", "utf-16": ""}


def _other_encoding(source: Source) -> InputError:
    offset = first_invalid_byte(source.path) if source.dialect.encoding == "utf-8" else None
    where = "" if offset is None else f": byte offset {offset} is the first that does not fit"
    problem = f"is not written in {source.dialect.encoding}{where}."
    usual = detect_encoding(source.path, "utf-8")
    if usual == source.dialect.encoding:
        return InputError([Fault(source.label, problem, "ask the source to export it again")])
    return InputError([Fault(source.label, problem, f"{source.line('encoding', usual)}{_WHY[usual]}")])


def _chunks(source: Source, header: tuple[str, ...], block_bytes: int, has_mark: bool) -> Iterator[RawChunk]:
    reader = _BlockReader(source, header, has_mark)
    for block in line_blocks(source, block_bytes):
        yield reader.read(block)
    reader.finish()


class _BlockReader:
    """Turns blocks of lines into chunks, and detects over the whole file that its encoding is not the declared one."""

    def __init__(self, source: Source, header: tuple[str, ...], has_mark: bool) -> None:
        self._source = source
        self._header = header
        self._cutter = RecordCutter(source.label, source.dialect.delimiter)
        self._records_before_rows = 2 if has_mark else 1
        self._undecodable = 0
        self._decodable_beyond_ascii = 0

    def read(self, block: bytes) -> RawChunk:
        if self._records_before_rows:
            block = self._after_header(block)
        if not block:
            return RawChunk(np.empty(0, np.int64), self._parse(b"", quoted=False)[0])
        if _is_plain(block) and not self._cutter.is_inside_record:
            self._decodable_beyond_ascii += not block.isascii()
            lines = block.count(b"\n") + (not block.endswith(b"\n"))
            first = self._cutter.count_plain(lines)
            return self._chunk(block, np.arange(first, first + lines), [], quoted=False)
        records = self._decodable(self._cutter.cut(block))
        return self._chunk(b"\n".join(records.texts), np.array(records.rows, np.int64), records.broken, quoted=True)

    def finish(self) -> None:
        """Refuses an open quote, and a file in which several rows and all text beyond ASCII cannot be decoded: its
        encoding is not the declared one. A single row that cannot be decoded is only set aside."""
        self._cutter.finish()
        if self._undecodable > 1 and not self._decodable_beyond_ascii:
            raise _other_encoding(self._source)

    def _after_header(self, block: bytes) -> bytes:
        start = 0
        while self._records_before_rows and start < len(block):
            end = block.find(b"\n", start) % (len(block) + 1)
            self._records_before_rows -= bool(self._cutter.cut(block[start:end]).texts)
            start = end + 1
        self._records_before_rows = 0
        return block[start:]

    def _decodable(self, records: Records) -> Records:
        """Sets aside the records that are not in the declared encoding."""
        if (decoded := _decode_utf8(b"\n".join(records.texts))) is not None:
            self._decodable_beyond_ascii += not decoded.isascii()
            return records
        decodable = Records(broken=records.broken)
        for text, row in zip(records.texts, records.rows, strict=True):
            try:
                text.decode()
            except UnicodeDecodeError:
                self._undecodable += 1
                decodable.broken.append(BrokenRow(row, "undecodable", text.decode("utf-8", "backslashreplace")))
            else:
                self._decodable_beyond_ascii += not text.isascii()
                decodable.texts.append(text)
                decodable.rows.append(row)
        return decodable

    def _chunk(self, text: bytes, rows: npt.NDArray[np.int64], broken: list[BrokenRow], *, quoted: bool) -> RawChunk:
        cells, ragged = self._parse(text, quoted=quoted)
        if ragged:
            positions = np.array([row.number - 1 for row in ragged])
            blank = self._source.dialect.delimiter + _BLANK
            filled = [row for row in ragged if row.text.strip(blank)]
            broken = broken + [self._ragged(int(rows[row.number - 1]), row) for row in filled]
            rows = np.delete(rows, positions)
        if len(rows) != cells.num_rows:
            raise AssertionError(f"{self._source.label}: {len(rows)} rows were cut and {cells.num_rows} parsed")
        return RawChunk(rows, cells, tuple(sorted(broken, key=lambda row: row.row)))

    def _parse(self, text: bytes, *, quoted: bool) -> tuple[pa.Table, list["pyarrow.csv.InvalidRow"]]:
        """The cells of complete records, and the rows whose number of cells is wrong. Quotes were already checked."""
        names = [str(position) for position in range(len(self._header))]
        ragged: list[pyarrow.csv.InvalidRow] = []

        def set_aside(row: "pyarrow.csv.InvalidRow") -> str:
            ragged.append(row)
            return "skip"

        if not text:
            return pa.table({name: pa.array([], pa.string()) for name in names}).rename_columns(self._header), []
        table = pyarrow.csv.read_csv(
            pa.BufferReader(text),
            read_options=pyarrow.csv.ReadOptions(column_names=names, use_threads=False, block_size=len(text) + 1),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self._source.dialect.delimiter,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
                invalid_row_handler=set_aside,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
        return table.rename_columns(self._header), ragged

    def _ragged(self, row: int, ragged: "pyarrow.csv.InvalidRow") -> BrokenRow:
        code = "short_row" if ragged.actual_columns < ragged.expected_columns else "long_row"
        return BrokenRow(row, code, ragged.text)


def _is_plain(block: bytes) -> bool:
    """Whether every line is one record without any processing: no quotes, blank lines, stray line ends or invalid
    UTF-8."""
    if b'"' in block or b"\r" in block or b"\n\n" in block or block.startswith(b"\n"):
        return False
    return _decode_utf8(block) is not None


def _decode_utf8(text: bytes) -> str | None:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None
